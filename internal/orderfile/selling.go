package orderfile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/contact"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/orderfile/report"
	"deputy/internal/store"
)

// Ordered is the value of --paid-at that uses the order time as payment time.
const Ordered = "ordered"

// The reasons for which an order is refused because of other rows of the file or of the org's data, for people.
const (
	severalRows = "没有子订单号，而父订单号在文件中出现多次 / this row has no sub-order number, and its parent order number " +
		"appears more than once in the file"
	notThere = "没有这个订单，而报表没有支付时间：加上 --paid-at ordered 以下单时间为支付时间 / the order was not found, and the report has " +
		"no payment time: use --paid-at ordered to take the order time as the payment time"
	keptWhole = "Deputy 中这个订单是一行，而文件中有多行：请先作废该订单，再导入 / Deputy has this order as one row, but the file has " +
		"several: void the order first, then import again"
	nobody = "没有名为“%s”的签约达人，请先添加，或填写平台 ID / no creator under contract is named “%s”: add the " +
		"creator first, or enter the platform ID"
	many = "有 %d 位签约达人名为“%s”，请填写平台 ID / %d creators under contract are named “%s”: enter the platform ID"
)

// selling converts and imports the rows of a file of orders.
type selling struct {
	Import
	reader *reader
	// survey has the orders with several lines; nil if each row is an order.
	survey *survey
	// money are the lines of orders whose other lines have not been read yet.
	money map[string][]moneyLine
	// named are the platform ids of creators under contract by name; nil before the first lookup.
	named map[string][]string
}

// reportNamed returns the report that a person has set with --as, or nil without a name.
func reportNamed(name string) (*report.Report, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // its heading determines the report
	}
	if of := report.Named(name); of != nil {
		return of, nil
	}
	return nil, errors.New("--as names no report: deputy import reports lists them")
}

// creator returns the platform id of the creator that a person has set, by id or platform id.
func (i Import) creator(ctx context.Context) (string, error) {
	if i.Creator == "" {
		return "", nil
	}
	which := creator.PlatformID(i.Creator)
	if id.Is(id.Creator, i.Creator) {
		which = creator.ID(i.Creator)
	}
	found, err := i.Store.Client.Creator.Query().Where(creator.OrgID(i.OrgID), which).Only(ctx)
	if ent.IsNotFound(err) {
		return "", errors.New("--creator names no creator of this org: take the id of one, or the platform id")
	}
	if err != nil {
		return "", fmt.Errorf("read creator: %w", err)
	}
	return found.PlatformID, nil
}

// row converts a row of the file.
func (s *selling) row(in row) taken[sale] {
	of := s.reader.heading.report
	if of == nil {
		return s.reader.orders().alone(in)
	}
	k, why := s.reader.form(in)
	if k != anObject {
		return taken[sale]{rows: []row{in}, kind: k, why: why}
	}
	var t taken[sale]
	if of.Money {
		t = s.moneyRow(in)
	} else {
		t.rows = []row{in}
		t.object, t.kind, t.why = s.reader.reported(in)
		t.left = t.object.why
	}
	switch {
	case (t.kind == refused || t.kind == leftOut && t.left == explaining) && s.reader.isSum(in):
		return taken[sale]{kind: besides}
	case t.kind == anObject:
		t.why = s.numbered(&t.object)
	}
	return t
}

// moneyRow adds a settlement line to those of its order, and returns the order when it has all lines.
func (s *selling) moneyRow(in row) taken[sale] {
	l, k, why := s.reader.moneyLine(in)
	if k != anObject {
		return taken[sale]{rows: []row{in}, kind: k, why: why, left: l.why}
	}
	lines := append(s.money[l.Number], l)
	if len(lines) < s.survey.rows(l.Number) {
		if s.money == nil {
			s.money = map[string][]moneyLine{}
		}
		s.money[l.Number] = lines
		return taken[sale]{kind: nothing}
	}
	delete(s.money, l.Number)
	t := taken[sale]{}
	for _, l := range lines {
		t.rows = append(t.rows, l.row)
	}
	t.object, t.kind, t.why = s.reader.sumUp(lines)
	t.left = t.object.why
	return t
}

// numbered gives a line of an order with several lines its number, and returns the reason to refuse an ambiguous
// number.
func (s *selling) numbered(o *sale) (why string) {
	switch {
	case o.line != "" && s.survey.several(o.Number):
		o.lined()
	case o.byParent && s.survey.rows(o.Number) > 1:
		return severalRows
	}
	return ""
}

// write imports a batch.
func (s *selling) write(ctx context.Context, tx *store.Tx, act audit.Entry, part []sale, out *outcome) error {
	orders, err := s.prepare(ctx, tx, part, out)
	if err != nil || len(orders) == 0 {
		return err
	}
	out.done, out.refused, err = s.Office.ImportOrders(ctx, tx, act, orders, form.PerItem)
	return err
}

