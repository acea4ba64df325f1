package store_test

import (
	"context"
	"fmt"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent/account"
	"deputy/ent/subaccount"
	"deputy/ent/subaccountrole"
	"deputy/internal/access"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const foreignKey = "FOREIGN KEY constraint failed"

func TestAuditTrailIsAppendOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, event := t.Context(), id.New(id.AuditEvent)
		insert := fmt.Sprintf("INTO audit_events (id, at, actor_kind, actor_name, operation, outcome, request_id) "+
			"VALUES ('%s', %s, 'SYSTEM', 'x', 'y', 'DONE', 'z')", event, moment(s))
		target := fmt.Sprintf("INSERT INTO audit_targets (event_id, at, target_id, type, label, outcome) VALUES ('%s', %s, "+
			"'a', 'Org', 'b', 'DONE')",
			event, moment(s))
		tally := "INSERT INTO audit_tallies (id, count) VALUES ('" + event + "', 2)"
		if err := run(ctx, s, "INSERT "+insert, target, tally, "UPDATE audit_tallies SET count = count + 1",
			tally+" ON CONFLICT (id) DO UPDATE SET count = audit_tallies.count + 1"); err != nil {
			t.Fatal(err)
		}
		statements := []string{
			"UPDATE audit_events SET operation = 'other'", "DELETE FROM audit_events",
			"UPDATE audit_targets SET label = 'other'", "DELETE FROM audit_targets",
			"UPDATE audit_tallies SET count = count - 1", "UPDATE audit_tallies SET count = count",
			"UPDATE audit_tallies SET id = 'other', count = count + 1", "DELETE FROM audit_tallies",
		}
		if s.Dialect() == dialect.SQLite {
			statements = append(statements, "REPLACE "+insert,
				"INSERT OR REPLACE INTO audit_targets SELECT * FROM audit_targets")
		} else {
			statements = append(statements, "TRUNCATE audit_events CASCADE", "TRUNCATE audit_targets", "TRUNCATE audit_tallies")
		}
		for _, statement := range statements {
			t.Log(statement)
			refused(t, s, run(ctx, s, statement), "append_only", "append_only")
		}
		if n := must[int](
			t)(s.Client.AuditTally.Query().Aggregate(func(*entsql.Selector) string { return "SUM(count)" }).Int(ctx)); n != 4 {
			t.Errorf("the tally is %d, want 4", n)
		}
	})
}

func TestOwnerOrSeatNeverBoth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, a := t.Context(), makeAgency(t, s)
		_, err := seat(ctx, s, a, a.org.OwnerID, 1, a.roles[0])
		refused(t, s, err, "sub_accounts_accounts_account", foreignKey)
		refused(t, s, run(ctx, s, "UPDATE accounts SET side = 'SEATED' WHERE id = '"+a.org.OwnerID+"'"),
			"orgs_accounts_owner", foreignKey)

		seated := makeAccount(t, s, account.SideSEATED)
		must[string](t)(seat(ctx, s, a, seated.ID, 1, a.roles[0]))
		org := s.Client.Org.Create().SetCreatedAt(
			noon).SetUpdatedAt(noon).SetName("x").SetOwnerName("y").SetOwnerID(seated.ID)
		refused(t, s, org.Exec(ctx), "orgs_accounts_owner", foreignKey)
		refused(t, s, org.SetOwnerSide("SEATED").Exec(ctx), "orgs_owner_side", "orgs_owner_side")
		refused(t, s, run(ctx, s, "UPDATE accounts SET side = 'OWNER' WHERE id = '"+seated.ID+"'"),
			"sub_accounts_accounts_account", foreignKey)

		second := s.Client.Org.Create().SetCreatedAt(
			noon).SetUpdatedAt(noon).SetName("x").SetOwnerName("y").SetOwnerID(a.org.OwnerID)
		refused(t, s, second.Exec(ctx), "org_owner_id", "UNIQUE constraint failed: orgs.owner_id")
	})
}

func TestTwentySeats(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, a := t.Context(), makeAgency(t, s)
		person := makeAccount(t, s, account.SideSEATED)
		for _, slot := range []int{0, 21} {
			_, err := seat(ctx, s, a, person.ID, slot, a.roles[0])
			refused(t, s, err, "sub_accounts_slot", "sub_accounts_slot")
		}
		must[string](t)(seat(ctx, s, a, person.ID, 20, a.roles[0]))
		_, err := seat(ctx, s, a, person.ID, 1, a.roles[0])
		refused(t, s, err, "subaccount_org_id_account_id",
			"UNIQUE constraint failed: sub_accounts.org_id, sub_accounts.account_id")
		other := makeAgency(t, s)
		_, err = seat(ctx, s, other, person.ID, 20, other.roles[0])
		refused(t, s, err, "subaccount_account_id_slot", "UNIQUE constraint failed: sub_accounts.account_id, "+
			"sub_accounts.slot")
	})
}

