package prepared

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"
)

// Each runs a query on a connection of a Connector that database/sql lends, and calls row for each of its rows, which is gone when row
// returns. It does what QueryContext, Next and Scan of database/sql do without a goroutine for the query and a conversion for each value,
// which took as long as reading the rows did. Row must not use the connection.
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
	r := &Row{columns: found.Columns()}
	r.values = make([]driver.Value, len(r.columns))
	for {
		err := found.Next(r.values)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = row(r)
		}
		if err != nil {
			return err
		}
	}
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

// Row is a row of a query.
type Row struct {
	columns []string
	values  []driver.Value
}

// Columns answers the names of the columns. The error is that of *sql.Rows, and always nil.
func (r *Row) Columns() ([]string, error) { return r.columns, nil }

// Scan puts the values of the row where dest points to, as many as there are columns. Texts, numbers, truth values and moments go into
// variables of their kind, NULL into pointers alone, and anything into a sql.Scanner.
func (r *Row) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("scan %d columns into %d places", len(r.values), len(dest))
	}
	for i, to := range dest {
		if err := assign(to, r.values[i]); err != nil {
			return fmt.Errorf("scan column %s: %w", r.columns[i], err)
		}
	}
	return nil
}

// assign puts a value where it belongs. What rows mostly hold goes there without reflection.
func assign(to any, value driver.Value) error {
	switch to := to.(type) {
	case *string:
		if text, ok := value.(string); ok {
			*to = text
			return nil
		}
	case *int64:
		if n, ok := value.(int64); ok {
			*to = n
			return nil
		}
	case *time.Time:
		if at, ok := value.(time.Time); ok {
			*to = at
			return nil
		}
	case **string:
		if text, ok := value.(string); ok {
			*to = &text
			return nil
		}
	case sql.Scanner:
		return to.Scan(value)
	}
	return set(reflect.ValueOf(to).Elem(), value)
}

// set puts a value into a variable of whatever type.
func set(v reflect.Value, value driver.Value) error {
	if v.Kind() == reflect.Pointer {
		if value == nil {
			v.SetZero()
			return nil
		}
		to := reflect.New(v.Type().Elem())
		if err := assign(to.Interface(), value); err != nil {
			return err
		}
		v.Set(to)
		return nil
	}
	switch value := value.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(value)
			return nil
		}
	case int64:
		if v.CanInt() && !v.OverflowInt(value) {
			v.SetInt(value)
			return nil
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(value)
			return nil
		}
	case []byte: // it is lib/pq's again after the row
		switch {
		case v.Kind() == reflect.String:
			v.SetString(string(value))
			return nil
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
			v.SetBytes(append([]byte{}, value...))
			return nil
		}
	}
	return fmt.Errorf("%T does not fit into %s", value, v.Type())
}
