package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/internal/id"
	"deputy/internal/store"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456000, time.UTC)

// write runs statements in one transaction, with foreign keys that wait for its end.
func write(ctx context.Context, s *store.Store, f func(context.Context, *store.Tx) error) error {
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		if s.Dialect() == dialect.SQLite {
			if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
		}
		return f(ctx, tx)
	})
}

// run runs SQL that both databases understand, in one transaction.
func run(ctx context.Context, s *store.Store, statements ...string) error {
	return write(ctx, s, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func makeAccount(t *testing.T, s *store.Store, side account.Side) *ent.Account {
	t.Helper()
	return must[*ent.Account](t)(s.Client.Account.Create().SetCreatedAt(noon).SetEmail(id.New(id.Account) +
		"@example.org").
		SetSide(side).Save(t.Context()))
}

// agency is an org with two roles.
type agency struct {
	org   *ent.Org
	roles []*ent.Role
}

func makeAgency(t *testing.T, s *store.Store) agency {
	t.Helper()
	owner := makeAccount(t, s, account.SideOWNER)
	a := agency{org: must[*ent.Org](t)(s.Client.Org.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetName("机构").
		SetOwnerID(owner.ID).SetOwnerName("主").Save(t.Context()))}
	for _, name := range []string{"运营", "财务"} {
		a.roles = append(a.roles, must[*ent.Role](t)(s.Client.Role.Create().SetCreatedAt(noon).SetUpdatedAt(noon).
			SetOrgID(a.org.ID).SetName(name).SetGrants(1).Save(t.Context())))
	}
	return a
}

// seat gives the account a seat with the roles, as the domain does: links first.
func seat(
	ctx context.Context, s *store.Store, a agency, accountID string, slot int, roles ...*ent.Role,
) (subAccount string, err error) {
	subAccount = id.New(id.SubAccount)
	return subAccount, write(ctx, s, func(ctx context.Context, tx *store.Tx) error {
		for _, role := range roles {
			if err := tx.SubAccountRole.Create().SetSubAccountID(
				subAccount).SetRoleID(role.ID).SetOrgID(a.org.ID).Exec(ctx); err != nil {
				return err
			}
		}
		return tx.SubAccount.Create().SetID(subAccount).SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(a.org.ID).
			SetAccountID(accountID).SetSlot(slot).SetName("小王").SetPhone("+8613800000002").Exec(ctx)
	})
}

// refused fails the test unless the database refused for the reason: the constraint's name on PostgreSQL, a part of the
// message on SQLite.
func refused(t *testing.T, s *store.Store, err error, postgres, sqlite string) {
	t.Helper()
	if err == nil {
		t.Fatal("it was not refused")
	}
	if s.Dialect() == dialect.SQLite {
		if !strings.Contains(err.Error(), sqlite) {
			t.Fatalf("refused with %q, want %q", err, sqlite)
		}
		return
	}
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) || pqErr.Constraint != postgres {
		t.Fatalf("refused with %v, want constraint %q", err, postgres)
	}
}
