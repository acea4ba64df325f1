package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var taskTable = &table[ent.Task, *ent.Task]{
	Table: load.Table{Type: "Task", Name: task.Table, Has: task.Columns},
	reach: backoffice.Tasks,
	order: page.Order{Column: task.FieldCreatedAt, Desc: true},
}

var taskAssignmentTable = &table[ent.TaskAssignment, *ent.TaskAssignment]{
	Table: load.Table{
		Type: "TaskAssignment", Name: taskassignment.Table, Has: taskassignment.Columns,
		Needs: map[string][]string{
			"creator": {taskassignment.FieldCreatorID}, "creatorName": {taskassignment.FieldCreatorID},
		},
	},
	reach: backoffice.Assignments,
}

func assignedCreator(a *ent.TaskAssignment) string { return a.CreatorID }

// taskCuts applies a field's filter and order to a list of tasks.
func taskCuts(f *model.TaskFilter, o *model.TaskOrder) cutter[*ent.Task] {
	return func(v *viewer.Viewer, list *page.List[*ent.Task]) error {
		err := taskFilter(v, list, f)
		serve(list, taskOrder(list, o))
		return err
	}
}

// taskFilter applies a filter to a list of tasks.
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

// seenAssignments selects the task ids of the assignments that the viewer can view. All queries about the participants
// of tasks use it: with the scope OWN, the viewer may not know the other participants.
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
		due := func(c page.Cut) bool { return c.Name == "dueFrom" || c.Name == "dueTo" }
		if slices.ContainsFunc(list.Cuts, due) { // excludes tasks without a deadline
			list.Order.Empty = nil
		}
	case model.TaskOrderFieldReward:
		list.Order.Column = task.FieldReward
	}
	return bounds.OrderOf(o.Field)
}

// byTaker makes creators the parents of a list of tasks, through the assignments that the viewer can view.
func byTaker(v *viewer.Viewer, list *page.List[*ent.Task]) error {
	list.Parent = func(s *sql.Selector) string {
		seen, t := seenAssignments(s.Dialect(), v)
		taking := seen.AppendSelect(t.C(taskassignment.FieldCreatorID)).As("taking")
		s.Join(taking).On(s.C("id"), taking.C(taskassignment.FieldTaskID))
		return taking.C(taskassignment.FieldCreatorID)
	}
	return nil
}

func taskChange(in model.UpdateTaskInput) (backoffice.TaskChange, error) {
	title, noTitle := requireNonNull(in.Title, "input", "title")
	reward, noReward := requireNonNull(in.Reward, "input", "reward")
	expected, noExpected := requireNonNull(in.ExpectedUpdatedAt, "input", "expectedUpdatedAt")
	change := backoffice.TaskChange{
		Title: title, Brief: emptied(in.Brief), Reward: reward, Deadline: cleared(in.Deadline), ExpectedUpdatedAt: expected,
	}
	return change, firstOf(noTitle, noReward, noExpected)
}

// setTask opens or closes a task.
func (r *Resolver) setTask(
	ctx context.Context, in model.OpenTaskInput, status task.Status,
) (*ent.Task, []*model.UserError, error) {
	return change(ctx, r, in.OrgID, func(ctx context.Context, tx writing) (*ent.Task, error) {
		return r.Office.UpdateTask(ctx, tx.Tx, tx.entry, in.ID, backoffice.TaskChange{Status: &status})
	})
}

// tasksComing returns the tasks of the org with changes, of the task itself or of an assignment that the viewer can
// view: those since an overlap before the time, if it is given, and all later ones.
func (r *Resolver) tasksComing(ctx context.Context, orgID string, after *time.Time) *comingRows[*ent.Task] {
	c := coming(ctx, r, taskTable, orgID, nil)
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
		list := changing(taskAssignmentTable.list(r, v, access.View), orgID)
		rows, err := list.After(ctx, after, upcomingSize, nil)
		for _, row := range rows {
			ids, next, at = append(ids, row.ID), list.At(row), row.UpdatedAt
		}
		return ids, next, at, err
	}
	c.resume(after)
	return c
}

