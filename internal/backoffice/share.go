package backoffice

import (
	"context"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/order"
	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/page"
	"deputy/internal/store"
)

// part returns a × b ÷ c, rounded down. None is negative, c is above 0, and the result is at most 2^63 - 1.
func part(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))   //nolint:gosec // not negative
	quotient, _ := bits.Div64(high, low, uint64(c)) //nolint:gosec // above 0
	return int64(quotient)                          //nolint:gosec // fits
}

// netCommission returns an order's commission after refunds: 0 for a REFUNDED order, the commission if the platform has
// deducted the refunds already, and otherwise the commission in the proportion of the net amount to the amount, rounded
// down. A constraint of the database has the same rule; see ent/schema.
func netCommission(o *ent.Order) int64 {
	switch {
	case o.Status == order.StatusREFUNDED:
		return 0
	case o.CommissionAfterRefunds || o.Amount == 0:
		return o.Commission
	default:
		return part(o.Commission, o.Amount-o.RefundAmount, o.Amount)
	}
}

// divide computes the net commission of an order, and divides it between the org and the creator: by the order's basis
// points, or in the same proportion as the platform. The org's part is rounded down, and the creator's is the rest, so
// that no unit is lost.
func divide(o *ent.Order) {
	o.NetCommission = netCommission(o)
	if o.ShareBps != nil {
		o.OrgShare = part(o.NetCommission, int64(*o.ShareBps), maxShare)
	} else {
		o.OrgShare = part(*o.GivenShare, o.NetCommission, *o.GivenNet)
	}
	o.CreatorShare = o.NetCommission - o.OrgShare
}

// rate is the org's share of a creator's commission since a time.
type rate struct {
	since time.Time
	bps   int
}

// rates are the rates by creator, each creator's sorted by time.
type rates map[string][]rate

// at returns the creator's basis points at a time; before the first rate, those of the first.
func (r rates) at(creatorID string, moment time.Time) int {
	all := r[creatorID]
	n, _ := slices.BinarySearchFunc(all, moment, func(one rate, moment time.Time) int {
		if one.since.After(moment) {
			return 1
		}
		return -1
	})
	return all[max(n-1, 0)].bps
}

// lately is the maximum age of a change of a share that may not be visible yet: the duration of a transaction, and the
// difference of clocks.
const lately = 2 * store.WriteTime

// readRates returns the rates of creators of an org for orders that were paid until the given time. If that is recent,
// a concurrent transaction may change a rate for them: then the rates are read again before the event is recorded, and
// the transaction is retried if they have changed.
func readRates(
	ctx context.Context, tx *store.Tx, orgID string, creators []*ent.Creator, until, now time.Time,
) (rates, error) {
	found := make(rates, len(creators))
	ids := make([]string, len(creators))
	for i, c := range creators {
		ids[i] = c.ID
	}
	slices.Sort(ids)
	known := 0
	err := eachRate(ctx, tx, orgID, ids, func(creatorID string, one rate) {
		found[creatorID] = append(found[creatorID], one)
		known++
	})
	if err != nil {
		return nil, err
	}
	for _, c := range creators {
		if found[c.ID] == nil { // a creator that no mutation created
			found[c.ID] = []rate{{bps: c.ShareBps}}
		}
	}
	if until.Before(now.Add(-lately)) {
		return found, nil
	}
	tx.Recheck(func(ctx context.Context) error {
		now := 0
		err := eachRate(ctx, tx, orgID, ids, func(string, rate) { now++ })
		if err == nil && now != known {
			err = store.ErrOvertaken
		}
		return err
	})
	return found, nil
}

