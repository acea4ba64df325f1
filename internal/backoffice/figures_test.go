package backoffice_test

import (
	"context"
	"flag"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/order"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

var benchOrders = flag.Int("benchorders", 200_000, "how many orders BenchmarkReport reads")

var noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

// shop is an org with creators, and who works on it: its owner.
type shop struct {
	testing.TB
	s        *store.Store
	office   *backoffice.Office
	orgID    string
	owner    *viewer.Viewer
	creators []*ent.Creator
}

func newShop(t testing.TB, s *store.Store, zone string) *shop {
	t.Helper()
	ctx := t.Context()
	o := &shop{TB: t, s: s, office: &backoffice.Office{Now: func() time.Time { return noon }}}
	owner, err := s.Client.Account.Create().SetCreatedAt(noon).SetEmail(id.New(id.Account) +
		"@example.org").SetSide(account.SideOWNER).Save(ctx)
	o.ok(err)
	org, err := s.Client.Org.Create().SetCreatedAt(
		noon).SetUpdatedAt(noon).SetName("机构").SetOwnerID(owner.ID).SetOwnerName("主").SetTimeZone(zone).Save(ctx)
	o.ok(err)
	o.orgID = org.ID
	o.owner = &viewer.Viewer{AccountID: owner.ID, Memberships: map[string]viewer.Membership{
		org.ID: {OrgID: org.ID, Kind: viewer.Owner, ID: owner.ID, Name: "主", Grants: access.Owner},
	}}
	for _, platformID := range []string{"甲", "乙", "丙"} {
		made, err := s.Client.Creator.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(org.ID).SetName("达人" +
			platformID).
			SetPlatformID(platformID).SetShareBps(3333).SetGrams(search.Of(org.ID, platformID)).Save(ctx)
		o.ok(err)
		o.creators = append(o.creators, made)
	}
	return o
}

func (o *shop) ok(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *shop) act() audit.Entry {
	return audit.Entry{Viewer: o.owner, OrgID: o.orgID, Operation: "importOrders", At: noon}
}

// bring imports rows.
func (o *shop) bring(ctx context.Context, rows []backoffice.OrderRow) (done backoffice.Imported, err error) {
	err = o.s.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		done, _, err = o.office.ImportOrders(ctx, tx, o.act(), slices.Clone(rows), form.PerItem)
		return err
	})
	return done, err
}

// kept returns the figures as they are kept, a line each.
func (o *shop) kept() string {
	o.Helper()
	const all = `SELECT 'creator', day, creator_id, '', SUM(orders), SUM(amount), SUM(commission), SUM(refunds), SUM(refund_amount), SUM(net_commission),
SUM(org_share) FROM creator_days WHERE org_id = $1 GROUP BY day, creator_id UNION ALL
SELECT 'product', day, creator_id, product_name, SUM(orders), SUM(amount), SUM(commission), SUM(refunds), SUM(refund_amount),
SUM(net_commission), SUM(org_share) FROM product_days WHERE org_id = $1 GROUP BY day, creator_id, product_name`
	rows, err := o.s.Client.QueryContext(context.WithoutCancel(o.Context()), all, o.orgID)
	o.ok(err)
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var lines []string
	for rows.Next() {
		var (
			kind, creatorID, product string
			n                        [8]int64
		)
		o.ok(rows.Scan(&kind, &n[0], &creatorID, &product, &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7]))
		if [7]int64(n[1:]) != [7]int64{} {
			lines = append(lines, fmt.Sprint(kind, creatorID, product, n))
		}
	}
	o.ok(rows.Err())
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// rebuilt makes the figures anew from the orders, and returns them.
func (o *shop) rebuilt(zone string) string {
	o.Helper()
	o.ok(o.s.Write(context.WithoutCancel(o.Context()), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		where, err := time.LoadLocation(zone)
		if err != nil {
			return err
		}
		return backoffice.Rebuild(ctx, tx, o.orgID, where)
	}))
	return o.kept()
}

var statuses = []order.Status{order.StatusPAID, order.StatusSETTLED, order.StatusREFUNDED}

// someRow generates rows of few numbers, creators, products and days, so that they meet.
func someRow(t *rapid.T) backoffice.OrderRow {
	amount := rapid.Int64Range(0, 1000).Draw(t, "amount")
	row := backoffice.OrderRow{
		Number:            fmt.Sprint("DY", rapid.IntRange(1, 12).Draw(t, "number")),
		CreatorPlatformID: rapid.SampledFrom([]string{"甲", "乙", "丙", "无"}).Draw(t, "creator"),
		ProductName:       rapid.SampledFrom([]string{"口红", "眉笔"}).Draw(t, "product"),
		Amount:            amount, Commission: rapid.Int64Range(0, amount).Draw(t, "commission"),
		Status: rapid.SampledFrom(statuses).Draw(t, "status"),
		PaidAt: noon.Add(-time.Duration(rapid.IntRange(0, 96).Draw(t, "hours")) * 30 * time.Minute),
	}
	if rapid.Bool().Draw(t, "refunded in part") {
		row.RefundAmount = new(rapid.Int64Range(0, amount).Draw(t, "refund"))
	}
	if rapid.Bool().Draw(t, "after refunds") {
		row.CommissionAfterRefunds = new(rapid.Bool().Draw(t, "taken off"))
	}
	if rapid.IntRange(0, 3).Draw(t, "given") == 0 {
		row.OrgShare = new(rapid.Int64Range(0, row.Commission).Draw(t, "share"))
	}
	return row
}