// prepare completes a batch from the org's data: the creators of orders, payment times of stored orders, and refunds of
// stored orders that the report has as cancelled. It returns the rows to import.
func (s *selling) prepare(ctx context.Context, tx *store.Tx, part []sale, out *outcome) ([]backoffice.OrderRow, error) {
	divided, err := s.divided(ctx, tx, part)
	if err != nil {
		return nil, err
	}
	kept, err := s.kept(ctx, tx, part)
	if err != nil {
		return nil, err
	}
	var orders []backoffice.OrderRow
	out.why, out.places = map[int]string{}, make([]int, 0, len(part))
	for n := range part {
		o := part[n] // a copy: the transaction may be retried
		if o.isLine && kept[*o.ParentNumber] != nil {
			out.why[n] = keptWhole
			continue
		}
		if o.line != "" && !o.isLine && divided[o.Number] {
			o.lined()
		}
		before := kept[o.Number]
		switch {
		case o.gone && before == nil:
			out.left[o.why]++
			continue
		case o.gone:
			o.OrderRow = refundedNow(before)
		case o.ordered && before != nil:
			o.PaidAt = before.PaidAt
		case o.ordered && s.PaidAt == "":
			out.why[n] = notThere
			out.unknown++
			continue
		}
		if o.CreatorPlatformID == "" {
			platformID, why, err := s.called(ctx, tx, o.creatorName)
			if err != nil {
				return nil, err
			}
			if why != "" {
				out.why[n] = why
				continue
			}
			o.CreatorPlatformID = platformID
		}
		orders, out.places = append(orders, o.OrderRow), append(out.places, n)
	}
	return orders, nil
}

// refundedNow returns the row that refunds a stored order in full.
func refundedNow(o *ent.Order) backoffice.OrderRow {
	return backoffice.OrderRow{
		Number: o.Number, CreatorPlatformID: o.Edges.Creator.PlatformID, ProductName: o.ProductName, Amount: o.Amount,
		Commission: o.Commission, Status: order.StatusREFUNDED, PaidAt: o.PaidAt, SettledAt: o.SettledAt,
		RefundAmount: new(o.Amount),
	}
}

// kept returns the stored orders that the import of a batch depends on, by number.
func (s *selling) kept(ctx context.Context, tx *store.Tx, part []sale) (map[string]*ent.Order, error) {
	var numbers []string
	for _, o := range part {
		if o.gone || o.ordered {
			numbers = append(numbers, o.Number)
		}
		if o.isLine {
			numbers = append(numbers, *o.ParentNumber)
		} else if o.line != "" {
			line := o
			line.lined()
			numbers = append(numbers, line.Number)
		}
	}
	kept := map[string]*ent.Order{}
	if len(numbers) == 0 {
		return kept, nil
	}
	found, err := tx.Order.Query().Where(order.OrgID(s.OrgID), order.NumberIn(numbers...)).WithCreator().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	for _, o := range found {
		kept[o.Number] = o
	}
	return kept, nil
}

// divided returns the numbers of the orders that have one line in the batch, and that are stored by line.
func (s *selling) divided(ctx context.Context, tx *store.Tx, part []sale) (map[string]bool, error) {
	var numbers []string
	for _, o := range part {
		if o.line != "" && !o.isLine {
			numbers = append(numbers, o.Number)
		}
	}
	divided := map[string]bool{}
	if len(numbers) == 0 {
		return divided, nil
	}
	found, err := tx.Order.Query().Where(order.OrgID(s.OrgID), order.ParentNumberIn(numbers...)).
		Select(order.FieldNumber, order.FieldParentNumber).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	for _, o := range found {
		if strings.HasPrefix(o.Number, *o.ParentNumber+":") {
			divided[*o.ParentNumber] = true
		}
	}
	return divided, nil
}

// called returns the platform id of the only creator under contract with a name, or the reason to refuse the row.
func (s *selling) called(ctx context.Context, tx *store.Tx, name string) (platformID, why string, err error) {
	if s.named == nil {
		all, err := tx.Creator.Query().Where(creator.OrgID(s.OrgID), creator.StatusEQ(creator.StatusSIGNED)).
			Select(creator.FieldName, creator.FieldPlatformID).All(ctx)
		if err != nil {
			return "", "", fmt.Errorf("read creators: %w", err)
		}
		s.named = make(map[string][]string, len(all))
		for _, c := range all {
			key := contact.NameKey(c.Name)
			s.named[key] = append(s.named[key], c.PlatformID)
		}
	}
	switch found := s.named[contact.NameKey(name)]; len(found) {
	case 0:
		return "", fmt.Sprintf(nobody, name, name), nil
	case 1:
		return found[0], "", nil
	default:
		return "", fmt.Sprintf(many, len(found), name, len(found), name), nil
	}
}
