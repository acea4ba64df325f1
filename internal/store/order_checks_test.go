package store_test

import (
	"fmt"
	"testing"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestOrdersAddUpWhateverWrites: the database itself refuses an order whose net commission is not what refunds leave of
// its commission, or whose share of the org is not what its basis points, or what the platform gave, say.
func TestOrdersAddUpWhateverWrites(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		creator := makeCreator(t, s, makeAgency(t, s), "1")
		const net, share = "orders_net", "orders_org_share"
		for i, c := range []struct {
			commission, refund, after, status   any
			net, org, bps, givenShare, givenNet any
			refusedFor                          string
		}{
			// An amount of 1,000.
			{999, 0, false, "PAID", 999, 332, 3333, "NULL", "NULL", ""},
			{999, 0, false, "PAID", 998, 332, 3333, "NULL", "NULL", net},
			{999, 0, false, "PAID", 1000, 333, 3333, "NULL", "NULL", net},
			{999, 500, false, "PAID", 499, 166, 3333, "NULL", "NULL", ""},
			{999, 500, false, "PAID", 500, 166, 3333, "NULL", "NULL", net},
			{999, 500, false, "PAID", 999, 332, 3333, "NULL", "NULL", net},
			{999, 500, true, "PAID", 999, 332, 3333, "NULL", "NULL", ""},
			{999, 500, true, "PAID", 499, 166, 3333, "NULL", "NULL", net},
			{999, 1000, false, "REFUNDED", 0, 0, 3333, "NULL", "NULL", ""},
			{999, 1000, true, "REFUNDED", 999, 332, 3333, "NULL", "NULL", net},
			{999, 0, false, "PAID", 999, 333, 3333, "NULL", "NULL", share},
			{999, 0, false, "PAID", 999, 331, 3333, "NULL", "NULL", share},
			{999, 0, false, "PAID", 999, 0, 0, "NULL", "NULL", ""},
			{999, 0, false, "PAID", 999, 999, 10_000, "NULL", "NULL", ""},
			{999, 0, false, "PAID", 999, 999, 10_001, "NULL", "NULL", share},
			{999, 0, false, "PAID", 999, 0, -1, "NULL", "NULL", share},
			{999, 0, false, "PAID", 999, 332, 3333, 332, 999, share},
			{999, 0, false, "PAID", 999, 332, "NULL", "NULL", "NULL", share},
			{999, 0, false, "PAID", 999, 332, "NULL", 332, "NULL", share},
			{999, 0, false, "PAID", 999, 7, "NULL", 7, 999, ""},
			{999, 0, false, "PAID", 999, 8, "NULL", 7, 999, share},
			{999, 500, false, "PAID", 499, 3, "NULL", 7, 999, ""},
			{999, 500, false, "PAID", 499, 4, "NULL", 7, 999, share},
			{999, 0, false, "PAID", 999, 0, "NULL", 0, 0, share},
			{999, 0, false, "PAID", 999, 999, "NULL", 2, 1, share},
		} {
			made := newOrder(s, creator, fmt.Sprint("DY", i)).SaveX(t.Context())
			statement := fmt.Sprintf(`UPDATE orders SET amount = 1000, commission = %v, refund_amount = %v,
commission_after_refunds = %v, status = '%v', refunded_at = NULL, settled_at = NULL, net_commission = %v, org_share = %v,
creator_share = %v - %v, share_bps = %v, given_share = %v, given_net = %v WHERE id = '%s'`, c.commission, c.refund, c.after, c.status,
				c.net, c.org, c.net, c.org, c.bps, c.givenShare, c.givenNet, made.ID)
			err := run(t.Context(), s, statement)
			if c.refusedFor != "" {
				refused(t, s, err, c.refusedFor, c.refusedFor)
			} else if err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}
