// Package bulk passes many rows to one statement, whose text does not depend on their number, and reads the rows of
// statements that Ent does not build.
package bulk

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"
)

// Column is one column of many rows: texts, integers or timestamps.
type Column struct {
	// Name of the column in the table that Table returns.
	Name string
	// Texts, Numbers or Moments are the column's values, one per row. A moment may be nil.
	Texts   []string
	Numbers []int64
	Moments []*time.Time
}

// Table returns a table expression named v of the columns, and its arguments, which come first in a statement. Their
// number does not depend on the number of rows. Name is the database's dialect.
func Table(name string, columns ...Column) (table string, args []any, err error) {
	if name != dialect.Postgres {
		return jsonTable(columns)
	}
	names, arrays := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		kind := "text"
		switch {
		case c.Numbers != nil:
			kind, args = "bigint", append(args, pq.Int64Array(c.Numbers))
		case c.Moments != nil:
			kind, args = "timestamptz", append(args, momentArray(c.Moments))
		default:
			args = append(args, pq.StringArray(c.Texts))
		}
		names[i], arrays[i] = c.Name, fmt.Sprintf("$%d::%s[]", i+1, kind)
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

// jsonTable is Table for SQLite, with all rows in one JSON array. jsonb_each returns each row parsed; json_each would
// return it as text that is parsed again for each cell.
func jsonTable(columns []Column) (table string, args []any, err error) {
	first := columns[0]
	rows := make([][]any, max(len(first.Texts), len(first.Numbers), len(first.Moments)))
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = fmt.Sprintf("value ->> %d AS %s", i, c.Name)
		for n := range rows {
			var cell any
			switch {
			case c.Numbers != nil:
				cell = c.Numbers[n]
			case c.Moments == nil:
				cell = c.Texts[n]
			case c.Moments[n] != nil:
				cell = c.Moments[n].UnixMicro()
			}
			rows[n] = append(rows[n], cell)
		}
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return "", nil, fmt.Errorf("write rows: %w", err)
	}
	return "(SELECT " + strings.Join(names, ", ") + " FROM jsonb_each($1)) AS v", []any{string(list)}, nil
}
