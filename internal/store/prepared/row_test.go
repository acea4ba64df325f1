package prepared

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
)

type (
	word  string
	count int16
	// heard is a sql.Scanner that keeps what it is given.
	heard struct{ value any }
)

func (h *heard) Scan(value any) error {
	if bytes, ok := value.([]byte); ok {
		value = string(bytes)
	}
	h.value = value
	return nil
}

// TestRowsAreThoseOfDatabaseSQL reads the same values both ways, into variables of every kind.
func TestRowsAreThoseOfDatabaseSQL(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]Options{"as sent": {}, "scanned": {Scan: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rowsAreThoseOfDatabaseSQL(t, single(t, options))
		})
	}
}

func rowsAreThoseOfDatabaseSQL(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, c := range []struct {
		value string
		into  []func() any
	}{
		{`''`, []func() any{in[string], in[*string], in[word], in[*word], in[heard]}},
		{`E'a, "b"\n\\{}\t 中文😀'`, []func() any{in[string], in[*string], in[word], in[heard]}},
		{`repeat('x', 100000)`, []func() any{in[string]}},
		{`'x'::varchar`, []func() any{in[string], in[heard]}},
		{`'-9223372036854775808'::bigint`, []func() any{in[int64], in[*int64], in[int], in[heard]}},
		{`12::int`, []func() any{in[int64], in[int], in[count], in[*count], in[heard]}},
		{`true`, []func() any{in[bool], in[*bool], in[heard]}},
		{`false`, []func() any{in[bool]}},
		{`'\x00ff'::bytea`, []func() any{in[[]byte]}},
		{`'{1,2}'::int[]`, []func() any{in[heard]}},
		{`'2026-02-28 23:59:59.000001+00'::timestamptz`, []func() any{in[time.Time], in[*time.Time]}},
		{`'0044-03-15 12:00:00+00 BC'::timestamptz`, []func() any{in[time.Time]}},
		{`'12026-03-15 12:00:00+00'::timestamptz`, []func() any{in[time.Time]}},
		{`NULL::text`, []func() any{in[*string], in[*word], in[*int64], in[*time.Time], in[[]byte], in[heard]}},
	} {
		for _, into := range c.into {
			// As it comes at first, and as a prepared statement from then on.
			query := "SELECT " + c.value + " AS n WHERE $1 = 1"
			first, theirs, ours := into(), into(), into()
			n, unprepared := scanned(t, db, query, first)
			if err := db.QueryRowContext(t.Context(), query, 1).Scan(theirs); err != nil {
				t.Fatal(err)
			}
			m, prepared := scanned(t, db, query, ours)
			if at, ok := theirs.(*time.Time); ok {
				*at = at.UTC()
			}
			if at, ok := theirs.(**time.Time); ok && *at != nil {
				**at = (*at).UTC()
			}
			if err := errors.Join(unprepared, prepared); err != nil || n != 1 || m != 1 || !reflect.DeepEqual(theirs, ours) ||
				!reflect.DeepEqual(theirs, first) {
				t.Errorf("%s into %T: %d rows, %v; prepared %d rows, %v; database/sql %v (%v)", c.value, ours, n, shown(first), m,
					shown(ours), shown(theirs), err)
			}
		}
	}
}

// scanned reads the one value of a query.
func scanned(t *testing.T, db *sql.DB, query string, into any) (n int, err error) {
	t.Helper()
	err = reading(t, db, query, []any{1}, func(r Record) error {
		n++
		return r.Scan(into)
	})
	return n, err
}

func in[T any]() any { return new(T) }

func shown(pointer any) string {
	text := fmt.Sprintf("%#v", reflect.ValueOf(pointer).Elem())
	return text[:min(len(text), 100)]
}

func reading(t *testing.T, db *sql.DB, query string, args []any, row func(Record) error) error {
	t.Helper()
	lent, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lent.Close() //nolint:errcheck // given back
	return Each(t.Context(), lent, query, args, row)
}

