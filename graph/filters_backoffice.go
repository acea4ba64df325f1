package graph

import (
	"cmp"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/contact"
	"deputy/internal/page"
	"deputy/internal/search"
	"deputy/internal/viewer"
)

// within keeps rows whose column has one of the values of a filter; none, when there is no value.
func within[V ~string](name, column string, given []V) (where, error) {
	plain := make([]string, len(given))
	for i, value := range given {
		plain[i] = string(value)
	}
	values, err := texts(name, plain)
	return func(s *sql.Selector) { s.Where(page.In(s.C(column), values)) }, err
}

// among cuts a list to rows whose column has one of the values of a filter, if that was given.
func among[T page.Row, V ~string](list *page.List[T], name, column string, given []V) error {
	if given == nil {
		return nil
	}
	keep, err := within(name, column, given)
	if err != nil {
		return err
	}
	cut(list, name, len(given), keep, column)
	return nil
}

// cutBetween cuts a list to rows whose column is in a range of moments, by the ends that were given: nameFrom and
// nameTo.
func cutBetween[T page.Row](list *page.List[T], name, column string, from, to *time.Time) {
	if from != nil {
		cut(list, name+"From", 1, func(s *sql.Selector) { s.Where(sql.GTE(s.C(column), *from)) }, column)
	}
	if to != nil {
		cut(list, name+"To", 1, func(s *sql.Selector) { s.Where(sql.LT(s.C(column), *to)) }, column)
	}
}

func equal[T any](column string, value T) where {
	return func(s *sql.Selector) { s.Where(sql.EQ(s.C(column), value)) }
}

// searched cuts a list to rows of which one of the columns holds the text, as holds does. They are found by the grams
// that rows of the viewer's orgs would keep of it; see package search. A single letter of ASCII has none: nearly every
// row holds it, so the list's own order meets enough of them. A blank text, as the empty field of a form has it, is no
// search: it returns nil.
func searched(v *viewer.Viewer, m access.Module, text string, columns ...string) *page.Search {
	if text = contact.SearchText(text); text == "" {
		return nil
	}
	looked := &page.Search{Holds: holds(text, columns...), Columns: columns}
	if !storable(text) {
		looked.Found = none
		return looked
	}
	var kept []search.Grams
	all, own := v.Orgs(m, access.View)
	for _, standing := range slices.Concat(all, own) {
		if grams := search.For(standing.OrgID, text); len(grams) > 0 {
			kept = append(kept, grams)
		}
	}
	if len(kept) > 0 {
		looked.Found = func(s *sql.Selector) {
			any := make([]*sql.Predicate, len(kept))
			for i, grams := range kept {
				any[i] = keeps(s, grams)
			}
			s.Where(sql.Or(any...))
		}
	}
	return looked
}

// orCreator has a search of orders find those of creators who are called so, too. These are creators whose orders the
// viewer sees, and whoever sees an order sees its creator's name: nothing is told of others, whatever the viewer sees
// of creators themselves.
func orCreator(looked *page.Search, v *viewer.Viewer, text string) {
	if text == "" || !storable(text) {
		return
	}
	named := searched(v, access.Orders, text, creator.FieldName)
	looked.Keys = func(dialect string) *sql.Selector {
		t := sql.Dialect(dialect).Table(creator.Table)
		s := sql.Dialect(dialect).Select(t.C(creator.FieldID)).From(t)
		backoffice.OrderCreators(v, access.View)(s)
		if named.Found != nil {
			named.Found(s)
		}
		named.Holds(s)
		return s
	}
	texts := looked.Columns
	looked.Text = looked.Holds
	looked.Columns = append(slices.Clone(texts), order.FieldCreatorID)
	looked.Holds = func(s *sql.Selector) {
		any := []*sql.Predicate{sql.In(s.C(order.FieldCreatorID), looked.Keys(s.Dialect()))}
		for _, column := range texts {
			any = append(any, held(s, column, text))
		}
		s.Where(sql.Or(any...))
	}
}

// maxGrams is how many grams SQLite looks for: a few leave few rows, which are looked into in any case.
const maxGrams = 8

