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

// reach keeps the rows that the viewer can access with an action: no row of another org is returned, whatever the rest
// of a query.
type reach = func(*viewer.Viewer, access.Action) where

// table defines how the rows of a type are read: by node, in lists, at nested edges, and for audit events.
type table[E any, T entity[E]] struct {
	load.Table
	// reach is the predicate of every query of the rows.
	reach reach
	// order is the default order of a list; oldest first when it is empty.
	order page.Order
}

// entity is a row as an entity of Ent.
type entity[E any] interface {
	*E
	page.Row
}

// list returns the list of the rows that the viewer can access with the action.
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

// read returns the function that reads rows, without the predicate.
func (t *table[E, T]) read(r *Resolver) func(context.Context, []string, func(*sql.Selector)) ([]T, error) {
	return readRows[E, T](r, &t.Table)
}

// readRows returns the function that reads the rows of a table into a type that extends the entity.
func readRows[E any, T entity[E]](
	r *Resolver, t *load.Table,
) func(context.Context, []string, func(*sql.Selector)) ([]T, error) {
	return page.Read[E, T](t.Name, r.Store.Dialect(), r.Store.Each)
}

// cutter applies the filter and the order of a field's arguments to a list.
type cutter[T page.Row] = func(*viewer.Viewer, *page.List[T]) error

// fieldList returns the list of the running field, with its arguments applied.
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

// connect returns a page of the list below the parent: by a column, by a join, or, for nil, as the cuts define; see
// page.List.
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

// connectRoot returns a page of a list without a parent.
func connectRoot[E any, T entity[E]](
	ctx context.Context, r *Resolver, of *table[E, T], args page.Args, cuts ...cutter[T],
) (*page.Connection[T], error) {
	list, err := fieldList(ctx, r, of, cuts...)
	if err != nil {
		return nil, err
	}
	return load.ConnectRoot(ctx, list, &of.Table, args)
}

// inOrgs is the predicate of modules with only the scope ALL: it keeps the rows of orgs in which the viewer has the
// module.
func inOrgs(m access.Module) reach {
	return func(v *viewer.Viewer, a access.Action) where {
		return func(s *sql.Selector) { s.Where(inOrg(s, v, m, a)) }
	}
}

// inOrg is the condition of inOrgs.
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

// column returns a function for the parent's id in a column of the list's own table.
func column(name string) func(*sql.Selector) string {
	return func(s *sql.Selector) string { return s.C(name) }
}

// epoch replaces a missing time in lists that are sorted by it.
var epoch = time.Unix(0, 0).UTC()

// listed returns an empty list for nil: lists of the schema are never null.
func listed[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// maxText is the maximum length, in bytes, of a text in a column that filters search.
const maxText = 800

var msgFilter = fault.Message{
	Zh: "筛选条件 %s 最多 %d 项。",
	En: "The filter %s takes at most %d values.",
}

// texts returns the values of a filter as SQL arguments; more than bounds.MaxFilter are LIMIT_EXCEEDED.
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

// storable reports whether a column can contain the text. Others are not sent to the database: PostgreSQL refuses a NUL
// with an error, and SQLite a long pattern.
func storable(text string) bool { return len(text) <= maxText && strings.IndexByte(text, 0) < 0 }

// noRows keeps no row.
func noRows(s *sql.Selector) { s.Where(sql.False()) }

// holds keeps rows in which one of the columns contains the text. The letters A to Z match in either case, others
// exactly, whatever the locale of the database; %, _ and \ have no special meaning.
func holds(text string, columns ...string) where {
	return func(s *sql.Selector) {
		any := make([]*sql.Predicate, len(columns))
		for i, column := range columns {
			any[i] = columnContains(s, column, text)
		}
		s.Where(sql.Or(any...))
	}
}

// columnContains keeps rows whose column contains the text.
func columnContains(s *sql.Selector, column, text string) *sql.Predicate {
	if !storable(text) {
		return sql.False()
	}
	return like(s.C(column), "%"+likeLetters.Replace(text)+"%")
}

// likeLetters escapes the special characters of LIKE patterns.
var likeLetters = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// like is a case-insensitive LIKE. Ent's ContainsFold loses its ESCAPE on SQLite, and converts letters to lower case
// that SQLite does not, so that a text does not match itself; PostgreSQL folds by its collation, which is "C" here.
func like(column, pattern string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		operator := " LIKE "
		if b.Dialect() == dialect.Postgres {
			operator = ` COLLATE "C" ILIKE `
		}
		b.Ident(column).WriteString(operator).Arg(pattern).WriteString(` ESCAPE '\'`)
	})
}

