package page

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"
)

// Walk hands over a whole list without a parent, so many rows at a time, each part read by itself from where the last one ended:
// whoever takes long over a part holds up no connection. What changes meanwhile may be in or not.
func (l List[T]) Walk(ctx context.Context, size int, columns []string, part func([]T) error) error {
	columns = union(columns, []string{"id", l.Order.Column})
	if l.Search != nil { // one way through the list finds all that hold the text, without finding them anew for each part
		l.Search = &Search{Holds: l.Search.Holds}
	}
	for after := (*place)(nil); ; {
		rows, err := l.Fetch(ctx, columns, func(s *entsql.Selector) {
			l.narrow(s, nil)
			if after != nil {
				s.Where(l.beyond(s, *after, !l.Order.Desc))
			}
			s.OrderExpr(l.sorted(s.C, false)).Limit(size)
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", l.Field, err)
		}
		level := NewLevel(rows)
		for _, row := range rows {
			row.SetLevel(level)
		}
		if err := part(rows); err != nil || len(rows) < size {
			return err
		}
		value, id := l.Place(rows[len(rows)-1])
		after = &place{value, id}
	}
}

// Count answers how many rows a list without a parent has.
func (l List[T]) Count(ctx context.Context) (int, error) {
	pages, err := l.Load(ctx, []string{""}, Args{}, Wants{Total: true})
	if err != nil {
		return 0, err
	}
	return pages[""].Total, nil
}
