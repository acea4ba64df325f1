package graph

import (
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"deputy/internal/bounds"
	"deputy/internal/page"
)

// cut cuts a list by a field of its filter, of so many values. Serve says later whether an index does so.
func cut[T page.Row](list *page.List[T], name string, values int, keep func(*sql.Selector), columns ...string) {
	_, ranged := bounds.Ranges[name]
	list.Cuts = append(list.Cuts, page.Cut{Name: name, Values: values, Keep: keep, Columns: columns, Range: ranged})
}

// serve leaves the cuts to an index that one serves when the list is in the order; all of them in what is read as a
// whole, such as files.
func serve[T page.Row](list *page.List[T], order string) {
	given, left := map[string]int{}, []page.Cut{}
	for _, c := range list.Cuts {
		given[c.Name] = c.Values
	}
	not := bounds.Unserved(list.Field, order, given)
	for _, c := range list.Cuts {
		ofKeys := list.Through != nil && list.Dialect == dialect.Postgres && c.Name == "creatorIds"
		span := list.Span
		switch {
		case list.Field != "" && !ofKeys && slices.Contains(not, c.Name):
			left = append(left, c)
		case !c.Range:
			list.Where = append(list.Where, c.Keep)
		case span == nil:
			list.Span = c.Keep
		default:
			list.Span = func(s *sql.Selector) { span(s); c.Keep(s) }
		}
	}
	list.Cuts = left
}
