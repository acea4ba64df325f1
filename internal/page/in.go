package page

import (
	"encoding/json"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"
)

// In returns the predicate of rows whose column has one of the values. Unlike Ent's predicate of that name it has one
// argument for any number of values, so that a query has one text and stays prepared. A single value, by far the most
// frequent case, is compared by equality, which databases execute faster. Without values no row matches.
func In(column string, values []string) *entsql.Predicate {
	switch len(values) {
	case 0:
		return entsql.False()
	case 1:
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

// Among is In as a predicate of an entity, instead of Ent's predicate of the name In.
func Among[P ~func(*entsql.Selector)](column string, values []string) P {
	return func(s *entsql.Selector) { s.Where(In(s.C(column), values)) }
}

// Only is Among for rows that the values alone find, such as ids. It hides the other conditions, rest, from the
// planner, which can't estimate how many rows an org has and might scan them all.
func Only[P ~func(*entsql.Selector)](column string, values []string, rest func(*entsql.Selector)) P {
	return func(s *entsql.Selector) {
		rest(s)
		hide(s)
		s.Where(In(s.C(column), values))
	}
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

// Lookup restricts a query of a table to the rows whose column has one of the values, in the order of the values: each
// value is looked up separately. A planner without statistics, or with a cached plan for a table that was empty, would
// scan all rows of an org, or of the table. There must be an index on the columns of the query's other conditions and
// the column; the order makes PostgreSQL prefer it to other indexes of an org, which cost the same while the table is
// small. Lock makes a query lock its rows where the database can, in that order; nil means that they are not locked.
func Lookup(s *entsql.Selector, column string, values []string, lock func(*entsql.Selector)) {
	if s.Dialect() == dialect.Postgres {
		inner := s.Clone()
		found := inner.C(column)
		inner.Where(entsql.P(func(b *entsql.Builder) {
			b.Ident(found).WriteString(" >= keys.id AND ").Ident(found).WriteString(" <= keys.id")
		})).OrderBy(found)
		if lock != nil {
			lock(inner)
		}
		*s = *each(s, unnested(notNil(values)), inner, "keys(id)")
		return
	}
	name, found := s.TableName(), s.C(column)
	s.FromExpr(entsql.ExprFunc(func(b *entsql.Builder) { b.Join(keyed(values)).WriteString(" CROSS JOIN ").Ident(name) }))
	s.Where(ofKey(found))
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

// notNil returns an empty list instead of nil: NULL is neither an array nor a list.
func notNil(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}
