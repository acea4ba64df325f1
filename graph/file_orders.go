package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/load"
	"deputy/internal/viewer"
)

// The headings are what an import of the file understands. Columns keep their places; new ones come last.
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
}

// orderLine is an order for machines, under the names of the schema.
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
}

func (r *Resolver) orderFile(v *viewer.Viewer, link download.Link, until time.Time, f *file) error {
	var filter *model.OrderFilter
	if err := json.Unmarshal(link.Filter, &filter); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	list := r.orders(v, "")
	list.Where = []where{
		backoffice.Orders(v, access.Export), equal(order.FieldOrgID, link.OrgID),
		upTo(order.FieldCreatedAt, until),
	}
	if err := orderFilter(v, &list, filter); err != nil {
		return err
	}
	serve(&list, "")
	columns := []string{
		order.FieldOrgID, order.FieldNumber, order.FieldCreatorID, order.FieldProductName, order.FieldAmount,
		order.FieldCommission,
		order.FieldStatus, order.FieldPaidAt, order.FieldSettledAt, order.FieldUpdatedAt,
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

// orderRow writes an order for people. The creator's id on the platform is there for whoever sees the creator.
func (p *paper) orderRow(o *ent.Order, c *namedCreator) error {
	platformID, name := "", ""
	if c != nil {
		name = c.Name
		if c.Reached {
			platformID = c.PlatformID
		}
	}
	return p.row(o.Number, platformID, name, o.ProductName, p.amount(o.Amount), p.amount(o.Commission),
		p.word("Order", "status", string(o.Status)), p.moment(&o.PaidAt), p.moment(o.SettledAt))
}

// orderObject writes an order for machines.
func (p *paper) orderObject(o *ent.Order, c *namedCreator) error {
	line := orderLine{
		ID: o.ID, Number: o.Number, ProductName: o.ProductName, Amount: o.Amount, Commission: o.Commission, Status: o.Status,
		PaidAt: instant(o.PaidAt), SettledAt: (*instant)(o.SettledAt), UpdatedAt: instant(o.UpdatedAt),
	}
	if c != nil {
		line.CreatorName = c.Name
		if c.Reached {
			line.CreatorID, line.CreatorPlatformID = &o.CreatorID, &c.PlatformID
		}
	}
	return p.object(line)
}
