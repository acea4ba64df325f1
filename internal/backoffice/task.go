package backoffice

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/predicate"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/search"
	"deputy/internal/store"
)

// NewTask are the values of a new task.
type NewTask struct {
	Title, Brief string
	Reward       int64
	Deadline     *time.Time
	// CreatorIDs are the creators who are assigned to it.
	CreatorIDs []string
}

// CreateTask creates a task of the act's org, as a draft. A viewer who may edit only tasks of own creators must assign
// at least one of them. It returns INVALID, NOT_FOUND or OUT_OF_SCOPE (a creator), TOO_MANY.
func (o *Office) CreateTask(ctx context.Context, tx *store.Tx, act audit.Entry, in NewTask) (*ent.Task, error) {
	row := ent.Task{OrgID: act.OrgID, Title: in.Title, Brief: in.Brief, Reward: in.Reward, Deadline: in.Deadline}
	if err := checkTask(&row); err != nil {
		return nil, err
	}
	if len(in.CreatorIDs) == 0 && scope(act, access.Tasks, access.Edit) != access.All {
		return nil, refuse(fault.Invalid, ownTask).At("input", "creatorIds")
	}
	if err := lockRoom(ctx, tx, act.OrgID); err != nil {
		return nil, err
	}
	if err := roomForTask(ctx, tx, act.OrgID, "input"); err != nil {
		return nil, err
	}
	var joining *form.Batch[*ent.Creator]
	if len(in.CreatorIDs) > 0 {
		var err error
		if joining, err = taking(ctx, tx, act, in.CreatorIDs, form.AllOrNothing); err != nil {
			return nil, err
		}
	}
	now := o.Now()
	made, err := tx.Task.Create().SetOrgID(act.OrgID).SetTitle(row.Title).SetBrief(row.Brief).SetReward(row.Reward).
		SetNillableDeadline(row.Deadline).SetGrams(taskGrams(&row)).SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("make task: %w", err)
	}
	targets := []audit.Target{taskTarget(made, taskChanges(nil, made))}
	if joining != nil {
		assigned, err := o.assign(ctx, tx, made, joining.Good)
		if err != nil {
			return nil, err
		}
		targets = append(targets, assigned...)
	}
	if err := act.Record(ctx, tx, targets...); err != nil {
		return nil, err
	}
	return made, nil
}

// TaskChange are the changes of a task. A nil field is not changed; a pointer to nil clears it.
type TaskChange struct {
	Title, Brief *string
	Reward       *int64
	Deadline     **time.Time
	Status       *task.Status
	// ExpectedUpdatedAt is the updatedAt that the caller has read; nil accepts any.
	ExpectedUpdatedAt *time.Time
}

// UpdateTask changes a task that the viewer may edit. Equal values change nothing. It returns INVALID, NOT_FOUND,
// OUT_OF_SCOPE, CHANGED_MEANWHILE, and TOO_MANY for a closed task that is reopened.
func (o *Office) UpdateTask(
	ctx context.Context, tx *store.Tx, act audit.Entry, taskID string, in TaskChange,
) (*ent.Task, error) {
	if in.Status != nil {
		if err := lockRoom(ctx, tx, act.OrgID); err != nil {
			return nil, err
		}
	}
	before, err := lockTask(ctx, tx, act, taskID)
	if err != nil {
		return nil, err
	}
	if err := form.Unchanged(in.ExpectedUpdatedAt, before.UpdatedAt); err != nil {
		return nil, err
	}
	after := *before
	apply(&after.Title, in.Title)
	apply(&after.Brief, in.Brief)
	apply(&after.Reward, in.Reward)
	apply(&after.Deadline, in.Deadline)
	apply(&after.Status, in.Status)
	if err := checkTask(&after); err != nil {
		return nil, err
	}
	if before.Status == task.StatusCLOSED && after.Status != task.StatusCLOSED {
		if err := roomForTask(ctx, tx, act.OrgID, "input", "id"); err != nil {
			return nil, err
		}
	}
	changes := taskChanges(before, &after)
	if len(changes) == 0 {
		return before, nil
	}
	update := tx.Task.UpdateOneID(
		taskID).SetTitle(after.Title).SetBrief(after.Brief).SetReward(after.Reward).SetStatus(after.Status).
		SetGrams(taskGrams(&after)).SetUpdatedAt(form.Changed(o.Now(), before.UpdatedAt))
	if update.SetNillableDeadline(after.Deadline); after.Deadline == nil {
		update.ClearDeadline()
	}
	updated, err := update.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update task: %w", err)
	}
	if err := act.Record(ctx, tx, taskTarget(updated, changes)); err != nil {
		return nil, err
	}
	return updated, nil
}

// lockTask locks and returns a task that the viewer may edit. It returns OUT_OF_SCOPE at input.id for a task that the
// viewer may only see, and NOT_FOUND for any other id.
func lockTask(ctx context.Context, tx *store.Tx, act audit.Entry, taskID string) (*ent.Task, error) {
	missing := refuse(fault.NotFound, noTask).At("input", "id")
	if !id.Is(id.Task, taskID) {
		return nil, missing
	}
	held, err := hold(ctx, tx, act, access.Tasks)
	if err != nil {
		return nil, err
	}
	query := tx.Task.Query().Where(task.ID(taskID), predicate.Task(within(act, Tasks, access.Edit)))
	if held != nil {
		query.Where(takenByOneOf(held))
	}
	store.Lock(tx, query)
	found, err := query.Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, aTask.missing(ctx, tx, act, access.Tasks, taskID, missing)
	case err != nil:
		return nil, fmt.Errorf("lock task: %w", err)
	}
	return found, nil
}

// takenByOneOf returns the predicate of tasks that one of the creators is assigned to.
func takenByOneOf(creatorIDs []string) predicate.Task {
	return func(s *sql.Selector) {
		t := sql.Dialect(s.Dialect()).Table(taskassignment.Table)
		s.Where(sql.In(s.C(task.FieldID), sql.Dialect(s.Dialect()).Select(t.C(taskassignment.FieldTaskID)).From(t).
			Where(page.In(t.C(taskassignment.FieldCreatorID), creatorIDs))))
	}
}

// checkTask validates the input, and converts it to its canonical form.
func checkTask(t *ent.Task) error {
	var f form.Form
	t.Title = f.Text(contact.ParseName, t.Title, maxName, "input", "title")
	t.Brief = f.Text(contact.ParseText, t.Brief, maxBrief, "input", "brief")
	if refusal := amountFault(t.Reward); refusal != nil {
		f.Refuse(refusal.At("input", "reward"))
	}
	if t.Deadline != nil && (t.Deadline.Before(earliest) || !t.Deadline.Before(latest)) {
		f.Refuse(refuse(fault.Invalid, outOfBounds).At("input", "deadline"))
	}
	return f.Err()
}

func taskGrams(t *ent.Task) search.Grams { return search.Of(t.OrgID, t.Title, t.Brief) }
