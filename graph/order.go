package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/contact"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var orderTable = &table[ent.Order, *ent.Order]{
	Table: load.Table{
		Type: "Order", Name: order.Table, Has: order.Columns,
		Needs: map[string][]string{
			"creator":     {order.FieldCreatorID},
			"creatorName": {order.FieldCreatorID},
			"netAmount":   {order.FieldAmount, order.FieldRefundAmount},
		},
	},
	reach: backoffice.Orders,
	order: page.Order{Column: order.FieldPaidAt, Desc: true},
}

func orderCreator(o *ent.Order) string { return o.CreatorID }

// orderCuts applies a field's filter and order to a list of orders.
func orderCuts(f *model.OrderFilter, o *model.OrderOrder) cutter[*ent.Order] {
	return func(v *viewer.Viewer, list *page.List[*ent.Order]) error {
		err := orderFilter(v, list, f)
		serve(list, orderOrder(list, o))
		return err
	}
}

// orderFilter applies a filter to a list of orders, and determines how they are found.
func orderFilter(v *viewer.Viewer, list *page.List[*ent.Order], f *model.OrderFilter) error {
	list.Key, list.Through = order.FieldCreatorID, ofCreators(v, creatorKeys{})
	if f == nil {
		return nil
	}
	if f.Search != nil {
		list.Search = searched(v, access.Orders, *f.Search, order.FieldNumber, order.FieldParentNumber,
			order.FieldProductName)
		orCreator(list.Search, v, contact.SearchText(*f.Search))
	}
	if err := among(list, "statuses", order.FieldStatus, f.Statuses); err != nil {
		return err
	}
	if err := filterByCreators(v, list, f); err != nil {
		return err
	}
	if list.Through == nil && list.Search == nil && len(f.Statuses) > 1 {
		list.Key, list.Keyed, list.Plain = order.FieldStatus, []string{"statuses"}, true
		list.Through = func(dialect string) *sql.Selector { return page.Values(dialect, once(f.Statuses)) }
	}
	if f.Numbers != nil {
		numbers, err := texts("numbers", f.Numbers)
		if err != nil {
			return err
		}
		for i, number := range numbers {
			numbers[i] = contact.SearchText(number)
		}
		list.Cuts = append(list.Cuts, page.Cut{
			Name: "numbers", Values: len(numbers), Keep: numbered(v, numbers), Columns: []string{"id"}, Few: true,
		})
		list.Through = nil
	}
	cutBetween(list, "paid", order.FieldPaidAt, f.PaidFrom, f.PaidTo)
	cutBetween(list, "updated", order.FieldUpdatedAt, f.UpdatedFrom, f.UpdatedTo)
	cutBetween(list, "settled", order.FieldSettledAt, f.SettledFrom, f.SettledTo)
	cutRange(list, "amount", order.FieldAmount, f.AmountFrom, f.AmountTo)
	return nil
}

// numbered keeps the orders that have one of the numbers, or whose parents have. Each column has its index, but SQLite
// does not use both in one condition.
func numbered(v *viewer.Viewer, numbers []string) where {
	orgs := v.OrgIDs(access.Orders, access.View)
	return func(s *sql.Selector) {
		with := func(column string) *sql.Selector {
			t := sql.Dialect(s.Dialect()).Table(order.Table)
			found := sql.Dialect(s.Dialect()).Select(t.C(order.FieldID)).From(t).Where(page.In(t.C(order.FieldOrgID), orgs))
			page.Lookup(found, column, numbers, nil)
			return found
		}
		s.Where(sql.In(s.C(order.FieldID), with(order.FieldNumber).Union(with(order.FieldParentNumber))))
	}
}

// once returns the distinct values as texts.
func once[V ~string](values []V) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// filterByCreators filters a list of orders by creators, which the filter names by id or by common properties.
// Categories and managers are matched only with creators that the viewer can view.
func filterByCreators(v *viewer.Viewer, list *page.List[*ent.Order], f *model.OrderFilter) error {
	if f.ManagerIds != nil { // an app does not learn whose creators they are
		if err := v.RefuseApp(); err != nil {
			return err
		}
	}
	var of creatorKeys
	for _, given := range []struct {
		name   string
		values []string
		into   *[]string
		seen   bool
	}{
		{"creatorIds", f.CreatorIds, &of.ids, false},
		{"categories", f.Categories, &of.categories, true},
		{"managerIds", f.ManagerIds, &of.managers, true},
	} {
		if given.values == nil {
			continue
		}
		values, err := texts(given.name, given.values)
		if err != nil {
			return err
		}
		*given.into = values
		keep := func(s *sql.Selector) { s.Where(page.In(s.C(order.FieldCreatorID), values)) }
		if given.seen {
			var alone creatorKeys
			if alone.categories = values; given.name == "managerIds" {
				alone.categories, alone.managers = nil, values
			}
			keep = func(s *sql.Selector) {
				s.Where(sql.In(s.C(order.FieldCreatorID), ofCreators(v, alone)(s.Dialect())))
			}
		}
		cut(list, given.name, len(values), keep, order.FieldCreatorID)
		list.Keyed = append(list.Keyed, given.name)
	}
	if len(list.Keyed) > 0 {
		list.Through = ofCreators(v, of)
	}
	return nil
}

