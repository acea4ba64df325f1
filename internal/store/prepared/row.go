package prepared

import (
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// Row is a row of a query, as PostgreSQL sent it. It copies the bytes of all values at once, where lib/pq allocates two
// or three values for each.
type Row struct {
	rows    *rows
	columns []string
	// sent is lib/pq's field with the content of the last row.
	sent reflect.Value
	// values are the values of the columns, null which of them are NULL, and binary which are in binary form: integers and
	// bytes of prepared statements.
	values       []string
	null, binary []bool
}

// fields are the names of two unexported fields of lib/pq's rows: the rest of the message of a row, after the number of
// its values, and the format of each value. If they do not exist, database/sql scans the rows.
type fields struct{ sent, forms string }

const binaryForm = 1

var errRows = errors.New("the rows of this version of lib/pq are not understood")

func newRow(found driver.Rows, in fields) (*Row, error) {
	r, ok := found.(*rows)
	if !ok {
		return nil, errRows
	}
	inner := reflect.ValueOf(r.pqRows)
	if inner.Kind() != reflect.Pointer || inner.Elem().Kind() != reflect.Struct {
		return nil, errRows
	}
	sent, forms, columns := inner.Elem().FieldByName(in.sent), inner.Elem().FieldByName(in.forms), found.Columns()
	if sent.Kind() != reflect.Slice || sent.Type().Elem().Kind() != reflect.Uint8 ||
		forms.Kind() != reflect.Slice || !reflect.Zero(forms.Type().Elem()).CanInt() || forms.Len() != len(columns) {
		return nil, errRows
	}
	row := &Row{
		rows: r, columns: columns, sent: sent, values: make([]string, len(columns)),
		null: make([]bool, len(columns)), binary: make([]bool, len(columns)),
	}
	for i := range row.binary {
		row.binary[i] = forms.Index(i).Int() == binaryForm
	}
	return row, nil
}

// load copies the values of the row that lib/pq has read.
func (r *Row) load() error {
	const length = 4 // before each value; -1 for NULL
	rest := string(r.sent.Bytes())
	for i := range r.values {
		if len(rest) < length {
			return errRows
		}
		n := int(int32(binary.BigEndian.Uint32([]byte(rest[:length])))) //nolint:gosec // it is signed
		r.null[i], rest = n == -1, rest[length:]
		if n = max(n, 0); n > len(rest) {
			return errRows
		}
		r.values[i], rest = rest[:n], rest[n:]
	}
	if rest != "" {
		return errRows
	}
	return nil
}

// Columns returns the names of the columns. The error is always nil; *sql.Rows has one too.
func (r *Row) Columns() ([]string, error) { return r.columns, nil }

// Scan copies the values of the row to the variables in dest, one for each column. Texts, integers, booleans, times and
// bytes are copied to variables of their type, NULL only to pointers and bytes, and any value to a sql.Scanner.
func (r *Row) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("scan %d columns into %d places", len(r.values), len(dest))
	}
	for i, to := range dest {
		if err := r.put(to, i); err != nil {
			return fmt.Errorf("scan column %s: %w", r.columns[i], err)
		}
	}
	return nil
}

// put copies a value to a variable. The most frequent types need no reflection.
func (r *Row) put(to any, i int) (err error) {
	switch to := to.(type) {
	case sql.Scanner:
		value, err := r.value(i)
		if err != nil {
			return err
		}
		return to.Scan(value)
	case *string:
		if !r.null[i] && !r.binary[i] {
			*to = r.values[i]
			return nil
		}
	case **string:
		if !r.null[i] && !r.binary[i] {
			text := r.values[i]
			*to = &text
			return nil
		}
	case *time.Time:
		if !r.null[i] {
			*to, err = moment(r.values[i])
			return err
		}
	case *[]byte:
		if !r.null[i] {
			*to, err = r.bytes(i)
			return err
		}
	}
	return r.set(reflect.ValueOf(to).Elem(), i)
}

