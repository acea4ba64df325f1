package backoffice

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"deputy/ent"
	"deputy/ent/order"
	"deputy/ent/predicate"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
)

// orders are the messages of a batch of orders.
var orders = form.Noun{Type: "Order", None: noOrders, Many: manyOrders, Missing: noOrder}

// OrderRow is an order as reported by the platform.
type OrderRow struct {
	Number, CreatorPlatformID, ProductName string
	Amount, Commission                     int64
	Status                                 order.Status
	PaidAt                                 time.Time
	SettledAt                              *time.Time
	// The following fields are not changed, or empty for a new order, if they are nil.

	// ParentNumber is the number of the order that the platform has split into this one and others.
	ParentNumber *string
	// RefundAmount is the total refund so far, and RefundedAt the time of the last refund.
	RefundAmount *int64
	RefundedAt   *time.Time
	// CommissionAfterRefunds reports whether the platform has deducted refunds from the commission already.
	CommissionAfterRefunds *bool
	// OrgShare is the org's part of the net commission, if the platform reports it.
	OrgShare *int64

	creatorID string
}

func compareNumbers(a, b *OrderRow) int { return strings.Compare(a.Number, b.Number) }

// maxAhead is the maximum time by which a payment may be in the future: clocks and time zones differ.
const maxAhead = 24 * time.Hour