// A spreadsheet of tasks has a row for each assignment. Columns keep their positions; new ones are added at the end.
var taskColumns = []sheetColumn{
	{heading: fault.Message{Zh: "任务", En: "Task"}, width: 24},
	{heading: fault.Message{Zh: "任务说明", En: "Brief"}, width: 40},
	{heading: fault.Message{Zh: "任务奖励", En: "Reward"}, width: 16, money: true},
	{heading: fault.Message{Zh: "状态", En: "Status"}, width: 10},
	{heading: fault.Message{Zh: "截止时间", En: "Deadline"}, width: 20},
	{heading: fault.Message{Zh: "创建时间", En: "Created at"}, width: 20},
	{heading: fault.Message{Zh: "达人平台ID", En: "Creator platform ID"}, width: 20},
	{heading: fault.Message{Zh: "达人", En: "Creator"}, width: 16},
	{heading: fault.Message{Zh: "进度", En: "Progress"}, width: 10},
	{heading: fault.Message{Zh: "进度更新时间", En: "Progress updated at"}, width: 20},
	{heading: fault.Message{Zh: "任务ID", En: "Task ID"}, width: 26},
}

// taskLine is a task in JSON Lines, under the names of the schema.
type taskLine struct {
	ID          string           `json:"id"`
	Title       string           `json:"title"`
	Brief       string           `json:"brief"`
	Reward      int64            `json:"reward"`
	Status      task.Status      `json:"status"`
	Deadline    *instant         `json:"deadline"`
	Assignments []assignmentLine `json:"assignments"`
	CreatedAt   instant          `json:"createdAt"`
	UpdatedAt   instant          `json:"updatedAt"`
}

// assignmentLine is an assignment in the line of its task.
type assignmentLine struct {
	ID                string                `json:"id"`
	CreatorID         *string               `json:"creatorId"`
	CreatorPlatformID *string               `json:"creatorPlatformId"`
	CreatorName       string                `json:"creatorName"`
	Status            taskassignment.Status `json:"status"`
	UpdatedAt         instant               `json:"updatedAt"`
}

func (r *Resolver) taskFile(v *viewer.Viewer, link download.Link, until time.Time, f *file) error {
	var filter *model.TaskFilter
	if err := json.Unmarshal(link.Filter, &filter); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	list := taskTable.list(r, v, access.Export)
	list.Where = append(list.Where, ofOrg(link.OrgID), upTo(task.FieldCreatedAt, until))
	if err := taskFilter(v, &list, filter); err != nil {
		return err
	}
	serve(&list, "")
	taken := taskAssignmentTable.list(r, v, access.Export)
	taken.Parent = column(taskassignment.FieldTaskID)
	taken.Where = append(taken.Where, ofOrg(link.OrgID))
	columns := []string{
		task.FieldOrgID, task.FieldTitle, task.FieldBrief, task.FieldReward, task.FieldStatus, task.FieldDeadline,
		task.FieldCreatedAt, task.FieldUpdatedAt,
	}
	f.columns, f.rows = taskColumns, list.Count
	f.lines = func(ctx context.Context) (int, error) { return r.taskLines(ctx, list, taken) }
	f.walk = func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), p *paper) error {
		write := p.taskRows
		if f.format == model.ExportFormatJSONL {
			write = p.taskObject
		}
		return list.Walk(ctx, partSize, columns, func(part []*ent.Task) error {
			counts, err := r.assignmentsOf(ctx, part, taken)
			if err != nil {
				return err
			}
			for len(part) > 0 {
				v, err := judge(ctx)
				if err != nil {
					return err
				}
				told, err := r.tellTasks(ctx, v, part[:atOnce(part, (*ent.Task).RowID, counts)], taken)
				if err != nil {
					return err
				}
				for _, t := range told.tasks {
					if err := write(told, t); err != nil {
						return err
					}
				}
				part = part[len(told.tasks):]
			}
			return nil
		})
	}
	return nil
}