// within keeps rows whose column has one of the values of a filter; none if there is no value.
func within[V ~string](name, column string, given []V) (where, error) {
	plain := make([]string, len(given))
	for i, value := range given {
		plain[i] = string(value)
	}
	values, err := texts(name, plain)
	return func(s *sql.Selector) { s.Where(page.In(s.C(column), values)) }, err
}

// among filters a list by the values of a column, unless given is nil.
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

// cutBetween filters a list by a range of times, whose ends may be nil: nameFrom and nameTo.
func cutBetween[T page.Row](list *page.List[T], name, column string, from, to *time.Time) {
	if from != nil {
		cut(list, name+"From", 1, func(s *sql.Selector) { s.Where(sql.GTE(s.C(column), *from)) }, column)
	}
	if to != nil {
		cut(list, name+"To", 1, func(s *sql.Selector) { s.Where(sql.LT(s.C(column), *to)) }, column)
	}
}

// cutRange filters a list by an inclusive range of numbers, whose ends may be nil: nameFrom and nameTo.
func cutRange[T page.Row, N int | int64](list *page.List[T], name, column string, from, to *N) {
	if from != nil {
		cut(list, name+"From", 1, func(s *sql.Selector) { s.Where(sql.GTE(s.C(column), *from)) }, column)
	}
	if to != nil {
		cut(list, name+"To", 1, func(s *sql.Selector) { s.Where(sql.LTE(s.C(column), *to)) }, column)
	}
}

// present keeps rows whose column has a value, in lists that are sorted by it: an index has only these.
func present(column string) where {
	return func(s *sql.Selector) { s.Where(sql.NotNull(s.C(column))) }
}

func equal[T any](column string, value T) where {
	return func(s *sql.Selector) { s.Where(sql.EQ(s.C(column), value)) }
}

// cut adds a filter with so many values to a list. serve decides later whether an index serves it.
func cut[T page.Row](list *page.List[T], name string, values int, keep func(*sql.Selector), columns ...string) {
	_, ranged := bounds.Ranges[name]
	list.Cuts = append(list.Cuts, page.Cut{Name: name, Values: values, Keep: keep, Columns: columns, Range: ranged})
}

// serve lets the database apply the filters that an index serves in the list's order; in lists that are read
// completely, such as files, it applies all of them.
func serve[T page.Row](list *page.List[T], order string) {
	given, left := map[string]int{}, []page.Cut{}
	for _, c := range list.Cuts {
		given[c.Name] = c.Values
	}
	not := bounds.Unserved(list.Field, order, given)
	keyed := func(name string) bool { return list.Through != nil && slices.Contains(list.Keyed, name) }
	// With a search, SQLite finds the rows by the text.
	byKeys := list.Dialect == dialect.Postgres || list.Search == nil
	if list.Through != nil && len(list.Keyed) == 0 { // the keys are those in the viewer's reach
		list.ByKeys = list.Dialect != dialect.Postgres && byKeys
	}
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

// searched returns the search for rows in which one of the columns contains the text, as in holds. It uses the grams
// that rows of the viewer's orgs would have for it; see package search. A blank text, as from an empty field of a form,
// is no search: it returns nil.
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

// maxGrams is how many grams SQLite searches for: a few leave few rows, which are checked in any case.
const maxGrams = 8

// keepers returns a query of the rows of a table with all grams of one of the orgs; on SQLite of their seq, by a few of
// the grams. On PostgreSQL it calls a function that uses the index, which a query under row level security cannot; see
// invariants.sql.
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

// byID returns the rows by id.
func byID[P interface{ RowID() string }](rows []P) map[string]P {
	found := make(map[string]P, len(rows))
	for _, row := range rows {
		found[row.RowID()] = row
	}
	return found
}
