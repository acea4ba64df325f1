package page

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/fault"
)

// Cut is a part of a filter that no index supports in the list's order: rows that don't match are read too.
type Cut struct {
	// Name is the name of the filter's field.
	Name string
	// Values is the number of its values.
	Values int
	// Keep filters the rows by Columns.
	Keep    func(*entsql.Selector)
	Columns []string
	// Range reports whether it is a range of a column that the list may be sorted by.
	Range bool
	// Few reports whether an index finds the few matching rows; see List.Few.
	Few bool
}

var msgDeep = fault.Message{
	Zh: "前 %d 行中没有足够的符合筛选条件的结果，继续查找超出请求的上限。请缩小筛选范围，或减少条件。",
	En: "the first %d rows don't hold enough matches for the filter, and searching further exceeds the limit of " +
		"the request; narrow the filter, or use fewer conditions",
}

// isWindowed reports whether rows are examined that don't match: a filter excludes them, and no index skips them. If
// there is an index for the search, it finds few rows. For a letter it may find nearly all; with a single list these
// are counted before they are examined.
func (l List[T]) isWindowed(parents []string) bool {
	if l.Search != nil {
		return l.Search.Found == nil || l.Search.Letter && l.many(parents)
	}
	return len(l.Cuts) > 0
}

// many reports whether several lists are examined separately, those of parents or of keys.
func (l List[T]) many(parents []string) bool { return len(parents) > 1 || l.byKeys() }

func (l List[T]) byKeys() bool {
	return l.Through != nil && (l.ByKeys || l.Dialect == dialect.Postgres)
}

// window returns the number of rows of each list that are examined first, which the request was charged for before it
// ran.
func (l List[T]) window(parents []string) int {
	if l.many(parents) {
		return near
	}
	return Far
}

// readWindows returns the first matching rows of lists whose rows are examined. It examines window rows of each, in
// order, and doubles the window for lists whose page is not full by then and that have more rows, as long as More
// allows it. If More does not, the pages of these lists get an error.
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

// further returns nil if More allows the given number of further rows to be examined, and LIMIT_EXCEEDED or the error
// of More otherwise.
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

// looked selects the first matching rows of each parent's list, among the first window rows.
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
	case l.byKeys() && l.Dialect == dialect.SQLite:
		whole := l
		whole.skip = 0
		ids := whole.ofWindow(s, parents, within, backwards, size+l.skip, window, []string{"id"})
		*s = *l.cut(l.ofEachKey(s, ids, columns, backwards), size)
	case l.byKeys():
		whole := l
		whole.skip = 0
		inner := whole.ofWindow(s, parents, within, backwards, size+l.skip, window, columns)
		*s = *l.cut(each(s, wrapped(l.Through(l.Dialect)), inner, "keys").OrderExpr(l.sorted(pageColumn, backwards)), size)
	default:
		*s = *l.ofWindow(s, parents, within, backwards, size, window, columns)
	}
}

// ofWindow returns a query of the matching rows among the first window rows of a list: that of the only parent, that of
// the parent to look up if there are several, or that of the key to look up. It selects the columns of the rows and, on
// PostgreSQL with several parents, the parent.
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

// first returns a query of the rows of a list in order, without search and cuts, and the parent's column if the query
// selects the parent.
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

// looksInto returns the columns that the search, the cuts and the order need.
func (l List[T]) looksInto() (columns []string) {
	if l.Search != nil {
		columns = append(columns, l.Search.Columns...)
	}
	for _, cut := range l.Cuts {
		columns = append(columns, cut.Columns...)
	}
	return append(columns, "id", l.Order.Column)
}

// keep restricts the query to the matching rows.
func (l List[T]) keep(s *entsql.Selector, from *entsql.SelectTable) { s.Where(l.notCut(from)) }

// notCut returns the predicate of the rows that match the search and the cuts.
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

// endless returns the parents whose lists have more than window rows.
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

// lookedTotals counts the matching rows of lists with a search or cuts, by examining the rows, or those that an index
// finds.
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

// lookedTotal returns a query of the number of matching rows among the first window + 1 rows of each list, and of the
// number of rows examined. With found it examines only the rows that the index finds.
func (l List[T]) lookedTotal(ctx context.Context, parents []string, window int, found bool) *entsql.Selector {
	d := entsql.Dialect(l.Dialect)
	list := l.begin(d.Select().From(d.Table(l.Table)), union(l.looksInto(), nil))
	if len(parents) > 1 {
		list.Where(ofKey(l.restrict(list, nil)))
	} else {
		l.restrict(list, parents)
		l.lead(list)
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

// lead makes SQLite find the rows of a list by its keys if it does not look up each key's rows separately. Otherwise it
// would scan all rows of the org.
func (l List[T]) lead(s *entsql.Selector) {
	if l.Dialect == dialect.SQLite && l.Through != nil && !l.Plain {
		hide(s)
		s.Where(entsql.In(s.C(l.Key), l.Through(l.Dialect)))
	}
}

// keyed returns the table of the parents to look up.
func (l List[T]) keyed(parents []string) entsql.Querier {
	if l.Dialect == dialect.SQLite {
		return keyed(parents)
	}
	return entsql.ExprFunc(func(b *entsql.Builder) { b.Join(unnested(parents)).WriteString(" AS keys(id)") })
}

// wrapped returns a query in brackets, as a table.
func wrapped(of entsql.Querier) entsql.Querier {
	return entsql.ExprFunc(func(b *entsql.Builder) { b.Wrap(func(b *entsql.Builder) { b.Join(of) }) })
}
