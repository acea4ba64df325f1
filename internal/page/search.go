package page

import (
	entsql "entgo.io/ent/dialect/sql"
)

// near is how many rows of a list a search looks into, in order, before it asks the index. A text that so many rows hold that a page is
// full by then costs no more than that; of any other the index finds few.
const near = 1_000

// searched keeps the first rows that hold the text, on PostgreSQL: those near, or where these are too few for the page, those that the
// index finds, put in order. Within cuts the list as the cursors say.
func (l List[T]) searched(s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size int, columns []string) {
	first := func(s *entsql.Selector, limit int) *entsql.Selector {
		return s.OrderExpr(l.sorted(s.C, backwards)).Limit(limit)
	}
	begin := func(columns []string) *entsql.Selector {
		list := s.Clone()
		return list.Select(list.Columns(columns...)...)
	}
	in := begin(union(columns, l.Search.Columns))
	l.reach(in, parents)
	within(in)
	looked := entsql.Dialect(l.Dialect).Select().From(entsql.Dialect(l.Dialect).Table("list"))
	looked.Select(looked.Columns(columns...)...)
	l.Search.Holds(looked)

	found := begin(columns)
	l.narrow(found, parents)
	within(found)
	found.Where(entsql.P(func(b *entsql.Builder) { b.WriteString("(SELECT count(*) FROM near) < ").Arg(size) }))

	*s = *entsql.Dialect(l.Dialect).Select(columns...).FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("(WITH list AS ").Wrap(func(b *entsql.Builder) { b.Join(first(in, near)) })
		b.WriteString(", near AS MATERIALIZED ").Wrap(func(b *entsql.Builder) { b.Join(first(looked, size)) })
		b.WriteString(" SELECT * FROM near WHERE (SELECT count(*) FROM near) >= ").Arg(size)
		b.WriteString(" UNION ALL SELECT * FROM ").Wrap(func(b *entsql.Builder) { b.Join(first(found, size)) }).WriteString(" AS found) AS page")
	})).OrderExpr(l.sorted(pageColumn, backwards)).WithContext(s.Context())
}
