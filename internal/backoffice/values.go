package backoffice

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"
)

// column is one column of many rows that go into one statement: texts, numbers or moments, of which one may be nil.
type column struct {
	name    string
	texts   []string
	numbers []int64
	moments []*time.Time
}

// values answers a table named v of the columns, and its arguments, which come first in a statement: as many for any number of
// rows, so that the statement has one text.
func values(name string, columns ...column) (table string, args []any, err error) {
	if name != dialect.Postgres {
		return jsonValues(columns)
	}
	names, arrays := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		kind := "text"
		switch {
		case c.numbers != nil:
			kind, args = "bigint", append(args, pq.Int64Array(c.numbers))
		case c.moments != nil:
			kind, args = "timestamptz", append(args, momentArray(c.moments))
		default:
			args = append(args, pq.StringArray(c.texts))
		}
		names[i], arrays[i] = c.name, fmt.Sprintf("$%d::%s[]", i+1, kind)
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") AS v(" + strings.Join(names, ", ") + ")", args, nil
}

func momentArray(moments []*time.Time) string {
	var b strings.Builder
	for i, t := range moments {
		b.WriteByte("{,"[min(i, 1)])
		if t == nil {
			b.WriteString("NULL")
		} else {
			b.WriteString(t.UTC().Format(`"2006-01-02T15:04:05.000000Z"`))
		}
	}
	return b.String() + "}"
}

// jsonValues is values for SQLite: one list of rows.
func jsonValues(columns []column) (table string, args []any, err error) {
	first := columns[0]
	rows := make([][]any, max(len(first.texts), len(first.numbers), len(first.moments)))
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = fmt.Sprintf("value ->> %d AS %s", i, c.name)
		for n := range rows {
			var cell any
			switch {
			case c.numbers != nil:
				cell = c.numbers[n]
			case c.moments == nil:
				cell = c.texts[n]
			case c.moments[n] != nil:
				cell = c.moments[n].UnixMicro()
			}
			rows[n] = append(rows[n], cell)
		}
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return "", nil, fmt.Errorf("write values: %w", err)
	}
	return "(SELECT " + strings.Join(names, ", ") + " FROM json_each($1)) AS v", []any{string(list)}, nil
}
