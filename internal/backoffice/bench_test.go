package backoffice_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent/order"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// calls is how many imports of a thousand orders one measurement takes.
const calls = 24

var products = []string{
	"哑光口红 3 号", "保湿精华 30ml", "电动牙刷", "蓝牙耳机", "儿童保温杯", "真丝眼罩", "咖啡挂耳 20 包", "瑜伽垫", "防晒霜 SPF50",
	"坚果礼盒",
}

// batch returns a thousand new orders of one day.
func batch(n int) []backoffice.OrderRow {
	rows := make([]backoffice.OrderRow, backoffice.MaxImport)
	for i := range rows {
		k := n*backoffice.MaxImport + i
		rows[i] = backoffice.OrderRow{
			Number: fmt.Sprintf("DY%014d", k*7919%100_000_000), CreatorPlatformID: []string{"甲", "乙", "丙"}[k%3],
			ProductName: products[k%len(products)], Amount: int64(1000 + k%50000), Commission: 100, Status: order.StatusPAID,
			PaidAt: noon.Add(-time.Duration(k%1000) * time.Second),
		}
	}
	return rows
}

// copyOrders brings the same rows with COPY, and returns how many a second.
func copyOrders(b *testing.B, o *shop) float64 {
	b.Helper()
	var all [][]any
	for n := range calls {
		for _, row := range batch(n + 10_000) {
			all = append(all, []any{
				id.New(id.Order), noon, noon, search.Of(o.orgID, row.Number, row.ProductName).String(), row.Number, row.ProductName,
				row.Amount,
				row.Commission, string(row.Status), row.PaidAt, o.orgID, o.creators[0].ID,
			})
		}
	}
	begun := time.Now()
	tx, err := o.s.DB().BeginTx(b.Context(), nil)
	o.ok(err)
	in, err := tx.PrepareContext(b.Context(), "COPY orders (id, created_at, updated_at, grams, number, product_name, "+
		"amount, commission, status, paid_at, org_id, creator_id) FROM STDIN")
	o.ok(err)
	for _, row := range all {
		_, err := in.ExecContext(b.Context(), row...)
		o.ok(err)
	}
	_, err = in.ExecContext(b.Context())
	o.ok(err)
	o.ok(in.Close())
	o.ok(tx.Commit())
	return float64(len(all)) / time.Since(begun).Seconds()
}

