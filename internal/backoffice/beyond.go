package backoffice

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// kind describes the rows of a type: their table, their kind of id, and their predicate.
type kind struct {
	table string
	ids   id.Kind
	cut   func(*viewer.Viewer, access.Action) Reach
}

var (
	aCreator     = kind{creator.Table, id.Creator, Creators}
	aTask        = kind{task.Table, id.Task, Tasks}
	anAssignment = kind{taskassignment.Table, id.TaskAssignment, Assignments}
	anOrder      = kind{order.Table, id.Order, Orders}
)

// outOfScope returns the refusal of a row that the viewer may see but not edit.
func outOfScope(act audit.Entry) *fault.Error {
	return refuse(fault.OutOfScope, notYours, act.Viewer.Ask(act.OrgID))
}

// visibleValues returns the values of a column for which there is a row that the viewer may see. The values must be
// those of rows that it may not edit. It returns none if the viewer may edit all rows of the module.
func (k kind) visibleValues(
	ctx context.Context, tx *store.Tx, act audit.Entry, m access.Module, column string, values []string,
) (map[string]bool, error) {
	if len(values) == 0 || scope(act, m, access.Edit) == access.All {
		return nil, nil //nolint:nilnil // no rows
	}
	s := sql.Dialect(tx.Dialect()).Select(column).From(sql.Dialect(tx.Dialect()).Table(k.table))
	s.Where(page.In(s.C(column), values))
	within(act, k.cut, access.View)(s)
	query, args := s.Query()
	found, err := bulk.Collect[string](ctx, tx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look for %s beyond the scope: %w", k.table, err)
	}
	seen := make(map[string]bool, len(found))
	for _, value := range found {
		seen[value] = true
	}
	return seen, nil
}

// missing returns the refusal of a row that the viewer may not edit: OUT_OF_SCOPE if the viewer may see it, otherwise
// notFound.
func (k kind) missing(
	ctx context.Context, tx *store.Tx, act audit.Entry, m access.Module, given string, notFound *fault.Error,
) error {
	seen, err := k.visibleValues(ctx, tx, act, m, "id", form.WellFormed(k.ids, []string{given}))
	if err != nil {
		return err
	}
	if seen[given] {
		return outOfScope(act).At(notFound.Field...)
	}
	return notFound
}

// sorted calls b.Sort with the rows that were found. Of the others, those that the viewer may see are refused with
// OUT_OF_SCOPE.
func sorted[T any](
	ctx context.Context, tx *store.Tx, act audit.Entry, m access.Module, k kind,
	b *form.Batch[T], found map[string]T, policy form.Policy, check func(T) *fault.Error,
) error {
	var others []string
	for _, given := range form.WellFormed(k.ids, b.IDs()) {
		if _, ok := found[given]; !ok {
			others = append(others, given)
		}
	}
	seen, err := k.visibleValues(ctx, tx, act, m, "id", others)
	if err != nil {
		return err
	}
	if len(seen) > 0 {
		b.OutOfReach(seen, outOfScope(act))
	}
	return b.Sort(found, policy, check)
}
