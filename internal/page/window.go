package page

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/fault"
)

// Cut is a part of a filter that no index serves in the list's order: rows are read that it leaves out.
type Cut struct {
	// Name of the filter's field.
	Name string
	// Values is how many it has.
	Values int
	// Keep keeps the rows, by Columns.
	Keep    func(*entsql.Selector)
	Columns []string
	// Range says that it keeps a range of what the list may be sorted by.
	Range bool
	// Few says that an index finds the few rows that it keeps; see List.Few.
	Few bool
}

var msgDeep = fault.Message{
	Zh: "前 %d 行中没有足够的符合筛选条件的结果，继续查找超出请求的上限。请缩小筛选范围，或减少条件。",
	En: "the first %d rows don't hold enough matches for the filter, and searching further exceeds the limit of " +
		"the request; narrow the filter, or use fewer conditions",
}

// isWindowed reports whether rows are looked into that the list does not have: those that a filter leaves out and no
// index skips. Where an index finds what is searched for, it finds few; of a letter it may find nearly all, which are
// counted before they are looked at where there is one list.
func (l List[T]) isWindowed(parents []string) bool {
	if l.Search != nil {
		return l.Search.Found == nil || l.Search.Letter && l.many(parents)
	}
	return len(l.Cuts) > 0
}

// many reports whether each of several lists is looked into by itself, those of parents or of keys.
func (l List[T]) many(parents []string) bool { return len(parents) > 1 || l.byKeys() }

func (l List[T]) byKeys() bool { return l.Dialect == dialect.Postgres && l.Through != nil }

// window is how many rows of each list are looked into at first, for what a request was charged before it ran.
func (l List[T]) window(parents []string) int {
	if l.many(parents) {
		return near
	}
	return Far
}

// readWindows returns the first rows of lists whose rows are looked into: so many of each, in order, and twice as many
// of those whose page is not full by then and that go on, as long as More lets it. Whoever is not let has no page.
func (l List[T]) readWindows(
	ctx context.Context, parents []string, pages map[string]*Page[T], within func(*entsql.Selector), backwards bool,
	size int, columns []string,
) ([]T, error) {
	var all []T
	window := l.window(parents)
	for open := parents; len(open) > 0; window *= 2 {
		rows, err := l.Fetch(ctx, columns, func(s *entsql.Selector) {
			l.looked(s, open, within, backwards, size, window,
				columns)
		})
		if err != nil {
			return nil, err
		}
		found := make(map[string][]T, len(open))
		for _, row := range rows {
			parent := open[0]
			if len(open) > 1 {
				parent = *row.Parent()
			} else {
				*row.Parent() = parent
			}
			found[parent] = append(found[parent], row)
		}
		var short []string
		for _, parent := range open {
			if len(found[parent]) < size {
				short = append(short, parent)
			}
		}
		if short, err = l.endless(ctx, short, within, backwards, window); err != nil {
			return nil, err
		}
		for _, parent := range open {
			if !slices.Contains(short, parent) {
				all = append(all, found[parent]...)
			}
		}
		if len(short) == 0 {
			break
		}
		if err := l.further(ctx, 2*window*len(short), window); err != nil {
			for _, parent := range short {
				pages[parent].Err = err
			}
			break
		}
		open = short
	}
	return all, nil
}

// further asks for so many more rows to be looked into, after the first of each list.
func (l List[T]) further(ctx context.Context, rows, window int) error {
	refused := fault.Limit("search", window, window+1, msgDeep, window)
	if l.Search != nil {
		refused = fault.Limit("search", window, window+1, msgFar, window)
	}
	if l.More == nil {
		return refused
	}
	more, err := l.More(ctx, rows)
	if err == nil && !more {
		err = refused
	}
	return err
}

// looked keeps the first rows of each parent's list that are not cut, of so many that are looked into.
func (l List[T]) looked(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size, window int,
	columns []string,
) {
	switch {
	case len(parents) > 1 && l.Dialect == dialect.Postgres:
		inner := l.ofWindow(s, nil, within, backwards, size, window, columns)
		*s = *each(s, unnested(parents), inner, "keys(id)").OrderBy(parentColumn).OrderExpr(l.sorted(pageColumn, backwards))
	case len(parents) > 1:
		ids := l.ofWindow(s, nil, within, backwards, size, window, []string{"id"})
		*s = *l.ofIDs(s, parents, ids, columns, backwards)
	case l.byKeys():
		whole := l
		whole.skip = 0
		inner := whole.ofWindow(s, parents, within, backwards, size+l.skip, window, columns)
		*s = *l.cut(each(s, wrapped(l.Through(l.Dialect)), inner, "keys").OrderExpr(l.sorted(pageColumn, backwards)), size)
	default:
		*s = *l.ofWindow(s, parents, within, backwards, size, window, columns)
	}
}

