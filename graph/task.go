package graph

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var taskTable = &load.Table{
	Name: task.Table, Has: task.Columns, Satisfies: []string{"Task", "Node"},
	Needs: map[string][]string{"": {task.FieldOrgID}},
}

var assignmentTable = &load.Table{
	Name: taskassignment.Table, Has: taskassignment.Columns, Satisfies: []string{"TaskAssignment"},
	Needs: map[string][]string{
		"":            {taskassignment.FieldOrgID},
		"creator":     {taskassignment.FieldCreatorID},
		"creatorName": {taskassignment.FieldCreatorID},
	},
}

// tasks lists tasks, newest first.
func (r *Resolver) tasks(v *viewer.Viewer, field string) page.List[*ent.Task] {
	return page.List[*ent.Task]{
		Field:   field,
		Table:   taskTable.Name,
		Where:   []func(*sql.Selector){backoffice.Tasks(v, access.View)},
		Order:   page.Order{Column: task.FieldCreatedAt, Desc: true},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		More:    bounds.Further,
		Each:    r.Store.Each,
		Fetch:   readRows[ent.Task](r, taskTable),
		Place:   func(row *ent.Task) (any, string) { return row.CreatedAt, row.ID },
	}
}

// assignments lists assignments, in the order in which they were made.
func (r *Resolver) assignments(v *viewer.Viewer, field string) page.List[*ent.TaskAssignment] {
	return page.List[*ent.TaskAssignment]{
		Field:   field,
		Table:   assignmentTable.Name,
		Where:   []func(*sql.Selector){backoffice.Assignments(v, access.View)},
		Order:   page.Order{Column: taskassignment.FieldCreatedAt},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		Each:    r.Store.Each,
		Fetch:   readRows[ent.TaskAssignment](r, assignmentTable),
		Place:   func(row *ent.TaskAssignment) (any, string) { return row.CreatedAt, row.ID },
	}
}

func taskID(t *ent.Task) string { return t.ID }

func assignedCreator(a *ent.TaskAssignment) string { return a.CreatorID }

// filteredTasks is a list of tasks as a field's arguments want it.
func (r *Resolver) filteredTasks(
	v *viewer.Viewer, field string, f *model.TaskFilter, o *model.TaskOrder,
) (page.List[*ent.Task], error) {
	list := r.tasks(v, field)
	err := taskFilter(v, &list, f)
	serve(&list, taskOrder(&list, o))
	return list, err
}

// taskFilter cuts a list of tasks to what a filter leaves of it.
func taskFilter(v *viewer.Viewer, list *page.List[*ent.Task], f *model.TaskFilter) error {
	if f == nil {
		return nil
	}
	if f.Search != nil {
		list.Search = searched(v, access.Tasks, *f.Search, task.FieldTitle, task.FieldBrief)
	}
	if err := among(list, "statuses", task.FieldStatus, f.Statuses); err != nil {
		return err
	}
	if f.CreatorIds != nil {
		creatorIDs, err := texts("creatorIds", f.CreatorIds)
		if err != nil {
			return err
		}
		taken := func(s *sql.Selector) {
			seen, t := seenAssignments(s.Dialect(), v)
			s.Where(sql.In(s.C(task.FieldID), seen.Where(page.In(t.C(taskassignment.FieldCreatorID), creatorIDs))))
		}
		cut(list, "creatorIds", len(creatorIDs), taken)
	}
	cutBetween(list, "due", task.FieldDeadline, f.DueFrom, f.DueTo)
	return nil
}

// seenAssignments selects the tasks of the assignments that the viewer sees. Whatever asks of a task who takes part in
// it asks these alone: under OWN, who else does is not the viewer's to know.
func seenAssignments(dialect string, v *viewer.Viewer) (*sql.Selector, *sql.SelectTable) {
	t := sql.Dialect(dialect).Table(taskassignment.Table)
	s := sql.Dialect(dialect).Select(t.C(taskassignment.FieldTaskID)).From(t)
	backoffice.Assignments(v, access.View)(s)
	return s, t
}

