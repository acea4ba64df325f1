package graph

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

	"deputy/ent"
	"deputy/internal/fault"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var msgGone = fault.Message{
	Zh: "这个请求已经执行过；它的结果中有您现在看不到的内容。",
	En: "This request was done before; some of what it answered is out of your reach by now.",
}

// replayed returns what a mutation answered when it was done, with its objects only as far as they are in the viewer's
// reach now. For those that are not there is an error at the payload's field, so that nobody takes the answer for a
// refusal.
func replayed[T any](ctx context.Context, r *Resolver, v *viewer.Viewer, done T) (T, error) {
	var err error
	switch answer := any(&done).(type) {
	case **ent.Org:
		*answer, err = still(ctx, r, orgTable, r.orgs(v, "").Where, *answer, orgID)
	case **ent.Role:
		*answer, err = still(ctx, r, roleTable, r.roles(v, "").Where, *answer, roleID)
	case **ent.SubAccount:
		*answer, err = still(ctx, r, subAccountTable, r.subAccounts(v, "").Where, *answer, subAccountID)
	case *[]*ent.SubAccount:
		*answer, err = stillAll(ctx, r, subAccountTable, r.subAccounts(v, "").Where, *answer, subAccountID)
	case **ent.Creator:
		*answer, err = still(ctx, r, creatorTable, r.creators(v, "").Where, *answer, creatorID)
	case *[]*ent.Creator:
		*answer, err = stillAll(ctx, r, creatorTable, r.creators(v, "").Where, *answer, creatorID)
	case **ent.Task:
		*answer, err = still(ctx, r, taskTable, r.tasks(v, "").Where, *answer, taskID)
	case **ent.TaskAssignment:
		*answer, err = still(ctx, r, assignmentTable, r.assignments(v, "").Where, *answer,
			func(a *ent.TaskAssignment) string { return a.ID })
	case *[]*ent.Order:
		*answer, err = stillAll(ctx, r, orderTable, r.orders(v, "").Where, *answer, orderID)
	default: // counts, ids and links tell of no object
	}
	return done, err
}

// still returns the row while the viewer sees it.
func still[E any](
	ctx context.Context, r *Resolver, t *load.Table, cuts []where, row *E, idOf func(*E) string,
) (*E, error) {
	if row == nil {
		return nil, nil //nolint:nilnil // it was refused
	}
	left, err := stillAll(ctx, r, t, cuts, []*E{row}, idOf)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	return row, nil
}

// stillAll returns those of the rows that the viewer sees now.
func stillAll[E any](
	ctx context.Context, r *Resolver, t *load.Table, cuts []where, rows []*E, idOf func(*E) string,
) ([]*E, error) {
	d := sql.Dialect(r.Store.Dialect())
	from := d.Table(t.Name)
	s := d.Select(from.C("id")).From(from).Where(page.In(from.C("id"), load.IDs(rows, idOf)))
	for _, cut := range cuts {
		cut(s)
	}
	query, args := s.Query()
	seen := map[string]bool{}
	err := r.Store.Each(ctx, query, args, func(record page.Record) error {
		var one string
		err := record.Scan(&one)
		seen[one] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for what was done: %w", err)
	}
	left := slices.DeleteFunc(slices.Clone(rows), func(row *E) bool { return !seen[idOf(row)] })
	if len(left) < len(rows) {
		outOfReach(ctx, t)
	}
	return left, nil
}

// outOfReach says at the fields of the payload that answer objects of the table that some of them are not shown.
func outOfReach(ctx context.Context, t *load.Table) {
	field := graphql.GetFieldContext(ctx)
	payload := field.Field.Definition.Type.Name()
	for _, f := range graphql.CollectFieldsCtx(ctx, []string{payload}) {
		if f.Definition.Type.Name() == t.Satisfies[0] {
			below := graphql.WithFieldContext(ctx, &graphql.FieldContext{Parent: field, Object: payload, Field: f})
			graphql.AddError(below, fault.New(fault.Forbidden, msgGone))
		}
	}
}
