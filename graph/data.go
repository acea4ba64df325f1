package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/subaccount"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

func countedCreator(c *backoffice.CreatorFigures) string { return c.CreatorID }

var (
	msgSpan = fault.Message{
		Zh: "开始日期不能晚于结束日期，请调整日期。",
		En: "The first day can't be later than the last day. Change the dates.",
	}
	msgDays = fault.Message{
		Zh: "一次最多统计 %d 天，请缩短日期范围。",
		En: "A report covers at most %d days. Shorten the date range.",
	}
)

// span returns BAD_REQUEST for a span that ends before it begins, and LIMIT_EXCEEDED for one that is too long.
func span(from, to civil.Day) error {
	switch days := int64(to) - int64(from) + 1; {
	case days < 1:
		return fault.New(fault.BadRequest, msgSpan)
	case days > backoffice.MaxDays:
		return fault.Limit("days", backoffice.MaxDays, days, msgDays, backoffice.MaxDays)
	}
	return nil
}

// reportOf returns the report of a row, together with those of the other rows in its level.
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

// reader returns the reader of the figures that the viewer can access with the action.
func (r *Resolver) reader(v *viewer.Viewer, a access.Action) backoffice.Reader {
	return backoffice.Reader{Each: r.Store.Each, Dialect: r.Store.Dialect(), Viewer: v, Action: a}
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
	reader := r.reader(v, access.View)
	reader.Aggregates = summed(ctx)
	parts, err := load.Once(ctx, one.Peers(), load.Place(ctx),
		func(ctx context.Context, peers []*backoffice.Report) (map[string]T, error) {
			return read(ctx, reader, peers)
		})
	return parts[one.Key()], err
}

// counted are the types whose fields summed collects.
var counted = []string{"DataPoint", "DataSpan", "DataCreator", "DataProduct", "DataManager", "DataCategory"}

// summed returns the columns of figures that the document selects from the points of the running field, directly or
// nested.
func summed(ctx context.Context) (columns []string) {
	op := graphql.GetOperationContext(ctx)
	var look func(set ast.SelectionSet)
	look = func(set ast.SelectionSet) {
		for _, f := range graphql.CollectFields(op, set, counted) {
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

// netOf are the columns from which other figures are computed.
var netOf = map[string][]string{
	"netAmount": {"amount", "refund_amount"}, "creatorShare": {"net_commission", "org_share"},
}

// before returns the report of the previous span, for all reports of a level at once.
func before(ctx context.Context, of *backoffice.Report) (*backoffice.Report, error) {
	return reportOf(ctx, of, (*backoffice.Report).Key, (*backoffice.Report).Before)
}

func orZero(p *backoffice.Point) *backoffice.Point {
	if p == nil {
		return &backoffice.Point{}
	}
	return p
}

// top returns an error unless first is 1 to 100.
func top(first int) error {
	_, _, err := page.Args{First: &first}.Size()
	return err
}

// namedManager is a manager as a viewer of figures of its creators may see it.
type namedManager struct {
	model.Colleague
	// Reached reports whether the viewer can view a creator of the manager, and not only the manager's name.
	Reached bool
}

// Into returns the variable for a column.
func (m *namedManager) Into(column string) any {
	if column == reachedColumn {
		return &m.Reached
	}
	return m.Colleague.Into(column)
}

// namedManagers reads managers of the orgs by their ids.
func (r *Resolver) namedManagers(
	ctx context.Context, v *viewer.Viewer, managerIDs, orgIDs []string,
) (map[string]*namedManager, error) {
	read := readRows[namedManager](r, &colleagueTable.Table)
	rows, err := read(ctx, []string{subaccount.FieldName}, func(s *sql.Selector) {
		s.Where(sql.And(page.In(s.C(subaccount.FieldID), managerIDs), page.In(s.C(subaccount.FieldOrgID), orgIDs)))
		t := sql.Dialect(s.Dialect()).Table(creator.Table)
		seen := sql.Dialect(s.Dialect()).Select(t.C(creator.FieldManagerID)).From(t)
		backoffice.Creators(v, access.View)(seen)
		reached := sql.In(s.C(subaccount.FieldID), seen.Where(page.In(t.C(creator.FieldManagerID), managerIDs)))
		s.AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("CASE WHEN ").Join(reached).WriteString(" THEN TRUE ELSE FALSE END")
		}), reachedColumn)
	})
	if err != nil {
		return nil, fmt.Errorf("read managers: %w", err)
	}
	return byID(rows), nil
}

