package page

import (
	"context"
	"database/sql"

	entsql "entgo.io/ent/dialect/sql"
)

// Read answers how the entities of a table are read: with the statement that Ent would build, scanned straight into them. Ent's own
// way makes a value for each column of each row first, which took as long as all the rest of a nested list.
func Read[E any, T interface {
	*E
	Row
}](table, dialect string, query func(ctx context.Context, query string, args ...any) (*sql.Rows, error)) func(context.Context, []string, func(*entsql.Selector)) ([]T, error) {
	return func(ctx context.Context, columns []string, modify func(*entsql.Selector)) ([]T, error) {
		t := entsql.Dialect(dialect).Table(table)
		s := entsql.Dialect(dialect).Select().From(t).WithContext(ctx)
		s.Select(s.Columns(idFirst(columns)...)...)
		modify(s)
		if err := s.Err(); err != nil {
			return nil, err
		}
		text, args := s.Query()
		rows, err := query(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close() //nolint:errcheck // rows.Err tells
		names, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		all, into := []T{}, make([]any, len(names))
		var room []E // rows are made several at once
		for rows.Next() {
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
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			all = append(all, row)
		}
		return all, rows.Err()
	}
}

// idFirst answers each of the columns once, the id before all others.
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
