package page

import (
	"context"
	"fmt"
	"math"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/fault"
)

const (
	// near is how many rows of a list a search looks into, in order, before it asks the index. A text that so many rows
	// hold that a page is full by then costs no more than that; of any other the index finds few.
	near = 1_000
	// Far is how many are looked into where no index helps, for what a filter leaves or a text that more rows hold than
	// these; near of each of several lists. See List.look.
	Far = 10_000
)

var msgFar = fault.Message{
	Zh: "搜索的文字太常见：前 %d 行中没有足够的结果。请输入更多的字，或缩小筛选范围。",
	En: "the search text is too common: the first %d rows don't hold enough matches; enter more of it, " +
		"or narrow the filter",
}

// searched keeps the first rows that hold the text, on PostgreSQL: those near, or where these are too few for the page,
// those that the index finds, put in order, and the first of each key that does; none where the text is not rare.
// Within cuts the list as the cursors say. SQLite takes a statement for each; see found.
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
		b.WriteString(" UNION ALL SELECT * FROM ").Wrap(func(b *entsql.Builder) { b.Join(found) }).WriteString(" AS found")
		if l.Search.Index != nil {
			b.WriteString(" WHERE CASE WHEN ").Join(few).WriteString(" THEN ")
			b.Wrap(func(b *entsql.Builder) { b.Join(l.some()) }).WriteString(" <= ").Arg(Far).WriteString(" END")
		}
		b.WriteString(") AS page")
	})).OrderExpr(l.sorted(entsql.Dialect(l.Dialect).Table("page").C, backwards)).WithContext(s.Context())
	l.cut(s, size)
}

// findByIndex keeps the first rows that the index finds and that hold the text. They are put in order without the
// list's index, by which each row of the list would be looked for among them.
func (l List[T]) findByIndex(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size int,
) {
	l.restrict(s, parents)
	l.Search.Holds(s)
	for _, cut := range l.Cuts {
		cut.Keep(s)
	}
	within(s)
	l.cut(s.OrderExpr(l.sortedBy(s.C, backwards, "+")), size)
	Lead(s, l.find)
}

// Lead cuts a query to the rows that an index finds, and has that lead to them. SQLite, which does not know how many it
// finds nor how many rows an org has, would rather go through all rows of the org, and so finds them before anything
// else cuts the rows; what it is told last it is told of them.
func Lead(s *entsql.Selector, find func(*entsql.Selector)) {
	if s.Dialect() != dialect.SQLite {
		find(s)
		return
	}
	d, name := entsql.Dialect(s.Dialect()), s.TableName()
	inner := d.Select("*").From(d.Table(name))
	find(inner)
	inner.Limit(math.MaxInt64) // what has a limit stays a query of its own
	s.FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Wrap(func(b *entsql.Builder) { b.Join(inner) }).WriteString(" AS ").Ident(name)
	}))
}

// some counts the rows that the index finds of a text, and where it is a letter those of the keys that are called so;
// not beyond one more than are looked at.
func (l List[T]) some() entsql.Querier {
	return entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("SELECT count(*) AS n FROM (SELECT 1 FROM ")
		b.Wrap(func(b *entsql.Builder) { b.Join(l.Search.Index(l.Dialect, l.Table)) }).WriteString(" AS kept")
		if l.Search.Letter && l.Search.Keys != nil {
			b.WriteString(" UNION ALL ").Join(l.rowsOfKeys())
		}
		b.WriteString(" LIMIT ").Arg(Far + 1).WriteString(") AS met")
	})
}

// rowsOfKeys returns a one for each row of the keys that are called as the text, of each key not beyond one more than
// are looked at.
func (l List[T]) rowsOfKeys() entsql.Querier {
	d := entsql.Dialect(l.Dialect)
	t := d.Table(l.Table)
	rows := d.Select().AppendSelectExpr(entsql.Raw("1")).From(t)
	if l.Dialect == dialect.SQLite {
		return rows.Where(entsql.In(t.C(l.Key), l.Search.Keys(l.Dialect)))
	}
	rows.Where(ofKey(t.C(l.Key))).Limit(Far + 1)
	return entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("SELECT 1 FROM ").Wrap(func(b *entsql.Builder) { b.Join(l.Search.Keys(l.Dialect)) })
		b.WriteString(" AS keys CROSS JOIN LATERAL ").Wrap(func(b *entsql.Builder) { b.Join(rows) }).WriteString(" AS one")
	})
}

// rare reports whether the index finds no more rows of a text than may be looked at, whatever else cuts the list. Those
// of any other are looked for in the list, where there are many of them.
func (l List[T]) rare(ctx context.Context) (bool, error) {
	if l.Search.Index == nil {
		return true, nil
	}
	query, args := entsql.Dialect(l.Dialect).Select("n").FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Wrap(func(b *entsql.Builder) { b.Join(l.some()) }).WriteString(" AS found")
	})).WithContext(ctx).Query()
	n := 0
	err := l.Each(ctx, query, args, func(record Record) error { return record.Scan(&n) })
	if err != nil {
		return false, fmt.Errorf("look how many hold a text: %w", err)
	}
	return n <= Far, nil
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