// earliest and latest limit the accepted times and days: beyond them a year was mistyped.
var (
	earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// ofSpreadsheet matches the form to which a spreadsheet converts a long number, and the error values that it shows
// instead of a value that it can't compute or display.
var ofSpreadsheet = regexp.MustCompile(`^(?:[+-]?[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]+|[0-9]+\.0+|` +
	`#(?:N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|BUSY!|CONNECT!|EXTERNAL!|PYTHON!|UNKNOWN!|GETTING_DATA)|#{2,})$`)

// Rewritten reports whether a spreadsheet has replaced the number of an order, or an id, with a form such as
// 6.92353E+18 or #N/A.
func Rewritten(number string) bool {
	return strings.ContainsAny(number, ".eE#") && ofSpreadsheet.MatchString(number)
}

// Check converts the row to its canonical form, or returns the first refusal, INVALID at the field.
func (r *OrderRow) Check(now time.Time) *fault.Error {
	for _, text := range []struct {
		name  string
		value *string
		limit int
	}{
		{"number", &r.Number, maxNumber},
		{"creatorPlatformId", &r.CreatorPlatformID, maxPlatformID},
		{"productName", &r.ProductName, maxProductName},
	} {
		canonical, err := contact.ParseName(*text.value, text.limit)
		if err == nil && Rewritten(canonical) && (text.value == &r.Number || text.value == &r.ProductName &&
			canonical[0] == '#') {
			return refuse(fault.Invalid, rewritten).At(text.name)
		}
		if err != nil {
			refused, ok := fault.Refused(err)
			if !ok {
				return refuse(fault.Invalid, badText).At(text.name)
			}
			return refused[0].At(text.name)
		}
		*text.value = canonical
	}
	if refusal := r.checkParent(); refusal != nil {
		return refusal
	}
	if refusal := amountFault(r.Amount); refusal != nil {
		return refusal.At("amount")
	}
	r.PaidAt = r.PaidAt.UTC().Truncate(time.Microsecond) // as it is stored
	if r.SettledAt != nil {
		r.SettledAt = new(r.SettledAt.UTC().Truncate(time.Microsecond))
	}
	if r.RefundedAt != nil {
		r.RefundedAt = new(r.RefundedAt.UTC().Truncate(time.Microsecond))
	}
	switch {
	case r.Commission < 0 || r.Commission > r.Amount:
		return refuse(fault.Invalid, badCommission).At("commission")
	case r.PaidAt.After(now.Add(maxAhead)):
		return refuse(fault.Invalid, paidAhead).At("paidAt")
	case r.PaidAt.Before(earliest):
		return refuse(fault.Invalid, paidBefore).At("paidAt")
	case r.SettledAt == nil:
		return r.checkRefund(now)
	case r.Status == order.StatusPAID:
		return refuse(fault.Invalid, settledPaid).At("settledAt")
	case r.SettledAt.Before(r.PaidAt):
		return refuse(fault.Invalid, settledEarly).At("settledAt")
	case r.SettledAt.After(now.Add(maxAhead)):
		return refuse(fault.Invalid, settledAhead).At("settledAt")
	}
	return r.checkRefund(now)
}

// checkParent converts the parent's number to its canonical form, and a blank one to nil.
func (r *OrderRow) checkParent() *fault.Error {
	if r.ParentNumber == nil || strings.TrimSpace(*r.ParentNumber) == "" {
		r.ParentNumber = nil
		return nil
	}
	canonical, err := contact.ParseName(*r.ParentNumber, maxNumber)
	switch refused, ok := fault.Refused(err); {
	case ok:
		return refused[0].At("parentNumber")
	case err != nil:
		return refuse(fault.Invalid, badText).At("parentNumber")
	case Rewritten(canonical):
		return refuse(fault.Invalid, rewritten).At("parentNumber")
	}
	r.ParentNumber = &canonical
	return nil
}

// toOrder returns the new order of the row.
func (r *OrderRow) toOrder(orgID string, now time.Time, of rates) *ent.Order {
	o := &ent.Order{
		OrgID: orgID, Number: r.Number, CreatorID: r.creatorID, ProductName: r.ProductName, Amount: r.Amount,
		Commission: r.Commission, Status: r.Status, PaidAt: r.PaidAt, SettledAt: r.SettledAt, CreatedAt: now, UpdatedAt: now,
		ParentNumber: r.ParentNumber, CommissionAfterRefunds: isTrue(r.CommissionAfterRefunds),
	}
	settle(o, now)
	refund(o, ent.Order{}, r.refunded(), r.RefundedAt)
	r.share(nil, o, of)
	return o
}

// Order returns the new order of the row for a creator, with the org's share in basis points. Check must have accepted
// the row.
func (r *OrderRow) Order(orgID, creatorID string, bps int, now time.Time) *ent.Order {
	r.creatorID = creatorID
	return r.toOrder(orgID, now, rates{creatorID: {{bps: bps}}})
}

// settle sets the settlement time of a settled order to now, but not before the payment, unless it has one.
func settle(o *ent.Order, now time.Time) {
	if o.SettledAt == nil && o.Status == order.StatusSETTLED {
		o.SettledAt = new(later(now, o.PaidAt))
	}
}

// onto returns the order with the changes of the row. Fields that the row does not have are not changed.
func (r *OrderRow) onto(before *ent.Order, now time.Time, of rates) *ent.Order {
	after := *before
	after.CreatorID, after.ProductName, after.Amount, after.Commission = r.creatorID, r.ProductName, r.Amount, r.Commission
	after.PaidAt = r.PaidAt
	after.Status = r.Status
	if r.SettledAt != nil {
		after.SettledAt = r.SettledAt
	}
	if r.ParentNumber != nil {
		after.ParentNumber = r.ParentNumber
	}
	apply(&after.CommissionAfterRefunds, r.CommissionAfterRefunds)
	settle(&after, now)
	refund(&after, *before, max(r.refunded(), before.RefundAmount), r.moment(before))
	if after.RefundAmount <= after.Amount {
		r.share(before, &after, of)
	}
	return &after
}

// moment returns the row's time of the last refund; nil if the order has a later refund.
func (r *OrderRow) moment(before *ent.Order) *time.Time {
	if r.refunded() < before.RefundAmount {
		return nil
	}
	return r.RefundedAt
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// rank returns the position of a status in the course of an order.
func rank(s order.Status) int {
	return slices.Index([]order.Status{order.StatusPAID, order.StatusSETTLED, order.StatusREFUNDED}, s)
}

// follows returns a refusal for an order whose settlement or refund is before the payment, or whose refund exceeds its
// amount.
func follows(after *ent.Order) *fault.Error {
	switch {
	case after.SettledAt != nil && after.SettledAt.Before(after.PaidAt):
		return refuse(fault.Invalid, settledEarly).At("paidAt")
	case after.RefundedAt != nil && after.RefundedAt.Before(after.PaidAt):
		return refuse(fault.Invalid, refundedEarly).At("paidAt")
	case after.RefundAmount > after.Amount:
		return refuse(fault.Invalid, moreRefunded).At("amount")
	}
	return nil
}

// SettleOrders settles orders that the viewer may edit, at the given time or now, and returns the settled ones in the
// order of the ids. An order that was settled before is not changed. It returns INVALID for an order that was refunded
// or paid later, NOT_FOUND, OUT_OF_SCOPE, TOO_MANY.
func (o *Office) SettleOrders(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, at *time.Time, policy form.Policy,
) (Settled, fault.Refusals, error) {
	b, err := form.Choose[*ent.Order](orders, ids, "input", "ids")
	if err != nil {
		return Settled{}, nil, err
	}
	held, err := hold(ctx, tx, act, access.Orders)
	if err != nil {
		return Settled{}, nil, err
	}
	query := tx.Order.Query().
		Where(page.Only[predicate.Order](order.FieldID, form.WellFormed(id.Order, b.IDs()),
			within(act, Orders, access.Edit))).
		Order(order.ByNumber())
	found, err := store.LockEach(ctx, tx, query, func(row *ent.Order) string { return row.ID })
	if err != nil {
		return Settled{}, nil, err
	}
	maps.DeleteFunc(found, func(_ string, row *ent.Order) bool { return !isHeld(held, row.CreatorID) })
	now := o.Now()
	moment := settledAt(at, now)
	err = sorted(ctx, tx, act, access.Orders, anOrder, b, found, policy, func(row *ent.Order) *fault.Error {
		switch {
		case row.Status == order.StatusREFUNDED:
			return refuse(fault.Invalid, backwards, row.Status, order.StatusSETTLED)
		case row.Status == order.StatusPAID && moment.Before(row.PaidAt):
			return refuse(fault.Invalid, settledEarly)
		case row.Status == order.StatusPAID && moment.After(now.Add(maxAhead)):
			return refuse(fault.Invalid, settledAhead)
		}
		return nil
	})
	if err != nil {
		return Settled{}, b.Refusals, err
	}
	var (
		changed []string
		targets []audit.Target
	)
	for _, row := range b.Good {
		if row.Status == order.StatusSETTLED {
			continue
		}
		before := *row
		row.Status, row.SettledAt, row.UpdatedAt = order.StatusSETTLED, &moment, now
		changed, targets = append(changed, row.ID), append(targets, orderTarget(row, orderChanges(&before, row)))
	}
	if len(changed) == 0 {
		return Settled{Orders: b.Good}, b.Refusals, nil
	}
	n, err := tx.Order.Update().Where(page.Among[predicate.Order](order.FieldID,
		changed)).SetStatus(order.StatusSETTLED).SetSettledAt(moment).SetUpdatedAt(now).Save(ctx)
	if err := exactly("settle orders", n, len(changed), err); err != nil {
		return Settled{}, nil, err
	}
	if err := act.Record(ctx, tx, append(targets, b.Refused...)...); err != nil {
		return Settled{}, nil, err
	}
	return Settled{Orders: b.Good, Settled: len(changed)}, b.Refusals, nil
}

// Refund is a refund of an order.
type Refund struct {
	OrderID string
	// Amount is the total refund so far.
	Amount int64
	// At is the time of the last refund; nil means now.
	At *time.Time
	// Reason is the reason for the audit event.
	Reason string
}

// RefundOrder sets the total refund of an order that the viewer may edit, and recomputes the shares. A refund of the
// whole amount sets the status REFUNDED. Equal values change nothing. It returns INVALID for less than the refund so
// far, for more than the amount, for a time before the payment or in the future, and without a reason; NOT_FOUND,
// OUT_OF_SCOPE.
func (o *Office) RefundOrder(ctx context.Context, tx *store.Tx, act audit.Entry, in Refund) (*ent.Order, error) {
	var f form.Form
	reason := f.Text(contact.ParseName, in.Reason, maxReason, "input", "reason")
	if err := f.Err(); err != nil {
		return nil, err
	}
	held, err := hold(ctx, tx, act, access.Orders)
	if err != nil {
		return nil, err
	}
	query := tx.Order.Query().Where(
		page.Only[predicate.Order](order.FieldID, form.WellFormed(id.Order, []string{in.OrderID}),
			within(act, Orders, access.Edit)),
	)
	rows, err := store.Lock(tx, query).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock order: %w", err)
	}
	if len(rows) == 0 || !isHeld(held, rows[0].CreatorID) {
		return nil, anOrder.missing(ctx, tx, act, access.Orders, in.OrderID,
			refuse(fault.NotFound, noOrder).At("input", "id"))
	}
	before, now := rows[0], o.Now()
	if in.At != nil {
		in.At = new(in.At.UTC().Truncate(time.Microsecond))
	}
	if wrong := in.check(before, now); wrong != nil {
		return nil, wrong
	}
	after := *before
	if in.Amount == before.Amount {
		after.Status = order.StatusREFUNDED
	}
	after.RefundAmount = in.Amount
	if in.At == nil && refundsMore(&after, *before) {
		in.At = new(later(now, before.PaidAt))
	}
	refund(&after, *before, in.Amount, in.At)
	divide(&after)
	changes := orderChanges(before, &after)
	if len(changes) == 0 {
		return before, nil
	}
	update := tx.Order.UpdateOneID(before.ID).SetStatus(after.Status).SetRefundAmount(after.RefundAmount).
		SetNillableRefundedAt(after.RefundedAt).SetNetCommission(after.NetCommission).SetOrgShare(after.OrgShare).
		SetCreatorShare(after.CreatorShare).SetUpdatedAt(now)
	updated, err := update.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("refund order: %w", err)
	}
	slot, zone, err := takeFigures(ctx, tx, act.OrgID)
	if err != nil {
		return nil, err
	}
	change := newTally(zone)
	change.take(before)
	change.add(updated)
	if err := change.write(ctx, tx, act.OrgID, slot, "input", "refundAmount"); err != nil {
		return nil, err
	}
	changes = append(changes, audit.Set(audit.Text("reason", reason))...)
	return updated, act.Record(ctx, tx, orderTarget(updated, changes))
}

