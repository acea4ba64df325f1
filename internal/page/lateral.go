package page

import (
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"
)

// lateral selects the first rows of each parent, in order: each parent's rows are looked up separately, and only the
// selected ones are read. The query has no other condition on the parents: PostgreSQL would look up all of them each
// time.
func (l List[T]) lateral(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size int,
) {
	parent := l.narrow(s, nil)
	within(s)
	s.AppendSelectAs(parent, parentColumn)
	l.cut(s.Where(ofKey(parent)).OrderExpr(l.sorted(s.C, backwards)), size)
	*s = *each(s, unnested(parents), s.Clone(), "keys(id)").OrderBy(parentColumn).OrderExpr(l.sorted(pageColumn,
		backwards))
}

// correlated is lateral for SQLite, which has no LATERAL: a correlated subquery looks up the ids of each parent's rows,
// and the outer query reads the rows.
func (l List[T]) correlated(
	s *entsql.Selector, parents, columns []string, within func(*entsql.Selector), backwards bool, size int,
) {
	parent := l.narrow(s, nil)
	within(s)
	l.cut(s.Where(ofKey(parent)).OrderExpr(l.sorted(s.C, backwards)), size)
	*s = *l.ofIDs(s, parents, s.Clone().Select(s.C("id")), columns, backwards)
}

// ofKeys is throughKeys for SQLite: a correlated subquery looks up the ids of the first rows of each key, and the outer
// query reads the rows.
func (l List[T]) ofKeys(
	s *entsql.Selector, parents, columns []string, within func(*entsql.Selector), backwards bool, size int,
) {
	ids, unspanned := s.Clone(), l
	unspanned.Span = nil
	unspanned.narrow(ids, parents)
	l.hideFromPlanner(ids)
	if l.Span != nil {
		l.Span(ids)
	}
	within(ids)
	ids.Where(ofKey(ids.C(l.Key))).OrderExpr(l.sorted(ids.C, backwards)).Limit(size + l.skip).Select(ids.C("id"))
	*s = *l.cut(l.ofEachKey(s, ids, columns, backwards), size)
}

// ofEachKey returns a query of the rows whose ids the query ids returns for each of the keys, for SQLite.
func (l List[T]) ofEachKey(s, ids *entsql.Selector, columns []string, backwards bool) *entsql.Selector {
	d, keys := entsql.Dialect(s.Dialect()), l.Through(l.Dialect)
	found := d.Table("page")
	kept := make([]string, len(columns))
	for i, column := range columns {
		kept[i] = found.C(column)
	}
	return d.Select(kept...).FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Join(wrapped(keys)).WriteString(" AS keys CROSS JOIN ").Ident(l.Table).WriteString(" AS page")
	})).Where(entsql.P(func(b *entsql.Builder) {
		b.Ident(found.C("id")).WriteString(" IN ").Wrap(func(b *entsql.Builder) { b.Join(ids) })
	})).OrderExpr(l.sorted(found.C, backwards)).WithContext(s.Context())
}

// ofIDs returns a query of the rows whose ids the query ids returns for each of the parents.
func (l List[T]) ofIDs(
	s *entsql.Selector, parents []string, ids *entsql.Selector, columns []string, backwards bool,
) *entsql.Selector {
	d := entsql.Dialect(s.Dialect())
	keys, found := d.Table("keys"), d.Table("page")
	kept := []string{entsql.As(keys.C("id"), parentColumn)}
	for _, column := range columns {
		kept = append(kept, found.C(column))
	}
	return d.Select(kept...).FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Join(keyed(parents)).WriteString(" CROSS JOIN ").Ident(l.Table).WriteString(" AS page")
	})).Where(entsql.P(func(b *entsql.Builder) {
		b.Ident(found.C("id")).WriteString(" IN ").Wrap(func(b *entsql.Builder) { b.Join(ids) })
	})).OrderBy(keys.C("id")).OrderExpr(l.sorted(found.C, backwards)).WithContext(s.Context())
}

// counted makes the query count the rows of each parent, and returns the parent's column; "" for a list without
// parents. On SQLite a subquery counts each parent's rows: it would scan all rows of the org for those of some parents
// otherwise.
func (l List[T]) counted(s *entsql.Selector, parents []string) string {
	if len(parents) == 1 && l.Through != nil && !l.Plain && l.Search == nil {
		l.countKeys(s, parents)
		return ""
	}
	if len(parents) == 1 || l.Dialect != dialect.SQLite {
		parent := l.narrow(s, parents)
		if parent != "" {
			s.Select(parent).GroupBy(parent)
		}
		s.AppendSelectAs(entsql.Count("*"), "n")
		return parent
	}
	s.Where(ofKey(l.narrow(s, nil))).Select(entsql.Count("*"))
	rows, d := s.Clone(), entsql.Dialect(s.Dialect())
	parent := d.Table("keys").C("id")
	*s = *d.Select(parent).AppendSelectExprAs(rows, "n").FromExpr(keyed(parents))
	return parent
}

