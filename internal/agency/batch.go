package agency

import (
	"context"
	"fmt"
	"strconv"

	"deputy/ent"
	"deputy/ent/subaccount"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/store"
)

// Policy says what a batch does when some of its items are refused. A batch is one transaction either way.
type Policy string

// The policies, as the schema names them.
const (
	// PerItem does the good ones.
	PerItem Policy = "PER_ITEM"
	// AllOrNothing does nothing when one is bad.
	AllOrNothing Policy = "ALL_OR_NOTHING"
)

// batch is what a call's ids came to: the sub-accounts in the order of the ids, and the ids that are none of the org's.
type batch struct {
	good     []*ent.SubAccount
	refusals fault.Refusals
	refused  []audit.Target
}

// choose answers each id of a call once, with its first place in the list.
func choose(given []string) (ids []string, places []int, err error) {
	ids, places = once(given)
	switch {
	case len(ids) == 0:
		return nil, nil, refuse(fault.Invalid, noBatch).At("input", "ids")
	case len(ids) > MaxBatch:
		return nil, nil, refuse(fault.TooMany, bigBatch, MaxBatch).At("input", "ids")
	}
	return ids, places, nil
}

// sort tells good ids from bad. It answers the refusals as an error when nothing shall be done: when all are bad, or one is
// under AllOrNothing.
func (b *batch) sort(chosen []string, places []int, found map[string]*ent.SubAccount, policy Policy) error {
	for i, given := range chosen {
		if s, ok := found[given]; ok {
			b.good = append(b.good, s)
			continue
		}
		b.refusals = append(b.refusals, refuse(fault.NotFound, noSubAccount).At("input", "ids", strconv.Itoa(places[i])))
		b.refused = append(b.refused, refusedTarget(given, fault.NotFound))
	}
	switch {
	case len(b.refusals) == 0:
		return nil
	case policy == PerItem && len(b.good) > 0:
		return nil
	default:
		return b.refusals
	}
}

// SetStatus enables or disables sub-accounts of the act's org, and answers those that are now so, in the order of the ids: one
// that was so already stays untouched, and nothing is put on record when all were. The refusals name the others; they are the error too when nothing was done, because
// all were bad or the policy says so. NOT_FOUND for an id that is no sub-account of the org, INVALID for none, TOO_MANY.
// The number of statements does not depend on the number of ids.
func (a *Agency) SetStatus(
	ctx context.Context, tx *store.Tx, act audit.Act, ids []string, status subaccount.Status, policy Policy,
) ([]*ent.SubAccount, fault.Refusals, error) {
	chosen, places, err := choose(ids)
	if err != nil {
		return nil, nil, err
	}
	found, err := lockSubAccounts(ctx, tx, act.OrgID, chosen)
	if err != nil {
		return nil, nil, err
	}
	var b batch
	if err := b.sort(chosen, places, found, policy); err != nil {
		return nil, b.refusals, err
	}
	var (
		changed []string
		targets []audit.Target
		now     = a.Now()
	)
	for _, s := range b.good {
		if s.Status == status {
			continue
		}
		changed = append(changed, s.ID)
		targets = append(targets, subAccountTarget(s, audit.Changed("status", string(s.Status), string(status))))
		s.Status, s.UpdatedAt = status, now
	}
	if len(changed) == 0 {
		return b.good, b.refusals, nil
	}
	n, err := tx.SubAccount.Update().Where(subaccount.IDIn(changed...)).SetStatus(status).SetUpdatedAt(now).Save(ctx)
	if err := all(n, len(changed), err); err != nil {
		return nil, nil, fmt.Errorf("set status of sub-accounts: %w", err)
	}
	if err := act.Done(ctx, tx, append(targets, b.refused...)...); err != nil {
		return nil, nil, err
	}
	return b.good, b.refusals, nil
}

// all answers an error when a statement did not reach all of the rows that are locked for it.
func all(n, want int, err error) error {
	if err == nil && n != want {
		err = fmt.Errorf("%d rows of %d", n, want)
	}
	return err
}

// DeleteSubAccounts deletes sub-accounts of the act's org and answers the ids of those that are gone, in the order given. What
// they did stays on record. handOverTo, when given, is an enabled sub-account of the org that is not deleted: NOT_FOUND or
// INVALID at input.handOverTo. Refusals are as for SetStatus.
func (a *Agency) DeleteSubAccounts(
	ctx context.Context, tx *store.Tx, act audit.Act, ids []string, handOverTo *string, policy Policy,
) ([]string, fault.Refusals, error) {
	chosen, places, err := choose(ids)
	if err != nil {
		return nil, nil, err
	}
	wanted := chosen
	if handOverTo != nil {
		wanted = append([]string{*handOverTo}, chosen...)
	}
	found, err := lockSubAccounts(ctx, tx, act.OrgID, wanted, withRoles)
	if err != nil {
		return nil, nil, err
	}
	if err := takesOver(handOverTo, chosen, found); err != nil {
		return nil, nil, err
	}
	var b batch
	if err := b.sort(chosen, places, found, policy); err != nil {
		return nil, b.refusals, err
	}
	deleted := make([]string, len(b.good))
	for i, s := range b.good {
		deleted[i] = s.ID
	}
	if err := remove(ctx, tx, act, b.good, b.refused...); err != nil {
		return nil, nil, err
	}
	return deleted, b.refusals, nil
}

func takesOver(heir *string, ids []string, found map[string]*ent.SubAccount) error {
	if heir == nil {
		return nil
	}
	for _, given := range ids {
		if given == *heir {
			return refuse(fault.Invalid, handOverToItem).At("input", "handOverTo")
		}
	}
	switch s, ok := found[*heir]; {
	case !ok:
		return refuse(fault.NotFound, noSubAccount).At("input", "handOverTo")
	case s.Status != subaccount.StatusENABLED:
		return refuse(fault.Invalid, handOverStopped).At("input", "handOverTo")
	}
	return nil
}

// remove deletes sub-accounts, whose roles are loaded, and puts it on record beside the targets that were refused.
func remove(ctx context.Context, tx *store.Tx, act audit.Act, gone []*ent.SubAccount, refused ...audit.Target) error {
	ids, targets := make([]string, len(gone)), make([]audit.Target, len(gone))
	for i, s := range gone {
		ids[i], targets[i] = s.ID, subAccountTarget(s, subAccountChanges(s, nil))
	}
	n, err := tx.SubAccount.Delete().Where(subaccount.IDIn(ids...)).Exec(ctx)
	if err := all(n, len(ids), err); err != nil {
		return fmt.Errorf("delete sub-accounts: %w", err)
	}
	return act.Done(ctx, tx, append(targets, refused...)...)
}
