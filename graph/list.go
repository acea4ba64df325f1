package graph

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/access"
	"deputy/internal/bounds"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/search"
	"deputy/internal/viewer"
)

type where = func(*sql.Selector)

// reach keeps the rows that a viewer reaches with an action: no row of another org comes back, whatever the rest of a
// query says.
type reach = func(*viewer.Viewer, access.Action) where

// table is how the rows of a type are read: by node, in lists, at nested edges, and for what the record shows.
type table[E any, T entity[E]] struct {
	load.Table
	// reach is the one predicate of all that reads rows.
	reach reach
	// order of a list for which nobody asks for another; the oldest first when it is empty.
	order page.Order
}

// entity is a row as Ent has it.
type entity[E any] interface {
	*E
	page.Row
}

// list returns the list of the rows that the viewer reaches with the action.
func (t *table[E, T]) list(r *Resolver, v *viewer.Viewer, a access.Action) page.List[T] {
	return page.List[T]{
		Table:   t.Name,
		Where:   []where{t.reach(v, a)},
		Order:   cmp.Or(t.order, page.Order{Column: "created_at"}),
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		More:    bounds.Further,
		Each:    r.Store.Each,
		Fetch:   t.read(r),
	}
}

// read returns how rows are read, whoever asks.
func (t *table[E, T]) read(r *Resolver) func(context.Context, []string, func(*sql.Selector)) ([]T, error) {
	return readRows[E, T](r, &t.Table)
}

// readRows returns how the rows of a table are read into a type that has more than their entity.
func readRows[E any, T entity[E]](
	r *Resolver, t *load.Table,
) func(context.Context, []string, func(*sql.Selector)) ([]T, error) {
	return page.Read[E, T](t.Name, r.Store.Dialect(), r.Store.Each)
}

// cutter cuts a list to what the arguments of a field leave of it, and puts it into their order.
type cutter[T page.Row] = func(*viewer.Viewer, *page.List[T]) error

// fieldList returns the list that the running field is, as its arguments want it.
func fieldList[E any, T entity[E]](
	ctx context.Context, r *Resolver, of *table[E, T], cuts ...cutter[T],
) (page.List[T], error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return page.List[T]{}, err
	}
	list, field := of.list(r, v, access.View), graphql.GetFieldContext(ctx)
	list.Field = field.Object + "." + field.Field.Name
	for _, cut := range cuts {
		if err := cut(v, &list); err != nil {
			return list, err
		}
	}
	return list, nil
}

// connect returns the page of a list that hangs on the parent: by a column, by what is joined, or, for nil, as the cuts
// say; see page.List.
func connect[P load.Parent, E any, T entity[E]](
	ctx context.Context, r *Resolver, parent P, of *table[E, T], by func(*sql.Selector) string, args page.Args,
	cuts ...cutter[T],
) (*page.Connection[T], error) {
	list, err := fieldList(ctx, r, of, cuts...)
	if err != nil {
		return nil, err
	}
	if by != nil {
		list.Parent = by
	}
	return load.Connect(ctx, parent, list, &of.Table, args)
}

// connectRoot returns the page of a list that hangs on no row.
func connectRoot[E any, T entity[E]](
	ctx context.Context, r *Resolver, of *table[E, T], args page.Args, cuts ...cutter[T],
) (*page.Connection[T], error) {
	list, err := fieldList(ctx, r, of, cuts...)
	if err != nil {
		return nil, err
	}
	return load.ConnectRoot(ctx, list, &of.Table, args)
}

// inOrgs is the predicate of modules that know no scope but ALL: it keeps the rows of orgs in which the viewer has the
// module.
func inOrgs(m access.Module) reach {
	return func(v *viewer.Viewer, a access.Action) where {
		return func(s *sql.Selector) { s.Where(inOrg(s, v, m, a)) }
	}
}

// inOrg holds for what inOrgs keeps.
func inOrg(s *sql.Selector, v *viewer.Viewer, m access.Module, a access.Action) *sql.Predicate {
	all, _ := v.Orgs(m, a)
	ids := make([]string, len(all))
	for i, membership := range all {
		ids[i] = membership.OrgID
	}
	return page.In(s.C("org_id"), ids)
}

// ofOrg keeps the rows of one org.
func ofOrg(orgID string) where {
	return func(s *sql.Selector) { s.Where(sql.EQ(s.C("org_id"), orgID)) }
}

// column returns the parent's column where it is one of the list's own table.
func column(name string) func(*sql.Selector) string {
	return func(s *sql.Selector) string { return s.C(name) }
}

