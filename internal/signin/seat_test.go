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
		owner := tx.Account.Create().SetEmail(id.New(id.Account) + "@example.com").SetSide(account.SideOWNER).SetCreatedAt(now).SaveX(ctx)
		org := tx.Org.Create().SetName("星河传媒").SetOwnerID(owner.ID).SetOwnerName("主帐号").SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
		grants, err := access.SetOf([]access.Grant{{Module: access.Tasks, Actions: []access.Action{access.View}, Scope: access.All}})
		must(d.t, err)
		role := tx.Role.Create().SetOrgID(org.ID).SetName("商务").SetGrants(grants).SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
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

// The viewer holds what its seats grant at the moment of the request; a use is noted on the enabled ones, once a minute.
func TestViewerOfSeats(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx := t.Context()
		token, first := d.enter(from("203.0.113.7"), "13800000001")
		enabled, disabled := d.seat(first.AccountID, subaccount.StatusENABLED), d.seat(first.AccountID, subaccount.StatusDISABLED)
		ask := func() {
			t.Helper()
			v, err := d.Viewer(ctx, first.Origin, token)
			must(t, err)
			if len(v.Standings) != 2 || v.Scope(enabled.OrgID, access.Tasks, access.View) != access.All ||
				v.Scope(enabled.OrgID, access.Orders, access.View) != access.None ||
				v.Scope(disabled.OrgID, access.Tasks, access.View) != access.None {
				t.Fatalf("standings %+v", v.Standings)
			}
		}
		active := func(id string) *time.Time { return s.Client.SubAccount.GetX(ctx, id).LastActiveAt }
		ask()
		if at := active(enabled.ID); at != nil {
			t.Fatalf("active at %v, within a minute of signing in", at)
		}
		d.clock.pass(time.Minute)
		noted := d.clock.Now()
		ask()
		d.clock.pass(59 * time.Second)
		ask()
		if at := active(enabled.ID); at == nil || !at.Equal(noted) {
			t.Fatalf("active at %v, want %v", at, noted)
		}
		if at := active(disabled.ID); at != nil {
			t.Fatalf("active at %v while disabled", at)
		}
		_, again := d.enter(from("203.0.113.7"), "13800000001")
		if len(again.Standings) != 2 || again.Standings[enabled.OrgID].Name != "李雷" {
			t.Fatalf("standings after signing in %+v", again.Standings)
		}
	})
}
