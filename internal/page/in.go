package page

import (
	"encoding/json"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"
)

// In holds for rows whose column has one of the values. Unlike Ent's predicate of that name it has one argument however
// many values there are, so that a query has one text and stays prepared; and another for a single value, which is by
// far the most frequent and which databases find quicker as an equality. No values hold for no row.
func In(column string, values []string) *entsql.Predicate {
	if len(values) == 1 {
		return entsql.EQ(column, values[0])
	}
	return entsql.P(func(b *entsql.Builder) {
		b.Ident(column)
		if b.Dialect() == dialect.Postgres {
			b.WriteString(" = ANY(").Arg(pq.StringArray(notNil(values))).WriteByte(')')
			return
		}
		b.WriteString(" IN (SELECT value FROM ").Join(listed(values)).WriteByte(')')
	})
}

// Among is In as a predicate of an entity, in place of Ent's of that name.
func Among[P ~func(*entsql.Selector)](column string, values []string) P {
	return func(s *entsql.Selector) { s.Where(In(s.C(column), values)) }
}

// Values returns a query of the values, in a column named id.
func Values(name string, values []string) *entsql.Selector {
	return entsql.Dialect(name).Select("id").FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		if b.Dialect() == dialect.Postgres {
			b.WriteString("unnest(").Arg(pq.StringArray(notNil(values))).WriteString("::text[]) AS given(id)")
			return
		}
		b.WriteString("(SELECT value AS id FROM ").Join(listed(values)).WriteString(") AS given")
	}))
}

// listed is SQLite's table of the values.
func listed(values []string) entsql.Querier {
	return entsql.ExprFunc(func(b *entsql.Builder) {
		list, err := json.Marshal(notNil(values))
		if err != nil { // strings can be written
			b.AddError(err)
		}
		b.WriteString("json_each(").Arg(string(list)).WriteByte(')')
	})
}

// notNil makes an empty list of none: NULL is neither an array nor a list.
func notNil(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}