// epoch stands in for a moment that never was, where lists are sorted by it.
var epoch = time.Unix(0, 0).UTC()

// listed returns an empty list for none: lists of the schema are never null.
func listed[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// maxText is how long a text in a column can be, in bytes, of those that filters look into.
const maxText = 800

var msgFilter = fault.Message{
	Zh: "筛选条件 %s 最多 %d 项。",
	En: "The filter %s takes at most %d values.",
}

// texts returns the values of a filter as arguments of SQL; more than bounds.MaxFilter is LIMIT_EXCEEDED.
func texts(name string, values []string) ([]string, error) {
	if len(values) > bounds.MaxFilter {
		return nil, fault.Limit("filter", bounds.MaxFilter, len(values), msgFilter, name, bounds.MaxFilter)
	}
	args := make([]string, 0, len(values))
	for _, v := range values {
		if storable(v) {
			args = append(args, v)
		}
	}
	return args, nil
}

// storable reports whether a column can hold the text at all. No other goes to the database: PostgreSQL refuses a NUL
// with an error, and SQLite a long pattern.
func storable(text string) bool { return len(text) <= maxText && strings.IndexByte(text, 0) < 0 }

// noRows keeps no row.
func noRows(s *sql.Selector) { s.Where(sql.False()) }

// holds keeps rows of which one of the columns holds the text. The letters A to Z are found in whichever case, others
// as they are, whatever the locale of the database; %, _ and \ are letters.
func holds(text string, columns ...string) where {
	return func(s *sql.Selector) {
		any := make([]*sql.Predicate, len(columns))
		for i, column := range columns {
			any[i] = columnContains(s, column, text)
		}
		s.Where(sql.Or(any...))
	}
}

// columnContains keeps rows whose column holds the text.
func columnContains(s *sql.Selector, column, text string) *sql.Predicate {
	if !storable(text) {
		return sql.False()
	}
	return like(s.C(column), "%"+likeLetters.Replace(text)+"%")
}

// likeLetters writes what has a meaning in a pattern of LIKE as letters.
var likeLetters = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// like is LIKE in whichever case. Ent's ContainsFold loses its ESCAPE on SQLite, and lowers letters there that SQLite
// leaves as they are, so that a text does not find itself; PostgreSQL folds as its collation says, which is "C" here.
func like(column, pattern string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		operator := " LIKE "
		if b.Dialect() == dialect.Postgres {
			operator = ` COLLATE "C" ILIKE `
		}
		b.Ident(column).WriteString(operator).Arg(pattern).WriteString(` ESCAPE '\'`)
	})
}

// within keeps rows whose column has one of the values of a filter; none, when there is no value.
func within[V ~string](name, column string, given []V) (where, error) {
	plain := make([]string, len(given))
	for i, value := range given {
		plain[i] = string(value)
	}
	values, err := texts(name, plain)
	return func(s *sql.Selector) { s.Where(page.In(s.C(column), values)) }, err
}

// among cuts a list to rows whose column has one of the values of a filter, if that was given.
func among[T page.Row, V ~string](list *page.List[T], name, column string, given []V) error {
	if given == nil {
		return nil
	}
	keep, err := within(name, column, given)
	if err != nil {
		return err
	}
	cut(list, name, len(given), keep, column)
	return nil
}

// cutBetween cuts a list to rows whose column is in a range of moments, by the ends that were given: nameFrom and
// nameTo.
func cutBetween[T page.Row](list *page.List[T], name, column string, from, to *time.Time) {
	if from != nil {
		cut(list, name+"From", 1, func(s *sql.Selector) { s.Where(sql.GTE(s.C(column), *from)) }, column)
	}
	if to != nil {
		cut(list, name+"To", 1, func(s *sql.Selector) { s.Where(sql.LT(s.C(column), *to)) }, column)
	}
}

// cutRange cuts a list to rows whose column is in a range of numbers, whose ends count, by the ends that were given:
// nameFrom and nameTo.
func cutRange[T page.Row, N int | int64](list *page.List[T], name, column string, from, to *N) {
	if from != nil {
		cut(list, name+"From", 1, func(s *sql.Selector) { s.Where(sql.GTE(s.C(column), *from)) }, column)
	}
	if to != nil {
		cut(list, name+"To", 1, func(s *sql.Selector) { s.Where(sql.LTE(s.C(column), *to)) }, column)
	}
}

// present keeps rows whose column has a value, in lists that are sorted by it: an index has those in order.
func present(column string) where {
	return func(s *sql.Selector) { s.Where(sql.NotNull(s.C(column))) }
}