// orCreator extends a search of orders to the names of creators. These are creators whose orders the viewer can view,
// which include the creators' names: so nothing is revealed about others, whatever the access to creators themselves.
func orCreator(looked *page.Search, v *viewer.Viewer, text string) {
	if text == "" || !storable(text) {
		return
	}
	named := searched(v, access.Orders, text, creator.FieldName)
	looked.Keys = func(dialect string) *sql.Selector {
		t := sql.Dialect(dialect).Table(creator.Table)
		s := sql.Dialect(dialect).Select(t.C(creator.FieldID)).From(t)
		backoffice.OrderCreators(v, access.View)(s)
		named.Holds(s)
		if named.Found != nil {
			page.Lead(s, named.Found)
		}
		return s
	}
	texts := looked.Columns
	looked.Text = looked.Holds
	looked.Columns = append(slices.Clone(texts), order.FieldCreatorID)
	looked.Holds = func(s *sql.Selector) {
		any := []*sql.Predicate{sql.In(s.C(order.FieldCreatorID), looked.Keys(s.Dialect()))}
		for _, column := range texts {
			any = append(any, columnContains(s, column, text))
		}
		s.Where(sql.Or(any...))
	}
}

// creatorKeys are the conditions on the creators of orders; nil for none.
type creatorKeys struct{ ids, categories, managers []string }

// ofCreators returns the query of the creators whose orders are listed: those that match, and, if the viewer's scope of
// orders is OWN, only its own; nil for all creators of an org.
func ofCreators(v *viewer.Viewer, of creatorKeys) func(string) *sql.Selector {
	all, own := v.Orgs(access.Orders, access.View)
	byLook := of.categories != nil || of.managers != nil
	if of.ids == nil && !byLook && (len(all) > 0 || len(own) == 0) {
		return nil
	}
	return func(dialect string) *sql.Selector {
		t := sql.Dialect(dialect).Table(creator.Table)
		s := sql.Dialect(dialect).Select(t.C(creator.FieldID)).From(t)
		backoffice.OrderCreators(v, access.View)(s)
		if of.ids != nil {
			s.Where(page.In(s.C(creator.FieldID), of.ids))
		}
		if byLook {
			backoffice.Creators(v, access.View)(s)
		}
		if of.categories != nil {
			s.Where(page.In(s.C(creator.FieldCategory), of.categories))
		}
		if of.managers != nil {
			s.Where(page.In(s.C(creator.FieldManagerID), of.managers))
		}
		return s
	}
}

func orderOrder(list *page.List[*ent.Order], o *model.OrderOrder) string {
	if o == nil {
		return ""
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.OrderOrderFieldAmount:
		list.Order.Column = order.FieldAmount
	case model.OrderOrderFieldUpdatedAt:
		list.Order.Column = order.FieldUpdatedAt
	case model.OrderOrderFieldSettledAt:
		list.Order.Column, list.Span = order.FieldSettledAt, present(order.FieldSettledAt)
	}
	return bounds.OrderOf(o.Field)
}

func orderRows(in []*model.OrderInput) []backoffice.OrderRow {
	rows := make([]backoffice.OrderRow, len(in))
	for i, one := range in {
		rows[i] = backoffice.OrderRow{
			Number: one.Number, CreatorPlatformID: one.CreatorPlatformID, ProductName: one.ProductName, Amount: one.Amount,
			Commission: one.Commission, Status: one.Status, PaidAt: one.PaidAt, SettledAt: one.SettledAt,
			ParentNumber: one.ParentNumber, RefundAmount: one.RefundAmount, RefundedAt: one.RefundedAt,
			CommissionAfterRefunds: one.CommissionAfterRefunds, OrgShare: one.OrgShare,
		}
	}
	return rows
}

// ordersComing returns the changed orders of the org: those since an overlap before the time, if it is given, and all
// later ones.
func (r *Resolver) ordersComing(ctx context.Context, orgID string, after *time.Time) *comingRows[*ent.Order] {
	return coming(ctx, r, orderTable, orgID, after, func(v *viewer.Viewer, list *page.List[*ent.Order]) {
		if v.Scope(orgID, access.Orders, access.View) == access.Own {
			list.Key, list.Through = order.FieldCreatorID, ownCreators(v, orgID)
		}
	})
}

