package page

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/civil"
)

// Walk hands over a whole list without a parent, so many rows at a time, each part read by itself from where the last
// one ended: whoever takes long over a part holds up no connection. What changes meanwhile may be in or not.
func (l List[T]) Walk(ctx context.Context, size int, columns []string, part func([]T) error) error {
	if l.Search != nil { // one way through the list finds all that hold the text, without finding them anew for each part
		l.Search = &Search{Holds: l.Search.Holds}
	}
	l.Through = nil // nor are so many rows of each key read for a part
	for after := (*Place)(nil); ; {
		rows, err := l.After(ctx, after, size, columns)
		if err != nil {
			return err
		}
		level := NewLevel(rows)
		for _, row := range rows {
			row.SetLevel(level)
		}
		if err := part(rows); err != nil || len(rows) < size {
			return err
		}
		after = l.At(rows[len(rows)-1])
	}
}

// Place is where a row stands in a list: what the list is sorted by, and the id.
type Place = place

// From returns the place before all rows that are sorted by the value or what comes after it.
func From(value any) *Place { return &place{value: value} }

// At returns the place of the row. An id that the list is sorted by is no tie.
func (l List[T]) At(row T) *Place {
	if l.Order.Column == "id" {
		return &place{value: l.Value(row)}
	}
	return &place{l.Value(row), row.RowID()}
}

// Value returns what the row is sorted by, never nil.
func (l List[T]) Value(row T) any {
	switch value := row.Into(l.Order.Column).(type) {
	case *string:
		return *value
	case *[]byte:
		return *value
	case *int64:
		return *value
	case *time.Time:
		return *value
	case **time.Time:
		if *value != nil {
			return **value
		}
		return l.Order.Empty
	case **civil.Day:
		if *value != nil {
			return int64(**value)
		}
		return l.Order.Empty
	default:
		panic(fmt.Sprintf("a list is sorted by %s, which no cursor holds: a %T", l.Order.Column, value))
	}
}

// After returns the first rows of a list without a parent, at most so many, behind a place; from its start when that is
// nil.
func (l List[T]) After(ctx context.Context, after *Place, size int, columns []string) ([]T, error) {
	rows, err := l.Fetch(ctx, union(columns, []string{"id", l.Order.Column}), func(s *entsql.Selector) {
		within := func(s *entsql.Selector) {
			if after != nil {
				s.Where(l.onSideOf(s, *after, !l.Order.Desc))
			}
		}
		if l.Dialect == dialect.Postgres && l.Through != nil {
			l.throughKeys(s, nil, within, false, size)
			return
		}
		l.narrow(s, nil)
		within(s)
		s.OrderExpr(l.sorted(s.C, false)).Limit(size)
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", l.Field, err)
	}
	return rows, nil
}

// Narrow cuts a query of the list's table to the rows of a list without a parent, or to those of all parents.
func (l List[T]) Narrow(s *entsql.Selector) { l.narrow(s, nil) }

// Count returns how many rows a list without a parent has, whatever it takes.
func (l List[T]) Count(ctx context.Context) (int, error) {
	pages := map[string]*Page[T]{"": {}}
	err := l.count(ctx, []string{""}, pages)
	return pages[""].Total, err
}
