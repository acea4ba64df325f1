package page

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// LoadAll reads the whole lists of all parents with one statement. It is for lists whose length is limited.
func (l List[T]) LoadAll(ctx context.Context, parents, columns []string) (map[string][]T, error) {
	columns = union(columns, []string{"id"})
	parents = slices.Compact(slices.Sorted(slices.Values(parents)))
	rows, err := l.Fetch(ctx, columns, func(s *entsql.Selector) {
		if l.Dialect == dialect.Postgres && len(parents) > 1 {
			l.laterally(s, parents, columns)
			return
		}
		parent := l.narrow(s, parents)
		s.AppendSelectAs(parent, parentColumn).OrderExpr(l.sorted(s.C, false))
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", l.Field, err)
	}
	level, lists := NewLevel(rows), make(map[string][]T, len(parents))
	for _, row := range rows {
		row.SetLevel(level)
		lists[*row.Parent()] = append(lists[*row.Parent()], row)
	}
	return lists, nil
}
