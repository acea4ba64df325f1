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

// kind is the rows of a type: their table, what their ids are, and who sees them.
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

// outOfScope refuses a row that the act sees and may not edit.
func outOfScope(act audit.Entry) *fault.Error {
	return refuse(fault.OutOfScope, notYours, act.Viewer.Ask(act.OrgID))
}

// visibleValues returns which of the values of a column are those of rows that the act sees. It is asked about rows
// that the act may not edit under OWN, and sees none where it may edit all rows of the module: there are no others.
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

// missing returns why a row that the act may not edit is refused: OUT_OF_SCOPE when the act sees it, or else NOT_FOUND
// as given.
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

// sorted sorts a batch of the rows that were found; of the others, those that the act sees are OUT_OF_SCOPE.
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
