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

// Manager says who manages creators; Said tells nobody from not saying.
type Manager struct {
	Said bool
	// ID of a sub-account of the org; nil for nobody.
	ID *string
}

// AssignCreators hands creators of the act's org over, and returns those that the manager looks after now, in the order
// of the ids: one that it looked after already stays untouched. FORBIDDEN unless the act reaches all creators. INVALID
// when it is not said who, and for a manager who is disabled or, unless the owner asks, who is asking; NOT_FOUND,
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

// checkManager sees to it that who is to manage creators, if anybody, is an enabled sub-account of the act's org. It
// can't be deleted until the transaction ends; when it is disabled meanwhile, the transaction runs again.
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

// Handed says which creators lost their manager.
type Handed struct {
	// Of is how many creators each of the sub-accounts managed, by its id.
	Of map[string]int
	// Targets of the event that the sub-accounts leave with: one for each creator.
	Targets []audit.Target
}

// HandOver gives the creators of sub-accounts of the org, which are locked and about to go, to another one, or to
// nobody. The caller puts it on record.
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
