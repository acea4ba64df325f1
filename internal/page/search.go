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
	// near is the number of rows of a list that a search examines, in order, before it uses the index. A frequent text,
	// which fills a page by then, costs no more than that; the index finds few rows for any other text.
	near = 1_000
	// Far is the number of rows that are examined if no index helps: for a filter without an index, or a text that more
	// rows contain. Of each of several lists it is near. See List.readWindows.
	Far = 10_000
)

var msgFar = fault.Message{
	Zh: "搜索的文字太常见：前 %d 行中没有足够的结果。请输入更多的字，或缩小筛选范围。",
	En: "the search text is too common: the first %d rows don't hold enough matches; enter more of it, " +
		"or narrow the filter",
}

// searched selects, on PostgreSQL, the first rows that contain the text: those among the first near rows, or, if these
// are too few for the page, those that the index finds, sorted, and the first rows of each matching key; none if the
// text is not rare. The function within filters by the cursors. SQLite needs a statement for each step; see
// findByIndex.
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

// findByIndex selects the first rows that the index finds and that contain the text. The + in ORDER BY keeps SQLite
// from sorting by the list's index, with which it would look up each row of the list among them.
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

// Lead restricts a query to the rows that an index finds, and has the database begin with that index. SQLite, which
// can't estimate how many rows the index finds or an org has, would scan all rows of the org instead. So on SQLite the
// index is searched in a subquery in FROM, and all other conditions apply to its result.
func Lead(s *entsql.Selector, find func(*entsql.Selector)) {
	if s.Dialect() != dialect.SQLite {
		find(s)
		return
	}
	d, name := entsql.Dialect(s.Dialect()), s.TableName()
	inner := d.Select("*").From(d.Table(name))
	find(inner)
	inner.Limit(math.MaxInt64) // SQLite does not flatten a subquery that has a limit
	s.FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Wrap(func(b *entsql.Builder) { b.Join(inner) }).WriteString(" AS ").Ident(name)
	}))
}

// some returns a query that counts the rows that the index finds for a text and, for a single letter, those of the
// matching keys. It counts at most Far + 1 rows.
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

// rowsOfKeys returns a query with the value 1 for each row of the keys that match the text; on PostgreSQL for at most
// Far + 1 rows of each key.
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

// rare reports whether the index finds at most Far rows for a text, regardless of other conditions. Rows with any other
// text are found by examining the list, which has many of them.
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

// windowed selects the first rows that contain the text, among the first most rows of the list.
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

// nearby returns a query of the first most rows of the list, and one of those among them that contain the text.
func (l List[T]) nearby(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size, most int, columns []string,
) (list, looked *entsql.Selector) {
	list = l.begin(s, union(columns, l.looksInto()))
	l.restrict(list, parents)
	l.lead(list)
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
