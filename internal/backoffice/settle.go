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

// MaxSettled is how many orders one call may settle by a filter.
const MaxSettled = 10_000

// Matching is the orders that a filter matches, as somebody saw them.
type Matching struct {
	// Keep cuts a query of orders to them. Which of them the act may edit is cut beside it.
	Keep func(*sql.Selector)
	// Filter says on record which orders they are; nil for all.
	Filter *string
	// Expected is how many orders there were.
	Expected int
}

// Settled is what settling came to.
type Settled struct {
	// Orders are those that were named and are settled now, in the order of the ids; none with a filter.
	Orders []*ent.Order
	// Count is how many orders the filter matches at present; nil without a filter.
	Count *int
	// Settled is how many became settled.
	Settled int
}

// SettleMatching settles all orders within the act's reach that a filter matches, at a moment, or now, in one statement
// and as one event, whose target is the set. The number that was expected is the condition: when there is another one,
// nothing is done, CHANGED_MEANWHILE is among the refusals, and Count is the present number. INVALID, and nothing is
// done, when one of them can't be settled; TOO_MANY for more than MaxSettled.
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

// allHeld reports whether the act still holds the creators of all rows; nil holds all.
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

// settleable returns the ids of the orders that are to be settled, or why some can't be.
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

// settledAt returns the moment that orders are settled at: the one that was given, or now.
func settledAt(given *time.Time, now time.Time) time.Time {
	if given == nil {
		return now
	}
	return given.UTC().Truncate(time.Microsecond)
}

// writeSettled settles the orders of the ids; each names the event of the act.
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

// settledSet is what a filter settled, on record: the filter, how many orders it matched and what they come to.
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