// ownCreators selects the creators in the org whose orders the viewer can view.
func ownCreators(v *viewer.Viewer, orgID string) func(string) *sql.Selector {
	return func(dialect string) *sql.Selector {
		t := sql.Dialect(dialect).Table(creator.Table)
		s := sql.Dialect(dialect).Select(t.C(creator.FieldID)).From(t)
		backoffice.OrderCreators(v, access.View)(s)
		return s.Where(sql.EQ(t.C(creator.FieldOrgID), orgID))
	}
}

// Imports understand the headings of the file. Columns keep their positions; new ones are added at the end.
var orderColumns = []sheetColumn{
	{heading: fault.Message{Zh: "订单号", En: "Order number"}, width: 24},
	{heading: fault.Message{Zh: "达人平台ID", En: "Creator platform ID"}, width: 20},
	{heading: fault.Message{Zh: "达人", En: "Creator"}, width: 16},
	{heading: fault.Message{Zh: "商品", En: "Product"}, width: 32},
	{heading: fault.Message{Zh: "金额", En: "Amount"}, width: 16, money: true},
	{heading: fault.Message{Zh: "佣金", En: "Commission"}, width: 18, money: true},
	{heading: fault.Message{Zh: "状态", En: "Status"}, width: 10},
	{heading: fault.Message{Zh: "支付时间", En: "Paid at"}, width: 20},
	{heading: fault.Message{Zh: "结算时间", En: "Settled at"}, width: 20},
	{heading: fault.Message{Zh: "主订单号", En: "Parent order number"}, width: 24},
	{heading: fault.Message{Zh: "已退款金额", En: "Refunded"}, width: 16, money: true},
	{heading: fault.Message{Zh: "退款时间", En: "Refunded at"}, width: 20},
	{heading: fault.Message{Zh: "佣金已扣退款", En: "Commission after refunds"}, width: 12},
	{heading: fault.Message{Zh: "退款后金额", En: "Net amount"}, width: 16, money: true},
	{heading: fault.Message{Zh: "退款后佣金", En: "Net commission"}, width: 18, money: true},
	{heading: fault.Message{Zh: "机构分得", En: "Org's share"}, width: 18, money: true},
	{heading: fault.Message{Zh: "达人分得", En: "Share of the creator"}, width: 18, money: true},
}

// orderLine is an order in JSON Lines, under the names of the schema.
type orderLine struct {
	ID                string       `json:"id"`
	Number            string       `json:"number"`
	CreatorID         *string      `json:"creatorId"`
	CreatorPlatformID *string      `json:"creatorPlatformId"`
	CreatorName       string       `json:"creatorName"`
	ProductName       string       `json:"productName"`
	Amount            int64        `json:"amount"`
	Commission        int64        `json:"commission"`
	Status            order.Status `json:"status"`
	PaidAt            instant      `json:"paidAt"`
	SettledAt         *instant     `json:"settledAt"`
	UpdatedAt         instant      `json:"updatedAt"`

	ParentNumber           *string  `json:"parentNumber"`
	RefundAmount           int64    `json:"refundAmount"`
	RefundedAt             *instant `json:"refundedAt"`
	CommissionAfterRefunds bool     `json:"commissionAfterRefunds"`
	NetAmount              int64    `json:"netAmount"`
	NetCommission          int64    `json:"netCommission"`
	OrgShare               int64    `json:"orgShare"`
	CreatorShare           int64    `json:"creatorShare"`
	ShareBps               *int     `json:"shareBps"`
}