func TestNoLinkAcrossOrgs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, a, b := t.Context(), makeAgency(t, s), makeAgency(t, s)
		person := makeAccount(t, s, account.SideSEATED)
		sub := must[string](t)(seat(ctx, s, a, person.ID, 1, a.roles[0]))
		for org, key := range map[string]string{
			a.org.ID: "sub_account_roles_roles_role", b.org.ID: "sub_account_roles_sub_accounts_sub_account",
		} {
			refused(t, s, run(ctx, s, link(org, sub, b.roles[0].ID)), key, foreignKey)
		}
		_, err := seat(ctx, s, a, makeAccount(t, s, account.SideSEATED).ID, 1, b.roles[0])
		refused(t, s, err, "sub_account_roles_roles_role", foreignKey)
		refused(t, s, run(ctx, s, "UPDATE sub_accounts SET org_id = '"+b.org.ID+"'"), "immutable", "immutable")
		refused(t, s, run(ctx, s, "UPDATE sub_accounts SET id = 'other'"), "immutable", "immutable")
		refused(t, s, run(ctx, s, "UPDATE sub_account_roles SET role_id = '"+a.roles[1].ID+"'"), "immutable", "immutable")
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, a := t.Context(), makeAgency(t, s)
		widest := s.Client.Role.UpdateOneID(a.roles[0].ID).SetGrants(access.Grantable())
		if err := widest.Exec(ctx); err != nil {
			t.Fatal(err)
		}
		for bit := range 63 { // the highest makes no number in SQL
			if set := access.Set(1) << bit; set&access.Grantable() == 0 {
				err := s.Client.Role.UpdateOneID(a.roles[0].ID).SetGrants(set).Exec(ctx)
				refused(t, s, err, "roles_grantable", "roles_grantable")
			}
		}
		refused(t, s, run(ctx, s, "UPDATE roles SET grants = -1"), "roles_grantable", "roles_grantable")
		refused(t, s, run(ctx, s, "UPDATE roles SET name = '财务'"), "role_org_id_name",
			"UNIQUE constraint failed: roles.org_id, roles.name")
		must[string](t)(seat(ctx, s, a, makeAccount(t, s, account.SideSEATED).ID, 1, a.roles[0]))
		refused(t, s, run(ctx, s, "DELETE FROM roles WHERE id = '"+a.roles[0].ID+"'"), "sub_account_roles_roles_role",
			foreignKey)
	})
}

func TestSubAccountKeepsARole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, a := t.Context(), makeAgency(t, s)
		person := makeAccount(t, s, account.SideSEATED)
		_, err := seat(ctx, s, a, person.ID, 1)
		refused(t, s, err, "role_required", "role_required")

		sub := must[string](t)(seat(ctx, s, a, person.ID, 1, a.roles[0]))
		refused(t, s, run(ctx, s, "DELETE FROM sub_account_roles"), "role_required", "role_required")
		if err := run(ctx, s, link(a.org.ID, sub, a.roles[1].ID), unlink(sub, a.roles[0].ID)); err != nil {
			t.Fatalf("give another role: %v", err)
		}
		refused(t, s, run(ctx, s, unlink(sub, a.roles[1].ID)), "role_required", "role_required")
		if s.Dialect() == dialect.Postgres {
			refused(t, s, run(ctx, s, "TRUNCATE sub_account_roles"), "immutable", "")
		}
		if err := run(ctx, s, link(a.org.ID, "sub_nobody", a.roles[1].ID)); err == nil {
			t.Error("a link without a sub-account was committed")
		}

		other := must[string](t)(seat(ctx, s, a, makeAccount(t, s, account.SideSEATED).ID, 1, a.roles...))
		if n := must[int](t)(s.Client.SubAccount.Delete().Where(subaccount.ID(sub)).Exec(ctx)); n != 1 {
			t.Fatalf("deleted %d sub-accounts", n)
		}
		left := must[[]string](
			t)(s.Client.SubAccountRole.Query().Where(subaccountrole.SubAccountID(sub)).Select("role_id").Strings(ctx))
		kept := must[int](t)(s.Client.SubAccountRole.Query().Where(subaccountrole.SubAccountID(other)).Count(ctx))
		if len(left) != 0 || kept != 2 {
			t.Errorf("links left: %v, of the other: %d, want 2", left, kept)
		}
	})
}

// TestLastRoleRemovedTwice takes each of two roles in a transaction of its own, the second before the first has
// committed.
func TestLastRoleRemovedTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, a := t.Context(), makeAgency(t, s)
		sub := must[string](t)(seat(ctx, s, a, makeAccount(t, s, account.SideSEATED).ID, 1, a.roles...))
		second := make(chan error, 1)
		err := write(ctx, s, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, unlink(sub, a.roles[0].ID)); err != nil {
				return err
			}
			go func() { second <- run(t.Context(), s, unlink(sub, a.roles[1].ID)) }() // ctx ends with the first
			awaitWaiter(t, s, second)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, s, <-second, "role_required", "role_required")
	})
}

// awaitWaiter returns when the other transaction waits for ours, or has ended without waiting.
func awaitWaiter(t *testing.T, s *store.Store, ended chan error) {
	t.Helper()
	for waits := false; !waits && len(ended) == 0; {
		if t.Context().Err() != nil {
			t.Fatal("it does not wait")
		}
		if s.Dialect() == dialect.SQLite {
			waits = s.DB().Stats().WaitCount > 0
			continue
		}
		waits = value(t, s, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type "+
			"= 'Lock'") != "0"
	}
}

func link(org, subAccount, role string) string {
	return fmt.Sprintf("INSERT INTO sub_account_roles (org_id, sub_account_id, role_id) VALUES ('%s', '%s', '%s')", org,
		subAccount, role)
}

func unlink(subAccount, role string) string {
	return fmt.Sprintf("DELETE FROM sub_account_roles WHERE sub_account_id = '%s' AND role_id = '%s'", subAccount, role)
}

// moment returns a time in SQL.
func moment(s *store.Store) string {
	if s.Dialect() == dialect.SQLite {
		return fmt.Sprint(noon.UnixMicro())
	}
	return "'" + noon.Format("2006-01-02T15:04:05.999999Z07:00") + "'"
}