// importAll has clients import all batches, and returns how many rows a second.
func importAll(b *testing.B, o *shop, clients, from int, figures bool) float64 {
	b.Helper()
	var (
		next atomic.Int64
		all  sync.WaitGroup
	)
	begun := time.Now()
	for range clients {
		all.Go(func() {
			for n := next.Add(1); n <= calls; n = next.Add(1) {
				rows := batch(from + int(n))
				err := o.s.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
					if !figures {
						return o.office.ImportWithoutFigures(ctx, tx, o.act(), rows)
					}
					_, _, err := o.office.ImportOrders(ctx, tx, o.act(), rows, form.PerItem)
					return err
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return calls * backoffice.MaxImport / time.Since(begun).Seconds()
}

// BenchmarkImport tells the rate of imports in rows a second: beside plain COPY into the same table (copy-ratio), and
// what of the rate eight clients keep that import into one day, beside imports that keep no figures (figures-ratio).
func BenchmarkImport(b *testing.B) {
	s := storetest.Open(b, dialect.Postgres)
	from := 0
	for b.Loop() {
		o := newShop(b, s, "Asia/Shanghai")
		one := importAll(b, o, 1, from, true)
		copied := copyOrders(b, newShop(b, s, "Asia/Shanghai"))
		with, without := importAll(b, newShop(b, s, "Asia/Shanghai"), 8, from, true),
			importAll(b, newShop(b, s, "Asia/Shanghai"), 8, from, false)
		b.ReportMetric(one, "rows/s")
		b.ReportMetric(one/copied, "copy-ratio")
		b.ReportMetric(with/without, "figures-ratio")
	}
}

// BenchmarkReport tells what a 90-day report with its best creators and products costs beside the same question asked
// of the orders, of which there are -benchorders.
func BenchmarkReport(b *testing.B) {
	s := storetest.Open(b, dialect.Postgres)
	o := newShop(b, s, "Asia/Shanghai")
	n := *benchOrders
	exec := func(query string, args ...any) {
		b.Helper()
		_, err := s.DB().ExecContext(context.WithoutCancel(b.Context()), query, args...)
		o.ok(err)
	}
	exec(`INSERT INTO creators (id, org_id, created_at, updated_at, grams, name, name_key, platform_id)
SELECT 'cre_' || lpad(i::text, 20, '0'), $1, now(), now(), '{}', '达人' || i, '', 'p' || i FROM generate_series(1, 40) i`, o.orgID)
	for from := 1; from <= n; from += 50_000 {
		exec(`INSERT INTO orders (id, org_id, created_at, updated_at, grams, number, product_name, amount, commission, status, paid_at, creator_id,
net_commission, org_share, creator_share, share_bps, refund_amount)
SELECT 'ord_' || lpad(i::text, 20, '0'), $1, now(), now(), '{}', 'N' || i, '商品' || (i::bigint * 7919 % 300), i % 50000, 0, CASE WHEN i % 20 = 0 THEN 'REFUNDED' ELSE 'PAID' END,
$2::timestamptz - (i % 7776000) * interval '1 second', 'cre_' || lpad((i::bigint * 31 % 40 + 1)::text, 20, '0'),
0, 0, 0, 0, CASE WHEN i % 20 = 0 THEN i % 50000 ELSE 0 END FROM generate_series($3::int, $4::int) i`, o.orgID, noon, from, min(n, from+49_999))
	}
	o.rebuilt("Asia/Shanghai")
	exec("ANALYZE")
	reader := backoffice.Reader{
		Each: s.Each, Dialect: dialect.Postgres, Viewer: o.owner,
		Action: access.View, Aggregates: []string{"amount", "commission", "refunds", "refund_amount"},
	}
	to := civil.Of(noon, time.UTC)
	report := []*backoffice.Report{{OrgID: o.orgID, From: to - 89, To: to}}
	const direct = `WITH o AS MATERIALIZED (SELECT (paid_at AT TIME ZONE 'Asia/Shanghai')::date AS day, creator_id, product_name, amount, commission, status FROM orders
WHERE org_id = $1 AND paid_at >= $2 AND paid_at < $3)
SELECT (SELECT SUM(amount) FROM o), (SELECT COUNT(*) FROM (SELECT day, COUNT(*), SUM(amount) FROM o GROUP BY day) d),
(SELECT COUNT(*) FROM (SELECT creator_id, SUM(amount) FROM o GROUP BY creator_id ORDER BY 2 DESC LIMIT 10) c),
(SELECT COUNT(*) FROM (SELECT product_name, SUM(amount) FROM o GROUP BY product_name ORDER BY 2 DESC LIMIT 10) p)`
	for b.Loop() {
		begun := time.Now()
		const times = 20
		for range times {
			_, err := reader.Total(b.Context(), report)
			o.ok(err)
			_, err = reader.Periods(b.Context(), report, backoffice.Day)
			o.ok(err)
			_, err = reader.TopCreators(b.Context(), report, 10)
			o.ok(err)
			_, err = reader.TopProducts(b.Context(), report, 10)
			o.ok(err)
		}
		figures := time.Since(begun).Seconds() / times
		begun = time.Now()
		rows, err := s.DB().QueryContext(b.Context(), direct, o.orgID, noon.Add(-90*24*time.Hour), noon.Add(24*time.Hour))
		o.ok(err)
		for rows.Next() {
			continue
		}
		o.ok(rows.Err())
		o.ok(rows.Close())
		b.ReportMetric(figures*1000, "ms/report")
		b.ReportMetric(time.Since(begun).Seconds()/figures, "times-cheaper")
	}
}