// eachRate calls found for each rate of creators of an org, each creator's sorted by time.
func eachRate(ctx context.Context, tx *store.Tx, orgID string, ids []string, found func(string, rate)) error {
	d := sql.Dialect(tx.Dialect())
	t := d.Table("creator_shares")
	s := d.Select(t.C("creator_id"), t.C("since"), t.C("share_bps")).From(t)
	s.Where(sql.And(sql.EQ(t.C("org_id"), orgID), page.In(t.C("creator_id"), ids))).OrderBy(t.C("creator_id"),
		t.C("since"))
	query, args := s.Query()
	err := bulk.Each(ctx, tx, query, args, func(scan bulk.Scan) error {
		var (
			creatorID string
			one       rate
		)
		err := scan(&creatorID, &one.since, &one.bps)
		found(creatorID, one)
		return err
	})
	if err != nil {
		return fmt.Errorf("read shares: %w", err)
	}
	return nil
}

// keepRates stores the shares of creators of an org, who must be locked or new. A share applies from now, but after any
// earlier rate, and after the last payment of the creator's orders, which keep their share. If an order with a later
// payment is added meanwhile, the transaction is retried.
func keepRates(ctx context.Context, tx *store.Tx, orgID string, creators []*ent.Creator, now time.Time) error {
	if len(creators) == 0 {
		return nil
	}
	ids, since, bps := make([]string, len(creators)), make([]*time.Time, len(creators)), make([]int64, len(creators))
	last := map[string]time.Time{}
	for i, c := range creators {
		ids[i], bps[i] = c.ID, int64(c.ShareBps)
	}
	err := eachRate(ctx, tx, orgID, ids, func(creatorID string, one rate) { last[creatorID] = one.since })
	if err != nil {
		return err
	}
	known := slices.Sorted(maps.Keys(last)) // the others are new, and have no orders
	paid, err := lastPaid(ctx, tx, orgID, known, now)
	if err != nil {
		return err
	}
	holds := make(map[string]time.Time, len(known))
	for i, creatorID := range ids {
		since[i] = &now
		if before, had := last[creatorID]; had {
			since[i] = new(later(now, later(before, paid[creatorID]).Add(time.Microsecond)))
			holds[creatorID] = *since[i]
		}
	}
	tx.Recheck(func(ctx context.Context) error {
		paid, err := lastPaid(ctx, tx, orgID, known, now)
		for creatorID, at := range paid {
			if err == nil && !at.Before(holds[creatorID]) {
				err = store.ErrOvertaken
			}
		}
		return err
	})
	from, args, err := bulk.Table(tx.Dialect(), bulk.Column{Name: "creator_id", Texts: ids},
		bulk.Column{Name: "since", Moments: since}, bulk.Column{Name: "share_bps", Numbers: bps})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO creator_shares (org_id, creator_id, since, share_bps) "+
		"SELECT CAST($%d AS varchar), creator_id, since, share_bps FROM %s", len(args)+1, from), append(args, orgID)...)
	if err != nil {
		return fmt.Errorf("keep shares: %w", err)
	}
	return nil
}