func equal[T any](column string, value T) where {
	return func(s *sql.Selector) { s.Where(sql.EQ(s.C(column), value)) }
}

// cut cuts a list by a field of its filter, of so many values. Serve says later whether an index does so.
func cut[T page.Row](list *page.List[T], name string, values int, keep func(*sql.Selector), columns ...string) {
	_, ranged := bounds.Ranges[name]
	list.Cuts = append(list.Cuts, page.Cut{Name: name, Values: values, Keep: keep, Columns: columns, Range: ranged})
}

// serve leaves the cuts to an index that one serves when the list is in the order; all of them in what is read as a
// whole, such as files.
func serve[T page.Row](list *page.List[T], order string) {
	given, left := map[string]int{}, []page.Cut{}
	for _, c := range list.Cuts {
		given[c.Name] = c.Values
	}
	not := bounds.Unserved(list.Field, order, given)
	keyed := func(name string) bool { return list.Through != nil && slices.Contains(list.Keyed, name) }
	// SQLite finds rows by keys where nothing else is left to look for.
	byKeys := list.Dialect == dialect.Postgres ||
		list.Search == nil && !slices.ContainsFunc(not, func(name string) bool { return !keyed(name) })
	for _, c := range list.Cuts {
		ofKeys := byKeys && keyed(c.Name)
		list.ByKeys = list.ByKeys || ofKeys && list.Dialect != dialect.Postgres
		span := list.Span
		switch {
		case list.Field != "" && !ofKeys && slices.Contains(not, c.Name):
			left = append(left, c)
		case c.Few:
			list.Few = c.Keep
		case !c.Range:
			list.Where = append(list.Where, c.Keep)
		case span == nil:
			list.Span = c.Keep
		default:
			list.Span = func(s *sql.Selector) { span(s); c.Keep(s) }
		}
	}
	list.Cuts = left
}

// searched cuts a list to rows of which one of the columns holds the text, as holds does. They are found by the grams
// that rows of the viewer's orgs would keep of it; see package search. A blank text, as the empty field of a form has
// it, is no search: it returns nil.
func searched(v *viewer.Viewer, m access.Module, text string, columns ...string) *page.Search {
	if text = contact.SearchText(text); text == "" {
		return nil
	}
	looked := &page.Search{
		Holds: holds(text, columns...), Columns: columns,
		Letter: utf8.RuneCountInString(text) == 1 && text[0] < utf8.RuneSelf,
	}
	if !storable(text) {
		looked.Found = noRows
		return looked
	}
	var kept []search.Grams
	for _, orgID := range v.OrgIDs(m, access.View) {
		kept = append(kept, search.For(orgID, text))
	}
	if len(kept) > 0 {
		looked.Index = func(d, table string) sql.Querier { return keepers(d, table, kept) }
		looked.Found = func(s *sql.Selector) {
			column := "id"
			if s.Dialect() == dialect.SQLite {
				column = "seq"
			}
			key, keeping := s.C(column), keepers(s.Dialect(), s.TableName(), kept)
			s.Where(sql.P(func(b *sql.Builder) {
				b.Ident(key).WriteString(" IN ").Wrap(func(b *sql.Builder) { b.Join(keeping) })
			}))
		}
	}
	return looked
}

// maxGrams is how many grams SQLite looks for: a few leave few rows, which are looked into in any case.
const maxGrams = 8

// keepers returns a query of the rows of a table that keep all grams of one of the orgs; on SQLite of their seq, by a
// few of the grams. On PostgreSQL a function asks the index, which row level security keeps from a query of its own;
// see invariants.sql.
func keepers(d, table string, kept []search.Grams) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) {
		if d == dialect.Postgres {
			for i, grams := range kept {
				if i > 0 {
					b.WriteString(" UNION ALL ")
				}
				b.WriteString("SELECT search_" + table + "(").Arg(grams).WriteByte(')')
			}
			return
		}
		match := make([]string, len(kept))
		for i, grams := range kept {
			var some search.Grams
			step := max(1, len(grams)/maxGrams)
			for k := 0; k < len(grams) && k < maxGrams*step; k += step {
				some = append(some, grams[k])
			}
			match[i] = "(" + some.Match() + ")"
		}
		b.WriteString("SELECT rowid FROM " + table + "_search WHERE " + table + "_search MATCH ")
		b.Arg(strings.Join(match, " OR "))
	})
}

// byID returns rows by their ids.
func byID[P interface{ RowID() string }](rows []P) map[string]P {
	found := make(map[string]P, len(rows))
	for _, row := range rows {
		found[row.RowID()] = row
	}
	return found
}
