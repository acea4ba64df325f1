package backoffice

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/ent/subaccount"
	"deputy/internal/page"
)

// ManagerFigures are the figures of the creators of a manager, or of those without one.
type ManagerFigures struct {
	OrgID string
	// ManagerID is empty and ManagerName nil for creators without a manager.
	ManagerID   string
	ManagerName *string
	Point       *Point
	Level       *page.Level
}

// TenantID returns the org in which access to the manager is authorized.
func (m *ManagerFigures) TenantID() string { return m.OrgID }

// Peers returns the level of the rows.
func (m *ManagerFigures) Peers() *page.Level { return m.Level }

// CategoryFigures are the figures of the creators of a category; "" is the category of creators without one.
type CategoryFigures struct {
	Category string
	Point    *Point
}

// TopManagers returns, by the key of each report, the managers whose creators have the largest amounts, sorted by
// amount and then by id, at most n for each report.
func (r Reader) TopManagers(ctx context.Context, reports []*Report, n int) (map[string][]*ManagerFigures, error) {
	r = r.with("orders", "amount")
	orgs := make(map[string]string, len(reports))
	for _, one := range reports {
		orgs[one.Key()] = one.OrgID
	}
	found := make(map[string][]*ManagerFigures, len(reports))
	var all []*ManagerFigures
	d := sql.Dialect(r.Dialect)
	best, names := r.bestGroups(reports, n, creator.FieldManagerID), d.Table(subaccount.Table)
	best.As("b")
	s := d.Select().From(best).LeftJoin(names).On(names.C(subaccount.FieldID), best.C("part"))
	s.Select(best.Columns(groupColumns(reports, "part")...)...).AppendSelect(names.C(subaccount.FieldName)).
		AppendSelect(best.Columns(append(r.Aggregates, "creators")...)...).
		OrderBy(best.Columns(groupColumns(reports, "place")...)...)
	err := r.queryRows(ctx, s, reports, func(scan func(...any) (string, error)) error {
		m := &ManagerFigures{Point: &Point{}}
		into := append([]any{&m.ManagerID, &m.ManagerName}, m.Point.into(r.Aggregates)...)
		key, err := scan(append(into, &m.Point.Creators)...)
		m.OrgID = orgs[key]
		m.Point.net()
		found[key], all = append(found[key], m), append(all, m)
		return err
	})
	level := page.NewLevel(all)
	for _, m := range all {
		m.Level = level
	}
	return found, err
}

// TopCategories returns, by the key of each report, the categories whose creators have the largest amounts, sorted by
// amount and then by name, at most n for each report.
func (r Reader) TopCategories(ctx context.Context, reports []*Report, n int) (map[string][]*CategoryFigures, error) {
	r = r.with("orders", "amount")
	found := make(map[string][]*CategoryFigures, len(reports))
	best := r.bestGroups(reports, n, creator.FieldCategory)
	best.OrderBy(groupColumns(reports, "place")...)
	err := r.queryRows(ctx, best, reports, func(scan func(...any) (string, error)) error {
		var place int64
		c := &CategoryFigures{Point: &Point{}}
		into := append([]any{&c.Category}, c.Point.into(r.Aggregates)...)
		key, err := scan(append(into, &c.Point.Creators, &place)...)
		c.Point.net()
		found[key] = append(found[key], c)
		return err
	})
	return found, err
}

// bestGroups returns a query of the n groups with the largest amounts, grouped by the present value of a creator's
// column, as part.
func (r Reader) bestGroups(reports []*Report, n int, column string) *sql.Selector {
	figures, _ := r.ofCreators(reports, column)
	sums := r.summed(figures, reports, "part")
	r.Aggregates = append(r.Aggregates, "creators")
	return r.best(sums, reports, n, "part")
}

// ofCreators returns a query of the figures of each creator with the present value of a creator's column, as part, and
// the expression of that column. NULL is the empty string.
func (r Reader) ofCreators(reports []*Report, column string) (s *sql.Selector, part string) {
	d := sql.Dialect(r.Dialect)
	figures, of := r.aggregate("creator_days", reports, "creator_id"), d.Table(creator.Table)
	figures.As("of_creators")
	s = d.Select().From(figures).Join(of).On(of.C(creator.FieldID), figures.C("creator_id"))
	s.Select(figures.Columns(append(groupColumns(reports), r.Aggregates...)...)...)
	part = "COALESCE(" + of.C(column) + ", '')"
	return s.AppendSelectExprAs(sql.Raw(part), "part"), part
}
