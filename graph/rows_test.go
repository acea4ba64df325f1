package graph_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/auditevent"
	"deputy/ent/subaccount"
	"deputy/internal/access"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/store"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// rows puts rows into the database by themselves, for tests of many of them.
type rows struct {
	t      testing.TB
	db     *store.Store
	serial int
}

// newSeat is a sub-account to be put into an org.
type newSeat struct {
	name      string
	roles     []string
	createdAt time.Time
	active    *time.Time
	email     string
	disabled  bool
	account   string // a new one when empty
	slot      int    // 1 when 0
}

func (r *rows) write(f func(ctx context.Context, tx *store.Tx) error) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		if r.db.Dialect() == dialect.SQLite {
			if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
		}
		return f(ctx, tx)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rows) accounts(n int, side account.Side) []string {
	r.t.Helper()
	ids := make([]string, n)
	r.write(func(ctx context.Context, tx *store.Tx) error {
		made := make([]*ent.AccountCreate, n)
		for i := range n {
			r.serial++
			ids[i] = id.New(id.Account)
			made[i] = tx.Account.Create().SetID(ids[i]).SetCreatedAt(noon).SetEmail(fmt.Sprintf("row%d@example.org",
				r.serial)).SetSide(side)
		}
		return tx.Account.CreateBulk(made...).Exec(ctx)
	})
	return ids
}

// seats returns the ids in the order of the new seats.
func (r *rows) seats(orgID string, seats ...newSeat) []string {
	r.t.Helper()
	people := r.accounts(len(seats)+1, account.SideSEATED)
	ids := make([]string, len(seats))
	r.write(func(ctx context.Context, tx *store.Tx) error {
		var links []*ent.SubAccountRoleCreate
		var made []*ent.SubAccountCreate
		for i, s := range seats {
			ids[i] = id.New(id.SubAccount)
			for _, roleID := range s.roles {
				links = append(links, tx.SubAccountRole.Create().SetSubAccountID(ids[i]).SetRoleID(roleID).SetOrgID(orgID))
			}
			if s.account == "" {
				s.account = people[i]
			}
			if s.email == "" {
				s.email = "row@example.org"
			}
			create := tx.SubAccount.Create().SetID(ids[i]).SetOrgID(orgID).SetAccountID(s.account).SetSlot(max(1, s.slot)).
				SetName(
					s.name).SetEmail(s.email).SetCreatedAt(s.createdAt).SetUpdatedAt(s.createdAt).SetNillableLastActiveAt(s.active)
			tx.NotifyAccess(nil, []string{s.account})
			if s.disabled {
				create.SetStatus(subaccount.StatusDISABLED)
			}
			made = append(made, create)
		}
		if err := tx.SubAccountRole.CreateBulk(links...).Exec(ctx); err != nil {
			return err
		}
		return tx.SubAccount.CreateBulk(made...).Exec(ctx)
	})
	return ids
}

// insertRole is a role to be put into an org.
type insertRole struct {
	name, description string
	grants            access.Set
	createdAt         time.Time
}

func (r *rows) roles(orgID string, roles ...insertRole) []string {
	r.t.Helper()
	ids := make([]string, len(roles))
	r.write(func(ctx context.Context, tx *store.Tx) error {
		made := make([]*ent.RoleCreate, len(roles))
		for i, role := range roles {
			ids[i] = id.New(id.Role)
			made[i] = tx.Role.Create().SetID(ids[i]).SetOrgID(orgID).SetName(role.name).SetDescription(role.description).
				SetGrants(role.grants).SetCreatedAt(role.createdAt).SetUpdatedAt(role.createdAt)
		}
		return tx.Role.CreateBulk(made...).Exec(ctx)
	})
	return ids
}

// org opens an org that has one role.
func (r *rows) org(name string, grants access.Set) (orgID, roleID string) {
	r.t.Helper()
	orgID = id.New(id.Org)
	owner := r.accounts(1, account.SideOWNER)[0]
	r.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.Org.Create().SetID(
			orgID).SetName(name).SetOwnerID(owner).SetOwnerName("主").SetCreatedAt(noon).SetUpdatedAt(noon).Exec(ctx)
	})
	return orgID, r.roles(orgID, insertRole{name: "审计", grants: grants, createdAt: noon})[0]
}

// event puts something on record, with the targets; a code makes it a refusal.
func (r *rows) event(orgID string, at time.Time, code string, targets ...string) string {
	r.t.Helper()
	eventID := id.New(id.AuditEvent)
	r.write(func(ctx context.Context, tx *store.Tx) error {
		create := tx.AuditEvent.Create().SetID(eventID).SetOrgID(orgID).SetAt(at).SetActorKind(auditevent.ActorKindSYSTEM).
			SetActorName("Deputy").SetOperation("test").SetRequestID("").SetOutcome(fault.OutcomeDone)
		if code != "" {
			create.SetOutcome(fault.OutcomeRefused).SetCode(code)
			if err := tx.AuditTally.Create().SetID(eventID).SetCount(3).Exec(ctx); err != nil {
				return err
			}
		}
		if err := create.Exec(ctx); err != nil {
			return err
		}
		for _, target := range targets {
			err := tx.AuditTarget.Create().SetEventID(eventID).SetOrgID(orgID).SetAt(at).SetTargetID(target).SetType("Role").
				SetLabel("岗位").SetOutcome(fault.OutcomeDone).SetChanges(`[{"field":"name","before":"a","after":"b"}]`).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return eventID
}
