package page

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/civil"
)

// Walk calls part with the rows of a whole list without a parent, size rows at a time. A statement reads each part from
// the end of the last one, so that a slow part holds no connection. Changes that are made meanwhile may be included or
// not.
func (l List[T]) Walk(ctx context.Context, size int, columns []string, part func([]T) error) error {
	if l.Search != nil { // one scan of the list finds all matches; each part would search the index again
		l.Search = &Search{Holds: l.Search.Holds}
	}
	l.Through = nil // each part would read rows of every key
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

// Place is the position of a row in a list: the value that the list is sorted by, and the id.
type Place = place

// From returns the place before all rows with the value, or with one that sorts after it.
func From(value any) *Place { return &place{value: value} }

// At returns the place of the row. A list that is sorted by id has no ties.
func (l List[T]) At(row T) *Place {
	if l.Order.Column == "id" {
		return &place{value: l.Value(row)}
	}
	return &place{l.Value(row), row.RowID()}
}

// Value returns the value that the row is sorted by, never nil. It panics if cursors don't support its type.
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

// After returns at most size rows of a list without a parent, after a place, or from its start if that is nil.
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

// Narrow restricts a query of the list's table to the rows of a list without a parent, or to those of all parents.
func (l List[T]) Narrow(s *entsql.Selector) { l.narrow(s, nil) }

// Count returns the number of rows of a list without a parent, with no limit on the rows that it examines.
func (l List[T]) Count(ctx context.Context) (int, error) {
	pages := map[string]*Page[T]{"": {}}
	err := l.count(ctx, []string{""}, pages)
	return pages[""].Total, err
}
