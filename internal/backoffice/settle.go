package backoffice

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/order"
	"deputy/ent/predicate"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
)

// MaxSettled is the maximum number of orders that one call may settle by a filter.
const MaxSettled = 10_000

// Matching is a filter of orders, with the number of matches that the caller has seen.
type Matching struct {
	// Keep restricts a query of orders to the matches. The viewer's predicate is applied in addition.
	Keep func(*sql.Selector)
	// Filter is the filter as text for the audit event; nil for all orders.
	Filter *string
	// Expected is the number of matches that the caller has seen.
	Expected int
}

// Settled is the result of settling orders.
type Settled struct {
	// Orders are the given orders, now settled, in the order of the ids; none with a filter.
	Orders []*ent.Order
	// Count is the number of orders that the filter matches now; nil without a filter.
	Count *int
	// Settled is the number of orders that were changed to SETTLED.
	Settled int
}

// SettleMatching settles all orders that a filter matches and the viewer may edit, at the given time or now, in one
// statement and as one event, whose target is the set. If the number of matches is not the expected one, nothing is
// changed, CHANGED_MEANWHILE is among the refusals, and Count is the present number. It returns INVALID, and changes
// nothing, if one of the orders can't be settled, and TOO_MANY for more than MaxSettled.
func (o *Office) SettleMatching(
	ctx context.Context, tx *store.Tx, act audit.Entry, m Matching, at *time.Time,
) (Settled, fault.Refusals, error) {
	switch {
	case m.Expected < 1:
		return Settled{}, nil, refuse(fault.Invalid, noOrders).At("input", "expectedCount")
	case m.Expected > MaxSettled:
		return Settled{}, nil, refuse(fault.TooMany, manyMatching, MaxSettled).At("input", "expectedCount")
	}
	held, err := hold(ctx, tx, act, access.Orders)
	if err != nil {
		return Settled{}, nil, err
	}
	matching := tx.Order.Query().Where(predicate.Order(within(act, Orders, access.Edit)), predicate.Order(m.Keep))
	rows, err := store.Lock(tx, matching.Clone().Order(order.ByNumber()).Limit(m.Expected+1)).All(ctx)
	if err != nil {
		return Settled{}, nil, fmt.Errorf("lock orders: %w", err)
	}
	count := len(rows)
	if count > m.Expected {
		if count, err = matching.Count(ctx); err != nil {
			return Settled{}, nil, fmt.Errorf("count orders: %w", err)
		}
	}
	if count != m.Expected || !allHeld(held, rows) {
		return Settled{Count: &count}, fault.Refusals{
			refuse(fault.ChangedMeanwhile, otherCount, count, m.Expected).At("input", "expectedCount"),
		}, nil
	}
	now := o.Now()
	moment := settledAt(at, now)
	open, refusal := settleable(rows, moment, now)
	if refusal != nil {
		return Settled{}, nil, refusal
	}
	done := Settled{Count: &count, Settled: len(open)}
	if len(open) == 0 {
		return done, nil, nil
	}
	act.EventID = id.New(id.AuditEvent)
	if err := writeSettled(ctx, tx, act, open, moment, now); err != nil {
		return Settled{}, nil, err
	}
	tx.NotifyRows(act.OrgID, open...) // the event sums them up
	return done, nil, act.Record(ctx, tx, settledSet(act, m, rows, len(open), moment))
}

// allHeld reports whether the creators of all rows are among held; nil includes all.
func allHeld(held []string, rows []*ent.Order) bool {
	if held == nil {
		return true
	}
	own := make(map[string]bool, len(held))
	for _, creatorID := range held {
		own[creatorID] = true
	}
	for _, row := range rows {
		if !own[row.CreatorID] {
			return false
		}
	}
	return true
}

// settleable returns the ids of the orders to settle, or a refusal if some of the rows can't be settled.
func settleable(rows []*ent.Order, moment, now time.Time) (open []string, refusal *fault.Error) {
	refunded, early := 0, 0
	for _, row := range rows {
		switch {
		case row.Status == order.StatusREFUNDED:
			refunded++
		case row.Status == order.StatusPAID && moment.Before(row.PaidAt):
			early++
		case row.Status == order.StatusPAID:
			open = append(open, row.ID)
		}
	}
	switch {
	case refunded > 0:
		return nil, refuse(fault.Invalid, someRefunded, refunded).At("input", "filter")
	case early > 0:
		return nil, refuse(fault.Invalid, someEarly, early).At("input", "settledAt")
	case len(open) > 0 && moment.After(now.Add(maxAhead)):
		return nil, refuse(fault.Invalid, settledAhead).At("input", "settledAt")
	}
	return open, nil
}

// settledAt returns the settlement time: the given one, or now.
func settledAt(given *time.Time, now time.Time) time.Time {
	if given == nil {
		return now
	}
	return given.UTC().Truncate(time.Microsecond)
}

// writeSettled settles the orders with the ids, and sets the id of the act's event in each.
func writeSettled(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, moment, now time.Time,
) error {
	n, err := tx.Order.Update().
		Where(page.Among[predicate.Order](order.FieldID, ids)).
		SetStatus(order.StatusSETTLED).
		SetSettledAt(moment).
		SetSettledBy(act.EventID).
		SetUpdatedAt(now).
		Save(ctx)
	return exactly("settle orders", n, len(ids), err)
}

// settledSet returns the target of SettleMatching: the filter, the number of matches, and the sums of their amounts and
// commissions.
func settledSet(act audit.Entry, m Matching, rows []*ent.Order, settled int, at time.Time) audit.Target {
	var amount, commission int64
	for _, row := range rows {
		amount += row.Amount
		commission += row.Commission
	}
	return audit.Target{
		ID:   act.OrgID,
		Type: "SettleOrdersPayload",
		Changes: audit.Set(
			audit.Maybe("filter", m.Filter), audit.Number("count", len(rows)), audit.Number("settled", settled),
			audit.Number("amount", amount), audit.Number("commission", commission),
			audit.Maybe("settledAt", moment(&at)),
		),
	}
}
