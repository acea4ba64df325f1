package backoffice

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/ent/subaccount"
	"deputy/internal/access"
)

// ManagerFigures are the figures of all creators of a manager; of those that have none where ManagerID is empty.
type ManagerFigures struct {
	ManagerID, ManagerName string
	Point                  *Point
}

// CategoryFigures are the figures of all creators of a category.
type CategoryFigures struct {
	Category string
	Point    *Point
}

// TopManagers returns the managers of each report whose creators brought in most, by amount and then by id, at most n
// of each, by its key. Creators that the viewer does not see do not count.
func (r Reader) TopManagers(ctx context.Context, reports []*Report, n int) (map[string][]*ManagerFigures, error) {
	r = r.with("orders", "amount")
	found := make(map[string][]*ManagerFigures, len(reports))
	d := sql.Dialect(r.Dialect)
	best, names := r.bestGroups(reports, n, creator.FieldManagerID), d.Table(subaccount.Table)
	best.As("b")
	s := d.Select().From(best).LeftJoin(names).On(names.C(subaccount.FieldID), best.C("part"))
	s.Select(best.Columns(groupColumns(reports, "part")...)...).
		AppendSelectExprAs(sql.Raw("COALESCE("+names.C(subaccount.FieldName)+", '')"), "name").
		AppendSelect(best.Columns(append(r.Aggregates, "creators")...)...).
		OrderBy(best.Columns(groupColumns(reports, "place")...)...)
	err := r.queryRows(ctx, s, reports, func(scan func(...any) (string, error)) error {
		m := &ManagerFigures{Point: &Point{}}
		into := append([]any{&m.ManagerID, &m.ManagerName}, m.Point.into(r.Aggregates)...)
		key, err := scan(append(into, &m.Point.Creators)...)
		m.Point.net()
		found[key] = append(found[key], m)
		return err
	})
	return found, err
}

// TopCategories returns the categories of each report whose creators brought in most, by amount and then by name, at
// most n of each, by its key. Creators that the viewer does not see do not count.
func (r Reader) TopCategories(ctx context.Context, reports []*Report, n int) (map[string][]*CategoryFigures, error) {
	r = r.with("orders", "amount")
	found := make(map[string][]*CategoryFigures, len(reports))
	best := r.bestGroups(reports, n, creator.FieldCategory)
	best.OrderBy(groupColumns(reports, "place")...)
	err := r.queryRows(ctx, best, reports, func(scan func(...any) (string, error)) error {
		var place int64
		c := &CategoryFigures{Point: &Point{}}
		key, err := scan(append(append([]any{&c.Category}, c.Point.into(r.Aggregates)...), &c.Point.Creators, &place)...)
		c.Point.net()
		found[key] = append(found[key], c)
		return err
	})
	return found, err
}

// bestGroups returns the figures by what a column of their creators is today, as part, of creators that the viewer sees
// as creators too.
func (r Reader) bestGroups(reports []*Report, n int, column string) *sql.Selector {
	d := sql.Dialect(r.Dialect)
	of := d.Table(creator.Table)
	seen := d.Select(of.C(creator.FieldID), of.C(column)).From(of)
	Creators(r.Viewer, access.View)(seen)
	seen.As("seen")
	inner := r.aggregate("creator_days", reports, "creator_id")
	inner.Join(seen).On(inner.C("creator_id"), seen.C(creator.FieldID))
	part := "COALESCE(" + seen.C(column) + ", '')"
	inner.AppendSelectExprAs(sql.Raw(part), "part").GroupBy(part)
	sums := r.summed(inner, reports, "part")
	r.Aggregates = append(r.Aggregates, "creators")
	return r.best(sums, reports, n, "part")
}
