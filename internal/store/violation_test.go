package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"deputy/ent"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func TestViolatesKnowsConstraintsByName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
		ctx := t.Context()
		owner := s.Client.Account.Create().SetPhone("+8613800000001").SetSide("OWNER").SetCreatedAt(now).SaveX(ctx)
		org := s.Client.Org.Create().SetName(
			"甲").SetOwnerID(owner.ID).SetOwnerName("老板").SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
		role := func(name string) *ent.RoleCreate {
			return s.Client.Role.Create().SetOrgID(org.ID).SetName(name).SetGrants(0).SetCreatedAt(now).SetUpdatedAt(now)
		}
		role("运营").ExecX(ctx)
		seated := s.Client.Account.Create().SetPhone("+8613800000002").SetSide("SEATED").SetCreatedAt(now).SaveX(ctx)
		for _, c := range []struct {
			name        string
			err         error
			constraints []string
		}{
			{"a unique index of two columns", role("运营").Exec(ctx), []string{"role_org_id_name", "roles.org_id, roles.name"}},
			{
				"a unique column", s.Client.Account.Create().SetPhone("+8613800000001").SetCreatedAt(now).Exec(ctx),
				[]string{"accounts_phone_key", "accounts.phone"},
			},
			{
				"an index of a field of an edge",
				s.Client.Org.Create().SetName(
					"乙").SetOwnerID(owner.ID).SetOwnerName("老板").SetCreatedAt(now).SetUpdatedAt(now).Exec(ctx),
				[]string{"org_owner_id", "orgs.owner_id"},
			},
			{
				"a second seat in the org", seatedTwice(ctx, s, org.ID, seated.ID),
				[]string{"subaccount_org_id_account_id", "sub_accounts.org_id, sub_accounts.account_id"},
			},
			{"a check", s.Client.Account.Create().SetCreatedAt(now).Exec(ctx), []string{"accounts_reachable"}},
			{
				"a trigger", s.Client.SubAccount.Create().SetOrgID(org.ID).SetAccountID(seated.ID).SetSlot(1).SetName("小王").
					SetPhone("+8613800000001").SetCreatedAt(now).SetUpdatedAt(now).Exec(ctx),
				[]string{"role_required"},
			},
		} {
			if !store.Violates(c.err, c.constraints...) {
				t.Errorf("%s: %v is not known by %v", c.name, c.err, c.constraints)
			}
			if store.Violates(c.err, "another", "") || store.Violates(c.err) {
				t.Errorf("%s: %v is taken for another", c.name, c.err)
			}
		}
		for _, err := range []error{nil, errors.New("UNIQUE constraint failed: accounts.phone"), context.Canceled} {
			if store.Violates(err, "accounts.phone", "") {
				t.Errorf("%v is taken for a violation", err)
			}
		}
	})
}

// seatedTwice returns how the database refuses an account a second seat in an org.
func seatedTwice(ctx context.Context, s *store.Store, orgID, accountID string) error {
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		if !tx.LocksRows() {
			if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
		}
		role := tx.Role.Query().OnlyX(ctx)
		for slot := 1; slot <= 2; slot++ {
			seat, now := id.New(id.SubAccount), role.CreatedAt
			tx.SubAccountRole.Create().SetSubAccountID(seat).SetRoleID(role.ID).SetOrgID(orgID).ExecX(ctx)
			err := tx.SubAccount.Create().SetID(seat).SetOrgID(orgID).SetAccountID(accountID).SetSlot(slot).SetName("小王").
				SetPhone("+8613800000002").SetCreatedAt(now).SetUpdatedAt(now).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
