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

// Record is a row of a query, which is gone when the function that was given it returns. Row is one, and so is
// *sql.Rows.
type Record interface {
	Columns() ([]string, error)
	Scan(dest ...any) error
}

// Each runs a query on a connection of a Connector that database/sql lends, and calls row for each of its rows. It is
// QueryContext, Next and Scan of database/sql without what they, and lib/pq under them, make for each value on its way,
// which was most of what reading a list took. Where lib/pq's rows are not what Row expects, that is logged once, and
// from then on database/sql scans the rows of this Connector: the query that met it runs again, so it must be one that
// reads. Row must not use the connection.
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

// scan is Each by means of database/sql alone.
func scan(ctx context.Context, lent *sql.Conn, query string, args []any, row func(Record) error) error {
	rows, err := lent.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := row(inUTC{rows}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// inUTC are rows whose moments are in UTC, as those of Row are, whatever the zone of the connection.
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

// each runs a query and hands its rows over as Row. It returns errRows, before it hands over any, where they are not
// understood.
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

// arguments are what database/sql makes of a query's arguments.
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
