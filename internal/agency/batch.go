package agency

import (
	"context"
	"fmt"
	"slices"

	"deputy/ent"
	"deputy/ent/predicate"
	"deputy/ent/subaccount"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/page"
	"deputy/internal/store"
)

// subAccounts are the messages of batches of sub-accounts.
var subAccounts = form.Noun{Type: "SubAccount", None: noBatch, Many: bigBatch, Missing: noSubAccount}

// SetStatus enables or disables sub-accounts of the entry's org, and returns those that have the status now, in the
// order of the ids. A sub-account that has the status already is not changed, and nothing is recorded when all have it.
// The refusals name the others; they are also the error when nothing was changed, because all were refused or the
// policy requires it. NOT_FOUND for an id that is no sub-account of the org, INVALID for an empty list, TOO_MANY. The
// number of statements does not depend on the number of ids.
func (a *Agency) SetStatus(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, status subaccount.Status, policy form.Policy,
) ([]*ent.SubAccount, fault.Refusals, error) {
	b, err := form.Choose[*ent.SubAccount](subAccounts, ids, "input", "ids")
	if err != nil {
		return nil, nil, err
	}
	found, err := lockSubAccounts(ctx, tx, act.OrgID, b.IDs())
	if err != nil {
		return nil, nil, err
	}
	if err := b.Sort(found, policy, nil); err != nil {
		return nil, b.Refusals, err
	}
	var (
		changed []string
		targets []audit.Target
		now     = a.Now()
	)
	for _, s := range b.Good {
		now = form.Changed(now, s.UpdatedAt)
	}
	for _, s := range b.Good {
		if s.Status == status {
			continue
		}
		changed = append(changed, s.ID)
		targets = append(targets, subAccountTarget(s, audit.Changed(statusOf(s.Status), statusOf(status))))
		s.Status, s.UpdatedAt = status, now
	}
	if len(changed) == 0 {
		return b.Good, b.Refusals, nil
	}
	n, err := tx.SubAccount.Update().Where(page.Among[predicate.SubAccount](subaccount.FieldID,
		changed)).SetStatus(status).SetUpdatedAt(now).Save(ctx)
	if err := all(n, len(changed), err); err != nil {
		return nil, nil, fmt.Errorf("set status of sub-accounts: %w", err)
	}
	if err := act.Record(ctx, tx, append(targets, b.Refused...)...); err != nil {
		return nil, nil, err
	}
	return b.Good, b.Refusals, nil
}

func statusOf(status subaccount.Status) []audit.Value {
	return []audit.Value{audit.Text("status", status)}
}

// all returns an error when a statement changed fewer rows than were locked for it.
func all(n, want int, err error) error {
	if err == nil && n != want {
		err = fmt.Errorf("%d rows of %d", n, want)
	}
	return err
}

// Deleted is the result of a delete.
type Deleted struct {
	// IDs of the deleted sub-accounts, in the order given.
	IDs []string
	// HandedOver is how many of their creators have a new manager, and Unmanaged how many have none.
	HandedOver, Unmanaged int
}

// DeleteSubAccounts deletes sub-accounts of the entry's org. Their audit events remain. handOverTo, when given, is an
// enabled sub-account of the org that is not deleted, and becomes the manager of their creators: NOT_FOUND or INVALID
// at input.handOverTo. Refusals are as for SetStatus.
func (a *Agency) DeleteSubAccounts(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, handOverTo *string, policy form.Policy,
) (Deleted, fault.Refusals, error) {
	b, err := form.Choose[*ent.SubAccount](subAccounts, ids, "input", "ids")
	if err != nil {
		return Deleted{}, nil, err
	}
	wanted := b.IDs()
	if handOverTo != nil {
		wanted = append([]string{*handOverTo}, wanted...)
	}
	found, err := lockSubAccounts(ctx, tx, act.OrgID, wanted, withRoles)
	if err != nil {
		return Deleted{}, nil, err
	}
	heir, err := takesOver(handOverTo, b.IDs(), found)
	if err != nil {
		return Deleted{}, nil, err
	}
	if err := b.Sort(found, policy, nil); err != nil {
		return Deleted{}, b.Refusals, err
	}
	done := Deleted{IDs: make([]string, len(b.Good))}
	for i, s := range b.Good {
		done.IDs[i] = s.ID
	}
	moved, err := a.remove(ctx, tx, act, b.Good, heir, b.Refused...)
	if err != nil {
		return Deleted{}, nil, err
	}
	if heir != nil {
		done.HandedOver = moved
	} else {
		done.Unmanaged = moved
	}
	return done, b.Refusals, nil
}

func takesOver(heir *string, ids []string, found map[string]*ent.SubAccount) (*ent.SubAccount, error) {
	if heir == nil {
		return nil, nil //nolint:nilnil // nobody takes over
	}
	for _, given := range ids {
		if given == *heir {
			return nil, refuse(fault.Invalid, handOverToItem).At("input", "handOverTo")
		}
	}
	s, ok := found[*heir]
	switch {
	case !ok:
		return nil, refuse(fault.NotFound, noSubAccount).At("input", "handOverTo")
	case s.Status != subaccount.StatusENABLED:
		return nil, refuse(fault.Invalid, handOverStopped).At("input", "handOverTo")
	}
	return s, nil
}

// remove deletes sub-accounts, whose roles are loaded, hands their creators over, and records the delete together with
// the refused targets. It returns how many creators were handed over.
func (a *Agency) remove(
	ctx context.Context, tx *store.Tx, act audit.Entry, gone []*ent.SubAccount, heir *ent.SubAccount,
	refused ...audit.Target,
) (moved int, err error) {
	ids := make([]string, len(gone))
	for i, s := range gone {
		ids[i] = s.ID
	}
	handed, err := backoffice.HandOver(ctx, tx, act.OrgID, gone, heir, a.Now())
	if err != nil {
		return 0, err
	}
	var targets []audit.Target
	for _, s := range gone {
		changes := subAccountChanges(s, nil)
		if n := handed.Of[s.ID]; n > 0 {
			changes = append(changes, audit.Changed([]audit.Value{audit.Number("creators", n)}, nil)...)
		}
		targets = append(targets, subAccountTarget(s, changes))
	}
	n, err := tx.SubAccount.Delete().Where(page.Among[predicate.SubAccount](subaccount.FieldID, ids)).Exec(ctx)
	if err := all(n, len(ids), err); err != nil {
		return 0, fmt.Errorf("delete sub-accounts: %w", err)
	}
	return len(handed.Targets), act.Record(ctx, tx, slices.Concat(targets, handed.Targets, refused)...)
}