// TestRowsThatAreNotUnderstood are scanned by database/sql, in the zone of Row, and the log says so once.
func TestRowsThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	address := fresh(t) + "&timezone=Asia/Shanghai"
	for name, f := range map[string]fields{
		"gone": {}, "of another type": {sent: "done", forms: "colFmts"}, "of another meaning": {sent: "rb", forms: "colTyps"},
		"of other forms": {sent: "rb", forms: "colNames"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			connector, err := NewConnector(address, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			connector.fields = f
			db := sql.OpenDB(connector)
			t.Cleanup(func() { _ = db.Close() })
			for range 3 {
				var got []string
				err := reading(t, db, "SELECT n, '2026-03-01 08:00:00+00'::timestamptz FROM generate_series(1, $1::int) n",
					[]any{3}, func(r Record) error {
						var n int
						var at time.Time
						columns, err := r.Columns()
						err = errors.Join(err, r.Scan(&n, &at))
						got = append(got, fmt.Sprint(len(columns), n, at))
						return err
					})
				want := []string{
					"2 1 2026-03-01 08:00:00 +0000 UTC", "2 2 2026-03-01 08:00:00 +0000 UTC",
					"2 3 2026-03-01 08:00:00 +0000 UTC",
				}
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("%q, %v", got, err)
				}
			}
			if n := strings.Count(log.String(), "level=WARN"); n != 1 {
				t.Errorf("the log has %d lines: %s", n, log.String())
			}
		})
	}
}

// TestRowsThatDoNotFit are errors that name the column, and leave the connection as it was.
func TestRowsThatDoNotFit(t *testing.T) {
	t.Parallel()
	db := single(t, Options{})
	for _, c := range []struct {
		value string
		into  any
	}{
		{"NULL::text", new(string)},
		{"NULL::timestamptz", new(time.Time)},
		{"NULL::bigint", new(int)},
		{"'x'::text", new(int64)},
		{"'x'::text", new(bool)},
		{"'x'::text", new(time.Time)},
		{"'x'::text", new(*count)},
		{"'x'::text", new(struct{})},
		{"70000", new(count)},
	} {
		for range 3 {
			err := reading(t, db, "SELECT "+c.value+" AS wrong FROM generate_series(1, 1000) WHERE $1 = 1", []any{1},
				func(r Record) error { return r.Scan(c.into) })
			if err == nil || !strings.Contains(err.Error(), "wrong") {
				t.Errorf("%s into %T: %v", c.value, c.into, err)
			}
		}
		expect(t, db, "string:nobody", whose, 1)
	}
	if err := reading(t, db, "SELECT 1, 2 WHERE $1 = 1", []any{1},
		func(r Record) error { return r.Scan(new(int)) }); err == nil {
		t.Error("two columns went into one place")
	}
	enough := errors.New("enough")
	if err := reading(t, db, "SELECT 1 WHERE $1 = 1", []any{1}, func(Record) error { return enough }); !errors.Is(err,
		enough) {
		t.Errorf("it ended with %v", err)
	}
	// The second row of it is an error.
	n := 0
	err := reading(t, db, "SELECT 1 / (2 - n) FROM generate_series(1, 3) n WHERE $1 = 1", []any{1},
		func(Record) error { n++; return nil })
	if pq.As(err) == nil || n != 1 {
		t.Errorf("%d rows, then %v", n, err)
	}
	expect(t, db, "string:nobody", whose, 1)
}

// FuzzMoment holds that moments are what lib/pq makes of them, whatever the text.
func FuzzMoment(f *testing.F) {
	for _, text := range []string{
		"2026-02-28 23:59:59.000001+00", "2026-02-28 23:59:59+00", "2026-02-28 23:59:59.1+00", "2026-02-28 23:59:59.+00",
		"2026-02-28T23:59:59+00",
		"2026-02-28 23:59:59.1234567+00", "2026-02-28 23:59:59+08", "2026-02-28 23:59:59+00 BC", "12026-02-28 23:59:59+00",
		"infinity", "", "+00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := moment(text)
		want, wrong := parsed(text)
		if err == nil && wrong == nil && !got.Equal(want) {
			t.Errorf("%q is %v; lib/pq %v", text, got, want)
		}
		if err != nil && wrong == nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
