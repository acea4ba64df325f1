package backoffice

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/internal/page"
)

// TopCreators returns, by the key of each report, the creators with the largest amounts, sorted by amount and then by
// id, at most n for each report.
func (r Reader) TopCreators(ctx context.Context, reports []*Report, n int) (map[string][]*CreatorFigures, error) {
	r = r.with("orders", "amount")
	found := make(map[string][]*CreatorFigures, len(reports))
	var all []*CreatorFigures
	best := r.best(r.aggregate("creator_days", reports, "creator_id"), reports, n, "creator_id")
	d := sql.Dialect(r.Dialect)
	names := d.Table(creator.Table)
	best.As("b")
	s := d.Select().From(best).Join(names).On(names.C(creator.FieldID), best.C("creator_id"))
	s.Select(best.Columns(groupColumns(reports, "creator_id")...)...).AppendSelect(names.C(creator.FieldOrgID),
		names.C(creator.FieldName))
	s.AppendSelect(best.Columns(r.Aggregates...)...).OrderBy(best.Columns(groupColumns(reports, "place")...)...)
	err := r.queryRows(ctx, s, reports, func(scan func(...any) (string, error)) error {
		c := &CreatorFigures{Point: &Point{Creators: 1}}
		key, err := scan(append([]any{&c.CreatorID, &c.OrgID, &c.CreatorName}, c.Point.into(r.Aggregates)...)...)
		c.Point.net()
		found[key], all = append(found[key], c), append(all, c)
		return err
	})
	level := page.NewLevel(all)
	for _, c := range all {
		c.Level = level
	}
	return found, err
}

// TopProducts returns, by the key of each report, the products with the largest amounts, sorted by amount and then by
// name, at most n for each report.
func (r Reader) TopProducts(ctx context.Context, reports []*Report, n int) (map[string][]*ProductFigures, error) {
	r = r.with("orders", "amount")
	found := make(map[string][]*ProductFigures, len(reports))
	var whole, cut []*Report
	for _, one := range reports {
		if r.isWhole(one) {
			whole = append(whole, one)
		} else {
			cut = append(cut, one)
		}
	}
	for _, part := range [][]*Report{whole, cut} {
		if len(part) == 0 {
			continue
		}
		best := r.best(r.perProduct(part), part, n, "product_name")
		best.OrderBy(groupColumns(part, "place")...)
		err := r.queryRows(ctx, best, part, func(scan func(...any) (string, error)) error {
			var place int64
			p := &ProductFigures{Point: &Point{}}
			key, err := scan(append(append([]any{&p.ProductName}, p.Point.into(r.Aggregates)...), &place)...)
			p.Point.net()
			found[key] = append(found[key], p)
			return err
		})
		if err != nil {
			return nil, err
		}
		if err := r.countCreators(ctx, part, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// perProduct returns a query of the figures by product. The reports must be all whole, or all restricted; see isWhole.
func (r Reader) perProduct(reports []*Report) *sql.Selector {
	s := r.aggregate("product_days", reports, "product_name")
	if r.isWhole(reports[0]) {
		return s.Where(sql.EQ(s.C("creator_id"), ""))
	}
	return s.Where(sql.NEQ(s.C("creator_id"), ""))
}

// countCreators sets the number of creators of each of the products.
func (r Reader) countCreators(ctx context.Context, reports []*Report, found map[string][]*ProductFigures) error {
	var names []string
	points := map[[2]string]*Point{}
	for _, one := range reports {
		for _, p := range found[one.Key()] {
			names = append(names, p.ProductName)
			points[[2]string{one.Key(), p.ProductName}] = p.Point
		}
	}
	if len(names) == 0 {
		return nil
	}
	r.Aggregates = []string{"orders"}
	perCreator := r.aggregate("product_days", reports, "product_name", "creator_id")
	perCreator.Where(sql.And(page.In(perCreator.C("product_name"), names), sql.NEQ(perCreator.C("creator_id"), "")))
	return r.queryRows(ctx, r.summed(perCreator, reports, "product_name"), reports,
		func(scan func(...any) (string, error)) error {
			var (
				name             string
				orders, creators int64
			)
			key, err := scan(&name, &orders, &creators)
			if known := points[[2]string{key, name}]; known != nil {
				known.Creators = creators
			}
			return err
		})
}

// best returns a query of the first n rows of each report, sorted by amount and then by the column by, with their rank
// as place.
func (r Reader) best(inner *sql.Selector, reports []*Report, n int, by string) *sql.Selector {
	d := sql.Dialect(r.Dialect)
	inner.As("f")
	ranked := d.Select(groupColumns(reports, by)...).From(inner).Where(sql.GT("orders", 0))
	for _, sum := range r.Aggregates {
		ranked.AppendSelectExprAs(sql.Raw("CAST("+sum+" AS bigint)"), sum)
	}
	window := sql.RowNumber().OrderExpr(sql.Raw(fmt.Sprintf("amount DESC, %s", r.byCodePoint(by))))
	if len(reports) > 1 {
		window.PartitionBy("report")
	}
	ranked.AppendSelectExprAs(window, "place")
	ranked.As("ranked")
	return d.Select("*").From(ranked).Where(sql.LTE("place", n))
}

// byCodePoint returns the expression that sorts a column by code points, regardless of the database's collation.
func (r Reader) byCodePoint(column string) string {
	if r.Dialect == "postgres" {
		return column + ` COLLATE "C"`
	}
	return column
}