func taskOrder(list *page.List[*ent.Task], o *model.TaskOrder) string {
	if o == nil {
		return ""
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.TaskOrderFieldDeadline:
		list.Order.Column, list.Order.Empty = task.FieldDeadline, epoch
		list.Place = func(row *ent.Task) (any, string) {
			if row.Deadline == nil {
				return epoch, row.ID
			}
			return *row.Deadline, row.ID
		}
	case model.TaskOrderFieldReward:
		list.Order.Column = task.FieldReward
		list.Place = func(row *ent.Task) (any, string) { return row.Reward, row.ID }
	}
	return bounds.OrderOf(o.Field)
}

// takenBy joins the assignments of tasks that the viewer sees, and returns the creator as the parent.
func takenBy(v *viewer.Viewer) func(*sql.Selector) string {
	return func(s *sql.Selector) string {
		seen, t := seenAssignments(s.Dialect(), v)
		taking := seen.AppendSelect(t.C(taskassignment.FieldCreatorID)).As("taking")
		s.Join(taking).On(s.C("id"), taking.C(taskassignment.FieldTaskID))
		return taking.C(taskassignment.FieldCreatorID)
	}
}

func taskChange(in model.UpdateTaskInput) (backoffice.TaskChange, error) {
	title, noTitle := requireNonNull(in.Title, "input", "title")
	reward, noReward := requireNonNull(in.Reward, "input", "reward")
	change := backoffice.TaskChange{Title: title, Brief: emptied(in.Brief), Reward: reward, Deadline: cleared(in.Deadline)}
	return change, firstOf(noTitle, noReward)
}

// setTask opens or closes a task.
func (r *Resolver) setTask(
	ctx context.Context, in model.OpenTaskInput, status task.Status,
) (*ent.Task, []*model.UserError, error) {
	return change(ctx, r, in.OrgID, func(ctx context.Context, tx writing) (*ent.Task, error) {
		return r.Office.UpdateTask(ctx, tx.Tx, tx.entry, in.ID, backoffice.TaskChange{Status: &status})
	})
}

// tasksComing returns the tasks of the org that changed, themselves or in an assignment that the viewer sees, since an
// overlap before the moment, if there is one, and those that change from now on.
func (r *Resolver) tasksComing(ctx context.Context, orgID string, after *time.Time) *comingRows[*ent.Task] {
	c := &comingRows[*ent.Task]{idOf: taskID, columns: taskTable.Columns(ctx), now: r.Now}
	c.list = func(v *viewer.Viewer) page.List[*ent.Task] {
		return changing(r.tasks(v, "Subscription.tasksChanged"), orgID, task.FieldUpdatedAt,
			func(row *ent.Task) (any, string) { return row.UpdatedAt, row.ID })
	}
	c.told = func(v *viewer.Viewer, rows []string) where {
		isTask := func(row string) bool { return id.Is(id.Task, row) }
		assigned := slices.DeleteFunc(slices.Clone(rows), isTask)
		return func(s *sql.Selector) {
			itself := page.In(s.C(task.FieldID), rows)
			if len(assigned) == 0 {
				s.Where(itself)
				return
			}
			seen, t := seenAssignments(s.Dialect(), v)
			seen.Where(page.In(t.C(taskassignment.FieldID), assigned))
			s.Where(sql.Or(itself, sql.In(s.C(task.FieldID), seen)))
		}
	}
	c.parts = func(ctx context.Context, v *viewer.Viewer, after *page.Place) (
		ids []string, next *page.Place, at time.Time, err error,
	) {
		list := changing(r.assignments(v, "Subscription.tasksChanged"), orgID, taskassignment.FieldUpdatedAt,
			func(row *ent.TaskAssignment) (any, string) { return row.UpdatedAt, row.ID })
		rows, err := list.After(ctx, after, upcomingSize, nil)
		for _, row := range rows {
			ids, next, at = append(ids, row.ID), list.At(row), row.UpdatedAt
		}
		return ids, next, at, err
	}
	c.resume(after)
	return c
}
