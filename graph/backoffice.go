package graph

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/subaccount"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/fault"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

func creatorID(c *ent.Creator) string { return c.ID }
func taskID(t *ent.Task) string       { return t.ID }
func orderID(o *ent.Order) string     { return o.ID }

func orderCreator(o *ent.Order) string                   { return o.CreatorID }
func countedCreator(c *backoffice.CreatorFigures) string { return c.CreatorID }
func assignedCreator(a *ent.TaskAssignment) string       { return a.CreatorID }

// filteredCreators is a list of creators as a field's arguments want it.
func (r *Resolver) filteredCreators(v *viewer.Viewer, field string, f *model.CreatorFilter, o *model.CreatorOrder) (page.List[*ent.Creator], error) {
	list := r.creators(v, field)
	err := creatorFilter(v, &list, f)
	creatorOrder(&list, o)
	return list, err
}

// filteredTasks is a list of tasks as a field's arguments want it.
func (r *Resolver) filteredTasks(v *viewer.Viewer, field string, f *model.TaskFilter, o *model.TaskOrder) (page.List[*ent.Task], error) {
	list := r.tasks(v, field)
	err := taskFilter(v, &list, f)
	taskOrder(&list, o)
	return list, err
}

// filteredOrders is a list of orders as a field's arguments want it.
func (r *Resolver) filteredOrders(v *viewer.Viewer, field string, f *model.OrderFilter, o *model.OrderOrder) (page.List[*ent.Order], error) {
	list := r.orders(v, field)
	err := orderFilter(v, &list, f)
	orderOrder(&list, o)
	return list, err
}

// ofCreators answers the creators that orders are found by: the given ones, and where the viewer sees the orders of own creators alone,
// those; nil for all of an org.
func ofCreators(v *viewer.Viewer, given []string) func(string) *sql.Selector {
	all, own := v.Orgs(access.Orders, access.View)
	if given == nil && (len(all) > 0 || len(own) == 0) {
		return nil
	}
	return func(dialect string) *sql.Selector {
		t := sql.Dialect(dialect).Table(creator.Table)
		s := sql.Dialect(dialect).Select(t.C(creator.FieldID)).From(t)
		backoffice.OrderCreators(v, access.View)(s)
		if given != nil {
			s.Where(page.In(s.C(creator.FieldID), given))
		}
		return s
	}
}

// takenBy joins the assignments of tasks, and answers the creator as the parent.
func takenBy(s *sql.Selector) string {
	t := sql.Dialect(s.Dialect()).Table(taskassignment.Table)
	s.Join(t).On(s.C("id"), t.C(taskassignment.FieldTaskID))
	return t.C(taskassignment.FieldCreatorID)
}

// ofCreator is a row that belongs to a creator of its org.
type ofCreator interface {
	leveled
	tenant
}

// creatorOf answers the creator of a row, loaded for all rows of its level at once; null for one out of the viewer's reach.
func creatorOf[P ofCreator](ctx context.Context, r *Resolver, row P, creatorIDOf func(P) string) (*ent.Creator, error) {
	v, err := account(ctx)
	if err != nil {
		return nil, err
	}
	list := r.creators(v, "")
	found, err := once(ctx, row.Peers(), place(ctx), func(ctx context.Context, peers []P) (map[string]*ent.Creator, error) {
		return r.creatorsByID(ctx, ids(peers, creatorIDOf), creatorTable.columns(ctx), list.Where...)
	})
	if err != nil {
		return nil, err
	}
	others(ctx, row.Peers(), func(row P) (any, error) { return orNull(found[creatorIDOf(row)]), nil })
	return found[creatorIDOf(row)], nil
}

// creatorNameOf answers the name of a row's creator, which whoever sees the row may know.
func creatorNameOf[P ofCreator](ctx context.Context, r *Resolver, row P, creatorIDOf func(P) string) (string, error) {
	found, err := once(ctx, row.Peers(), place(ctx), func(ctx context.Context, peers []P) (map[string]*ent.Creator, error) {
		orgIDs := ids(peers, P.TenantID)
		return r.creatorsByID(ctx, ids(peers, creatorIDOf), []string{creator.FieldName}, func(s *sql.Selector) {
			s.Where(page.In(s.C(creator.FieldOrgID), orgIDs))
		})
	})
	if err != nil {
		return "", err
	}
	answer := func(row P) (string, error) {
		if found[creatorIDOf(row)] == nil {
			return "", fmt.Errorf("row without its creator")
		}
		return found[creatorIDOf(row)].Name, nil
	}
	others(ctx, row.Peers(), func(row P) (any, error) { return answer(row) })
	return answer(row)
}

// creatorsByID reads creators as one level, with these columns, of those that the cuts leave.
func (r *Resolver) creatorsByID(ctx context.Context, creatorIDs, columns []string, cuts ...where) (map[string]*ent.Creator, error) {
	rows, err := read[ent.Creator](r, creatorTable)(ctx, append(columns, creator.FieldID), func(s *sql.Selector) {
		s.Where(page.In(s.C(creator.FieldID), creatorIDs))
		for _, cut := range cuts {
			cut(s)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read creators: %w", err)
	}
	level, found := page.NewLevel(rows), make(map[string]*ent.Creator, len(rows))
	for _, row := range rows {
		row.SetLevel(level)
		found[row.ID] = row
	}
	return found, nil
}

// manager answers who looks after a creator: a name, for everybody who sees the creator.
func (r *Resolver) manager(ctx context.Context, c *ent.Creator) (*model.Colleague, error) {
	if c.ManagerID == nil {
		return nil, nil //nolint:nilnil // null is the answer
	}
	colleagues, err := once(ctx, c.Peers(), place(ctx), func(ctx context.Context, peers []*ent.Creator) (map[string]*model.Colleague, error) {
		var managers []string
		for _, peer := range peers {
			if peer.ManagerID != nil {
				managers = append(managers, *peer.ManagerID)
			}
		}
		orgIDs := ids(peers, (*ent.Creator).TenantID)
		rows, err := r.Store.Client.SubAccount.Query().Where(func(s *sql.Selector) {
			s.Where(sql.And(page.In(s.C(subaccount.FieldID), managers), page.In(s.C(subaccount.FieldOrgID), orgIDs)))
		}).Select(subaccount.FieldID, subaccount.FieldName).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read managers: %w", err)
		}
		found := make(map[string]*model.Colleague, len(rows))
		for _, row := range rows {
			found[row.ID] = &model.Colleague{ID: row.ID, Name: row.Name}
		}
		return found, nil
	})
	if err != nil {
		return nil, err
	}
	others(ctx, c.Peers(), func(c *ent.Creator) (any, error) {
		if c.ManagerID == nil {
			return nil, nil //nolint:nilnil // null is the answer
		}
		return orNull(colleagues[*c.ManagerID]), nil
	})
	return colleagues[*c.ManagerID], nil
}

// setTask opens or closes a task.
func (r *Resolver) setTask(ctx context.Context, in model.TaskInput, status task.Status) (*model.UpdateTaskPayload, error) {
	done, refused, err := change(ctx, r, in.OrgID, func(ctx context.Context, tx *store.Tx, act audit.Act) (*ent.Task, fault.Refusals, error) {
		done, err := r.Office.UpdateTask(ctx, tx, act, in.ID, backoffice.TaskChange{Status: &status})
		return done, nil, err
	})
	if err != nil {
		return nil, err
	}
	return &model.UpdateTaskPayload{Task: done, UserErrors: refused}, nil
}