func countedManager(m *backoffice.ManagerFigures) string { return m.ManagerID }

// seenManager returns the manager of figures; null if there is none, or the viewer can view none of the manager's
// creators.
func (r *Resolver) seenManager(ctx context.Context, of *backoffice.ManagerFigures) (*model.Colleague, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	return load.Batch[*backoffice.ManagerFigures, map[string]*namedManager, *model.Colleague]{
		Load: func(ctx context.Context, all []*backoffice.ManagerFigures) (map[string]*namedManager, error) {
			return r.namedManagers(ctx, v, load.IDs(all, countedManager), load.IDs(all,
				(*backoffice.ManagerFigures).TenantID))
		},
		Value: func(found map[string]*namedManager, of *backoffice.ManagerFigures) (*model.Colleague, error) {
			if m := found[of.ManagerID]; m != nil && m.Reached {
				return &m.Colleague, nil
			}
			return nil, nil
		},
	}.For(ctx, of)
}

// figuresAsked are the parameters of a file of figures, under the names of the schema: in its link, and in audit
// events.
type figuresAsked struct {
	By         model.DataDimension `json:"by"`
	DateFrom   string              `json:"dateFrom"`
	DateTo     string              `json:"dateTo"`
	CreatorIDs []string            `json:"creatorIds,omitzero"`
}

// report returns the report of the file, or INVALID for an invalid period.
func (a figuresAsked) report(orgID string) (*backoffice.Report, error) {
	from, err := civil.Parse(a.DateFrom)
	if err != nil {
		return nil, fmt.Errorf("read day: %w", err)
	}
	to, err := civil.Parse(a.DateTo)
	if err != nil {
		return nil, fmt.Errorf("read day: %w", err)
	}
	switch days := int64(to) - int64(from) + 1; {
	case days < 1:
		return nil, fault.New(fault.Invalid, msgSpan).At("input", "dateTo")
	case days > backoffice.MaxDays:
		return nil, fault.New(fault.Invalid, msgDays, backoffice.MaxDays).At("input", "dateTo")
	}
	one := &backoffice.Report{OrgID: orgID, From: from, To: to}
	if a.CreatorIDs != nil {
		one.CreatorIDs, err = texts("creatorIds", a.CreatorIDs)
	}
	return one, err
}

// The columns of a file of figures: first those of the dimension, then those of the figures. Columns keep their
// positions; new ones are added at the end.
var (
	creatorCount  = sheetColumn{heading: fault.Message{Zh: "达人数", En: "Creators"}, width: 10}
	periodColumns = []sheetColumn{
		{heading: fault.Message{Zh: "开始日期", En: "First day"}, width: 12},
		{heading: fault.Message{Zh: "结束日期", En: "Last day"}, width: 12},
		creatorCount,
	}
	keyColumns = map[backoffice.Dimension][]sheetColumn{
		backoffice.ByCreator: {
			{heading: fault.Message{Zh: "达人平台ID", En: "Creator platform ID"}, width: 20},
			{heading: fault.Message{Zh: "达人", En: "Creator"}, width: 16},
		},
		backoffice.ByProduct: {
			{heading: fault.Message{Zh: "商品", En: "Product"}, width: 32},
			creatorCount,
		},
		backoffice.ByManager: {
			{heading: fault.Message{Zh: "经纪人", En: "Manager"}, width: 14},
			creatorCount,
		},
		backoffice.ByCategory: {
			{heading: fault.Message{Zh: "类目", En: "Category"}, width: 12},
			creatorCount,
		},
	}
	pointColumns = []sheetColumn{
		{heading: fault.Message{Zh: "订单数", En: "Orders"}, width: 10},
		{heading: fault.Message{Zh: "金额", En: "Amount"}, width: 16, money: true},
		{heading: fault.Message{Zh: "佣金", En: "Commission"}, width: 16, money: true},
		{heading: fault.Message{Zh: "退款订单数", En: "Refunded orders"}, width: 12},
		{heading: fault.Message{Zh: "已退款金额", En: "Refunded"}, width: 16, money: true},
		{heading: fault.Message{Zh: "退款后金额", En: "Net amount"}, width: 16, money: true},
		{heading: fault.Message{Zh: "退款后佣金", En: "Net commission"}, width: 16, money: true},
		{heading: fault.Message{Zh: "机构分得", En: "Org's share"}, width: 16, money: true},
		{heading: fault.Message{Zh: "达人分得", En: "Share of the creators"}, width: 16, money: true},
	}
)