// ofWindow returns the rows that are not cut among the first of a list: that of the one parent, that of the parent that
// is looked up where there are several, or that of the key that is. Its columns are those of the rows, and where there
// are several parents, the parent.
func (l List[T]) ofWindow(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, size, window int,
	columns []string,
) *entsql.Selector {
	list, parent := l.first(s, parents, within, backwards, union(columns, l.looksInto()))
	list.Limit(window)
	d := entsql.Dialect(l.Dialect)
	kept := d.Select().FromExpr(entsql.ExprFunc(func(b *entsql.Builder) {
		b.Wrap(func(b *entsql.Builder) { b.Join(list) }).WriteString(" AS list")
	})).WithContext(s.Context())
	from := d.Table("list")
	for _, column := range columns {
		kept.AppendSelect(from.C(column))
	}
	if parent != "" && l.Dialect == dialect.Postgres {
		kept.AppendSelect(from.C(parentColumn))
	}
	l.keep(kept, from)
	return l.cut(kept.OrderExpr(l.sorted(from.C, backwards)), size)
}

// first returns the rows of a list in order, with nothing cut, and the parent's column where the parent is selected.
func (l List[T]) first(
	s *entsql.Selector, parents []string, within func(*entsql.Selector), backwards bool, columns []string,
) (list *entsql.Selector, parent string) {
	list = l.begin(s, columns)
	switch {
	case parents == nil:
		parent = l.restrict(list, nil)
		list.Where(ofKey(parent)).AppendSelectAs(parent, parentColumn)
	case l.byKeys():
		unspanned := l
		unspanned.Span = nil
		unspanned.restrict(list, parents)
		l.hideFromPlanner(list)
		if l.Span != nil {
			l.Span(list)
		}
		list.Where(ofKey(list.C(l.Key)))
	default:
		l.restrict(list, parents)
	}
	within(list)
	return list.OrderExpr(l.sorted(list.C, backwards)), parent
}

// looksInto are the columns that rows are looked into by.
func (l List[T]) looksInto() (columns []string) {
	if l.Search != nil {
		columns = append(columns, l.Search.Columns...)
	}
	for _, cut := range l.Cuts {
		columns = append(columns, cut.Columns...)
	}
	return append(columns, "id", l.Order.Column)
}

// keep keeps the rows that are not cut.
func (l List[T]) keep(s *entsql.Selector, from *entsql.SelectTable) { s.Where(l.notCut(from)) }

// notCut holds for rows that are not cut.
func (l List[T]) notCut(from *entsql.SelectTable) *entsql.Predicate {
	s := entsql.Dialect(l.Dialect).Select().From(from)
	if l.Search != nil {
		l.Search.Holds(s)
	}
	for _, cut := range l.Cuts {
		cut.Keep(s)
	}
	return s.P()
}