// countKeys makes the query count the rows of each key separately, and return the sum.
func (l List[T]) countKeys(s *entsql.Selector, parents []string) {
	l.narrow(s, parents)
	hide(s)
	s.Where(ofKey(s.C(l.Key))).Select(entsql.Count("*"))
	rows, keys, d := s.Clone(), l.Through(l.Dialect), entsql.Dialect(s.Dialect())
	*s = *d.Select().AppendSelectExprAs(entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("CAST(COALESCE(SUM").Wrap(func(b *entsql.Builder) {
			b.Wrap(func(b *entsql.Builder) { b.Join(rows) })
		}).WriteString(", 0) AS bigint)")
	}), "n").FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Join(wrapped(keys)).WriteString(" AS keys")
	})).WithContext(s.Context())
}

// keyed returns SQLite's table of the parents to look up.
func keyed(parents []string) entsql.Querier {
	return entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("(SELECT value AS id FROM ").Join(listed(parents)).WriteString(") AS keys")
	})
}

// laterally selects all rows of each parent, which are looked up separately too: PostgreSQL, which can't estimate the
// number of parents, may scan all rows of the org and compare each with the parents. OFFSET 0 keeps it from flattening
// the subquery.
func (l List[T]) laterally(s *entsql.Selector, parents, columns []string) {
	parent := l.narrow(s, nil)
	s.AppendSelectAs(parent, parentColumn).Where(ofKey(parent)).Offset(0)
	if !slices.Contains(columns, l.Order.Column) {
		s.AppendSelect(s.C(l.Order.Column))
	}
	kept := []string{pageColumn(parentColumn)}
	for _, column := range columns {
		kept = append(kept, pageColumn(column))
	}
	*s = *each(s, unnested(parents), s.Clone(), "keys(id)").Select(kept...).OrderExpr(l.sorted(pageColumn, false))
}

func unnested(parents []string) entsql.Querier {
	return entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("unnest(").Arg(pq.StringArray(parents)).WriteString("::text[])")
	})
}

// throughKeys selects the first rows among those of the list's keys. The function within filters by the cursors.
func (l List[T]) throughKeys(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size int,
) {
	inner := s.Clone()
	unspanned := l
	unspanned.Span = nil
	if l.Search != nil && l.Search.Keys != nil { // each row of a key is examined
		unspanned.Search = &Search{Holds: l.Search.Holds, Found: l.either}
	}
	unspanned.narrow(inner, parents)
	l.hideFromPlanner(inner)
	if l.Span != nil {
		l.Span(inner)
	}
	within(inner)
	inner.Where(ofKey(inner.C(l.Key))).OrderExpr(l.sorted(inner.C, backwards)).Limit(size + l.skip)
	keys := l.Through(l.Dialect)
	*s = *l.cut(each(s, wrapped(keys), inner, "keys").OrderExpr(l.sorted(pageColumn, backwards)), size)
}

// hideFromPlanner hides the conditions so far from the planner, unless the list is Plain: the planner would read all of
// a list's rows by another index than the key's if it estimates that they are few.
func (l List[T]) hideFromPlanner(s *entsql.Selector) {
	if !l.Plain {
		hide(s)
	}
}

// hide wraps the conditions so far in a CASE, which the planner can't estimate or use for an index.
func hide(s *entsql.Selector) {
	p := s.P()
	s.SetP(entsql.P(func(b *entsql.Builder) { b.WriteString("CASE WHEN ").Join(p).WriteString(" THEN TRUE END") }))
}

// pageColumn returns the qualified name of a column of the selected rows.
func pageColumn(name string) string { return entsql.Dialect(dialect.Postgres).Table("page").C(name) }

// ofKey returns the predicate of the rows of the key to look up.
func ofKey(column string) *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) { b.Ident(column).WriteString(" = keys.id") })
}

// each returns a query of the rows that inner selects for each of the keys.
func each(s *entsql.Selector, keys entsql.Querier, inner *entsql.Selector, name string) *entsql.Selector {
	return entsql.Dialect(s.Dialect()).Select("page.*").FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Join(keys).WriteString(" AS " + name +
			" CROSS JOIN LATERAL ").Wrap(func(b *entsql.Builder) { b.Join(inner) }).WriteString(" AS page")
	})).WithContext(s.Context())
}
