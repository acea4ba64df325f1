package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// file is rows that can be counted, and written into a sheet.
type file struct {
	name, media string
	orgID       string
	format      model.ExportFormat
	heading     []fault.Message
	count       func(context.Context) (int, error)
	// rows writes them part by part; each part is judged before it is sent.
	rows func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), row func(cells ...any) error) error
}

// fileOf answers the file of a link, cut to what the viewer may export and to what was made up to a moment. What changes while the file is
// sent may be in it as it was or as it is.
func (r *Resolver) fileOf(v *viewer.Viewer, link download.Link, until time.Time) (*file, error) {
	f := &file{orgID: link.OrgID, format: model.ExportFormat(link.Format), media: "text/csv; charset=utf-8"}
	ending := "csv"
	if f.format == model.ExportFormatXlsx {
		f.media, ending = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"
	}
	f.name = fmt.Sprintf("%s-%s.%s", link.Kind, link.Expires.Add(-download.Lifetime).Format(time.DateOnly), ending)
	if link.Kind == ordersFile {
		return f, r.orderFile(v, link, until, f)
	}
	return f, r.eventFile(v, link, until, f)
}

// write writes the file in the language of the request.
func (f *file) write(ctx context.Context, w io.Writer, sent *sending) error {
	begin := download.NewCSV
	if f.format == model.ExportFormatXlsx {
		begin = download.NewXLSX
	}
	sheet, err := begin(w)
	if err != nil {
		return err
	}
	heading := make([]any, len(f.heading))
	for i, m := range f.heading {
		heading[i] = fault.New(fault.Invalid, m).Text(LangFrom(ctx))
	}
	if err := sheet.Row(heading); err != nil {
		return err
	}
	err = f.rows(ctx, sent.judge, func(cells ...any) error {
		sent.rows.Add(1)
		return sheet.Row(cells)
	})
	if err != nil {
		return err
	}
	return sheet.Close()
}

// The headings are what an import of the file understands.
var orderHeading = []fault.Message{
	{Zh: "订单号", En: "number"},
	{Zh: "达人平台ID", En: "creatorPlatformId"},
	{Zh: "达人", En: "creatorName"},
	{Zh: "商品", En: "productName"},
	{Zh: "金额(最小货币单位)", En: "amount"},
	{Zh: "佣金(最小货币单位)", En: "commission"},
	{Zh: "状态", En: "status"},
	{Zh: "支付时间", En: "paidAt"},
	{Zh: "结算时间", En: "settledAt"},
}

func (r *Resolver) orderFile(v *viewer.Viewer, link download.Link, until time.Time, f *file) error {
	var filter *model.OrderFilter
	if err := json.Unmarshal(link.Filter, &filter); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	list := r.orders(v, "")
	list.Where = []where{backoffice.Orders(v, access.Export), equal(order.FieldOrgID, link.OrgID), upTo(order.FieldCreatedAt, until)}
	if err := orderFilter(v, &list, filter); err != nil {
		return err
	}
	columns := []string{
		order.FieldOrgID, order.FieldNumber, order.FieldCreatorID, order.FieldProductName, order.FieldAmount, order.FieldCommission,
		order.FieldStatus, order.FieldPaidAt, order.FieldSettledAt,
	}
	f.heading, f.count = orderHeading, list.Count
	f.rows = func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), row func(...any) error) error {
		return list.Walk(ctx, partSize, columns, func(part []*ent.Order) error {
			v, err := judge(ctx)
			if err != nil {
				return err
			}
			creators, err := r.namedCreators(ctx, v, ids(part, orderCreator), []string{link.OrgID}, []string{creator.FieldPlatformID})
			if err != nil {
				return err
			}
			for _, o := range part {
				platformID, name := inFile(creators[o.CreatorID])
				err := row(o.Number, platformID, name, o.ProductName, o.Amount, o.Commission,
					string(o.Status), moment(&o.PaidAt), moment(o.SettledAt))
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// inFile is what a file tells of an order's creator: the id on the platform is the creator's, for whoever sees the creator.
func inFile(c *namedCreator) (platformID, name string) {
	if c == nil {
		return "", ""
	}
	if c.Reached {
		platformID = c.PlatformID
	}
	return platformID, c.Name
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

var eventHeading = []fault.Message{
	{Zh: "时间", En: "at"},
	{Zh: "操作人类型", En: "actorKind"},
	{Zh: "操作人", En: "actorName"},
	{Zh: "操作", En: "operation"},
	{Zh: "结果", En: "outcome"},
	{Zh: "原因", En: "code"},
	{Zh: "IP 地址", En: "ip"},
	{Zh: "客户端", En: "userAgent"},
	{Zh: "请求编号", En: "requestId"},
}

func (r *Resolver) eventFile(v *viewer.Viewer, link download.Link, until time.Time, f *file) error {
	var filter *model.AuditEventFilter
	if err := json.Unmarshal(link.Filter, &filter); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	cuts, err := auditEventFilter(filter)
	if err != nil {
		return err
	}
	list := r.auditEvents("", append(cuts, inOrgs(v, access.AuditLog, access.Export), equal(auditevent.FieldOrgID, link.OrgID), upTo(auditevent.FieldAt, until))...)
	columns := []string{
		auditevent.FieldActorKind, auditevent.FieldActorName, auditevent.FieldOperation, auditevent.FieldOutcome, auditevent.FieldCode,
		auditevent.FieldIP, auditevent.FieldUserAgent, auditevent.FieldRequestID,
	}
	f.heading, f.count = eventHeading, list.Count
	f.rows = func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), row func(...any) error) error {
		return list.Walk(ctx, partSize, columns, func(part []*ent.AuditEvent) error {
			if _, err := judge(ctx); err != nil {
				return err
			}
			for _, e := range part {
				err := row(moment(&e.At), string(e.ActorKind), e.ActorName, e.Operation, string(e.Outcome), optional(e.Code), optional(e.IP),
					optional(e.UserAgent), e.RequestID)
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// upTo keeps rows that were made up to a moment.
func upTo(column string, until time.Time) where {
	return func(s *sql.Selector) { s.Where(sql.LTE(s.C(column), until)) }
}

func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
