package backoffice

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"deputy/internal/access"
	"deputy/internal/civil"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// MaxDays is the maximum number of days of a report.
const MaxDays = 366

// Report is the report of an org or of one of its creators over a span of days. It refers to the level of the reports
// that it was requested with, so that each part is read for all of them at once.
type Report struct {
	OrgID string
	// CreatorID is the creator of a creator's report; empty for an org's.
	CreatorID string
	// From and To are the first and the last day.
	From, To civil.Day
	// CreatorIDs restrict an org's report to these creators; nil means all.
	CreatorIDs []string
	// Level is the level of all reports of the same span.
	Level *page.Level
}

// TenantID returns the org in which access to the report is authorized.
func (r *Report) TenantID() string { return r.OrgID }

// Peers returns the level of the reports.
func (r *Report) Peers() *page.Level { return r.Level }

// Key returns the id that identifies the report in its level.
func (r *Report) Key() string {
	if r.CreatorID != "" {
		return r.CreatorID
	}
	return r.OrgID
}

// Point is a set of figures of orders; see DataPoint in the schema.
type Point struct {
	Orders, Amount, Commission, Refunds, RefundAmount, NetAmount, NetCommission, OrgShare, CreatorShare, Creators int64
}

// net computes the figures that depend on others. If clients can't represent a sum, they can't represent the result
// either.
func (p *Point) net() {
	less := func(all, part int64) int64 {
		if all >= beyond {
			return beyond
		}
		return all - part
	}
	p.NetAmount, p.CreatorShare = less(p.Amount, p.RefundAmount), less(p.NetCommission, p.OrgShare)
}

// SpanFigures are the figures of a span of days.
type SpanFigures struct {
	DateFrom, DateTo civil.Day
	Point            *Point
}

// CreatorFigures are the figures of a creator.
type CreatorFigures struct {
	OrgID, CreatorID, CreatorName string
	Point                         *Point
	Level                         *page.Level
}

// TenantID returns the org in which access to the creator is authorized.
func (c *CreatorFigures) TenantID() string { return c.OrgID }

// Peers returns the level of the rows.
func (c *CreatorFigures) Peers() *page.Level { return c.Level }

// ProductFigures are the figures of a product.
type ProductFigures struct {
	ProductName string
	Point       *Point
}

// Reader reads figures on behalf of a viewer, only from the tables of aggregates.
type Reader struct {
	// Each runs its statements.
	Each    page.Each
	Dialect string
	Viewer  *viewer.Viewer
	// Action is the action whose scope applies.
	Action access.Action
	// Aggregates are the columns that are summed; see with.
	Aggregates []string
}

// with returns a reader that sums these columns too.
func (r Reader) with(columns ...string) Reader {
	r.Aggregates = slices.DeleteFunc(slices.Clone(aggregates), func(s string) bool {
		return !slices.Contains(r.Aggregates, s) &&
			!slices.Contains(columns, s)
	})
	return r
}

// into returns the scan destinations of the columns.
func (p *Point) into(columns []string) (into []any) {
	for _, column := range columns {
		switch column {
		case "orders":
			into = append(into, &p.Orders)
		case "amount":
			into = append(into, &p.Amount)
		case "commission":
			into = append(into, &p.Commission)
		case "refunds":
			into = append(into, &p.Refunds)
		case "refund_amount":
			into = append(into, &p.RefundAmount)
		case "net_commission":
			into = append(into, &p.NetCommission)
		case "org_share":
			into = append(into, &p.OrgShare)
		}
	}
	return into
}

// Total returns the total figures of each report, by its key.
func (r Reader) Total(ctx context.Context, reports []*Report) (map[string]*Point, error) {
	r = r.with("orders")
	found := make(map[string]*Point, len(reports))
	err := r.queryRows(ctx, r.summed(r.aggregate("creator_days", reports, "creator_id"), reports), reports,
		func(scan func(...any) (string, error)) error {
			p := &Point{}
			key, err := scan(append(p.into(r.Aggregates), &p.Creators)...)
			p.net()
			found[key] = p
			return err
		})
	return found, err
}

