package backoffice

import (
	"context"
	"fmt"
	"slices"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/predicate"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// AssignTask assigns creators in the viewer's scope to a task that is not closed, and returns the task. Existing
// assignments are not changed. It returns INVALID, NOT_FOUND, OUT_OF_SCOPE, TOO_MANY.
func (o *Office) AssignTask(
	ctx context.Context, tx *store.Tx, act audit.Entry, taskID string, creatorIDs []string, policy form.Policy,
) (*ent.Task, fault.Refusals, error) {
	joining, err := taking(ctx, tx, act, creatorIDs, policy)
	if err != nil {
		return nil, nil, err
	}
	into, err := lockTask(ctx, tx, act, taskID)
	if err != nil {
		return nil, nil, err
	}
	if into.Status == task.StatusCLOSED {
		return nil, nil, refuse(fault.Invalid, taskClosed).At("input", "id")
	}
	already, err := tx.TaskAssignment.Query().Where(taskassignment.TaskID(taskID),
		page.Among[predicate.TaskAssignment](taskassignment.FieldCreatorID, joining.IDs())).All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read assignments: %w", err)
	}
	fresh := slices.DeleteFunc(slices.Clone(joining.Good), func(c *ent.Creator) bool {
		return slices.ContainsFunc(already, func(a *ent.TaskAssignment) bool { return a.CreatorID == c.ID })
	})
	if len(fresh) == 0 {
		return into, joining.Refusals, nil
	}
	targets, err := o.assign(ctx, tx, into, fresh)
	if err != nil {
		return nil, nil, err
	}
	if err := act.Record(ctx, tx, slices.Concat([]audit.Target{taskTarget(into, nil)}, targets,
		joining.Refused)...); err != nil {
		return nil, nil, err
	}
	return into, joining.Refusals, nil
}

// taking returns the creators under contract that the viewer may assign to tasks. If one of them is handed over, or
// their contract ends, before the end of the transaction, it is retried.
func taking(
	ctx context.Context, tx *store.Tx, act audit.Entry, creatorIDs []string, policy form.Policy,
) (*form.Batch[*ent.Creator], error) {
	b, err := form.Choose[*ent.Creator](creators, creatorIDs, "input", "creatorIds")
	if err != nil {
		return nil, err
	}
	mine := predicate.Creator(within(act, taskCreators, access.Edit))
	found, err := byID(tx.Creator.Query().Where(page.Among[predicate.Creator](creator.FieldID,
		form.WellFormed(id.Creator, b.IDs())), mine).
		Order(creator.ByID()).All(ctx))
	if err != nil {
		return nil, err
	}
	err = sorted(ctx, tx, act, access.Tasks, aCreator, b, found, policy, func(c *ent.Creator) *fault.Error {
		if c.Status == creator.StatusENDED {
			return refuse(fault.Invalid, creatorEnded, c.Name)
		}
		return nil
	})
	good := make([]string, len(b.Good))
	for i, c := range b.Good {
		good[i] = c.ID
	}
	rely(tx, good, mine, creator.StatusEQ(creator.StatusSIGNED))
	return b, err
}

// taskCreators returns the predicate of creators whose assignments the viewer may access.
func taskCreators(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Tasks, a, managed)
}

// assign inserts the assignments of creators to a task, and returns them as targets.
func (o *Office) assign(
	ctx context.Context, tx *store.Tx, to *ent.Task, taking []*ent.Creator,
) ([]audit.Target, error) {
	now := o.Now()
	rows := make([]*ent.TaskAssignmentCreate, len(taking))
	for i, c := range taking {
		rows[i] = tx.TaskAssignment.Create().SetOrgID(
			to.OrgID).SetTaskID(to.ID).SetCreatorID(c.ID).SetCreatedAt(now).SetUpdatedAt(now)
	}
	made, err := tx.TaskAssignment.CreateBulk(rows...).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("assign creators: %w", err)
	}
	targets := make([]audit.Target, len(made))
	for i, a := range made {
		targets[i] = assignmentTarget(a, taking[i].Name, audit.Set(audit.Text("status", a.Status)))
	}
	return targets, nil
}

// steps are the statuses that may follow each status. Steps may be skipped; a rejected assignment may be submitted
// again.
var steps = map[taskassignment.Status][]taskassignment.Status{
	taskassignment.StatusASSIGNED: {
		taskassignment.StatusACCEPTED, taskassignment.StatusSUBMITTED,
		taskassignment.StatusAPPROVED, taskassignment.StatusREJECTED,
	},
	taskassignment.StatusACCEPTED: {
		taskassignment.StatusSUBMITTED, taskassignment.StatusAPPROVED,
		taskassignment.StatusREJECTED,
	},
	taskassignment.StatusSUBMITTED: {taskassignment.StatusAPPROVED, taskassignment.StatusREJECTED},
	taskassignment.StatusREJECTED:  {taskassignment.StatusSUBMITTED, taskassignment.StatusAPPROVED},
}

// SetAssignmentStatus sets the status of an assignment that the viewer may edit. An equal status changes nothing. It
// returns INVALID for a status that may not follow, NOT_FOUND, OUT_OF_SCOPE.
func (o *Office) SetAssignmentStatus(
	ctx context.Context, tx *store.Tx, act audit.Entry, assignmentID string, status taskassignment.Status,
) (*ent.TaskAssignment, error) {
	missing := refuse(fault.NotFound, noAssignment).At("input", "id")
	if !id.Is(id.TaskAssignment, assignmentID) {
		return nil, missing
	}
	held, err := hold(ctx, tx, act, access.Tasks)
	if err != nil {
		return nil, err
	}
	query := tx.TaskAssignment.Query().WithCreator().
		Where(taskassignment.ID(assignmentID), predicate.TaskAssignment(within(act, Assignments, access.Edit)))
	store.Lock(tx, query)
	found, err := query.Only(ctx)
	switch {
	case ent.IsNotFound(err), err == nil && !isHeld(held, found.CreatorID):
		return nil, anAssignment.missing(ctx, tx, act, access.Tasks, assignmentID, missing)
	case err != nil:
		return nil, fmt.Errorf("lock assignment: %w", err)
	case found.Status == status:
		return found, nil
	case !slices.Contains(steps[found.Status], status):
		return nil, refuse(fault.Invalid, badAssignment, found.Status, status).At("input", "status")
	}
	updated, err := tx.TaskAssignment.UpdateOneID(assignmentID).SetStatus(status).SetUpdatedAt(o.Now()).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("set status of assignment: %w", err)
	}
	changes := audit.Changed(assignmentValues(found.Status), assignmentValues(status))
	if err := act.Record(ctx, tx, assignmentTarget(updated, found.Edges.Creator.Name, changes)); err != nil {
		return nil, err
	}
	return updated, nil
}