// taskLines counts the lines of a spreadsheet of tasks: one for each assignment, and one for a task without any.
func (r *Resolver) taskLines(
	ctx context.Context, list page.List[*ent.Task], taken page.List[*ent.TaskAssignment],
) (lines int, err error) {
	if lines, err = list.Count(ctx); err != nil {
		return 0, err
	}
	d := sql.Dialect(r.Store.Dialect())
	t, a := d.Table(task.Table), d.Table(taskassignment.Table)
	tasks, s := d.Select(t.C(task.FieldID)).From(t), d.Select().From(a)
	list.Narrow(tasks)
	taken.Narrow(s)
	s.Select(sql.Count("*"), sql.Count(sql.Distinct(s.C(taskassignment.FieldTaskID)))).
		Where(sql.In(s.C(taskassignment.FieldTaskID), tasks))
	query, args := s.Query()
	err = r.Store.Each(ctx, query, args, func(record page.Record) error {
		var assignments, with int
		err := record.Scan(&assignments, &with)
		lines += assignments - with
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count assignments: %w", err)
	}
	return lines, nil
}

// assignmentsOf counts the assignments of tasks.
func (r *Resolver) assignmentsOf(
	ctx context.Context, tasks []*ent.Task, taken page.List[*ent.TaskAssignment],
) (map[string]int, error) {
	d := sql.Dialect(r.Store.Dialect())
	s := d.Select().From(d.Table(taskassignment.Table))
	taken.Narrow(s)
	s.Select(s.C(taskassignment.FieldTaskID), sql.Count("*")).GroupBy(s.C(taskassignment.FieldTaskID)).
		Where(page.In(s.C(taskassignment.FieldTaskID), load.IDs(tasks, (*ent.Task).RowID)))
	query, args := s.Query()
	counts := make(map[string]int, len(tasks))
	err := r.Store.Each(ctx, query, args, func(record page.Record) error {
		var (
			id string
			n  int
		)
		err := record.Scan(&id, &n)
		counts[id] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count assignments: %w", err)
	}
	return counts, nil
}

// toldTasks are tasks with their assignments, and the creators of these.
type toldTasks struct {
	tasks    []*ent.Task
	taken    map[string][]*ent.TaskAssignment
	creators map[string]*namedCreator
}

// tellTasks reads the assignments of tasks, and their creators.
func (r *Resolver) tellTasks(
	ctx context.Context, v *viewer.Viewer, tasks []*ent.Task, taken page.List[*ent.TaskAssignment],
) (*toldTasks, error) {
	told := &toldTasks{tasks: tasks}
	var err error
	told.taken, err = taken.LoadAll(ctx, load.IDs(tasks, (*ent.Task).RowID), []string{
		taskassignment.FieldCreatorID, taskassignment.FieldStatus, taskassignment.FieldUpdatedAt,
		taskassignment.FieldCreatedAt,
	})
	if err != nil {
		return nil, err
	}
	var all []*ent.TaskAssignment
	for _, some := range told.taken {
		all = append(all, some...)
	}
	told.creators, err = r.namedCreators(ctx, v, load.IDs(all, assignedCreator), load.IDs(tasks, (*ent.Task).TenantID),
		[]string{creator.FieldPlatformID})
	return told, err
}

// taskRows writes a task to a spreadsheet, with a row for each assignment. Only viewers of the creator get its id on
// the platform.
func (p *paper) taskRows(told *toldTasks, t *ent.Task) error {
	write := func(of ...any) error {
		return p.row(append(append([]any{
			t.Title, t.Brief, p.amount(t.Reward), p.word("Task", "status", string(t.Status)), p.moment(t.Deadline),
			p.moment(&t.CreatedAt),
		}, of...), t.ID)...)
	}
	if len(told.taken[t.ID]) == 0 {
		return write("", "", "", "")
	}
	for _, a := range told.taken[t.ID] {
		platformID, name := "", ""
		if c := told.creators[a.CreatorID]; c != nil {
			name = c.Name
			if c.Reached {
				platformID = c.PlatformID
			}
		}
		err := write(platformID, name, p.word("TaskAssignment", "status", string(a.Status)), p.moment(&a.UpdatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// taskObject writes a task to JSON Lines.
func (p *paper) taskObject(told *toldTasks, t *ent.Task) error {
	line := taskLine{
		ID: t.ID, Title: t.Title, Brief: t.Brief, Reward: t.Reward, Status: t.Status, Deadline: (*instant)(t.Deadline),
		Assignments: make([]assignmentLine, len(told.taken[t.ID])), CreatedAt: instant(t.CreatedAt),
		UpdatedAt: instant(t.UpdatedAt),
	}
	for i, a := range told.taken[t.ID] {
		line.Assignments[i] = assignmentLine{ID: a.ID, Status: a.Status, UpdatedAt: instant(a.UpdatedAt)}
		if c := told.creators[a.CreatorID]; c != nil {
			line.Assignments[i].CreatorName = c.Name
			if c.Reached {
				line.Assignments[i].CreatorID, line.Assignments[i].CreatorPlatformID = &a.CreatorID, &c.PlatformID
			}
		}
	}
	return p.object(line)
}