func (r *Resolver) orderFile(v *viewer.Viewer, link download.Link, until time.Time, f *file) error {
	var filter *model.OrderFilter
	if err := json.Unmarshal(link.Filter, &filter); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	list := orderTable.list(r, v, access.Export)
	list.Where = append(list.Where, ofOrg(link.OrgID), upTo(order.FieldCreatedAt, until))
	if err := orderFilter(v, &list, filter); err != nil {
		return err
	}
	serve(&list, "")
	columns := []string{
		order.FieldOrgID, order.FieldNumber, order.FieldCreatorID, order.FieldProductName, order.FieldAmount,
		order.FieldCommission,
		order.FieldStatus, order.FieldPaidAt, order.FieldSettledAt, order.FieldUpdatedAt,
		order.FieldParentNumber, order.FieldRefundAmount, order.FieldRefundedAt, order.FieldCommissionAfterRefunds,
		order.FieldNetCommission, order.FieldOrgShare, order.FieldCreatorShare, order.FieldShareBps,
	}
	f.columns, f.rows, f.lines = orderColumns, list.Count, list.Count
	f.walk = func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), p *paper) error {
		write := p.orderRow
		if f.format == model.ExportFormatJSONL {
			write = p.orderObject
		}
		return list.Walk(ctx, partSize, columns, func(part []*ent.Order) error {
			v, err := judge(ctx)
			if err != nil {
				return err
			}
			creators, err := r.namedCreators(ctx, v, load.IDs(part, orderCreator), []string{link.OrgID},
				[]string{creator.FieldPlatformID})
			if err != nil {
				return err
			}
			for _, o := range part {
				if err := write(o, creators[o.CreatorID]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// orderRow writes an order to a spreadsheet. Only viewers of the creator get its id on the platform.
func (p *paper) orderRow(o *ent.Order, c *namedCreator) error {
	platformID, name := "", ""
	if c != nil {
		name = c.Name
		if c.Reached {
			platformID = c.PlatformID
		}
	}
	return p.row(o.Number, platformID, name, o.ProductName, p.amount(o.Amount), p.amount(o.Commission),
		p.word("Order", "status", string(o.Status)), p.moment(&o.PaidAt), p.moment(o.SettledAt),
		orNone(o.ParentNumber), p.amount(o.RefundAmount), p.moment(o.RefundedAt),
		p.word("Order", "commissionAfterRefunds", strconv.FormatBool(o.CommissionAfterRefunds)),
		p.amount(o.Amount-o.RefundAmount), p.amount(o.NetCommission), p.amount(o.OrgShare), p.amount(o.CreatorShare))
}

// orderObject writes an order to JSON Lines.
func (p *paper) orderObject(o *ent.Order, c *namedCreator) error {
	line := orderLine{
		ID: o.ID, Number: o.Number, ProductName: o.ProductName, Amount: o.Amount, Commission: o.Commission, Status: o.Status,
		PaidAt: instant(o.PaidAt), SettledAt: (*instant)(o.SettledAt), UpdatedAt: instant(o.UpdatedAt),
		ParentNumber: o.ParentNumber, RefundAmount: o.RefundAmount, RefundedAt: (*instant)(o.RefundedAt),
		CommissionAfterRefunds: o.CommissionAfterRefunds, NetAmount: o.Amount - o.RefundAmount,
		NetCommission: o.NetCommission, OrgShare: o.OrgShare, CreatorShare: o.CreatorShare, ShareBps: o.ShareBps,
	}
	if c != nil {
		line.CreatorName = c.Name
		if c.Reached {
			line.CreatorID, line.CreatorPlatformID = &o.CreatorID, &c.PlatformID
		}
	}
	return p.object(line)
}

// matching returns the orders of an org that match a filter, without a check of what the viewer may do with them.
func (r *Resolver) matching(v *viewer.Viewer, orgID string, f *model.OrderFilter) (backoffice.Matching, error) {
	list := orderTable.list(r, v, access.View)
	list.Where = []where{ofOrg(orgID)}
	if err := orderFilter(v, &list, f); err != nil {
		return backoffice.Matching{}, err
	}
	serve(&list, "")
	asked, err := json.Marshal(f)
	if err != nil {
		return backoffice.Matching{}, fmt.Errorf("write filter: %w", err)
	}
	return backoffice.Matching{Keep: list.Narrow, Filter: download.Recorded(asked)}, nil
}

var (
	msgEitherOr = fault.Message{
		Zh: "请用 ids 或 filter 之一指明订单，不能同时使用。",
		En: "Say which orders by ids or by filter, and not by both.",
	}
	msgExpected = fault.Message{
		Zh: "按条件结算时，请用 expectedCount 说明看到的订单数量。",
		En: "With a filter, say by expectedCount how many orders were seen.",
	}
)

// settle settles orders by their ids or by a filter.
func (r *Resolver) settle(
	ctx context.Context, tx writing, in model.SettleOrdersInput,
) (done backoffice.Settled, refused fault.Refusals, err error) {
	switch {
	case (in.Ids == nil) == (in.Filter == nil):
		return done, nil, fault.New(fault.Invalid, msgEitherOr).At("input", "ids")
	case in.Filter == nil:
		return r.Office.SettleOrders(ctx, tx.Tx, tx.entry, in.Ids, in.SettledAt, form.Policy(in.Policy))
	case in.ExpectedCount == nil:
		return done, nil, fault.New(fault.Invalid, msgExpected).At("input", "expectedCount")
	}
	m, err := r.matching(tx.entry.Viewer, in.OrgID, in.Filter)
	if err != nil {
		return done, nil, err
	}
	m.Expected = *in.ExpectedCount
	return r.Office.SettleMatching(ctx, tx.Tx, tx.entry, m, in.SettledAt)
}
