package backoffice_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent/order"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/form"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// void takes orders away, and returns how many are gone.
func (o *shop) void(ctx context.Context, ids []string) int {
	o.Helper()
	var gone []string
	act := audit.Entry{Viewer: o.owner, OrgID: o.orgID, Operation: "voidOrders", At: noon}
	o.ok(o.s.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		gone, _, err = o.office.VoidOrders(ctx, tx, act, ids, "误录", form.PerItem)
		return err
	}))
	return len(gone)
}

// filled imports orders of every status, on several days, and returns their ids.
func (o *shop) filled(prefix string, n int) []string {
	o.Helper()
	rows := make([]backoffice.OrderRow, n)
	for i := range rows {
		rows[i] = backoffice.OrderRow{
			Number: fmt.Sprint(prefix, i), CreatorPlatformID: []string{"甲", "乙"}[i%2], ProductName: []string{"口红", "眉笔"}[i/2%2],
			Amount: int64(100 + i), Commission: int64(i),
			Status: statuses[i%3], PaidAt: noon.Add(-time.Duration(i) * time.Hour),
		}
	}
	_, err := o.bring(o.Context(), rows)
	o.ok(err)
	ids, err := o.s.Client.Order.Query().Where(order.NumberHasPrefix(prefix)).Order(order.ByNumber()).IDs(o.Context())
	o.ok(err)
	return ids
}

// TestVoidedOrdersLeaveTheFigures: what is kept afterwards is what the orders that are left add up to, also while
// others import.
func TestVoidedOrdersLeaveTheFigures(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := newShop(t, s, "Asia/Shanghai")
		gone, stays := o.filled("VOID", 60), o.filled("KEPT", 30)
		var all sync.WaitGroup
		for part := range 3 {
			all.Go(func() {
				if n := o.void(t.Context(), gone[part*20:part*20+20]); n != 20 {
					t.Errorf("%d orders are gone", n)
				}
			})
			all.Go(func() { o.filled(fmt.Sprint("MORE", part, "-"), 20) })
		}
		all.Wait()
		if n := s.Client.Order.Query().CountX(t.Context()); n != len(stays)+60 {
			t.Errorf("%d orders are left", n)
		}
		kept := o.kept()
		if rebuilt := o.rebuilt("Asia/Shanghai"); kept != rebuilt {
			t.Errorf("kept:\n%s\nmade anew:\n%s", kept, rebuilt)
		}
		if s.Dialect() != dialect.SQLite {
			return
		}
		var left int
		if err := s.DB().QueryRowContext(t.Context(), "SELECT count(*) - (SELECT count(*) FROM orders) FROM "+
			"orders_search").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d voided orders in the index, %v", left, err)
		}
	})
}

// TestStatementsOfVoiding do not depend on the number of orders.
func TestStatementsOfVoiding(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := newShop(t, s, "Asia/Shanghai")
		ids := o.filled("VOID", 101)
		statements := func(ids []string) (run int) {
			var mu sync.Mutex
			o.void(store.Watch(t.Context(), func(string) { mu.Lock(); defer mu.Unlock(); run++ }), ids)
			return run
		}
		if few, many := statements(ids[:1]), statements(ids[1:]); few != many || few > 10 {
			t.Errorf("%d statements for one order, %d for a hundred", few, many)
		}
	})
}
