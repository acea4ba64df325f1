package backoffice

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/internal/page"
)

// TopCreators answers the creators of each report that brought in most, by amount and then by id, at most n of each, by its key.
func (r Reader) TopCreators(ctx context.Context, reports []*Report, n int) (map[string][]*CreatorFigures, error) {
	found := make(map[string][]*CreatorFigures, len(reports))
	var all []*CreatorFigures
	best := r.best(r.sums("creator_days", reports, "creator_id"), n, "creator_id")
	d := sql.Dialect(r.Dialect)
	names := d.Table(creator.Table)
	best.As("b")
	s := d.Select().From(best).Join(names).On(names.C(creator.FieldID), best.C("creator_id"))
	s.Select(best.C("report"), best.C("creator_id"), names.C(creator.FieldOrgID), names.C(creator.FieldName))
	for _, sum := range sums {
		s.AppendSelect(best.C(sum))
	}
	s.OrderBy(best.C("report"), best.C("place"))
	err := r.read(ctx, s, func(scan func(...any) error) error {
		var key string
		c := &CreatorFigures{Point: &Point{Creators: 1}}
		err := scan(&key, &c.CreatorID, &c.OrgID, &c.CreatorName, &c.Point.Orders, &c.Point.Amount, &c.Point.Commission, &c.Point.Refunds, &c.Point.RefundAmount)
		found[key], all = append(found[key], c), append(all, c)
		return err
	})
	level := page.NewLevel(all)
	for _, c := range all {
		c.Level = level
	}
	return found, err
}

// TopProducts answers the products of each report that sold most, by amount and then by name, at most n of each, by its key.
func (r Reader) TopProducts(ctx context.Context, reports []*Report, n int) (map[string][]*ProductFigures, error) {
	found := make(map[string][]*ProductFigures, len(reports))
	var whole, cut []*Report
	for _, one := range reports {
		if r.whole(one) {
			whole = append(whole, one)
		} else {
			cut = append(cut, one)
		}
	}
	for _, part := range [][]*Report{whole, cut} {
		if len(part) == 0 {
			continue
		}
		perProduct := r.sums("product_days", part, "product_name")
		if r.whole(part[0]) {
			perProduct.Where(sql.EQ(perProduct.C("creator_id"), ""))
		} else {
			perProduct.Where(sql.NEQ(perProduct.C("creator_id"), ""))
		}
		best := r.best(perProduct, n, "product_name")
		best.OrderBy("report", "place")
		err := r.read(ctx, best, func(scan func(...any) error) error {
			var (
				key   string
				place int64
			)
			p := &ProductFigures{Point: &Point{}}
			err := scan(&key, &p.ProductName, &p.Point.Orders, &p.Point.Amount, &p.Point.Commission, &p.Point.Refunds, &p.Point.RefundAmount, &place)
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

// countCreators says of the best products how many creators brought them in.
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
	perCreator := r.sums("product_days", reports, "product_name", "creator_id")
	perCreator.Where(sql.And(page.In(perCreator.C("product_name"), names), sql.NEQ(perCreator.C("creator_id"), "")))
	return r.read(ctx, r.summed(perCreator, "product_name"), func(scan func(...any) error) error {
		var (
			key, name string
			p         Point
		)
		err := scan(&key, &name, &p.Orders, &p.Amount, &p.Commission, &p.Refunds, &p.RefundAmount, &p.Creators)
		if known := points[[2]string{key, name}]; known != nil {
			known.Creators = p.Creators
		}
		return err
	})
}

// best keeps the first n of each report by amount, and then by what they are told apart by; place is where each stands.
func (r Reader) best(inner *sql.Selector, n int, by string) *sql.Selector {
	d := sql.Dialect(r.Dialect)
	inner.As("f")
	ranked := d.Select("report", by).From(inner).Where(sql.GT("orders", 0))
	for _, sum := range sums {
		ranked.AppendSelectExprAs(sql.Raw("CAST("+sum+" AS bigint)"), sum)
	}
	ranked.AppendSelectExprAs(sql.RowNumber().PartitionBy("report").OrderExpr(sql.Raw(fmt.Sprintf("amount DESC, %s", r.byCodePoint(by)))), "place")
	ranked.As("ranked")
	return d.Select("*").From(ranked).Where(sql.LTE("place", n))
}

// byCodePoint sorts by a text whatever the collation of the database.
func (r Reader) byCodePoint(column string) string {
	if r.Dialect == "postgres" {
		return column + ` COLLATE "C"`
	}
	return column
}
