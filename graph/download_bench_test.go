package graph_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

var benchRows = flag.Int("benchrows", 50_000, "how many orders BenchmarkDownload exports")

// resident returns how much memory the process has, in megabytes, as Linux counts it.
func resident(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	var kilobytes float64
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes / 1024
}

// someOrders puts so many orders of one creator into the org, on PostgreSQL.
func someOrders(b *testing.B, s *apitest.Server, org string, n int) {
	b.Helper()
	for from := 1; from <= n; from += 50_000 {
		_, err := s.Store.DB().ExecContext(b.Context(), `WITH c AS (INSERT INTO creators (id, org_id, created_at, updated_at, grams, name, name_key,
platform_id) SELECT 'cre_00000000000000000001', $1, '2026-02-01Z', '2026-02-01Z', '{}', '达人', '', 'p' WHERE $2 = 1)
INSERT INTO orders (id, org_id, created_at, updated_at, grams, number, product_name, amount, commission, status, paid_at, creator_id,
net_commission, org_share, creator_share, share_bps, refund_amount)
SELECT 'ord_' || lpad(i::text, 20, '0'), $1, '2026-02-01Z', '2026-02-01Z', '{}', 'DY' || lpad(i::text, 14, '0'), '哑光口红 ' || i % 300, i % 50000, 0, 'PAID',
timestamptz '2026-02-01Z' - i * interval '7 seconds', 'cre_00000000000000000001',
0, 0, 0, 0, 0 FROM generate_series($2::int, $3::int) i`, org, from, min(n, from+49_999))
		if err != nil {
			b.Fatal(err)
		}
	}
}

// onTrail returns how many files A's trail says were sent, to their end or not.
func onTrail(b *testing.B, w *apitest.World) float64 {
	b.Helper()
	a := w.A.Owner.Do(
		`query($org: ID!) { org(id: $org) { auditEvents(filter: {operations: ["download"]}) { totalCount } } }`,
		vars{"org": w.A.ID}).OK()
	return a.Get("org.auditEvents.totalCount").(float64)
}

// BenchmarkCutDownload measures, with two servers on one PostgreSQL, how long a file is sent on by one of them to
// somebody who does not read it, when the other takes the right to it away: from asking for that until the trail says
// that it was cut off. It reports the distribution in milliseconds.
//
//	go test ./graph -run '^$' -bench CutDownload -benchtime 100x
func BenchmarkCutDownload(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		b.Run(name, func(b *testing.B) {
			w, second, p := disconnectedServer(b)
			someOrders(b, w.Server, w.A.ID, 50_000)
			role := w.A.Owner.Do(documentOf("createRole"), vars{"in": vars{
				"orgId": w.A.ID, "name": "导出",
				"grants": []vars{
					grant("ORDERS", "EXPORT", "ALL"),
					grant("AUDIT_LOG", "VIEW", "ALL"),
				},
			}}).OK().Text("createRole.role.id")
			who := w.Seat(b, w.A, "13800006666", "导出员", role)
			seat := second.As(b, who.Client)
			faults[name](p)
			var took []float64
			for b.Loop() {
				eventually(b, "the seat works", func() bool { return sees(seat, w.A.ID) })
				url := seat.Do(documentOf("exportOrders"), vars{"in": vars{
					"orgId":  w.A.ID,
					"format": "CSV",
				}}).OK().Text("exportOrders.url")
				response := slowly(b, second, seat, url)
				known, begun := onTrail(b, w), time.Now()
				w.A.Owner.Do(documentOf("disableSubAccounts"), vars{"in": vars{"orgId": w.A.ID, "ids": []string{who.ID}}}).OK()
				eventually(b, "the file is cut off", func() bool { return onTrail(b, w) > known })
				took = append(took, float64(time.Since(begun).Microseconds())/1000)
				_ = response.Body.Close()
				w.A.Owner.Do(documentOf("enableSubAccounts"), vars{"in": vars{"orgId": w.A.ID, "ids": []string{who.ID}}}).OK()
			}
			report(b, took)
		})
	}
}

// BenchmarkDownload tells how many rows a second a file is written at, and by how many megabytes the process grows over
// it, client included: go test ./graph -run '^$' -bench Download -benchrows 1000000.
func BenchmarkDownload(b *testing.B) {
	for _, format := range []string{"CSV", "XLSX", "JSONL"} {
		b.Run(format, func(b *testing.B) {
			s := &fixture{World: apitest.NewWorld(b, storetest.Open(b, dialect.Postgres))}
			org := s.A.ID
			someOrders(b, s.Server, org, *benchRows)
			for b.Loop() {
				answer := s.A.Owner.Do(
					`mutation($in: ExportOrdersInput!) { exportOrders(input: $in) { url rows userErrors { message } } }`,
					vars{"in": vars{"orgId": org, "format": format}}).OK()
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet,
					strings.TrimSuffix(s.URL, "/graphql")+answer.Text("exportOrders.url"), nil)
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+s.A.Owner.Token)
				if rows := answer.Get("exportOrders.rows"); rows != float64(*benchRows) {
					b.Fatalf("%v rows", rows)
				}
				before, most, begun := resident(b), 0.0, time.Now()
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					b.Fatal(err)
				}
				for part := make([]byte, 1<<20); err == nil; {
					_, err = response.Body.Read(part)
					most = max(most, resident(b)-before)
				}
				if !errors.Is(err, io.EOF) || response.StatusCode != http.StatusOK {
					b.Fatal(response.Status, err)
				}
				_ = response.Body.Close()
				b.ReportMetric(float64(*benchRows)/time.Since(begun).Seconds(), "rows/s")
				b.ReportMetric(most, "MB-growth")
			}
		})
	}
}
