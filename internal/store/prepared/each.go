package prepared

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Record is a row of a query, valid until the function that it was passed to returns. Row implements it, and so does
// *sql.Rows.
type Record interface {
	Columns() ([]string, error)
	Scan(dest ...any) error
}

// Each runs a query on a connection of a Connector that database/sql has lent, and calls row for each of its rows. It
// replaces QueryContext, Next and Scan of database/sql without their allocations and those of lib/pq for each value,
// which were most of the cost of reading a list. If lib/pq's rows are not understood, it logs that once, and from then
// on database/sql scans the rows of this Connector: the first such query runs again, so it must only read. Row must not
// use the connection.
func Each(ctx context.Context, lent *sql.Conn, query string, args []any, row func(Record) error) error {
	var from *Connector
	err := lent.Raw(func(inner any) error {
		c, ok := inner.(*conn)
		if !ok {
			return errors.New("the connection is not one of prepared.Connector")
		}
		from = c.from
		if from.scans.Load() {
			return errRows
		}
		return c.each(ctx, query, args, row)
	})
	if !errors.Is(err, errRows) {
		return err
	}
	if !from.scans.Swap(true) {
		from.log().WarnContext(ctx, "rows of this version of lib/pq are read in a slower way", "reason", err)
	}
	return scan(ctx, lent, query, args, row)
}

func (c *Connector) log() *slog.Logger {
	if c.options.Log != nil {
		return c.options.Log
	}
	return slog.Default()
}

// scan is Each by means of database/sql only.
func scan(ctx context.Context, lent *sql.Conn, query string, args []any, row func(Record) error) error {
	rows, err := lent.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	for rows.Next() {
		if err := row(inUTC{rows}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// inUTC are rows with times in UTC, as in Row, whatever the time zone of the connection.
type inUTC struct{ *sql.Rows }

// Scan is that of *sql.Rows.
func (r inUTC) Scan(dest ...any) error {
	if err := r.Rows.Scan(dest...); err != nil {
		return err
	}
	for _, to := range dest {
		switch to := to.(type) {
		case *time.Time:
			*to = to.UTC()
		case **time.Time:
			if *to != nil {
				**to = (*to).UTC()
			}
		}
	}
	return nil
}

// each runs a query and passes its rows to row. It returns errRows before the first one if they are not understood.
func (c *conn) each(ctx context.Context, query string, args []any, row func(Record) error) error {
	values, err := c.arguments(args)
	if err != nil {
		return err
	}
	found, err := c.QueryContext(ctx, query, values)
	if err != nil {
		return err
	}
	err = c.walk(found, row)
	if closed := found.Close(); err == nil {
		err = closed
	}
	return err
}

func (c *conn) walk(found driver.Rows, row func(Record) error) error {
	r, err := newRow(found, c.from.fields)
	for n := 0; err == nil; n++ {
		if err = found.Next(nil); err == nil {
			err = r.load()
		}
		if n > 0 && errors.Is(err, errRows) {
			return fmt.Errorf("read row %d: it is unlike the first", n+1)
		}
		if err == nil {
			err = row(r)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// arguments converts a query's arguments as database/sql does.
func (c *conn) arguments(args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		v := &values[i]
		v.Ordinal, v.Value = i+1, arg
		err := c.CheckNamedValue(v)
		if errors.Is(err, driver.ErrSkip) {
			v.Value, err = driver.DefaultParameterConverter.ConvertValue(arg)
		}
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return values, nil
}
