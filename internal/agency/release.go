package agency

import (
	"context"
	"fmt"

	"deputy/ent"
	"deputy/ent/subaccount"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// ReleaseSeat (解除授权) deletes the viewer's own seat in the org, enabled or disabled. The event is recorded in the org,
// with the sub-account that left as the actor. It returns how many creators have no manager now. NOT_FOUND when the
// viewer has no seat there, whether or not there is such an org.
func (a *Agency) ReleaseSeat(
	ctx context.Context, tx *store.Tx, act audit.Entry, orgID string,
) (unmanaged int, err error) {
	if act.Viewer == nil || !act.Viewer.SignedIn() {
		return 0, fmt.Errorf("release seat: %w", errNobody)
	}
	none := refuse(fault.NotFound, noSeat).At("input", "orgId")
	if !id.Is(id.Org, orgID) {
		return 0, none
	}
	query := func() *ent.SubAccountQuery {
		return tx.SubAccount.Query().Where(subaccount.OrgID(orgID), subaccount.AccountID(act.Viewer.AccountID))
	}
	// The seat is first read without a lock, so that strangers cannot lock an org.
	held, err := query().Exist(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for the seat: %w", err)
	}
	if !held {
		return 0, none
	}
	if _, err := a.LockOrg(ctx, tx, orgID); err != nil {
		return 0, err
	}
	own, err := store.LockOne(ctx, tx, query().WithRoles(), none)
	if err != nil {
		return 0, err
	}
	act = entryBy(act, viewer.Membership{OrgID: orgID, Kind: viewer.SubAccount, ID: own.ID, Name: own.Name})
	return a.remove(ctx, tx, act, []*ent.SubAccount{own}, nil)
}
