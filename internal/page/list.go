package page

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"deputy/internal/fault"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// Order is the order of a list. The id breaks ties, in the same direction.
type Order struct {
	// Column that the list is sorted by.
	Column string
	Desc   bool
	// Empty replaces NULL if the column is nullable; nil otherwise.
	Empty any
}

// Name returns the name of the order in cursors.
func (o Order) Name() string {
	if o.Desc {
		return o.Column + " DESC"
	}
	return o.Column + " ASC"
}

// Row is an entity that can be scanned into, and refers to the level it was loaded with.
type Row interface {
	// Into returns the scan destination of a column.
	Into(column string) any
	// RowID returns its id as a text.
	RowID() string
	// Parent returns the scan destination of the id of the parent in whose list the row is.
	Parent() *string
	SetLevel(*Level)
}

// List describes a list, for any number of parents.
type List[T Row] struct {
	// Field is the list's coordinate in the schema, such as Role.subAccounts.
	Field string
	// Table is the table of the rows.
	Table string
	// Parent returns the column of the parent's id, after it has joined the tables for it; nil for a list without a
	// parent.
	Parent func(*entsql.Selector) string
	// Where are the viewer's predicate and the client's filter. They apply to pages and counts alike.
	Where []func(*entsql.Selector)
	// Span restricts the rows to a range of values, which an index may return in order; nil means all rows.
	Span func(*entsql.Selector)
	// Search restricts the rows to those that contain a text; nil means all rows.
	Search *Search
	// Few restricts the rows to a few that an index finds, which is not in the list's order; nil means all rows. Planners,
	// which can't estimate how few they are, would scan the list instead.
	Few func(*entsql.Selector)
	// Cuts are filters that no index supports. A page examines a limited number of rows, and further ones if More allows
	// it.
	Cuts []Cut
	// More reports whether the request may examine the given number of rows beyond those that it was charged for; nil
	// means never.
	More  func(ctx context.Context, rows int) (bool, error)
	Order Order
	// Through returns a query of the keys by which rows are found, such as the creators of orders, if no index has the
	// rows of all keys together in the list's order. On PostgreSQL each key's rows are read in order, and at most a page
	// of them: the cost of a page does not depend on its depth in the list. It is nil if an index has the list in order.
	// The keys' column is named id.
	Through func(dialect string) *entsql.Selector
	// Key is the column of the list that has the keys of Through, and Keyed are the names of the cuts that they replace.
	Key   string
	Keyed []string
	// Plain reports whether the index of the keys begins with the columns of the other conditions, such as the org. These
	// are then not hidden from the planner.
	Plain bool
	// ByKeys reports whether Through returns only the few keys of a filter, or those in the viewer's reach. SQLite then
	// finds the rows by them too.
	ByKeys bool
	// Fetch reads entities with these columns by a query that modify completes.
	Fetch func(ctx context.Context, columns []string, modify func(*entsql.Selector)) ([]T, error)
	// Each runs SQL that Ent can't build.
	Each Each
	// Dialect of the database.
	Dialect string
	// Signer of cursors.
	Signer *Signer

	skip int // rows to skip before a page
}

// Search restricts a list to the rows that contain a text.
type Search struct {
	// Holds filters the rows that contain the text; Columns are the columns that it compares.
	Holds   func(*entsql.Selector)
	Columns []string
	// Found filters, by an index, a superset of the rows that contain the text; nil if there is no index.
	Found func(*entsql.Selector)
	// Index returns a query of the rows of a table that the index finds; nil if Found uses none.
	Index func(dialect, table string) entsql.Querier
	// Letter reports whether the text is a single ASCII letter, which nearly all rows may contain.
	Letter bool
	// Keys returns a query of the keys of the list, in a column named id, whose rows match because of the object they
	// belong to, such as orders of a creator with that name; nil for none.
	Keys func(dialect string) *entsql.Selector
	// Text filters the rows that contain the text themselves, regardless of Keys. It is set if Keys is.
	Text func(*entsql.Selector)
}

// Wants are the requested parts of a page.
type Wants struct {
	// Columns are the columns of the rows. The id and the column of the order are always read.
	Columns []string
	// Rows reports whether rows are requested.
	Rows bool
	// Total reports whether the count of the whole list is requested.
	Total bool
}

// Page is the rows of one parent.
type Page[T any] struct {
	Rows             []T
	HasNext, HasPrev bool
	Total            int
	// Err is the error of this parent's page; the pages of other parents are not affected.
	Err    error
	cursor func(T) string
}

