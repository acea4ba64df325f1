package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
	"deputy/internal/fault"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

func countedCreator(c *backoffice.CreatorFigures) string { return c.CreatorID }

var (
	msgSpan = fault.Message{
		Zh: "from 不能晚于 to，请调整日期。",
		En: "from can't be later than to. Change the dates.",
	}
	msgDays = fault.Message{
		Zh: "一次最多统计 %d 天，请缩短日期范围。",
		En: "A report covers at most %d days. Shorten the date range.",
	}
)

// span refuses days that make no report: BAD_REQUEST for a span that ends before it begins, LIMIT_EXCEEDED for a long
// one.
func span(from, to civil.Day) error {
	switch days := int64(to) - int64(from) + 1; {
	case days < 1:
		return fault.New(fault.BadRequest, msgSpan)
	case days > backoffice.MaxDays:
		return fault.Limit("days", backoffice.MaxDays, days, msgDays, backoffice.MaxDays)
	}
	return nil
}

// reportOf returns the report of a row, one of a level of such reports.
func reportOf[P load.Row](
	ctx context.Context, of P, id func(P) string, made func(P) *backoffice.Report,
) (*backoffice.Report, error) {
	reports, err := page.Once(of.Peers(), load.Place(ctx), func(peers []P) (map[string]*backoffice.Report, error) {
		byID := make(map[string]*backoffice.Report, len(peers))
		var all []*backoffice.Report
		for _, peer := range peers {
			if byID[id(peer)] == nil {
				byID[id(peer)] = made(peer)
				all = append(all, byID[id(peer)])
			}
		}
		level := page.NewLevel(all)
		for _, one := range all {
			one.Level = level
		}
		return byID, nil
	})
	return reports[id(of)], err
}

func (r *Resolver) orgReport(
	ctx context.Context, o *ent.Org, from, to civil.Day, creatorIDs []string,
) (*backoffice.Report, error) {
	if err := span(from, to); err != nil {
		return nil, err
	}
	cut := creatorIDs
	if creatorIDs != nil {
		var err error
		if cut, err = texts("creatorIds", creatorIDs); err != nil {
			return nil, err
		}
	}
	return reportOf(ctx, o, (*ent.Org).RowID, func(o *ent.Org) *backoffice.Report {
		return &backoffice.Report{OrgID: o.ID, From: from, To: to, CreatorIDs: cut}
	})
}

func (r *Resolver) creatorReport(ctx context.Context, c *ent.Creator, from, to civil.Day) (*backoffice.Report, error) {
	if err := span(from, to); err != nil {
		return nil, err
	}
	return reportOf(ctx, c, (*ent.Creator).RowID, func(c *ent.Creator) *backoffice.Report {
		return &backoffice.Report{OrgID: c.OrgID, CreatorID: c.ID, From: from, To: to}
	})
}

// figures reads a part of a report, for all reports of its level at once.
func figures[T any](
	ctx context.Context, r *Resolver, one *backoffice.Report,
	read func(context.Context, backoffice.Reader, []*backoffice.Report) (map[string]T, error),
) (part T, err error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return part, err
	}
	reader := backoffice.Reader{Each: r.Store.Each, Dialect: r.Store.Dialect(), Viewer: v, Aggregates: summed(ctx)}
	parts, err := load.Once(ctx, one.Peers(), load.Place(ctx),
		func(ctx context.Context, peers []*backoffice.Report) (map[string]T, error) {
			return read(ctx, reader, peers)
		})
	return parts[one.Key()], err
}

// summed looks ahead at which columns of figures the document asks of the points that the running field answers, or
// that stand in what it answers.
func summed(ctx context.Context) (columns []string) {
	op := graphql.GetOperationContext(ctx)
	var look func(set ast.SelectionSet)
	look = func(set ast.SelectionSet) {
		for _, f := range graphql.CollectFields(op, set, []string{
			"DataPoint", "DataDay", "DataCreator", "DataProduct",
			"DataSpan",
		}) {
			if f.Name == "point" {
				look(f.Selections)
				continue
			}
			if from, derived := netOf[f.Name]; derived {
				columns = append(columns, from...)
				continue
			}
			columns = append(columns, load.Snake(f.Name))
		}
	}
	look(graphql.GetFieldContext(ctx).Field.Selections)
	return columns
}

// netOf are the columns that figures without a column of their own follow from.
var netOf = map[string][]string{
	"netAmount": {"amount", "refund_amount"}, "creatorShare": {"net_commission", "org_share"},
}

// before returns the report of the span before, for all reports of a level at once.
func before(ctx context.Context, of *backoffice.Report) (*backoffice.Report, error) {
	return reportOf(ctx, of, (*backoffice.Report).Key, (*backoffice.Report).Before)
}

// everyDay returns one point a day, the days without orders included.
func everyDay(one *backoffice.Report, known map[civil.Day]*backoffice.Point) []*backoffice.DayFigures {
	days := make([]*backoffice.DayFigures, 0, int(one.To-one.From)+1)
	for d := one.From; d <= one.To; d++ {
		days = append(days, &backoffice.DayFigures{Date: d, Point: orZero(known[d])})
	}
	return days
}

func orZero(p *backoffice.Point) *backoffice.Point {
	if p == nil {
		return &backoffice.Point{}
	}
	return p
}

// top is how many of the best are asked for: 1 to 100.
func top(first int) error {
	_, _, err := page.Args{First: &first}.Size()
	return err
}
