package page

import (
	"context"
	"fmt"
	"slices"

	"deputy/internal/fault"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// Order is how a list is sorted. The id breaks ties, in the same direction.
type Order struct {
	// Column that the list is sorted by.
	Column string
	Desc   bool
	// Empty stands in for NULL where the column may hold it; nil where it may not.
	Empty any
}

// Name tells orders apart in cursors.
func (o Order) Name() string {
	if o.Desc {
		return o.Column + " DESC"
	}
	return o.Column + " ASC"
}

// Row is an entity: it can be scanned into, and knows the rows it was loaded with.
type Row interface {
	// Into returns where a column is scanned to.
	Into(column string) any
	// RowID returns its id as a text.
	RowID() string
	// Parent returns where the id of the row is scanned to whose list it was read for.
	Parent() *string
	SetLevel(*Level)
}

// List describes one list, for any number of parents.
type List[T Row] struct {
	// Field is the list's coordinate in the schema, such as Role.subAccounts.
	Field string
	// Table whose rows it lists.
	Table string
	// Parent returns the column that names the parent, after joining what it takes; nil for a list without a parent.
	Parent func(*entsql.Selector) string
	// Where cuts the rows: who may see them, and the client's filter. It is applied to pages and counts alike.
	Where []func(*entsql.Selector)
	// Span cuts them to a range of values, by which an index may have them in order; nil for all.
	Span func(*entsql.Selector)
	// Search cuts them to those that hold a text; nil for all.
	Search *Search
	// Few cuts them to few, which an index finds that does not have the list in order; nil for all. Planners, which do not
	// know how few they are, would rather go through the list.
	Few func(*entsql.Selector)
	// Cuts are what else cuts them, where no index serves that. A page looks into so many rows, and into more of them when
	// More says so.
	Cuts []Cut
	// More reports whether so many more rows may be looked into than what asks for them was charged for; never when it is
	// nil.
	More  func(ctx context.Context, rows int) (bool, error)
	Order Order
	// Through returns the keys by which rows are found, such as the creators of orders, where no index serves all of them
	// together in the list's order. On PostgreSQL each key's rows are read in order, and no more of them than a page has:
	// what a page costs does not depend on how deep in the list it is. It is nil where the list's own index does. The
	// keys' column is named id.
	Through func(dialect string) *entsql.Selector
	// Key is the column of Through, and Keyed are the names of the cuts that it stands for.
	Key   string
	Keyed []string
	// Plain says that the index of the keys begins with what cuts the rows, such as their org: it stays in sight.
	Plain bool
	// ByKeys says that Through has the few keys that a filter names, by which SQLite, too, finds the rows.
	ByKeys bool
	// Fetch reads entities with these columns through a query that modify completes.
	Fetch func(ctx context.Context, columns []string, modify func(*entsql.Selector)) ([]T, error)
	// Each runs SQL that Ent can't build.
	Each Each
	// Dialect of the database.
	Dialect string
	// Signer of cursors.
	Signer *Signer

	skip int // rows that are left out before a page
}

// Search cuts a list to rows that hold a text.
type Search struct {
	// Holds keeps the rows that hold it; Columns are those that it looks into.
	Holds   func(*entsql.Selector)
	Columns []string
	// Found keeps the rows that an index finds, those that hold the text among them; nil where no index helps.
	Found func(*entsql.Selector)
	// Index returns a query of the rows of a table that the index finds; nil where Found asks none.
	Index func(dialect, table string) entsql.Querier
	// Letter says that the text is a single letter of ASCII, which nearly all rows may hold.
	Letter bool
	// Keys returns the keys of the list, in a column named id, whose rows hold the text because of what they belong to,
	// such as orders of a creator who is called so; nil for none.
	Keys func(dialect string) *entsql.Selector
	// Text keeps the rows that hold the text themselves, whatever they belong to; for where there are Keys.
	Text func(*entsql.Selector)
}

// Wants is what of a page is asked for.
type Wants struct {
	// Columns of the rows. The id, and what the list is sorted by, are read in any case.
	Columns []string
	// Rows reports whether rows are asked for at all.
	Rows bool
	// Total reports whether the count of the whole list is.
	Total bool
}

// Page is the rows of one parent.
type Page[T any] struct {
	Rows             []T
	HasNext, HasPrev bool
	Total            int
	// Err is why this parent's page can't be had; others of the level can.
	Err    error
	cursor func(T) string
}

// parentColumn is what a level's query selects beside the columns of the rows.
const parentColumn = "page_parent"

// Load reads the pages of all parents with one statement, and one more for their totals. A list without a parent has
// the one parent "".
func (l List[T]) Load(ctx context.Context, parents []string, args Args, wants Wants) (map[string]*Page[T], error) {
	size, backwards, err := args.Size()
	if err != nil {
		return nil, err
	}
	if args.Offset != nil {
		l.skip = *args.Offset
	}
	pages := make(map[string]*Page[T], len(parents))
	var readable []string
	var from, to *place
	for _, parent := range parents {
		if _, again := pages[parent]; again {
			continue
		}
		p := &Page[T]{cursor: l.cursor(parent)}
		pages[parent] = p
		after, before, err := l.places(parent, args)
		if err != nil {
			p.Err = err
			continue
		}
		from, to = after, before
		readable = append(readable, parent)
	}
	if len(readable) == 0 {
		return pages, nil
	}
	if wants.Rows {
		if err := l.rows(ctx, readable, pages, size, backwards, from, to, wants.Columns); err != nil {
			return nil, err
		}
	}
	if wants.Total {
		if err := l.totals(ctx, readable, pages); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// places reads the cursors as places of the parent's list.
func (l List[T]) places(parent string, args Args) (after, before *place, err error) {
	name := listName(l.Field, parent, l.Order)
	for _, given := range []struct {
		arg    string
		cursor *string
		into   **place
	}{{"after", args.After, &after}, {"before", args.Before, &before}} {
		if given.cursor == nil {
			continue
		}
		p, err := l.Signer.decode(name, *given.cursor)
		if err != nil {
			return nil, nil, fault.New(fault.BadRequest, badCursor, given.arg)
		}
		*given.into = &p
	}
	return after, before, nil
}

func (l List[T]) cursor(parent string) func(T) string {
	name := listName(l.Field, parent, l.Order)
	return func(row T) string {
		return l.Signer.encode(name, *l.At(row))
	}
}

// rows reads the pages of the parents, which share the bounds: a cursor belongs to one parent alone.
func (l List[T]) rows(
	ctx context.Context, parents []string, pages map[string]*Page[T], size int, backwards bool, after, before *place,
	columns []string,
) error {
	columns = union(columns, []string{"id", l.Order.Column})
	within := func(s *entsql.Selector) {
		if after != nil {
			s.Where(l.onSideOf(s, *after, !l.Order.Desc))
		}
		if before != nil {
			s.Where(l.onSideOf(s, *before, l.Order.Desc))
		}
	}
	if l.isWindowed(parents) {
		rows, err := l.readWindows(ctx, parents, pages, within, backwards, size+1, columns)
		if err != nil {
			return fmt.Errorf("read %s: %w", l.Field, err)
		}
		return l.arrange(rows, parents, pages, size, backwards, after, before)
	}
	rows, err := l.Fetch(ctx, columns, func(s *entsql.Selector) {
		postgres := l.Dialect == dialect.Postgres
		switch {
		case len(parents) > 1 && postgres:
			l.lateral(s, parents, within, backwards, size+1)
		case len(parents) > 1:
			l.correlated(s, parents, columns, within, backwards, size+1)
		case postgres && l.Through != nil:
			l.throughKeys(s, parents, within, backwards, size+1)
		case postgres && l.Search != nil:
			l.searched(s, parents, within, backwards, size+1, columns)
		case l.ByKeys:
			l.ofKeys(s, parents, columns, within, backwards, size+1)
		case l.Search != nil:
			l.windowed(s, parents, within, backwards, size+1, near, columns)
		default:
			l.narrow(s, parents)
			within(s)
			l.cut(s.OrderExpr(l.sorted(s.C, backwards)), size+1)
		}
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", l.Field, err)
	}
	// Few rows came of those near: SQLite asks the index; PostgreSQL has, and there are none, or too many to look at.
	if l.Search != nil && !l.many(parents) && (l.Dialect == dialect.SQLite && len(rows) <= size || len(rows) == 0) {
		rare, err := l.rare(ctx)
		switch {
		case err == nil && !rare:
			rows, err = l.readWindows(ctx, parents, pages, within, backwards, size+1, columns)
		case err == nil && l.Dialect == dialect.SQLite:
			rows, err = l.Fetch(ctx, columns, func(s *entsql.Selector) { l.findByIndex(s, parents, within, backwards, size+1) })
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", l.Field, err)
		}
	}
	if len(parents) == 1 {
		for _, row := range rows {
			*row.Parent() = parents[0]
		}
	}
	return l.arrange(rows, parents, pages, size, backwards, after, before)
}

// cut keeps so many rows behind those that are left out.
func (l List[T]) cut(s *entsql.Selector, size int) *entsql.Selector {
	if s.Limit(size); l.skip > 0 {
		s.Offset(l.skip)
	}
	return s
}

// arrange puts rows, which know their parents, into the pages of these, as one level.
func (l List[T]) arrange(
	rows []T, parents []string, pages map[string]*Page[T], size int, backwards bool, after, before *place,
) error {
	for _, row := range rows {
		parent := *row.Parent()
		pages[parent].Rows = append(pages[parent].Rows, row)
	}
	var kept []T
	for _, parent := range parents {
		p := pages[parent]
		more := len(p.Rows) > size
		if more {
			p.Rows = p.Rows[:size]
		}
		p.HasNext, p.HasPrev = more, after != nil || l.skip > 0
		if backwards {
			slices.Reverse(p.Rows)
			p.HasNext, p.HasPrev = before != nil, more
		}
		kept = append(kept, p.Rows...)
	}
	level := NewLevel(kept)
	for _, row := range kept {
		row.SetLevel(level)
	}
	return nil
}

// totals counts the lists of the parents.
func (l List[T]) totals(ctx context.Context, parents []string, pages map[string]*Page[T]) error {
	if len(l.Cuts) > 0 || l.Search != nil {
		return l.lookedTotals(ctx, parents, pages)
	}
	return l.count(ctx, parents, pages)
}

// count counts the lists of the parents by reading them.
func (l List[T]) count(ctx context.Context, parents []string, pages map[string]*Page[T]) error {
	table := entsql.Dialect(l.Dialect).Table(l.Table)
	s := entsql.Dialect(l.Dialect).Select().From(table)
	parent := l.counted(s, parents)
	query, args := s.Query()
	err := l.Each(ctx, query, args, func(record Record) error {
		var (
			of string
			n  int
		)
		into := []any{&of, &n}
		if parent == "" {
			into = into[1:]
		}
		if err := record.Scan(into...); err != nil {
			return err
		}
		pages[of].Total = n
		return nil
	})
	if err != nil {
		return fmt.Errorf("count %s: %w", l.Field, err)
	}
	return nil
}

// narrow cuts the query to the rows of the parents' lists, those of all parents when it is nil, and returns the
// parent's column.
func (l List[T]) narrow(s *entsql.Selector, parents []string) string {
	parent := l.restrict(s, parents)
	if l.Search != nil {
		l.find(s)
		l.Search.Holds(s)
	}
	for _, cut := range l.Cuts {
		cut.Keep(s)
	}
	return parent
}

// find keeps the rows that indexes find of what is searched. No index finds them by a text or a key at once.
func (l List[T]) find(s *entsql.Selector) {
	if l.Search.Found == nil {
		return
	}
	if l.Search.Keys == nil {
		l.Search.Found(s)
		return
	}
	d := entsql.Dialect(l.Dialect)
	found, ofKeys := d.Select().From(d.Table(l.Table)), d.Select().From(d.Table(l.Table))
	l.Search.Found(found.Select(found.C("id")))
	ofKeys.Select(ofKeys.C("id")).Where(entsql.In(ofKeys.C(l.Key), l.Search.Keys(l.Dialect)))
	s.Where(entsql.In(s.C("id"), found.UnionAll(ofKeys)))
}

// either is find for rows that are looked at one by one.
func (l List[T]) either(s *entsql.Selector) {
	if l.Search.Found == nil {
		return
	}
	found := entsql.Dialect(l.Dialect).Select().From(entsql.Dialect(l.Dialect).Table(l.Table))
	l.Search.Found(found)
	s.Where(entsql.Or(found.P(), entsql.In(s.C(l.Key), l.Search.Keys(l.Dialect))))
}

// restrict is narrow, but for what is searched.
func (l List[T]) restrict(s *entsql.Selector, parents []string) string {
	parent := ""
	if l.Parent != nil {
		parent = l.Parent(s)
		if parents != nil {
			s.Where(In(parent, parents))
		}
	}
	for _, where := range l.Where {
		where(s)
	}
	if l.Span != nil {
		l.Span(s)
	}
	if l.Few != nil {
		hide(s)
		l.Few(s)
	}
	return parent
}

// key is the value that the list is sorted by. Columns are named now: the query may become part of another one.
func (l List[T]) key(column func(string) string) func(*entsql.Builder) {
	name := column(l.Order.Column)
	return func(b *entsql.Builder) {
		if l.Order.Empty == nil {
			b.Ident(name)
			return
		}
		b.WriteString("COALESCE(").Ident(name).Comma().Arg(l.Order.Empty).WriteString(")")
	}
}

// sorted is the list's ORDER BY, turned round for pages from the end.
func (l List[T]) sorted(column func(string) string, backwards bool) entsql.Querier {
	return l.sortedBy(column, backwards, "")
}

// sortedBy is sorted, with an operator before the key.
func (l List[T]) sortedBy(column func(string) string, backwards bool, operator string) entsql.Querier {
	direction := " ASC"
	if l.Order.Desc != backwards {
		direction = " DESC"
	}
	key, id := l.key(column), column("id")
	return entsql.ExprFunc(func(b *entsql.Builder) {
		b.WriteString(operator)
		key(b)
		b.WriteString(direction).Comma().Ident(id).WriteString(direction)
	})
}

// onSideOf holds for rows on one side of a place.
func (l List[T]) onSideOf(s *entsql.Selector, at place, greater bool) *entsql.Predicate {
	op := " < "
	if greater {
		op = " > "
	}
	key, id := l.key(s.C), s.C("id")
	if l.Order.Column == "id" {
		return entsql.P(func(b *entsql.Builder) { b.Ident(id).WriteString(op).Arg(at.value) })
	}
	return entsql.P(func(b *entsql.Builder) {
		b.WriteByte('(')
		key(b)
		b.Comma().Ident(id).WriteString(")" + op + "(").Arg(at.value).Comma().Arg(at.id).WriteByte(')')
	})
}

// union returns the columns of both, each once.
func union(some, more []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(some, more))))
}