// endless returns those of the parents whose lists go on behind so many rows.
func (l List[T]) endless(
	ctx context.Context, parents []string, within func(*entsql.Selector), backwards bool, window int,
) (longer []string, err error) {
	if len(parents) == 0 {
		return nil, nil
	}
	d := entsql.Dialect(l.Dialect)
	s := d.Select().From(d.Table(l.Table)).WithContext(ctx)
	of := parents
	if len(parents) > 1 {
		of = nil
	}
	next, _ := l.first(s, of, within, backwards, []string{"id"})
	next.Select(next.C("id")).Offset(window).Limit(1)
	exists := entsql.P(func(b *entsql.Builder) { b.WriteString("EXISTS ").Wrap(func(b *entsql.Builder) { b.Join(next) }) })
	key := d.Table("keys").C("id")
	switch {
	case len(parents) > 1:
		s = d.Select(key).FromExpr(l.keyed(parents)).Where(exists)
	case l.byKeys():
		keys := l.Through(l.Dialect)
		s = d.Select(
			key).FromExpr(
			entsql.ExprFunc(func(b *entsql.Builder) { b.Join(wrapped(keys)).WriteString(" AS keys") })).Where(exists).Limit(1)
	default:
		s = next
	}
	query, args := s.Query()
	err = l.Each(ctx, query, args, func(record Record) error {
		var id string
		err := record.Scan(&id)
		if len(parents) == 1 {
			id = parents[0]
		}
		longer = append(longer, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look how far %s goes: %w", l.Field, err)
	}
	return longer, nil
}

// lookedTotals counts the rows of lists that are looked into, or in which an index finds rows that are.
func (l List[T]) lookedTotals(ctx context.Context, parents []string, pages map[string]*Page[T]) error {
	window := Far
	if len(parents) > 1 {
		window = near
	}
	found := l.Search != nil
	if found && l.Search.Letter {
		var err error
		if found, err = l.rare(ctx); err != nil {
			return err
		}
	}
	for open := parents; len(open) > 0; window *= 2 {
		var short []string
		query, args := l.lookedTotal(ctx, open, window, found).Query()
		err := l.Each(ctx, query, args, func(record Record) error {
			var (
				of        string
				n, looked int
			)
			into := []any{&of, &n, &looked}
			if len(open) == 1 {
				of, into = open[0], into[1:]
			}
			if err := record.Scan(into...); err != nil {
				return err
			}
			pages[of].Total = n
			if looked > window {
				short = append(short, of)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("count %s: %w", l.Field, err)
		}
		if len(short) == 0 {
			break
		}
		if err := l.further(ctx, 2*window*len(short), window); err != nil {
			for _, parent := range short {
				pages[parent].Err = err
			}
			break
		}
		open = short
	}
	return nil
}

// lookedTotal returns a query of how many rows of each list are not cut, of so many and one more, and of how many there
// are of these; of those alone that the index finds, if it is asked.
func (l List[T]) lookedTotal(ctx context.Context, parents []string, window int, found bool) *entsql.Selector {
	d := entsql.Dialect(l.Dialect)
	list := l.begin(d.Select().From(d.Table(l.Table)), union(l.looksInto(), nil))
	if len(parents) > 1 {
		list.Where(ofKey(l.restrict(list, nil)))
	} else {
		l.restrict(list, parents)
	}
	switch {
	case found && len(parents) == 1:
		Lead(list, l.find)
	case found:
		l.find(list)
	}
	list.Limit(window + 1)
	from := entsql.ExprFunc(
		func(b *entsql.Builder) { b.Wrap(func(b *entsql.Builder) { b.Join(list) }).WriteString(" AS list") })
	n := entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString("COUNT(*) FILTER (WHERE ").Join(l.notCut(d.Table("list"))).WriteByte(')')
	})
	looked := entsql.Raw("COUNT(*)")
	key := d.Table("keys").C("id")
	switch {
	case len(parents) == 1:
		return d.Select().AppendSelectExprAs(n, "n").AppendSelectExprAs(looked, "looked").FromExpr(from).WithContext(ctx)
	case l.Dialect == dialect.SQLite:
		return d.Select(key).AppendSelectExprAs(d.Select().AppendSelectExpr(n).FromExpr(from), "n").
			AppendSelectExprAs(d.Select().AppendSelectExpr(looked).FromExpr(from),
				"looked").FromExpr(l.keyed(parents)).WithContext(ctx)
	}
	inner := d.Select().AppendSelectExprAs(n, "n").AppendSelectExprAs(looked, "looked").FromExpr(from).WithContext(ctx)
	return each(inner, unnested(parents), inner, "keys(id)").Select(key, pageColumn("n"), pageColumn("looked"))
}

// keyed is the table of the parents that are looked up.
func (l List[T]) keyed(parents []string) entsql.Querier {
	if l.Dialect == dialect.SQLite {
		return keyed(parents)
	}
	return entsql.ExprFunc(func(b *entsql.Builder) { b.Join(unnested(parents)).WriteString(" AS keys(id)") })
}

// wrapped is a query as a table.
func wrapped(of entsql.Querier) entsql.Querier {
	return entsql.ExprFunc(func(b *entsql.Builder) { b.Wrap(func(b *entsql.Builder) { b.Join(of) }) })
}