// set copies a value to a variable of another type.
func (r *Row) set(v reflect.Value, i int) error {
	switch {
	case r.null[i] && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice):
		v.SetZero()
		return nil
	case r.null[i]:
		return fmt.Errorf("NULL does not fit into %s", v.Type())
	case v.Kind() == reflect.Pointer:
		to := reflect.New(v.Type().Elem())
		v.Set(to)
		return r.put(to.Interface(), i)
	case v.Kind() == reflect.String && !r.binary[i]:
		v.SetString(r.values[i])
		return nil
	case v.Kind() == reflect.Bool && (r.values[i] == "t" || r.values[i] == "f"):
		v.SetBool(r.values[i] == "t")
		return nil
	case v.CanInt():
		n, err := r.integer(i)
		if err == nil && v.OverflowInt(n) {
			err = fmt.Errorf("%d does not fit into %s", n, v.Type())
		}
		v.SetInt(n)
		return err
	}
	return fmt.Errorf("it does not fit into %s", v.Type())
}

func (r *Row) integer(i int) (int64, error) {
	value := []byte(r.values[i])
	switch {
	case !r.binary[i]:
		return strconv.ParseInt(r.values[i], 10, 64)
	case len(value) == 2:
		return int64(int16(binary.BigEndian.Uint16(value))), nil //nolint:gosec // it is signed
	case len(value) == 4:
		return int64(int32(binary.BigEndian.Uint32(value))), nil //nolint:gosec // it is signed
	case len(value) == 8:
		return int64(binary.BigEndian.Uint64(value)), nil //nolint:gosec // it is signed
	}
	return 0, fmt.Errorf("a whole number has %d bytes", len(value))
}

func (r *Row) bytes(i int) ([]byte, error) {
	if r.binary[i] {
		return []byte(r.values[i]), nil
	}
	return hex.DecodeString(strings.TrimPrefix(r.values[i], `\x`))
}

// value returns the value that database/sql would pass to a sql.Scanner.
func (r *Row) value(i int) (driver.Value, error) {
	if r.null[i] {
		return nil, nil //nolint:nilnil // NULL is nil
	}
	switch r.rows.ColumnTypeDatabaseTypeName(i) {
	case "TEXT", "VARCHAR", "BPCHAR", "CHAR":
		return r.values[i], nil
	case "INT2", "INT4", "INT8":
		return r.integer(i)
	case "BYTEA":
		return r.bytes(i)
	case "BOOL":
		return r.values[i] == "t", nil
	case "TIMESTAMPTZ":
		return moment(r.values[i])
	default:
		return []byte(r.values[i]), nil
	}
}

// moment parses a time in PostgreSQL's ISO format. lib/pq parses all times; those in UTC and AD, which are nearly all,
// are parsed here in a fifth of the time.
func moment(text string) (time.Time, error) {
	const form = "0000-00-00 00:00:00"
	rest, utc := strings.CutSuffix(text, "+00")
	if !utc || len(rest) < len(form) || len(rest) > len(form)+len(".000000") {
		return parsed(text)
	}
	for i := range len(rest) {
		switch c := rest[i]; {
		case i < len(form) && form[i] != '0' && c == form[i], i == len(form) && c == '.' && len(rest) > len(form)+1:
		case i < len(form) && form[i] != '0', i == len(form), c < '0', c > '9':
			return parsed(text)
		}
	}
	two := func(at int) int { return int(rest[at]-'0')*10 + int(rest[at+1]-'0') }
	nanoseconds, unit := 0, int(time.Second)
	for i := len(form) + 1; i < len(rest); i++ {
		unit /= 10
		nanoseconds += int(rest[i]-'0') * unit
	}
	return time.Date(two(0)*100+two(2), time.Month(two(5)), two(8), two(11), two(14), two(17), nanoseconds, time.UTC), nil
}

func parsed(text string) (time.Time, error) {
	at, err := pq.ParseTimestamp(nil, text)
	return at.UTC(), err
}
