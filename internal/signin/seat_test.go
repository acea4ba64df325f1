package signin_test

import (
	"context"
	"testing"
	"time"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/subaccount"
	"deputy/internal/access"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// seat gives the account a seat in a new org, which may see its tasks.
func (d *desk) seat(accountID string, status subaccount.Status) (made *ent.SubAccount) {
	d.t.Helper()
	now := d.clock.Now()
	must(d.t, d.Store.Write(d.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded() // a fixture
		owner := tx.Account.Create().SetEmail(id.New(id.Account) +
			"@example.com").SetSide(account.SideOWNER).SetCreatedAt(now).SaveX(ctx)
		org := tx.Org.Create().SetName(
			"星河传媒").SetOwnerID(owner.ID).SetOwnerName("主帐号").SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
		grants, err := access.SetOf([]access.Grant{{
			Module: access.Tasks, Actions: []access.Action{access.View},
			Scope: access.All,
		}})
		must(d.t, err)
		role := tx.Role.Create().SetOrgID(
			org.ID).SetName("商务").SetGrants(grants).SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
		tx.Account.UpdateOneID(accountID).SetSide(account.SideSEATED).ExecX(ctx)
		if !tx.LocksRows() { // SQLite: the link comes first
			_, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON")
			must(d.t, err)
		}
		subID, slot := id.New(id.SubAccount), 1+tx.SubAccount.Query().Where(subaccount.AccountID(accountID)).CountX(ctx)
		tx.SubAccountRole.Create().SetSubAccountID(subID).SetRoleID(role.ID).SetOrgID(org.ID).ExecX(ctx)
		made = tx.SubAccount.Create().SetID(subID).SetOrgID(org.ID).SetAccountID(accountID).SetSlot(slot).SetName("李雷").
			SetPhone("+8613800000001").SetStatus(status).SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
		return nil
	}))
	return made
}

// The viewer holds what its seats grant at the moment of the request.
func TestViewerOfSeats(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		token, first := d.enter(from("203.0.113.7"), "13800000001")
		enabled, disabled := d.seat(first.AccountID, subaccount.StatusENABLED),
			d.seat(first.AccountID, subaccount.StatusDISABLED)
		v, err := d.Viewer(t.Context(), first.Origin, token)
		must(t, err)
		if len(v.Memberships) != 2 || v.Scope(enabled.OrgID, access.Tasks, access.View) != access.All ||
			v.Scope(enabled.OrgID, access.Orders, access.View) != access.None ||
			v.Scope(disabled.OrgID, access.Tasks, access.View) != access.None {
			t.Fatalf("memberships %+v", v.Memberships)
		}
		_, again := d.enter(from("203.0.113.7"), "13800000001")
		if len(again.Memberships) != 2 || again.Memberships[enabled.OrgID].Name != "李雷" {
			t.Fatalf("memberships after signing in %+v", again.Memberships)
		}
	})
}

// TestTheUseOfASeatIsNoted: signing in is noted on every seat that works, and a request on the one whose org it names,
// at most once a minute, session and org, each time in one statement.
func TestTheUseOfASeatIsNoted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		_, first := d.enter(from("203.0.113.7"), "13800000001")
		one, other := d.seat(first.AccountID, subaccount.StatusENABLED), d.seat(first.AccountID, subaccount.StatusENABLED)
		disabled := d.seat(first.AccountID, subaccount.StatusDISABLED)
		active := func(id string) time.Time {
			t.Helper()
			if at := s.Client.SubAccount.GetX(t.Context(), id).LastActiveAt; at != nil {
				return *at
			}
			return time.Time{}
		}
		token, v := d.enter(from("203.0.113.7"), "13800000001")
		begun := d.clock.Now()
		if !active(one.ID).Equal(begun) || !active(other.ID).Equal(begun) || !active(disabled.ID).IsZero() {
			t.Errorf("after signing in at %s: %s, %s, disabled %s", begun, active(one.ID), active(other.ID), active(disabled.ID))
		}
		statements := 0
		watched := store.Watch(t.Context(), func(string) { statements++ })
		for _, c := range []struct {
			after time.Duration
			orgID string
			noted bool
		}{
			{10 * time.Second, one.OrgID, true},
			{20 * time.Second, one.OrgID, false},
			{39 * time.Second, one.OrgID, false},
			{time.Second, one.OrgID, true},
			{0, other.OrgID, true},
			{0, other.OrgID, false},
			{0, disabled.OrgID, false},
			{0, "org_00000000000000000000", false},
		} {
			d.clock.pass(c.after)
			statements = 0
			for _, orgID := range d.Unnoted(v) {
				if orgID == c.orgID {
					d.Active(watched, v, orgID)
				}
			}
			if want := map[bool]int{true: 1}[c.noted]; statements != want {
				t.Errorf("%s later: %d statements, want %d", c.after, statements, want)
			}
		}
		if now := d.clock.Now(); !active(one.ID).Equal(now) || !active(other.ID).Equal(now) || !active(disabled.ID).IsZero() {
			t.Errorf("at %s: %s, %s, disabled %s", now, active(one.ID), active(other.ID), active(disabled.ID))
		}
		again, err := d.Viewer(t.Context(), v.Origin, token)
		must(t, err)
		if len(d.Unnoted(again)) != 0 {
			t.Error("a use that was noted is to be noted again")
		}
		// A clock that was ahead does not keep a seat from being noted.
		s.Client.SubAccount.UpdateOneID(one.ID).SetLastActiveAt(d.clock.Now().Add(time.Hour)).ExecX(t.Context())
		d.clock.pass(time.Minute)
		d.Active(t.Context(), v, one.OrgID)
		if now := d.clock.Now(); !active(one.ID).Equal(now) {
			t.Errorf("at %s, after a clock that was ahead: %s", now, active(one.ID))
		}
	})
}
