package page

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"
)

// Record is a row of a result. *sql.Rows implements it for its current row.
type Record interface {
	// Columns returns the names of its columns.
	Columns() ([]string, error)
	// Scan copies its values to dest.
	Scan(dest ...any) error
}

// Each runs a query and calls row for each of its rows. A record is valid only until row returns.
type Each func(ctx context.Context, query string, args []any, row func(Record) error) error

// Read returns a function that reads the entities of a table: it runs the statement that Ent would build, and scans the
// columns directly into the entities. Ent allocates a value for each column of each row first, which took as long as
// all the rest of a nested list.
func Read[E any, T interface {
	*E
	Row
}](table, dialect string, each Each) func(context.Context, []string, func(*entsql.Selector)) ([]T, error) {
	return func(ctx context.Context, columns []string, modify func(*entsql.Selector)) ([]T, error) {
		t := entsql.Dialect(dialect).Table(table)
		s := entsql.Dialect(dialect).Select().From(t).WithContext(ctx)
		s.Select(s.Columns(idFirst(columns)...)...)
		modify(s)
		if err := s.Err(); err != nil {
			return nil, err
		}
		text, args := s.Query()
		all := []T{}
		var (
			names []string
			into  []any
			room  []E // rows are allocated several at once
		)
		err := each(ctx, text, args, func(record Record) (err error) {
			if names == nil {
				if names, err = record.Columns(); err != nil {
					return err
				}
				into = make([]any, len(names))
			}
			if len(room) == 0 {
				room = make([]E, min(max(4, len(all)), 64))
			}
			row := T(&room[0])
			room = room[1:]
			for i, name := range names {
				switch name {
				case parentColumn:
					into[i] = row.Parent()
				default:
					into[i] = row.Into(name)
				}
			}
			all = append(all, row)
			return record.Scan(into...)
		})
		return all, err
	}
}

// idFirst returns each of the columns once, the id before all others.
func idFirst(columns []string) []string {
	sorted, seen := append(make([]string, 0, len(columns)+1), "id"), map[string]bool{"id": true}
	for _, column := range columns {
		if !seen[column] {
			seen[column] = true
			sorted = append(sorted, column)
		}
	}
	return sorted
}