// pointLine are figures in JSON Lines, under the names of the schema. A total that exceeds what clients can represent
// is null.
type pointLine struct {
	Orders        int64  `json:"orders"`
	Amount        *int64 `json:"amount"`
	Commission    *int64 `json:"commission"`
	Refunds       int64  `json:"refunds"`
	RefundAmount  *int64 `json:"refundAmount"`
	NetAmount     *int64 `json:"netAmount"`
	NetCommission *int64 `json:"netCommission"`
	OrgShare      *int64 `json:"orgShare"`
	CreatorShare  *int64 `json:"creatorShare"`
}

// The lines of files of figures.
type (
	periodLine struct {
		DateFrom string `json:"dateFrom"`
		DateTo   string `json:"dateTo"`
		Creators int64  `json:"creators"`
		pointLine
	}
	ofCreatorLine struct {
		CreatorID         *string `json:"creatorId"`
		CreatorPlatformID *string `json:"creatorPlatformId"`
		CreatorName       string  `json:"creatorName"`
		pointLine
	}
	productLine struct {
		ProductName string `json:"productName"`
		Creators    int64  `json:"creators"`
		pointLine
	}
	managerLine struct {
		ManagerID   *string `json:"managerId"`
		ManagerName *string `json:"managerName"`
		Creators    int64   `json:"creators"`
		pointLine
	}
	categoryLine struct {
		Category string `json:"category"`
		Creators int64  `json:"creators"`
		pointLine
	}
)

// figuresSize is how many rows of a file of figures are read at once: each part computes the totals of the whole span.
const figuresSize = 10_000

func (r *Resolver) figureFile(v *viewer.Viewer, link download.Link, f *file) error {
	var asked figuresAsked
	if err := json.Unmarshal(link.Filter, &asked); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	one, err := asked.report(link.OrgID)
	if err != nil {
		return err
	}
	read, by := r.reader(v, access.Export), backoffice.Dimension(asked.By)
	period, periods := by.Period()
	if !periods && by == backoffice.ByManager { // who they are is for people
		if err := v.RefuseApp(); err != nil {
			return err
		}
	}
	f.columns = append(slices.Clone(periodColumns), pointColumns...)
	if !periods {
		f.columns = append(slices.Clone(keyColumns[by]), pointColumns...)
	}
	f.rows = func(ctx context.Context) (int, error) {
		if periods {
			return len(one.Spans(period, nil)), nil
		}
		return read.Rows(ctx, one, by)
	}
	f.lines = f.rows
	f.walk = func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), p *paper) error {
		if periods {
			if _, err := judge(ctx); err != nil {
				return err
			}
			return p.periods(ctx, read, one, period)
		}
		return read.Walk(ctx, one, by, figuresSize, func(part []*backoffice.RowFigures) error {
			v, err := judge(ctx)
			if err != nil {
				return err
			}
			return r.figureRows(ctx, v, p, one, by, part)
		})
	}
	return nil
}

