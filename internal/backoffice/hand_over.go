package backoffice

import (
	"context"
	"fmt"
	"time"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/predicate"
	"deputy/ent/subaccount"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Manager is the new manager of creators. Said distinguishes no manager from a missing argument.
type Manager struct {
	Said bool
	// ID is that of a sub-account of the org; nil for no manager.
	ID *string
}

// AssignCreators assigns creators of the act's org to a manager, and returns the assigned ones in the order of the ids.
// A creator who has this manager already is not changed. It returns FORBIDDEN unless the viewer may edit all creators;
// INVALID without a manager, for a disabled manager, and for the viewer as manager, unless it is the owner; NOT_FOUND,
// TOO_MANY.
func (o *Office) AssignCreators(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, to Manager, policy form.Policy,
) ([]*ent.Creator, fault.Refusals, error) {
	if err := wholeModule(act, access.Creators, access.Edit); err != nil {
		return nil, nil, err
	}
	if !to.Said {
		return nil, nil, refuse(fault.Invalid, managerUnsaid).At("input", "managerId")
	}
	if err := checkManager(ctx, tx, act, to.ID); err != nil {
		return nil, nil, err
	}
	return o.setCreators(ctx, tx, act, ids, policy,
		func(c *ent.Creator) { c.ManagerID = to.ID },
		func(u *ent.CreatorUpdate) {
			if u.SetNillableManagerID(to.ID); to.ID == nil {
				u.ClearManagerID()
			}
		})
}

// checkManager returns a refusal unless the manager, if any, is an enabled sub-account of the act's org. The
// sub-account can't be deleted until the transaction ends; if it is disabled meanwhile, the transaction is retried.
func checkManager(ctx context.Context, tx *store.Tx, act audit.Entry, managerID *string) error {
	if managerID == nil {
		return nil
	}
	at := func(code fault.Code, m fault.Message) error { return refuse(code, m).At("input", "managerId") }
	if !id.Is(id.SubAccount, *managerID) {
		return at(fault.NotFound, noManager)
	}
	if act.Viewer != nil {
		if asking, _ := act.Viewer.In(act.OrgID); asking.Kind != viewer.Owner && asking.ID == *managerID {
			return at(fault.Invalid, managerSelf)
		}
	}
	if err := lockManagers(ctx, tx, act.OrgID); err != nil {
		return err
	}
	manager := tx.SubAccount.Query().Where(subaccount.ID(*managerID), subaccount.OrgID(act.OrgID))
	tx.Recheck(func(ctx context.Context) error {
		enabled, err := manager.Clone().Where(subaccount.StatusEQ(subaccount.StatusENABLED)).Exist(ctx)
		if err == nil && !enabled {
			err = store.ErrOvertaken
		}
		if err != nil {
			return fmt.Errorf("look at the manager again: %w", err)
		}
		return nil
	})
	found, err := manager.Clone().Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return at(fault.NotFound, noManager)
	case err != nil:
		return fmt.Errorf("find manager: %w", err)
	case found.Status != subaccount.StatusENABLED:
		return at(fault.Invalid, managerOff)
	}
	return nil
}

// Handed describes the creators who lost their manager.
type Handed struct {
	// Of is the number of creators that each of the sub-accounts managed, by its id.
	Of map[string]int
	// Targets are the targets of the event that removes the sub-accounts: one for each creator.
	Targets []audit.Target
}

// HandOver assigns the creators of sub-accounts of the org that are locked and about to be removed to another
// sub-account, or to none if heir is nil. The caller must record the event.
func HandOver(
	ctx context.Context, tx *store.Tx, orgID string, gone []*ent.SubAccount, heir *ent.SubAccount, now time.Time,
) (Handed, error) {
	if err := lockManagers(ctx, tx, orgID); err != nil {
		return Handed{}, err
	}
	managers := make([]string, len(gone))
	for i, s := range gone {
		managers[i] = s.ID
	}
	query := tx.Creator.Query().Where(creator.OrgID(orgID),
		page.Among[predicate.Creator](creator.FieldManagerID, managers)).Order(creator.ByID())
	store.Lock(tx, query)
	managed, err := query.All(ctx)
	if err != nil {
		return Handed{}, fmt.Errorf("lock creators of who leaves: %w", err)
	}
	handed := Handed{Of: map[string]int{}}
	if len(managed) == 0 {
		return handed, nil
	}
	for _, c := range managed {
		handed.Of[*c.ManagerID]++
		now = form.Changed(now, c.UpdatedAt)
		after := *c
		if after.ManagerID = nil; heir != nil {
			after.ManagerID = &heir.ID
		}
		handed.Targets = append(handed.Targets, creatorTarget(c, creatorChanges(c, &after)))
	}
	update := tx.Creator.Update().Where(creator.OrgID(orgID),
		page.Among[predicate.Creator](creator.FieldManagerID, managers)).SetUpdatedAt(now)
	if heir != nil {
		update.SetManagerID(heir.ID)
	} else {
		update.ClearManagerID()
	}
	n, err := update.Save(ctx)
	if err := exactly("hand creators over", n, len(managed), err); err != nil {
		return Handed{}, err
	}
	return handed, nil
}