// check returns the refusal of an invalid refund, or nil.
func (in *Refund) check(before *ent.Order, now time.Time) *fault.Error {
	switch {
	case in.Amount < before.RefundAmount:
		return refuse(fault.Invalid, lessRefunded).At("input", "refundAmount")
	case in.Amount > before.Amount:
		return refuse(fault.Invalid, badRefund).At("input", "refundAmount")
	case in.At != nil && in.At.Before(before.PaidAt):
		return refuse(fault.Invalid, refundedEarly).At("input", "refundedAt")
	case in.At != nil && in.At.After(now.Add(maxAhead)):
		return refuse(fault.Invalid, refundedAhead).At("input", "refundedAt")
	}
	return nil
}

// VoidOrders deletes orders of the act's org with any status, subtracts them from the figures, and returns their ids in
// the order of the ids. The audit event has all values of an order, and the reason; its number may be imported again.
// It returns FORBIDDEN unless the viewer may edit all orders; INVALID without a reason, NOT_FOUND, TOO_MANY.
func (o *Office) VoidOrders(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, reason string, policy form.Policy,
) ([]string, fault.Refusals, error) {
	if err := wholeModule(act, access.Orders, access.Edit); err != nil {
		return nil, nil, err
	}
	var f form.Form
	reason = f.Text(contact.ParseName, reason, maxReason, "input", "reason")
	if err := f.Err(); err != nil {
		return nil, nil, err
	}
	b, err := form.Choose[*ent.Order](orders, ids, "input", "ids")
	if err != nil {
		return nil, nil, err
	}
	query := tx.Order.Query().
		Where(page.Only[predicate.Order](order.FieldID, form.WellFormed(id.Order, b.IDs()),
			within(act, Orders, access.Edit))).
		Order(order.ByNumber())
	found, err := store.LockEach(ctx, tx, query, func(row *ent.Order) string { return row.ID })
	if err != nil {
		return nil, nil, err
	}
	if err := b.Sort(found, policy, nil); err != nil {
		return nil, b.Refusals, err
	}
	gone := make([]string, len(b.Good))
	targets := make([]audit.Target, len(b.Good))
	slot, zone, err := takeFigures(ctx, tx, act.OrgID)
	if err != nil {
		return nil, nil, err
	}
	less := newTally(zone)
	for i, row := range b.Good {
		gone[i], targets[i] = row.ID, orderTarget(row, voidedChanges(row, reason))
		less.take(row)
	}
	n, err := tx.Order.Delete().Where(page.Among[predicate.Order](order.FieldID, gone)).Exec(ctx)
	if err := exactly("void orders", n, len(gone), err); err != nil {
		return nil, nil, err
	}
	if err := less.write(ctx, tx, act.OrgID, slot, "input", "ids"); err != nil {
		return nil, nil, err
	}
	if err := act.Record(ctx, tx, append(targets, b.Refused...)...); err != nil {
		return nil, nil, err
	}
	return gone, b.Refusals, nil
}
