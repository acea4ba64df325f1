package backoffice

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/internal/civil"
	"deputy/internal/page"
)

// Dimension is what the rows of a file of figures are grouped by: an attribute of orders or of their creators, or a
// period. See DataDimension in the schema.
type Dimension string

// The dimensions that are not periods.
const (
	ByCreator  Dimension = "CREATOR"
	ByProduct  Dimension = "PRODUCT"
	ByManager  Dimension = "MANAGER"
	ByCategory Dimension = "CATEGORY"
)

// Period returns the dimension as a period, and false if it is not one.
func (d Dimension) Period() (Period, bool) {
	switch d {
	case ByCreator, ByProduct, ByManager, ByCategory:
		return "", false
	default:
		return Period(d), true
	}
}

// RowFigures are the figures of a row of a file.
type RowFigures struct {
	// Key is the id of the creator or of the manager, the product, or the category; empty for creators without a manager
	// or a category.
	Key   string
	Point *Point
}

// Rows returns the number of rows of a report by a dimension that is not a period.
func (r Reader) Rows(ctx context.Context, one *Report, by Dimension) (n int, err error) {
	r = r.with("orders")
	rows, _ := r.rows(one, by, nil)
	query, args := sql.Dialect(r.Dialect).Select(sql.Count("*")).From(rows).Where(sql.GT("orders", 0)).Query()
	if err := r.Each(ctx, query, args, func(record page.Record) error { return record.Scan(&n) }); err != nil {
		return 0, fmt.Errorf("count figures: %w", err)
	}
	return n, nil
}

// AllPeriods is Periods for all columns of figures of one report.
func (r Reader) AllPeriods(ctx context.Context, one *Report, of Period) (map[civil.Day]*Point, error) {
	r.Aggregates = aggregates
	found, err := r.Periods(ctx, []*Report{one}, of)
	return found[one.Key()], err
}

// Walk calls each with the rows of a report by a dimension that is not a period, sorted by key, size rows at a time.
// Each part has the figures at the time when it is read.
func (r Reader) Walk(
	ctx context.Context, one *Report, by Dimension, size int, each func([]*RowFigures) error,
) error {
	r = r.with(aggregates...)
	var after *string
	for {
		part, err := r.part(ctx, one, by, size, after)
		if err != nil || len(part) == 0 {
			return err
		}
		if err := each(part); err != nil || len(part) < size {
			return err
		}
		after = &part[len(part)-1].Key
	}
}

// part returns at most size rows after a key, or the first ones if it is nil.
func (r Reader) part(
	ctx context.Context, one *Report, by Dimension, size int, after *string,
) (part []*RowFigures, err error) {
	d, reports := sql.Dialect(r.Dialect), []*Report{one}
	rows, key := r.rows(one, by, after)
	s := d.Select(key).From(rows).Where(sql.GT("orders", 0)).Limit(size)
	for _, sum := range r.Aggregates {
		s.AppendSelectExprAs(sql.Raw("CAST("+sum+" AS bigint)"), sum)
	}
	counted := by == ByManager || by == ByCategory
	if counted {
		s.AppendSelect("creators")
	}
	s.OrderExpr(sql.Raw(r.byCodePoint(key)))
	err = r.queryRows(ctx, s, reports, func(scan func(...any) (string, error)) error {
		row := &RowFigures{Point: &Point{Creators: 1}}
		into := append([]any{&row.Key}, row.Point.into(r.Aggregates)...)
		if counted {
			into = append(into, &row.Point.Creators)
		}
		_, err := scan(into...)
		row.Point.net()
		part = append(part, row)
		return err
	})
	if err != nil || by != ByProduct {
		return part, err
	}
	products := make([]*ProductFigures, len(part))
	for i, row := range part {
		products[i] = &ProductFigures{ProductName: row.Key, Point: row.Point}
	}
	return part, r.countCreators(ctx, reports, map[string][]*ProductFigures{one.Key(): products})
}

// rows returns a query of the figures of a report by a dimension that is not a period, after a key if there is one, and
// the column of the key.
func (r Reader) rows(one *Report, by Dimension, after *string) (s *sql.Selector, key string) {
	reports := []*Report{one}
	behind := func(s *sql.Selector, column string) *sql.Selector {
		if after == nil {
			return s
		}
		return s.Where(sql.P(func(b *sql.Builder) { b.WriteString(r.byCodePoint(column) + " > ").Arg(*after) }))
	}
	ofCreators := func(column string) *sql.Selector {
		figures, part := r.ofCreators(reports, column)
		return r.summed(behind(figures, part), reports, "part")
	}
	switch by {
	case ByProduct:
		s = r.perProduct(reports)
		s, key = behind(s, s.C("product_name")), "product_name"
	case ByManager:
		s, key = ofCreators(creator.FieldManagerID), "part"
	case ByCategory:
		s, key = ofCreators(creator.FieldCategory), "part"
	default:
		s = r.aggregate("creator_days", reports, "creator_id")
		s, key = behind(s, s.C("creator_id")), "creator_id"
	}
	return s.As("rows_by_key"), key
}