// parentColumn is the name of the parent's id in the result of a level's query.
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
	if l.isKey() {
		l.Through, l.ByKeys = nil, false
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

// places decodes the cursors as places in the parent's list.
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

// rows reads the pages of the parents. The cursors apply to all of them: a cursor is valid for one parent only, so
// there is one parent then.
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
	// The first rows had too few matches. SQLite queries the index now. PostgreSQL has done so already, and found none, or
	// too many to examine.
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

// cut sets the limit and the offset of a page.
func (l List[T]) cut(s *entsql.Selector, size int) *entsql.Selector {
	if s.Limit(size); l.skip > 0 {
		s.Offset(l.skip)
	}
	return s
}

// arrange distributes the rows to the pages of their parents, and makes them one level.
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

// count counts the lists of the parents by reading all their rows.
func (l List[T]) count(ctx context.Context, parents []string, pages map[string]*Page[T]) error {
	table := entsql.Dialect(l.Dialect).Table(l.Table)
	s := entsql.Dialect(l.Dialect).Select().From(table)
	parent := l.counted(s, parents)
	query, args := s.Query()
	err := l.Each(ctx, query, args, func(record Record) error {
		of, n := parents[0], 0
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

// narrow restricts the query to the rows of the parents' lists, or of all parents if parents is nil, and returns the
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

// find filters the rows that the indexes find for the search. With keys it is a union: no index supports a text or a
// key in one condition.
func (l List[T]) find(s *entsql.Selector) {
	if l.Search.Found == nil {
		return
	}
	if l.Search.Keys == nil {
		l.Search.Found(s)
		return
	}
	d, id := entsql.Dialect(l.Dialect), s.C("id")
	ofKeys := d.Select().From(d.Table(l.Table))
	ofKeys.Select(ofKeys.C("id")).Where(entsql.In(ofKeys.C(l.Key), l.Search.Keys(l.Dialect)))
	var found entsql.Querier
	if l.Search.Index != nil && l.Dialect == dialect.Postgres {
		found = l.Search.Index(l.Dialect, l.Table)
	} else {
		rows := d.Select().From(d.Table(l.Table))
		l.Search.Found(rows.Select(rows.C("id")))
		found = rows
	}
	open, end := " IN (", ")"
	if l.Dialect == dialect.Postgres { // an array is made once; a planner without statistics may run IN for each row
		open, end = " = ANY(ARRAY(", "))"
	}
	s.Where(entsql.P(func(b *entsql.Builder) {
		b.Ident(id).WriteString(open).Join(found).WriteString(" UNION ALL ").Join(ofKeys).WriteString(end)
	}))
}

// either is find as a single condition, for rows that are examined one by one.
func (l List[T]) either(s *entsql.Selector) {
	if l.Search.Found == nil {
		return
	}
	found := entsql.Dialect(l.Dialect).Select().From(entsql.Dialect(l.Dialect).Table(l.Table))
	l.Search.Found(found)
	s.Where(entsql.Or(found.P(), entsql.In(s.C(l.Key), l.Search.Keys(l.Dialect))))
}

// restrict is narrow without the search and the cuts.
func (l List[T]) restrict(s *entsql.Selector, parents []string) string {
	parent := ""
	if l.Parent != nil {
		parent = l.Parent(s)
	}
	for _, where := range l.Where {
		where(s)
	}
	if leads(s, parent) {
		hide(s)
	}
	if parents != nil && parent != "" {
		s.Where(In(parent, parents))
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

// isKey reports whether the key of a row is its parent.
func (l List[T]) isKey() bool {
	if l.Through == nil || l.Parent == nil {
		return false
	}
	s := entsql.Dialect(l.Dialect).Select().From(entsql.Dialect(l.Dialect).Table(l.Table))
	return l.Parent(s) == s.C(l.Key)
}

// leads reports whether an index begins with the parent's column and has the parent's rows in order: those with any
// column of the list's table except the org do. The other conditions are hidden from the planner then, which can't
// estimate how many rows an org has and would scan them all.
func leads(s *entsql.Selector, parent string) bool {
	table, _, _ := strings.Cut(s.C("id"), ".")
	return strings.HasPrefix(parent, table+".") && parent != s.C("org_id")
}

// key returns the expression that the list is sorted by. It resolves the column's name at once: the query may become
// part of another one.
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

// sorted returns the list's ORDER BY, reversed for pages from the end.
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

// onSideOf returns the predicate of the rows on one side of a place: those with greater keys, or those with lesser
// ones.
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
