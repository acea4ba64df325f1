package backoffice

import (
	"context"
	"fmt"

	"deputy/ent/creator"
	"deputy/ent/task"
	"deputy/internal/fault"
	"deputy/internal/store"
)

// The limits of an org.
const (
	MaxCreators = 10_000 // under contract
	MaxTasks    = 10_000 // not closed
)

// The parts of an org that are locked separately, beside its figures and its trail.
const (
	room     = -2
	managers = -3
)

// lockRoom serializes the transactions that add creators or tasks to the org, whose numbers are limited. It must be the
// first lock of a transaction. Imports of orders and other changes run concurrently.
func lockRoom(ctx context.Context, tx *store.Tx, orgID string) error {
	return lock(ctx, tx, orgID, room)
}

// lockManagers serializes the transactions that assign or delete managers. Only the locks of the org and of its room
// may be taken before it.
func lockManagers(ctx context.Context, tx *store.Tx, orgID string) error {
	return lock(ctx, tx, orgID, managers)
}

func lock(ctx context.Context, tx *store.Tx, orgID string, what int) error {
	if err := tx.LockPart(ctx, orgID, what); err != nil {
		return fmt.Errorf("lock part of an org: %w", err)
	}
	return nil
}

// roomForCreator returns TOO_MANY if the org has the maximum number of creators under contract. The caller must have
// called lockRoom.
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

// roomForTask returns TOO_MANY if the org has the maximum number of tasks that are not closed. The caller must have
// called lockRoom.
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
