package download_test

import (
	"bytes"
	"mime"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the names are the same wherever the test runs

	"github.com/xuri/excelize/v2"

	"deputy/internal/download"
)

func TestAnAmountHasAllItsDecimals(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]download.Amount{
		"199.00": {19900, 2}, "0.00": {0, 2}, "0.05": {5, 2}, "-0.05": {-5, 2}, "-12.34": {-1234, 2}, "1.234": {1234, 3},
		"0.001": {1, 3}, "1500": {1500, 0}, "-7": {-7, 0},
	} {
		if got := a.String(); got != want {
			t.Errorf("%+v: %s, want %s", a, got, want)
		}
	}
}

// TestAMomentIsThatOfTheZone, and names its offset where clocks show the time twice.
func TestAMomentIsThatOfTheZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, at, want, cell string }{
		{"Asia/Shanghai", "2026-02-28T16:30:00Z", "2026-03-01 00:30:00", "46082.0208333333"},
		{"UTC", "2026-03-01T00:00:00Z", "2026-03-01 00:00:00", "46082"},
		{"Asia/Shanghai", "2026-02-28T16:30:00.123456Z", "2026-03-01 00:30:00.123456", "46082.020834762"},
		{"Asia/Shanghai", "2026-02-28T16:30:00.0005Z", "2026-03-01 00:30:00.0005", ""},
		{"America/New_York", "2025-11-02T04:59:59Z", "2025-11-02 00:59:59", "45963.04165509"},
		{"America/New_York", "2025-11-02T05:00:00Z", "2025-11-02 01:00:00-04:00", ""},
		{"America/New_York", "2025-11-02T06:59:59.5Z", "2025-11-02 01:59:59.5-05:00", ""},
		{"America/New_York", "2025-11-02T07:00:00Z", "2025-11-02 02:00:00", "45963.0833333333"},
		{"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08 03:00:00", "46089.125"},
		{"Australia/Lord_Howe", "2025-04-05T14:45:00Z", "2025-04-06 01:45:00+11:00", ""},
		{"Australia/Lord_Howe", "2025-04-05T15:15:00Z", "2025-04-06 01:45:00+10:30", ""},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		m := download.Moment{At: at, Zone: zone}
		if got := m.String(); got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.at, c.zone, got, c.want)
		}
		var out bytes.Buffer
		sheet, err := download.NewXLSX(&out, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := sheet.Row([]any{m}); err != nil {
			t.Fatal(err)
		}
		if err := sheet.Close(); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := book.GetCellValue("Sheet1", "A1", excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if c.cell == "" {
			if raw != c.want {
				t.Errorf("%s in %s: the cell is %s, want the text", c.at, c.zone, raw)
			}
		} else if !strings.HasPrefix(raw, c.cell) {
			t.Errorf("%s in %s: the cell is %s, want %s…", c.at, c.zone, raw, c.cell)
		}
	}
	if got := (download.Moment{}).String(); got != "" {
		t.Errorf("no moment is %q", got)
	}
}

// TestAFileIsCalledByItsOrg, as file systems and headers take it.
func TestAFileIsCalledByItsOrg(t *testing.T) {
	t.Parallel()
	for org, want := range map[string][2]string{
		"星河文化传媒":          {"orders-2026-03-01.csv", "星河文化传媒-订单-2026-03-01.csv"},
		"Acme Ltd.":       {"Acme Ltd-orders-2026-03-01.csv", "Acme Ltd-订单-2026-03-01.csv"},
		`a/b\c:d*e?f|g"h`: {"a b c d e f g h-orders-2026-03-01.csv", "a b c d e f g h-订单-2026-03-01.csv"},
		"..":              {"orders-2026-03-01.csv", "订单-2026-03-01.csv"},
		"50%;é'(1)":       {"orders-2026-03-01.csv", "50 é'(1)-订单-2026-03-01.csv"},
		"a\r\nb":          {"a b-orders-2026-03-01.csv", "a b-订单-2026-03-01.csv"},
	} {
		header := download.Name{Org: org, Plain: "orders", Shown: "订单", Day: "2026-03-01", Ending: "csv"}.Disposition()
		kind, params, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" || params["filename"] != want[1] {
			t.Errorf("%q: %s, %v, %v", org, header, params, err)
		}
		plain, _, _ := strings.Cut(header, "; filename*=")
		if plain != `attachment; filename="`+want[0]+`"` {
			t.Errorf("%q: %s, want %s", org, plain, want[0])
		}
	}
}
