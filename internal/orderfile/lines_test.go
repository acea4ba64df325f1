package orderfile_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"deputy/internal/download"
	"deputy/internal/orderfile"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const jsonLine = `{"id":"ord_1","number":"DY1","creatorPlatformId":"dy_1","creatorName":"小美","productName":"口红","amount":19900,"commission":1990,"status":"PAID",` +
	`"paidAt":"2026-02-28T02:00:00Z","settledAt":null}`

// TestJSONLinesAreRead as a download writes them: a line is one order, or is refused with its number.
func TestJSONLinesAreRead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		other := func(number, old, new string) string {
			return strings.Replace(strings.Replace(jsonLine, "DY1", number, 1), old, new, 1)
		}
		d.ok(d.run(d.file("a.jsonl", "\uFEFF"+jsonLine+"\r\n\n"+other("DY2", `"口红"`, `"=1+1"`)+"\n"), false))
		if rows := d.orders(); d.told != "2 created, 0 changed, 0 unchanged, 0 refused" || len(rows) != 2 ||
			rows[0].Amount != 19900 || rows[1].ProductName != "=1+1" {
			t.Errorf("%s: %v", d.all, rows)
		}
		if err := d.run(d.file("b.jsonl", strings.Join([]string{
			jsonLine, "{", other("DY3", `19900`, `199.00`), other("DY4", `19900`, `true`),
			other("DY5", `"amount"`, `"number":"DY6","amount"`), other("DY7", `口红`, "\xFF"),
			other("DY8", `}`, `} {}`), other("DY9", `19900`, `null`), "[]",
		}, "\n")), false); err == nil || d.told != "0 created, 0 changed, 1 unchanged, 8 refused" {
			t.Errorf("%v: %s", err, d.all)
		}
		for text, want := range map[string]string{
			`{"number":"DY1"}`: "the first line of the file has no creatorPlatformId",
			"{\n":              "the file is JSON, and has no object of one line for each row",
			"[{}]":             "the file is JSON, and has no object of one line for each row",
		} {
			if err := d.run(d.file("c.jsonl", text), false); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", text, err, want)
			}
		}
	})
}

// TestAMomentIsReadBack as it was written, as text and as the cell of a workbook, whatever the zone.
func TestAMomentIsReadBack(t *testing.T) {
	t.Parallel()
	zones := []string{
		"Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca",
		"Pacific/Apia", "Asia/Kathmandu", "UTC",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var moments []time.Time
		at := time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 600 { // some 16 years, with every time that clocks were set
			at = at.Add(time.Duration(random.Int64N(int64(20 * 24 * time.Hour))))
			moments = append(moments, at.Truncate(time.Second), at.Truncate(time.Microsecond),
				at.Truncate(time.Second).Add(time.Duration(random.IntN(3000)-1500)*time.Microsecond))
			if _, end := at.In(zone).ZoneBounds(); end.Sub(at) < 20*24*time.Hour && !end.IsZero() {
				for minute := -150; minute < 150; minute += 15 {
					moments = append(moments, end.Add(time.Duration(minute)*time.Minute))
				}
			}
		}
		var out bytes.Buffer
		sheet, err := download.NewXLSX(&out, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range moments {
			m := download.Moment{At: at, Zone: zone}
			if got, wrong := orderfile.Moment(m.String(), zone); wrong != "" || !got.Equal(at) {
				t.Fatalf("%s: %s in %s is read as %s %s", at, m, zone, got, wrong)
			}
			if err := sheet.Row([]any{m}); err != nil {
				t.Fatal(err)
			}
		}
		if err := sheet.Close(); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows("Sheet1", excelize.Options{RawCellValue: true})
		if err != nil || len(rows) != len(moments) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range rows {
			if got, wrong := orderfile.Cell(row[0], zone); wrong != "" || !got.Equal(moments[i]) {
				t.Fatalf("%s: the cell %s in %s is read as %s %s", moments[i], row[0], zone, got, wrong)
			}
		}
	}
}
