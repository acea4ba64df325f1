package graph

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

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
	"deputy/internal/load"
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
func (r *Resolver) filteredCreators(
	v *viewer.Viewer, field string, f *model.CreatorFilter, o *model.CreatorOrder,
) (page.List[*ent.Creator], error) {
	list := r.creators(v, field)
	err := creatorFilter(v, &list, f)
	serve(&list, creatorOrder(&list, o))
	return list, err
}

// filteredTasks is a list of tasks as a field's arguments want it.
func (r *Resolver) filteredTasks(
	v *viewer.Viewer, field string, f *model.TaskFilter, o *model.TaskOrder,
) (page.List[*ent.Task], error) {
	list := r.tasks(v, field)
	err := taskFilter(v, &list, f)
	serve(&list, taskOrder(&list, o))
	return list, err
}

// filteredOrders is a list of orders as a field's arguments want it.
func (r *Resolver) filteredOrders(
	v *viewer.Viewer, field string, f *model.OrderFilter, o *model.OrderOrder,
) (page.List[*ent.Order], error) {
	list := r.orders(v, field)
	err := orderFilter(v, &list, f)
	serve(&list, orderOrder(&list, o))
	return list, err
}

// ofCreators returns the creators that orders are found by: the given ones, and where the viewer sees the orders of own
// creators alone, those; nil for all of an org.
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

// takenBy joins the assignments of tasks that the viewer sees, and returns the creator as the parent.
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
	load.Row
	tenant
}

// namedCreator is a creator as whoever sees a row of theirs may know them.
type namedCreator struct {
	ent.Creator
	// Reached reports whether the viewer sees the creator, and not the name alone.
	Reached bool
}

const reachedColumn = "reached"

// Into returns where a column is scanned to.
func (c *namedCreator) Into(column string) any {
	if column == reachedColumn {
		return &c.Reached
	}
	return c.Creator.Into(column)
}

// namedCreators reads creators of the orgs by their ids.
func (r *Resolver) namedCreators(
	ctx context.Context, v *viewer.Viewer, creatorIDs, orgIDs, columns []string,
) (map[string]*namedCreator, error) {
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

// creatorBatch is a field of rows that asks about their creators, which are loaded at once for all such fields.
func creatorBatch[P ofCreator, V any](
	ctx context.Context, r *Resolver, creatorIDOf func(P) string, value func(*namedCreator) (V, error),
) (load.Batch[P, map[string]*namedCreator, V], error) {
	v, err := viewer.SignedIn(ctx)
	_, parent, _ := strings.Cut(load.Place(ctx), "<")
	return load.Batch[P, map[string]*namedCreator, V]{
		Key: "creators<" + parent,
		Load: func(ctx context.Context, rows []P) (map[string]*namedCreator, error) {
			var columns []string
			for _, f := range siblings(ctx) {
				if f.Name == "creator" {
					columns = append(columns, creatorTable.Selected(graphql.GetOperationContext(ctx), f)...)
				}
			}
			found, err := r.namedCreators(ctx, v, load.IDs(rows, creatorIDOf), load.IDs(rows, P.TenantID), columns)
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
		},
		Value: func(found map[string]*namedCreator, of P) (V, error) { return value(found[creatorIDOf(of)]) },
	}, err
}

// creatorOf returns the creator of a row; null for one out of the viewer's reach.
func creatorOf[P ofCreator](ctx context.Context, r *Resolver, of P, creatorIDOf func(P) string) (*ent.Creator, error) {
	creators, err := creatorBatch(ctx, r, creatorIDOf, func(found *namedCreator) (*ent.Creator, error) {
		if found == nil || !found.Reached {
			return nil, nil //nolint:nilnil // null is the value
		}
		return &found.Creator, nil
	})
	if err != nil {
		return nil, err
	}
	return creators.For(ctx, of)
}

// creatorNameOf returns the name of a row's creator.
func creatorNameOf[P ofCreator](ctx context.Context, r *Resolver, of P, creatorIDOf func(P) string) (string, error) {
	creators, err := creatorBatch(ctx, r, creatorIDOf, func(found *namedCreator) (string, error) {
		if found == nil {
			return "", errors.New("row without its creator")
		}
		return found.Name, nil
	})
	if err != nil {
		return "", err
	}
	return creators.For(ctx, of)
}

// manager returns who looks after a creator: a name, for everybody who sees the creator.
func (r *Resolver) manager(ctx context.Context, c *ent.Creator) (*model.Colleague, error) {
	if c.ManagerID == nil {
		return nil, nil //nolint:nilnil // null is the answer
	}
	return load.Batch[*ent.Creator, map[string]*model.Colleague, *model.Colleague]{
		Load: r.managers,
		Value: func(found map[string]*model.Colleague, c *ent.Creator) (*model.Colleague, error) {
			if c.ManagerID == nil {
				return nil, nil
			}
			return found[*c.ManagerID], nil
		},
	}.For(ctx, c)
}

// managers reads who looks after creators, by their ids.
func (r *Resolver) managers(ctx context.Context, creators []*ent.Creator) (map[string]*model.Colleague, error) {
	var managers []string
	for _, c := range creators {
		if c.ManagerID != nil {
			managers = append(managers, *c.ManagerID)
		}
	}
	orgIDs := load.IDs(creators, (*ent.Creator).TenantID)
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
}

// setTask opens or closes a task.
func (r *Resolver) setTask(
	ctx context.Context, in model.OpenTaskInput, status task.Status,
) (*ent.Task, []*model.UserError, error) {
	return change(ctx, r, in.OrgID, func(ctx context.Context, tx *store.Tx, act audit.Act) (*ent.Task, fault.Refusals,
		error,
	) {
		done, err := r.Office.UpdateTask(ctx, tx, act, in.ID, backoffice.TaskChange{Status: &status})
		return done, nil, err
	})
}

// siblings are the fields that the document asks of the object that the running field is one of, itself among them.
func siblings(ctx context.Context) []graphql.CollectedField {
	field, op := graphql.GetFieldContext(ctx), graphql.GetOperationContext(ctx)
	parent := field.Parent
	for parent != nil && parent.Index != nil {
		parent = parent.Parent
	}
	var selected ast.SelectionSet
	if parent != nil {
		selected = parent.Field.Selections
	} else { // the event of a subscription, whose one field is in no context
		selected = graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})[0].Selections
	}
	return graphql.CollectFields(op, selected, []string{field.Object, "Node"})
}