// lastPaid returns the time of the last payment of each of the creators' orders, among payments at from or later.
func lastPaid(
	ctx context.Context, tx *store.Tx, orgID string, creatorIDs []string, from time.Time,
) (map[string]time.Time, error) {
	paid := map[string]time.Time{}
	if len(creatorIDs) == 0 {
		return paid, nil
	}
	d := sql.Dialect(tx.Dialect())
	t := d.Table(order.Table)
	s := d.Select(t.C(order.FieldCreatorID), t.C(order.FieldPaidAt)).From(t)
	page.Only[func(*sql.Selector)](order.FieldCreatorID, creatorIDs, func(s *sql.Selector) {
		s.Where(sql.EQ(t.C(order.FieldOrgID), orgID))
	})(s)
	s.Where(sql.GTE(t.C(order.FieldPaidAt), from))
	query, args := s.Query()
	err := bulk.Each(ctx, tx, query, args, func(scan bulk.Scan) error {
		var (
			of string
			at time.Time
		)
		err := scan(&of, &at)
		paid[of] = later(paid[of], at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at payments: %w", err)
	}
	return paid, nil
}

// share sets the basis of an order's shares, and divides its commission: by the share in the row, if any, otherwise by
// the order's previous basis, unless its creator or payment time has changed. Before is nil for a new order.
func (r *OrderRow) share(before, after *ent.Order, of rates) {
	if reported := r.reported(after.CommissionAfterRefunds); r.OrgShare != nil && reported > 0 {
		after.ShareBps, after.GivenShare, after.GivenNet = nil, r.OrgShare, &reported
	} else if before == nil ||
		before.GivenNet == nil && (before.CreatorID != after.CreatorID || !before.PaidAt.Equal(after.PaidAt)) {
		after.ShareBps = new(of.at(after.CreatorID, after.PaidAt))
	}
	divide(after)
}

// reported returns the commission that OrgShare is a part of: the net commission of the row, regardless of later
// refunds, or the commission for a refunded order, whose net commission is 0.
func (r *OrderRow) reported(afterRefunds bool) int64 {
	if r.status() == order.StatusREFUNDED {
		return r.Commission
	}
	return netCommission(&ent.Order{
		Status: r.status(), Amount: r.Amount, Commission: r.Commission, RefundAmount: r.refunded(),
		CommissionAfterRefunds: afterRefunds,
	})
}

// refunded returns the total refund of the row.
func (r *OrderRow) refunded() int64 {
	switch {
	case r.RefundAmount != nil:
		return *r.RefundAmount
	case r.Status == order.StatusREFUNDED:
		return r.Amount
	}
	return 0
}

// status returns the status of the row, or REFUNDED for a refund of the whole amount.
func (r *OrderRow) status() order.Status {
	if r.Amount > 0 && r.refunded() == r.Amount {
		return order.StatusREFUNDED
	}
	return r.Status
}

func isTrue(flag *bool) bool { return flag != nil && *flag }

// checkRefund returns the refusal of an invalid refund or share of the org, or nil.
func (r *OrderRow) checkRefund(now time.Time) *fault.Error {
	switch {
	case r.RefundAmount != nil && (*r.RefundAmount < 0 || *r.RefundAmount > r.Amount):
		return refuse(fault.Invalid, badRefund).At("refundAmount")
	case r.Status == order.StatusREFUNDED && r.refunded() < r.Amount:
		return refuse(fault.Invalid, partRefunded).At("refundAmount")
	case r.RefundedAt != nil && r.RefundedAt.Before(r.PaidAt):
		return refuse(fault.Invalid, refundedEarly).At("refundedAt")
	case r.RefundedAt != nil && r.RefundedAt.After(now.Add(maxAhead)):
		return refuse(fault.Invalid, refundedAhead).At("refundedAt")
	case r.RefundedAt != nil && r.refunded() == 0 && r.Status != order.StatusREFUNDED:
		return refuse(fault.Invalid, nothingRefunded).At("refundedAt")
	case r.OrgShare != nil && (*r.OrgShare < 0 || *r.OrgShare > r.reported(isTrue(r.CommissionAfterRefunds))):
		return refuse(fault.Invalid, badOrgShare).At("orgShare")
	}
	return nil
}

// refund sets the total refund of an order, and the time of the last refund; nil if unknown. A refund of the whole
// amount sets the status REFUNDED. Was is the previous order; its zero value for a new one.
func refund(o *ent.Order, was ent.Order, amount int64, at *time.Time) {
	if o.RefundAmount = amount; amount > 0 && amount == o.Amount {
		o.Status = order.StatusREFUNDED
	}
	switch {
	case at == nil && refundsMore(o, was):
		o.RefundedAt = nil // the time of the last refund is unknown
	case at != nil && (amount > 0 || o.Status == order.StatusREFUNDED) &&
		(o.RefundedAt == nil || at.After(*o.RefundedAt)):
		o.RefundedAt = at
	}
}

// refundsMore reports whether the refund of an order is larger than before.
func refundsMore(o *ent.Order, was ent.Order) bool {
	return was.Status != order.StatusREFUNDED && (o.Status == order.StatusREFUNDED || o.RefundAmount > was.RefundAmount)
}