// refundSome refunds orders, and voids one of them.
func (o *shop) refundSome(r *rapid.T) {
	o.Helper()
	ctx := context.WithoutCancel(o.Context())
	orders := o.s.Client.Order.Query().Where(order.OrgID(o.orgID)).Order(order.ByNumber()).AllX(ctx)
	for i, one := range orders {
		more := rapid.Int64Range(-1, one.Amount-one.RefundAmount).Draw(r, "more")
		err := o.s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := o.office.RefundOrder(ctx, tx, o.act(), backoffice.Refund{
				OrderID: one.ID, Amount: one.RefundAmount + more, Reason: "退差价",
			})
			return err
		})
		if refusal(err) != (more < 0) || err != nil && more >= 0 {
			r.Fatalf("a refund of %d more: %v", more, err)
		}
		if i == 0 && len(orders) > 1 {
			o.void(ctx, []string{one.ID})
		}
	}
}

// sharesAddUp compares what orders keep with what follows from their amounts, worked out with numbers of any size.
func (o *shop) sharesAddUp(r *rapid.T) {
	o.Helper()
	ctx := context.WithoutCancel(o.Context())
	part := func(a, b, c int64) int64 {
		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		return product.Div(product, big.NewInt(c)).Int64()
	}
	for _, one := range o.s.Client.Order.Query().Where(order.OrgID(o.orgID)).AllX(ctx) {
		net := one.Commission
		switch {
		case one.Status == order.StatusREFUNDED:
			net = 0
		case !one.CommissionAfterRefunds && one.Amount > 0:
			net = part(one.Commission, one.Amount-one.RefundAmount, one.Amount)
		}
		var share int64
		if one.ShareBps != nil {
			share = part(net, int64(*one.ShareBps), 10_000)
		} else {
			share = part(*one.GivenShare, net, *one.GivenNet)
		}
		if one.NetCommission != net || one.OrgShare != share || one.CreatorShare != net-share {
			r.Fatalf("%v: net %d, of which %d", one, net, share)
		}
	}
}

// TestFiguresAreThoseOfTheOrders imports at random, over a change to summer time, and compares with the figures made
// anew.
func TestFiguresAreThoseOfTheOrders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(r *rapid.T) {
			zone := rapid.SampledFrom([]string{"Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "UTC"}).Draw(r, "zone")
			o := newShop(t, s, zone)
			for range rapid.IntRange(1, 5).Draw(r, "imports") {
				rows := rapid.SliceOfN(rapid.Custom(someRow), 1, 12).Draw(r, "rows")
				if _, err := o.bring(context.WithoutCancel(t.Context()), rows); err != nil && !refusal(err) {
					r.Fatal(err)
				}
				again, err := o.bring(context.WithoutCancel(t.Context()), rows)
				if err != nil && !refusal(err) || again.Created != 0 || again.Changed != 0 {
					r.Fatalf("the same import once more: %+v, %v", again, err)
				}
			}
			o.refundSome(r)
			o.sharesAddUp(r)
			kept := o.kept()
			if rebuilt := o.rebuilt(zone); kept != rebuilt {
				r.Fatalf("kept:\n%s\nmade anew:\n%s", kept, rebuilt)
			}
		})
	})
}

// TestClientsImportTheSameOrders has eight clients bring the same numbers, in other orders, at once: each is made once,
// and the figures are those of the orders.
func TestClientsImportTheSameOrders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := newShop(t, s, "Asia/Shanghai")
		var (
			all   sync.WaitGroup
			mu    sync.Mutex
			total backoffice.Imported
		)
		const numbers, clients, rounds = 60, 8, 4
		for client := range clients {
			all.Go(func() {
				for round := range rounds {
					var rows []backoffice.OrderRow
					for n := range numbers {
						k := (n*7 + client*13 + round) % numbers
						rows = append(rows, backoffice.OrderRow{
							Number: fmt.Sprint("DY", k), CreatorPlatformID: "甲", ProductName: "口红", Amount: int64(100 + client),
							Commission: 1,
							Status:     order.StatusPAID, PaidAt: noon.Add(-time.Duration(client) * 24 * time.Hour),
						})
					}
					done, err := o.bring(t.Context(), rows)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					total.Created += done.Created
					total.Changed += done.Changed
					total.Unchanged += done.Unchanged
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if total.Created != numbers || total.Created+total.Changed+total.Unchanged != numbers*clients*rounds {
			t.Errorf("%+v", total)
		}
		if n := s.Client.Order.Query().CountX(t.Context()); n != numbers {
			t.Errorf("%d orders", n)
		}
		kept := o.kept()
		if rebuilt := o.rebuilt("Asia/Shanghai"); kept != rebuilt {
			t.Errorf("kept:\n%s\nmade anew:\n%s", kept, rebuilt)
		}
	})
}

// TestStatementsOfAnImport do not depend on the number of its rows.
func TestStatementsOfAnImport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := newShop(t, s, "Asia/Shanghai")
		statements := func(from, n int) (run int) {
			var rows []backoffice.OrderRow
			for k := range n {
				rows = append(rows, backoffice.OrderRow{
					Number: fmt.Sprint("DY", from+k), CreatorPlatformID: "甲", ProductName: "口红", Amount: int64(from + 1),
					Status: order.StatusPAID, PaidAt: noon,
				})
			}
			var mu sync.Mutex
			_, err := o.bring(store.Watch(t.Context(), func(string) { mu.Lock(); defer mu.Unlock(); run++ }), rows)
			o.ok(err)
			return run
		}
		statements(0, 1) // the first of an org makes the slots of its figures
		if few, many := statements(1, 1), statements(2, 1000); few != many || few > 13 {
			t.Errorf("%d statements for one row, %d for a thousand", few, many)
		}
	})
}