// periods writes the figures of each period of a report.
func (p *paper) periods(
	ctx context.Context, read backoffice.Reader, one *backoffice.Report, of backoffice.Period,
) error {
	known, err := read.AllPeriods(ctx, one, of)
	if err != nil {
		return err
	}
	for _, span := range one.Spans(of, known) {
		from, to := span.DateFrom.String(), span.DateTo.String()
		err := p.figures(span.Point, []any{from, to, span.Point.Creators}, func(line pointLine) any {
			return periodLine{from, to, span.Point.Creators, line}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// figureRows writes rows of figures. Ids of creators and managers are included for viewers who can view them.
func (r *Resolver) figureRows(
	ctx context.Context, v *viewer.Viewer, p *paper, one *backoffice.Report, by backoffice.Dimension,
	part []*backoffice.RowFigures,
) error {
	var (
		creators map[string]*namedCreator
		managers map[string]*namedManager
		err      error
	)
	keys, orgIDs := make([]string, len(part)), []string{one.OrgID}
	for i, row := range part {
		keys[i] = row.Key
	}
	switch by {
	case backoffice.ByCreator:
		creators, err = r.namedCreators(ctx, v, keys, orgIDs, []string{creator.FieldPlatformID})
	case backoffice.ByManager:
		managers, err = r.namedManagers(ctx, v, keys, orgIDs)
	}
	if err != nil {
		return err
	}
	for _, row := range part {
		switch n := row.Point.Creators; by {
		case backoffice.ByCreator:
			err = p.figuresOfCreator(row.Point, creators[row.Key])
		case backoffice.ByManager:
			err = p.figuresOfManager(row.Point, managers[row.Key])
		case backoffice.ByCategory:
			err = p.figures(row.Point, []any{row.Key, n}, func(line pointLine) any { return categoryLine{row.Key, n, line} })
		default:
			err = p.figures(row.Point, []any{row.Key, n}, func(line pointLine) any { return productLine{row.Key, n, line} })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *paper) figuresOfCreator(point *backoffice.Point, c *namedCreator) error {
	var line ofCreatorLine
	if c != nil {
		line.CreatorName = c.Name
		if c.Reached {
			line.CreatorID, line.CreatorPlatformID = &c.ID, &c.PlatformID
		}
	}
	return p.figures(point, []any{optional(line.CreatorPlatformID), line.CreatorName}, func(of pointLine) any {
		line.pointLine = of
		return line
	})
}

func (p *paper) figuresOfManager(point *backoffice.Point, m *namedManager) error {
	line := managerLine{Creators: point.Creators}
	if m != nil {
		line.ManagerName = &m.Name
		if m.Reached {
			line.ManagerID = &m.ID
		}
	}
	return p.figures(point, []any{optional(line.ManagerName), line.Creators}, func(of pointLine) any {
		line.pointLine = of
		return line
	})
}

// figures writes a row of figures: to a spreadsheet after the key, or to JSON Lines as the line that line returns.
func (p *paper) figures(point *backoffice.Point, key []any, line func(pointLine) any) error {
	of := pointLine{
		Orders: point.Orders, Amount: held(point.Amount), Commission: held(point.Commission), Refunds: point.Refunds,
		RefundAmount: held(point.RefundAmount), NetAmount: held(point.NetAmount), NetCommission: held(point.NetCommission),
		OrgShare: held(point.OrgShare), CreatorShare: held(point.CreatorShare),
	}
	if p.lines != nil {
		return p.object(line(of))
	}
	amount := func(n *int64) any {
		if n == nil {
			return ""
		}
		return p.amount(*n)
	}
	return p.row(append(key, of.Orders, amount(of.Amount), amount(of.Commission), of.Refunds, amount(of.RefundAmount),
		amount(of.NetAmount), amount(of.NetCommission), amount(of.OrgShare), amount(of.CreatorShare))...)
}

// held returns a total; nil for one that clients cannot represent.
func held(n int64) *int64 {
	if _, err := model.AppendInt64(nil, n); err != nil {
		return nil
	}
	return &n
}
