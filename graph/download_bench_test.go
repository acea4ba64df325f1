package graph_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

var benchRows = flag.Int("benchrows", 50_000, "how many orders BenchmarkDownload exports")

// resident answers how much memory the process has, in megabytes, as Linux counts it.
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

// BenchmarkDownload tells how many rows a second a file is written at, and by how many megabytes the process grows over it, client
// included: go test ./graph -run '^$' -bench Download -benchrows 1000000.
func BenchmarkDownload(b *testing.B) {
	for _, format := range []string{"CSV", "XLSX"} {
		b.Run(format, func(b *testing.B) {
			s := &stage{World: apitest.NewWorld(b, storetest.Open(b, dialect.Postgres))}
			org := s.A.ID
			for from := 1; from <= *benchRows; from += 50_000 {
				_, err := s.Store.DB().ExecContext(b.Context(), `WITH c AS (INSERT INTO creators (id, org_id, created_at, updated_at, grams, name, platform_id)
SELECT 'cre_00000000000000000001', $1, now(), now(), '{}', '达人', 'p' WHERE $2 = 1)
INSERT INTO orders (id, org_id, created_at, updated_at, grams, number, product_name, amount, commission, status, paid_at, creator_id)
SELECT 'ord_' || lpad(i::text, 20, '0'), $1, now(), now(), '{}', 'DY' || lpad(i::text, 14, '0'), '哑光口红 ' || i % 300, i % 50000, 0, 'PAID',
now() - i * interval '7 seconds', 'cre_00000000000000000001' FROM generate_series($2::int, $3::int) i`, org, from, min(*benchRows, from+49_999))
				if err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				answer := s.A.Owner.Do(`mutation($in: ExportOrdersInput!) { exportOrders(input: $in) { url rows userErrors { message } } }`, vars{"in": vars{"orgId": org, "format": format}}).OK()
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, strings.TrimSuffix(s.URL, "/graphql")+answer.Text("exportOrders.url"), nil)
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+s.A.Owner.Token)
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
