package bulk

import (
	"context"
	"database/sql"
)

// Querier runs queries that Ent does not build: a client, a transaction, a connection or a pool.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Scan reads the columns of a row, as Scan of *sql.Rows does.
type Scan func(dest ...any) error

// Each calls row for each row of a query. It reads all rows, since a statement that writes is complete only then.
func Each(ctx context.Context, q Querier, query string, args []any, row func(Scan) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Collect returns the values of a query with one column.
func Collect[T any](ctx context.Context, q Querier, query string, args ...any) (values []T, err error) {
	err = Each(ctx, q, query, args, func(scan Scan) error {
		var value T
		err := scan(&value)
		values = append(values, value)
		return err
	})
	return values, err
}

// One returns the single value of a query, and false when there is no row.
func One[T any](ctx context.Context, q Querier, query string, args ...any) (value T, found bool, err error) {
	values, err := Collect[T](ctx, q, query, args...)
	if err != nil || len(values) == 0 {
		return value, false, err
	}
	return values[0], true, nil
}