// Periods returns, by the key of each report, the figures of each day, week or month that has any, by its first day.
func (r Reader) Periods(
	ctx context.Context, reports []*Report, of Period,
) (map[string]map[civil.Day]*Point, error) {
	r = r.with("orders")
	found := make(map[string]map[civil.Day]*Point, len(reports))
	inner := r.aggregate("creator_days", reports, "creator_id")
	begins := of.begins(r.Dialect, inner.C("day"))
	inner.AppendSelectExprAs(sql.Raw(begins), "begins").GroupBy(begins)
	err := r.queryRows(ctx, r.summed(inner, reports, "begins"), reports, func(scan func(...any) (string, error)) error {
		var d civil.Day
		p := &Point{}
		key, err := scan(append(append([]any{&d}, p.into(r.Aggregates)...), &p.Creators)...)
		if err != nil {
			return err
		}
		if found[key] == nil {
			found[key] = map[civil.Day]*Point{}
		}
		p.net()
		found[key][d] = p
		return nil
	})
	return found, err
}

// aggregate returns a query of the sums of a table of figures over the days of the reports and the creators in the
// viewer's scope, grouped by the report, if there are several, and the columns in by.
func (r Reader) aggregate(table string, reports []*Report, by ...string) *sql.Selector {
	d := sql.Dialect(r.Dialect)
	t := d.Table(table)
	s := d.Select().From(t)
	first := reports[0]
	key, keys := "org_id", make([]string, len(reports))
	if first.CreatorID != "" {
		key = "creator_id"
		orgs := make([]string, len(reports))
		for i, one := range reports {
			orgs[i] = one.OrgID
		}
		s.Where(page.In(s.C("org_id"), orgs))
	}
	for i, one := range reports {
		keys[i] = one.Key()
	}
	s.Where(sql.And(page.In(s.C(key), keys), sql.GTE(s.C("day"), first.From), sql.LTE(s.C("day"), first.To)))
	if first.CreatorIDs != nil {
		s.Where(page.In(s.C("creator_id"), first.CreatorIDs))
	}
	Figures(r.Viewer, r.Action)(s)
	if len(reports) > 1 {
		s.AppendSelectAs(s.C(key), "report").GroupBy(s.C(key))
	}
	for _, column := range by {
		s.AppendSelect(s.C(column)).GroupBy(s.C(column))
	}
	for _, sum := range r.Aggregates {
		s.AppendSelectExprAs(sql.Raw(r.bounded(s.C(sum))), sum)
	}
	return s
}

// summed returns a query that sums the rows of inner, grouped by the report and the columns in by, and counts the rows
// with orders, as creators.
func (r Reader) summed(inner *sql.Selector, reports []*Report, by ...string) *sql.Selector {
	by = groupColumns(reports, by...)
	inner.As("f")
	s := sql.Dialect(r.Dialect).Select(by...).From(inner).GroupBy(by...)
	for _, sum := range r.Aggregates {
		s.AppendSelectExprAs(sql.Raw("COALESCE(CAST("+r.bounded(sum)+" AS bigint), 0)"), sum)
	}
	return s.AppendSelectExprAs(sql.Raw("COALESCE(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END), 0)"), "creators")
}

// bounded returns the expression that sums a column. It never overflows: a sum that not every client can represent
// becomes beyond, and is an error when it is written; see model.AppendInt64. SQLite adds integers exactly as long as
// they fit.
func (r Reader) bounded(column string) string {
	if r.Dialect == dialect.SQLite {
		return fmt.Sprintf("MIN(TOTAL(%s), %d.0)", column, beyond)
	}
	return fmt.Sprintf("LEAST(COALESCE(SUM(%s), 0), %d)", column, beyond) // LEAST ignores NULL
}

// groupColumns returns the columns to group by: the report first, if there are several.
func groupColumns(reports []*Report, by ...string) []string {
	if len(reports) > 1 {
		return append([]string{"report"}, by...)
	}
	return by
}

// queryRows runs a query and calls row for each of its rows. The function scan returns the key of the row's report.
func (r Reader) queryRows(
	ctx context.Context, s *sql.Selector, reports []*Report, row func(scan func(...any) (key string, err error)) error,
) error {
	query, args := s.Query()
	err := r.Each(ctx, query, args, func(record page.Record) error {
		return row(func(into ...any) (key string, err error) {
			if len(reports) == 1 {
				return reports[0].Key(), record.Scan(into...)
			}
			err = record.Scan(append([]any{&key}, into...)...)
			return key, err
		})
	})
	if err != nil {
		return fmt.Errorf("read figures: %w", err)
	}
	return nil
}

// isWhole reports whether the report includes all creators of its org, restricted neither by its arguments nor by the
// viewer's scope.
func (r Reader) isWhole(one *Report) bool {
	return one.CreatorID == "" && one.CreatorIDs == nil &&
		r.Viewer.Scope(one.OrgID, access.Data, r.Action) == access.All
}