// keeps holds for rows that keep all of the grams; on SQLite, a few of them. On PostgreSQL a function asks the index,
// which row level security keeps from a query of its own; see invariants.sql.
func keeps(s *sql.Selector, grams search.Grams) *sql.Predicate {
	id, table := s.C("id"), s.TableName()
	return sql.P(func(b *sql.Builder) {
		if b.Dialect() == dialect.Postgres {
			b.Ident(id).WriteString(" IN (SELECT search_" + table + "(").Arg(grams).WriteString("))")
			return
		}
		// The rows of one gram are looked up among those of the next, and so on: what the others have is not read.
		b.Ident(id).WriteString(" IN (SELECT row_id FROM search_grams AS kept WHERE gram = ").Arg(grams[0])
		step := max(1, len(grams)/maxGrams)
		for i := step; i < len(grams) && i < maxGrams*step; i += step {
			b.WriteString(
				" AND EXISTS (SELECT 1 FROM search_grams WHERE gram = ").Arg(grams[i]).WriteString(" AND row_id = kept.row_id)")
		}
		b.WriteByte(')')
	})
}

// creatorFilter cuts a list of creators to what a filter leaves of it.
func creatorFilter(v *viewer.Viewer, list *page.List[*ent.Creator], f *model.CreatorFilter) error {
	if f == nil {
		return nil
	}
	if f.Search != nil {
		list.Search = searched(v, access.Creators, *f.Search, creator.FieldName, creator.FieldPlatformID)
	}
	return cmp.Or(
		among(list, "statuses", creator.FieldStatus, f.Statuses),
		among(list, "categories", creator.FieldCategory, f.Categories),
		among(list, "managerIds", creator.FieldManagerID, f.ManagerIds),
	)
}

func creatorOrder(list *page.List[*ent.Creator], o *model.CreatorOrder) string {
	if o == nil {
		return ""
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.CreatorOrderFieldName:
		list.Order.Column = creator.FieldNameKey
		list.Place = func(row *ent.Creator) (any, string) { return row.NameKey, row.ID }
	case model.CreatorOrderFieldFollowers:
		list.Order.Column = creator.FieldFollowers
		list.Place = func(row *ent.Creator) (any, string) { return row.Followers, row.ID }
	}
	return bounds.OrderOf(o.Field)
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

// orderFilter cuts a list of orders to what a filter leaves of it, and says how those are found.
func orderFilter(v *viewer.Viewer, list *page.List[*ent.Order], f *model.OrderFilter) error {
	list.Key, list.Through = order.FieldCreatorID, ofCreators(v, nil)
	if f == nil {
		return nil
	}
	if f.Search != nil {
		list.Search = searched(v, access.Orders, *f.Search, order.FieldNumber, order.FieldProductName)
		orCreator(list.Search, v, contact.SearchText(*f.Search))
	}
	if err := among(list, "statuses", order.FieldStatus, f.Statuses); err != nil {
		return err
	}
	if f.CreatorIds != nil {
		creatorIDs, err := texts("creatorIds", f.CreatorIds)
		if err != nil {
			return err
		}
		cut(list, "creatorIds", len(creatorIDs), func(s *sql.Selector) {
			s.Where(page.In(s.C(order.FieldCreatorID),
				creatorIDs))
		}, order.FieldCreatorID)
		list.Through = ofCreators(v, creatorIDs)
	}
	if f.Numbers != nil {
		numbers, err := texts("numbers", f.Numbers)
		if err != nil {
			return err
		}
		for i, number := range numbers {
			numbers[i] = contact.SearchText(number)
		}
		cut(list, "numbers", len(numbers), func(s *sql.Selector) { s.Where(page.In(s.C(order.FieldNumber), numbers)) },
			order.FieldNumber)
		list.Through, list.Few = nil, true
	}
	cutBetween(list, "paid", order.FieldPaidAt, f.PaidFrom, f.PaidTo)
	cutBetween(list, "updated", order.FieldUpdatedAt, f.UpdatedFrom, f.UpdatedTo)
	return nil
}

// orderChanged places an order by its last change.
func orderChanged(row *ent.Order) (any, string) { return row.UpdatedAt, row.ID }

func orderOrder(list *page.List[*ent.Order], o *model.OrderOrder) string {
	if o == nil {
		return ""
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.OrderOrderFieldAmount:
		list.Order.Column = order.FieldAmount
		list.Place = func(row *ent.Order) (any, string) { return row.Amount, row.ID }
	case model.OrderOrderFieldUpdatedAt:
		list.Order.Column, list.Place = order.FieldUpdatedAt, orderChanged
	}
	return bounds.OrderOf(o.Field)
}
