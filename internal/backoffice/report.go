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

// MaxDays is how many days a report may span.
const MaxDays = 366

// Report is the figures of an org or of one of its creators over a span of days. It knows the reports it was asked for
// with, so that each of its parts is read for all of them at once.
type Report struct {
	OrgID string
	// CreatorID of a creator's own report; empty for an org's.
	CreatorID string
	// From and To are the first and the last day.
	From, To civil.Day
	// CreatorIDs that an org's report is cut to; nil for no cut.
	CreatorIDs []string
	// Level of all reports of the same span.
	Level *page.Level
}

// TenantID returns the org that permission on the report is judged in.
func (r *Report) TenantID() string { return r.OrgID }

// Peers returns the reports it was asked for with.
func (r *Report) Peers() *page.Level { return r.Level }

// Key tells the reports of a level apart.
func (r *Report) Key() string {
	if r.CreatorID != "" {
		return r.CreatorID
	}
	return r.OrgID
}

// Point is figures of orders; see DataPoint in the schema.
type Point struct {
	Orders, Amount, Commission, Refunds, RefundAmount, NetAmount, NetCommission, OrgShare, CreatorShare, Creators int64
}

// net computes what follows from other sums. What is more than clients can hold leaves nothing that they can.
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

// TenantID returns the org that permission on the creator is judged in.
func (c *CreatorFigures) TenantID() string { return c.OrgID }

// Peers returns the rows it was loaded with.
func (c *CreatorFigures) Peers() *page.Level { return c.Level }

// ProductFigures are the figures of a product.
type ProductFigures struct {
	ProductName string
	Point       *Point
}

// Reader reads figures on behalf of a viewer, from the rollups alone.
type Reader struct {
	// Each runs its statements.
	Each    page.Each
	Dialect string
	Viewer  *viewer.Viewer
	// Action with which the viewer reaches what is read.
	Action access.Action
	// Aggregates are the columns that are added up; see with.
	Aggregates []string
}

// with returns a reader that adds up these columns too.
func (r Reader) with(columns ...string) Reader {
	r.Aggregates = slices.DeleteFunc(slices.Clone(aggregates), func(s string) bool {
		return !slices.Contains(r.Aggregates, s) &&
			!slices.Contains(columns, s)
	})
	return r
}

// into returns where the sums of a reader are scanned to.
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

// Total returns the figures of each report as a whole, by its key.
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

// Periods returns the figures of each day, week or month that has any, by the day on which it begins, by the report's
// key.
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

// aggregate returns the sums of a table of figures over the days of the reports and the creators within the viewer's
// reach, for each report, if there are several, and what it is told apart by.
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

// summed adds sums up once more, for each report and what it is told apart by, and counts those in which there are
// orders.
func (r Reader) summed(inner *sql.Selector, reports []*Report, by ...string) *sql.Selector {
	by = groupColumns(reports, by...)
	inner.As("f")
	s := sql.Dialect(r.Dialect).Select(by...).From(inner).GroupBy(by...)
	for _, sum := range r.Aggregates {
		s.AppendSelectExprAs(sql.Raw("COALESCE(CAST("+r.bounded(sum)+" AS bigint), 0)"), sum)
	}
	return s.AppendSelectExprAs(sql.Raw("COALESCE(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END), 0)"), "creators")
}

// bounded returns the expression that adds a column up. It never overflows: a sum that no client can hold comes out as
// the least such number, and is an error where it is written; see model.AppendInt64. SQLite adds integers exactly as
// long as they fit.
func (r Reader) bounded(column string) string {
	if r.Dialect == dialect.SQLite {
		return fmt.Sprintf("MIN(TOTAL(%s), %d.0)", column, beyond)
	}
	return fmt.Sprintf("LEAST(COALESCE(SUM(%s), 0), %d)", column, beyond) // LEAST leaves null out
}

// groupColumns returns the columns by which rows are told apart: by the report first, if there are several.
func groupColumns(reports []*Report, by ...string) []string {
	if len(reports) > 1 {
		return append([]string{"report"}, by...)
	}
	return by
}

// queryRows runs a query and hands over its rows. Scan answers the key of the report that a row is of.
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

// isWhole reports whether the report is over all creators of its org, cut neither by what was asked nor by the viewer's
// reach.
func (r Reader) isWhole(one *Report) bool {
	return one.CreatorID == "" && one.CreatorIDs == nil &&
		r.Viewer.Scope(one.OrgID, access.Data, r.Action) == access.All
}
