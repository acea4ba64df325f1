package page

import (
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/fault"
)

const (
	// near is how many rows of a list a search looks into, in order, before it asks the index. A text that so many rows
	// hold that a page is full by then costs no more than that; of any other the index finds few.
	near = 1_000
	// Far is how many are looked into where no index helps, for a search of a single letter or what a filter leaves; near
	// of each of several lists. See List.look.
	Far = 10_000
)

var msgFar = fault.Message{
	Zh: "搜索的文字太短：前 %d 行中没有足够的结果。请输入至少两个字，或缩小筛选范围。",
	En: "the search text is too short: the first %d rows don't hold enough matches; enter at least two characters, " +
		"or narrow the filter",
}

// searched keeps the first rows that hold the text, on PostgreSQL: those near, or where these are too few for the page,
// those that the index finds, put in order, and the first of each key that does. Within cuts the list as the cursors
// say. SQLite takes a statement for each; see found.
func (l List[T]) searched(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size int, columns []string,
) {
	found, byText := l.begin(s, columns), l
	byText.Search = &Search{Holds: l.Search.Holds, Found: l.Search.Found}
	if l.Search.Keys != nil {
		byText.Search.Holds = l.Search.Text
	}
	byText.narrow(found, parents)
	within(found)
	all := size + l.skip
	few := entsql.P(func(b *entsql.Builder) { b.WriteString("(SELECT count(*) FROM near) < ").Arg(all) })
	found.Where(few).OrderExpr(l.sorted(found.C, backwards)).Limit(all)
	if l.Search.Keys != nil {
		ofKeys := l.begin(s, columns)
		l.restrict(ofKeys, parents)
		for _, cut := range l.Cuts {
			cut.Keep(ofKeys)
		}
		l.hideFromPlanner(ofKeys)
		within(ofKeys)
		ofKeys.Where(ofKey(ofKeys.C(l.Key))).OrderExpr(l.sorted(ofKeys.C, backwards)).Limit(all)
		keyed := each(s, wrapped(l.Search.Keys(l.Dialect)), ofKeys, "keys").Where(few)
		keyed.OrderExpr(l.sorted(pageColumn, backwards)).Limit(all)
		texts := found
		found = entsql.Dialect(l.Dialect).Select().FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
			b.WriteString("((").Join(texts).WriteString(") UNION (").Join(keyed).WriteString(")) AS either")
		}))
	}

	list, looked := l.nearby(s, parents, within, backwards, all, near, columns)
	*s = *entsql.Dialect(l.Dialect).Select(columns...).FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("(WITH list AS ").Wrap(func(b *entsql.Builder) { b.Join(list) })
		b.WriteString(", near AS MATERIALIZED ").Wrap(func(b *entsql.Builder) { b.Join(looked) })
		b.WriteString(" SELECT * FROM near WHERE (SELECT count(*) FROM near) >= ").Arg(all)
		b.WriteString(
			" UNION ALL SELECT * FROM ").Wrap(func(b *entsql.Builder) { b.Join(found) }).WriteString(" AS found) AS page")
	})).OrderExpr(l.sorted(entsql.Dialect(l.Dialect).Table("page").C, backwards)).WithContext(s.Context())
	l.cut(s, size)
}

// findByIndex keeps the first rows that the index finds and that hold the text. They are put in order without the
// list's index, by which each row of the list would be looked for among them.
func (l List[T]) findByIndex(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size int,
) {
	l.narrow(s, parents)
	within(s)
	l.cut(s.OrderExpr(l.sortedBy(s.C, backwards, "+")), size)
}

// windowed keeps the first rows that hold the text, of so many that a search looks into.
func (l List[T]) windowed(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size, most int, columns []string,
) {
	list, looked := l.nearby(s, parents, within, backwards, size+l.skip, most, columns)
	*s = *entsql.Dialect(l.Dialect).Select(columns...).FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString(
			"(WITH list AS ").Wrap(func(b *entsql.Builder) { b.Join(list) }).Pad().Join(looked).WriteString(") AS page")
	})).OrderExpr(l.sorted(entsql.Dialect(l.Dialect).Table("page").C, backwards)).WithContext(s.Context())
	l.cut(s, size)
}

// nearby returns the first rows of the list, as many as are looked into, and those among them that hold the text.
func (l List[T]) nearby(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size, most int, columns []string,
) (list, looked *entsql.Selector) {
	list = l.begin(s, union(columns, l.looksInto()))
	l.restrict(list, parents)
	within(list)
	list.OrderExpr(l.sorted(list.C, backwards)).Limit(most)
	looked = entsql.Dialect(l.Dialect).Select().From(entsql.Dialect(l.Dialect).Table("list"))
	looked.Select(looked.Columns(columns...)...)
	l.keep(looked, entsql.Dialect(l.Dialect).Table("list"))
	looked.OrderExpr(l.sorted(looked.C, backwards)).Limit(size)
	return list, looked
}

// begin returns a query of these columns of the list's table.
func (l List[T]) begin(s *entsql.Selector, columns []string) *entsql.Selector {
	list := s.Clone()
	return list.Select(list.Columns(columns...)...)
}
