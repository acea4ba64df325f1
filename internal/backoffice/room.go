package backoffice

import (
	"context"
	"fmt"

	"deputy/ent/creator"
	"deputy/ent/task"
	"deputy/internal/fault"
	"deputy/internal/store"
)

// The caps of an org.
const (
	MaxCreators = 10_000 // under contract
	MaxTasks    = 10_000 // not closed
)

// These tell the locks of an org from those of its figures and of its trail.
const (
	room     = -2
	managers = -3
)

// lockRoom has whoever fills the org come one after the other. It is the first lock of a transaction. Orders are
// brought in, and all else is done, beside it.
func lockRoom(ctx context.Context, tx *store.Tx, orgID string) error {
	return lock(ctx, tx, orgID, room)
}

// lockManagers has whoever makes somebody a manager, or deletes managers, come one after the other. The locks of the
// org and of its room alone are taken before it.
func lockManagers(ctx context.Context, tx *store.Tx, orgID string) error {
	return lock(ctx, tx, orgID, managers)
}

func lock(ctx context.Context, tx *store.Tx, orgID string, what int) error {
	if err := tx.LockPart(ctx, orgID, what); err != nil {
		return fmt.Errorf("lock part of an org: %w", err)
	}
	return nil
}

// roomForCreator returns TOO_MANY when the org, whose room is locked, has as many creators under contract as it may.
func roomForCreator(ctx context.Context, tx *store.Tx, orgID string, at ...string) error {
	signed, err := tx.Creator.Query().Where(creator.OrgID(orgID), creator.StatusEQ(creator.StatusSIGNED)).Count(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("count creators: %w", err)
	case signed >= MaxCreators:
		return refuse(fault.TooMany, fullOfCreators, MaxCreators).At(at...)
	}
	return nil
}

// roomForTask returns TOO_MANY when the org, whose room is locked, has as many tasks that are not closed as it may.
func roomForTask(ctx context.Context, tx *store.Tx, orgID string, at ...string) error {
	going, err := tx.Task.Query().Where(task.OrgID(orgID), task.StatusIn(task.StatusDRAFT, task.StatusOPEN)).Count(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("count tasks: %w", err)
	case going >= MaxTasks:
		return refuse(fault.TooMany, fullOfTasks, MaxTasks).At(at...)
	}
	return nil
}
