package prepared

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// Each runs a query on a connection of a Connector that database/sql lends, and calls row for each of its rows, which is gone when row
// returns. It is QueryContext, Next and Scan of database/sql without what they, and lib/pq under them, make for each value on its way, which
// was most of what reading a list took. Row must not use the connection.
func Each(ctx context.Context, lent *sql.Conn, query string, args []any, row func(*Row) error) error {
	return lent.Raw(func(inner any) error {
		c, ok := inner.(*conn)
		if !ok {
			return errors.New("the connection is not one of prepared.Connector")
		}
		values, err := c.arguments(args)
		if err != nil {
			return err
		}
		found, err := c.QueryContext(ctx, query, values)
		if err != nil {
			return err
		}
		err = each(found, row)
		if closed := found.Close(); err == nil {
			err = closed
		}
		return err
	})
}

func each(found driver.Rows, row func(*Row) error) error {
	r, err := newRow(found)
	for err == nil {
		if err = found.Next(nil); err == nil {
			err = r.read()
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
