package page

import (
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"
)

// lateral keeps the first rows of each parent, in order, as cutEach does: each parent's rows are looked up by themselves, and no more
// of them are read than are kept.
func (l List[T]) lateral(s *entsql.Selector, parent string, parents []string, backwards bool, size int) {
	s.AppendSelectAs(parent, parentColumn)
	s.AppendSelectExprAs(entsql.RowNumber().OrderExpr(l.sorted(s, backwards)), rowColumn)
	s.Where(ofKey(parent)).OrderExpr(l.sorted(s, backwards)).Limit(size)
	inner := s.Clone()
	*s = *each(s, entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("unnest(").Arg(pq.StringArray(parents)).WriteString("::text[])")
	}), inner, "keys(id)").OrderBy(parentColumn, rowColumn)
}

// through keeps the first rows of those that the list's keys lead to.
func (l List[T]) through(s *entsql.Selector, backwards bool, size int) {
	s.Where(ofKey(s.C(l.Key)))
	inner := s.Clone()
	direction := " ASC"
	if l.Order.Desc != backwards {
		direction = " DESC"
	}
	keys := l.Through(l.Dialect)
	*s = *each(s, entsql.ExprFunc(func(b *entsql.Builder) { b.Wrap(func(b *entsql.Builder) { b.Join(keys) }) }), inner, "keys").
		OrderExpr(entsql.ExprFunc(func(b *entsql.Builder) {
			b.Ident("page").WriteByte('.').Ident(l.Order.Column).WriteString(direction).Comma().Ident("page").WriteByte('.').Ident("id").WriteString(direction)
		})).Limit(size)
}

// ofKey holds for rows of the key that is looked up.
func ofKey(column string) *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) { b.Ident(column).WriteString(" = keys.id") })
}

// each answers a query of what inner leads to for each of the keys.
func each(s *entsql.Selector, keys entsql.Querier, inner *entsql.Selector, name string) *entsql.Selector {
	return entsql.Dialect(s.Dialect()).Select("page.*").FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Join(keys).WriteString(" AS " + name + " CROSS JOIN LATERAL ").Wrap(func(b *entsql.Builder) { b.Join(inner) }).WriteString(" AS page")
	})).WithContext(s.Context())
}
