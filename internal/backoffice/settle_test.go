package backoffice_test

import (
	"context"
	"sync"
	"testing"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/order"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestStatementsOfSettlingByAFilter do not depend on the number of orders.
func TestStatementsOfSettlingByAFilter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := newShop(t, s, "Asia/Shanghai")
		statements := func(prefix string, n int) (run int) {
			o.filled(prefix, n)
			var (
				mu   sync.Mutex
				done backoffice.Settled
			)
			keep := func(s *sql.Selector) { order.StatusEQ(order.StatusPAID)(s); order.NumberHasPrefix(prefix)(s) }
			act := audit.Entry{Viewer: o.owner, OrgID: o.orgID, Operation: "settleOrders", At: noon}
			ctx := store.Watch(t.Context(), func(string) { mu.Lock(); defer mu.Unlock(); run++ })
			o.ok(s.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				done, _, err = o.office.SettleMatching(ctx, tx, act, backoffice.Matching{Keep: keep, Expected: (n + 2) / 3}, nil)
				return err
			}))
			if done.Settled != (n+2)/3 {
				t.Errorf("%d of %d were settled", done.Settled, (n+2)/3)
			}
			return run
		}
		if few, many := statements("FEW", 1), statements("MANY", 300); few != many || few > 8 {
			t.Errorf("%d statements for one order, %d for a hundred", few, many)
		}
	})
}
