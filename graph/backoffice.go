package graph

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

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
	serve(&list, creatorOrder(&list, o))
	return list, err
}

// filteredTasks is a list of tasks as a field's arguments want it.
func (r *Resolver) filteredTasks(v *viewer.Viewer, field string, f *model.TaskFilter, o *model.TaskOrder) (page.List[*ent.Task], error) {
	list := r.tasks(v, field)
	err := taskFilter(v, &list, f)
	serve(&list, taskOrder(&list, o))
	return list, err
}

// filteredOrders is a list of orders as a field's arguments want it.
func (r *Resolver) filteredOrders(v *viewer.Viewer, field string, f *model.OrderFilter, o *model.OrderOrder) (page.List[*ent.Order], error) {
	list := r.orders(v, field)
	err := orderFilter(v, &list, f)
	serve(&list, orderOrder(&list, o))
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

// takenBy joins the assignments of tasks that the viewer sees, and answers the creator as the parent.
func takenBy(v *viewer.Viewer) func(*sql.Selector) string {
	return func(s *sql.Selector) string {
		seen, t := seenAssignments(s.Dialect(), v)
		taking := seen.AppendSelect(t.C(taskassignment.FieldCreatorID)).As("taking")
		s.Join(taking).On(s.C("id"), taking.C(taskassignment.FieldTaskID))
		return taking.C(taskassignment.FieldCreatorID)
	}
}

// ofCreator is a row that belongs to a creator of its org.
type ofCreator interface {
	leveled
	tenant
}

// namedCreator is a creator as whoever sees a row of theirs may know them.
type namedCreator struct {
	ent.Creator
	// Reached tells whether the viewer sees the creator, and not the name alone.
	Reached bool
}

const reachedColumn = "reached"

// Into answers where a column is scanned to.
func (c *namedCreator) Into(column string) any {
	if column == reachedColumn {
		return &c.Reached
	}
	return c.Creator.Into(column)
}

// namedCreators reads creators of the orgs by their ids.
func (r *Resolver) namedCreators(ctx context.Context, v *viewer.Viewer, creatorIDs, orgIDs, columns []string) (map[string]*namedCreator, error) {
	rows, err := read[namedCreator](r, creatorTable)(ctx, append(columns, creator.FieldName), func(s *sql.Selector) {
		s.Where(sql.And(page.In(s.C(creator.FieldID), creatorIDs), page.In(s.C(creator.FieldOrgID), orgIDs)))
		reached := sql.Dialect(s.Dialect()).Select().From(sql.Dialect(s.Dialect()).Table(creator.Table))
		backoffice.Creators(v, access.View)(reached)
		s.AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("CASE WHEN ").Join(reached.P()).WriteString(" THEN TRUE ELSE FALSE END")
		}), reachedColumn)
	})
	if err != nil {
		return nil, fmt.Errorf("read creators: %w", err)
	}
	found := make(map[string]*namedCreator, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

// creatorsOf answers the creators of the rows of a level, loaded at once for all fields that ask about them there.
func creatorsOf[P ofCreator](ctx context.Context, r *Resolver, row P, creatorIDOf func(P) string) (map[string]*namedCreator, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	_, parent, _ := strings.Cut(place(ctx), "<")
	return once(ctx, row.Peers(), "creators<"+parent, func(ctx context.Context, peers []P) (map[string]*namedCreator, error) {
		var columns []string
		for _, f := range siblings(ctx) {
			if f.Name == "creator" {
				columns = append(columns, creatorTable.selected(graphql.GetOperationContext(ctx), f)...)
			}
		}
		found, err := r.namedCreators(ctx, v, ids(peers, creatorIDOf), ids(peers, P.TenantID), columns)
		var reached []*ent.Creator
		for _, one := range found {
			if one.Reached {
				reached = append(reached, &one.Creator)
			}
		}
		level := page.NewLevel(reached)
		for _, one := range reached {
			one.SetLevel(level)
		}
		return found, err
	})
}

// creatorOf answers the creator of a row; null for one out of the viewer's reach.
func creatorOf[P ofCreator](ctx context.Context, r *Resolver, row P, creatorIDOf func(P) string) (*ent.Creator, error) {
	found, err := creatorsOf(ctx, r, row, creatorIDOf)
	if err != nil {
		return nil, err
	}
	answer := func(row P) *ent.Creator {
		if one := found[creatorIDOf(row)]; one != nil && one.Reached {
			return &one.Creator
		}
		return nil
	}
	others(ctx, row.Peers(), func(row P) (any, error) { return orNull(answer(row)), nil })
	return answer(row), nil
}

// creatorNameOf answers the name of a row's creator.
func creatorNameOf[P ofCreator](ctx context.Context, r *Resolver, row P, creatorIDOf func(P) string) (string, error) {
	found, err := creatorsOf(ctx, r, row, creatorIDOf)
	if err != nil {
		return "", err
	}
	answer := func(row P) (string, error) {
		if found[creatorIDOf(row)] == nil {
			return "", errors.New("row without its creator")
		}
		return found[creatorIDOf(row)].Name, nil
	}
	others(ctx, row.Peers(), func(row P) (any, error) { return answer(row) })
	return answer(row)
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
		rows, err := read[model.Colleague](r, colleagueTable)(ctx, []string{subaccount.FieldName}, func(s *sql.Selector) {
			s.Where(sql.And(page.In(s.C(subaccount.FieldID), managers), page.In(s.C(subaccount.FieldOrgID), orgIDs)))
		})
		if err != nil {
			return nil, fmt.Errorf("read managers: %w", err)
		}
		found := make(map[string]*model.Colleague, len(rows))
		for _, row := range rows {
			found[row.ID] = row
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
func (r *Resolver) setTask(ctx context.Context, in model.OpenTaskInput, status task.Status) (*ent.Task, []*model.UserError, error) {
	return change(ctx, r, in.OrgID, func(ctx context.Context, tx *store.Tx, act audit.Act) (*ent.Task, fault.Refusals, error) {
		done, err := r.Office.UpdateTask(ctx, tx, act, in.ID, backoffice.TaskChange{Status: &status})
		return done, nil, err
	})
}
