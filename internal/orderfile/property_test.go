package orderfile_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/width"
	"pgregory.net/rapid"

	"deputy/ent/order"
	"deputy/internal/orderfile"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// tabled are orders as people write them into a table, in the columns of heading.
var tabled = [][]string{
	{"DQ3001", "dy_1", "小美", "口红,礼盒", "1199.00", "119.9", "已结算", "2026-02-28 10:00:00", "2026-02-28 11:00"},
	{"DQ3002", "dy_1", "小美", `"真丝" 眼罩;两只`, "0", "0", "已支付", "2026/2/27 9:05", ""},
	{"DQ3003", "dy_1", "小美", "𠮷野家 30ml|新", "1,299.50", "0.01", "已退款", "2026-02-26 00:00:00", ""},
	{"6923530000000000001", "dy_1", "小美", "咖啡挂耳 20 包", "¥ 12.30", "1.2", "PAID", "2026-02-28T02:00:00Z", ""},
	{"DQ3005", "dy_1", "小美", "㐂：ｍａｒｙ　口红", "99", "9", "settled", "2026.02.25 23:59:59", "2026年2月26日 10:00"},
}

// delimited writes the table with a separator: a cell that holds it, quotation marks or line ends stands in quotation
// marks.
func delimited(rows [][]string, separator, end string) string {
	var b strings.Builder
	for _, row := range rows {
		cells := slices.Clone(row)
		for i, cell := range cells {
			if strings.ContainsAny(cell, separator+"\"") {
				cells[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
		}
		b.WriteString(strings.Join(cells, separator) + end)
	}
	return b.String()
}

// TestOneTableInEveryDialect writes the same orders in every encoding, dialect, width and kind of file: they are the
// same orders.
func TestOneTableInEveryDialect(t *testing.T) {
	t.Parallel()
	table := slices.Concat([][]string{strings.Split(strings.TrimSpace(heading), ",")}, tabled)
	wide := make([][]string, len(table))
	for i, row := range table {
		wide[i] = slices.Clone(row)
		if i == 0 {
			wide[0][4], wide[0][5] = "金额（元）", "佣金（元）"
			continue
		}
		for _, column := range []int{4, 5, 7, 8} {
			wide[i][column] = width.Widen.String(row[column])
		}
	}
	files := map[string]string{}
	for shape, rows := range map[string][][]string{"narrow": table, "wide": wide} {
		for separator, name := range map[string]string{",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"} {
			for end, ending := range map[string]string{"\n": "LF", "\r\n": "CRLF", "\r": "CR"} {
				for _, announced := range []bool{false, true} {
					text := delimited(rows, separator, end)
					if announced {
						text = "sep=" + separator + end + text
					}
					what := fmt.Sprintf("%s %s %s announced %t", shape, name, ending, announced)
					files[what+" UTF-8.csv"] = text
					files[what+" mark.tsv"] = "\uFEFF" + text
					files[what+" GB18030.txt"] = gbk(t, text)
					files[what+" UTF-16LE.txt"] = utf16(t, unicode.LittleEndian, unicode.UseBOM, text)
					files[what+" UTF-16BE.csv"] = utf16(t, unicode.BigEndian, unicode.UseBOM, text)
				}
			}
		}
		cells := make([][]any, len(rows))
		for i, row := range rows {
			for _, cell := range row {
				cells[i] = append(cells[i], cell)
			}
		}
		files[shape+" texts.xlsx"] = workbook(t, cells...)
		files[shape+" texts.csv"] = files[shape+" texts.xlsx"]
	}
	typed := [][]any{}
	for i, row := range table {
		cells := []any{}
		for _, cell := range row {
			cells = append(cells, cell)
		}
		if i > 0 {
			cells[4] = []any{1199, 0, 1299.5, 12.3, 99}[i-1]
			cells[5] = []any{119.9, 0, 0.01, 1.2, 9.0}[i-1]
			cells[7] = []any{
				time.Date(2026, 2, 28, 10, 0, 0, 0, time.UTC), time.Date(2026, 2, 27, 9, 5, 0, 0, time.UTC),
				time.Date(2026, 2, 26, 0, 0, 0, 0, time.UTC),
				time.Date(2026, 2, 28, 10, 0, 0, 0, time.UTC), time.Date(2026, 2, 25, 23, 59, 59, 0, time.UTC),
			}[i-1]
		}
		typed = append(typed, cells)
	}
	files["typed.xlsx"] = workbook(t, typed...)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		d.ok(d.run(d.file("first.csv", delimited(table, ",", "\n")), false))
		var got []string
		for _, o := range d.orders() {
			got = append(got, fmt.Sprintf("%s %d/%d %s %s %s", o.Number, o.Amount, o.Commission, o.Status, o.ProductName,
				o.PaidAt.UTC().Format(time.RFC3339)))
		}
		want := []string{
			"6923530000000000001 1230/120 PAID 咖啡挂耳 20 包 2026-02-28T02:00:00Z",
			"DQ3001 119900/11990 SETTLED 口红,礼盒 2026-02-28T02:00:00Z",
			`DQ3002 0/0 PAID "真丝" 眼罩;两只 2026-02-27T01:05:00Z`, "DQ3003 129950/1 REFUNDED 𠮷野家 30ml|新 2026-02-25T16:00:00Z",
			"DQ3005 9900/900 SETTLED 㐂：mary 口红 2026-02-25T15:59:59Z",
		}
		if !slices.Equal(got, want) {
			t.Fatalf("orders\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if err := d.run(d.file(name, files[name]), false); err != nil ||
				d.told != "0 created, 0 changed, 5 unchanged, 0 refused" {
				t.Errorf("%s: %v\n%s", name, err, d.all)
			}
		}
	})
}

// anyRow draws a line of a file, good or not, whose number is one of a few.
func anyRow(t *rapid.T) []string {
	draw := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	return []string{
		draw("number", "A1", "A2", "A3", "A4", "A5", "A6", "'A7", "6.9E+18", ""),
		draw("creator", "dy_1", "dy_1", "dy_1", "dy_9"), "小美",
		draw("product", "口红", "眉笔", "口\u200b红", ""), draw("amount", "199.00", "199", "-1", "1.2.3", "300"),
		draw("commission", "0", "1.99", "500"),
		draw("status", "已支付", "已结算", "已退款", "?"), draw("paid", "2026-02-28 10:00:00", "2026-02-27 10:00", "28/02/2026"), "",
	}
}

// TestADryRunSaysWhatTheRunDoes: the last line and the outcome of a dry run are those of the run, whatever is in the
// file and in the org.
func TestADryRunSaysWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		rapid.Check(t, func(t *rapid.T) {
			rows := rapid.SliceOfN(rapid.Custom(anyRow), 0, 6).Draw(t, "rows")
			file := d.file("drawn.csv", heading+delimited(rows, ",", "\n"))
			before := d.stored()
			dry := d.run(file, true)
			told := d.told
			if after := d.stored(); !slices.Equal(before, after) {
				t.Fatalf("a dry run left\n%s\nof\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
			}
			run := d.run(file, false)
			if told != d.told || errors.Is(dry, orderfile.ErrRefused) != errors.Is(run, orderfile.ErrRefused) ||
				(dry == nil) != (run == nil) {
				t.Fatalf("the dry run told %q, %v; the run %q, %v", told, dry, d.told, run)
			}
			if again := d.run(file, false); !strings.HasPrefix(d.told, "0 created, 0 changed, ") {
				t.Fatalf("the same file again: %s, %v", d.told, again)
			}
		})
	})
}

// stored returns the orders of the desk's org, in words.
func (d *desk) stored() (all []string) {
	d.Helper()
	rows, err := d.s.Client.Order.Query().Where(order.OrgID(d.orgID)).Order(order.ByNumber()).All(d.Context())
	d.ok(err)
	for _, o := range rows {
		all = append(all, fmt.Sprintf("%s %s %d/%d %s %s %v", o.Number, o.ProductName, o.Amount, o.Commission, o.Status,
			o.PaidAt.UTC().Format(time.RFC3339), o.SettledAt))
	}
	return all
}

// TestAnImportDoesNotDependOnTheOrderOfRows, nor on how the file is cut into parts, by the program or by people.
func TestAnImportDoesNotDependOnTheOrderOfRows(t *testing.T) {
	t.Parallel()
	var rows []string
	for i := range 2_345 {
		amount, status, creator := "199.00", "已支付", "dy_1"
		switch {
		case i%97 == 3:
			amount = "-5"
		case i%89 == 5:
			creator = "dy_unknown"
		case i%7 == 2:
			status = "已退款"
		}
		rows = append(rows, fmt.Sprintf("DQ5-%05d,%s,小美,口红%d,%s,1.99,%s,2026-02-%02d 10:00:00,\n", i, creator, i%13, amount,
			status, 1+i%28))
	}
	backwards := slices.Clone(rows)
	slices.Reverse(backwards)
	shuffled := make([]string, len(rows))
	for i := range rows {
		shuffled[i] = rows[i*1009%len(rows)]
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var first []string
		for _, c := range []struct {
			name  string
			files [][]string
		}{
			{"as it is", [][]string{rows}},
			{"backwards", [][]string{backwards}},
			{"shuffled", [][]string{shuffled}},
			{"in three files", [][]string{rows[:1], rows[1:1700], rows[1700:]}},
			{"behind another row", [][]string{slices.Concat([]string{"?,,,,,,,,\n"}, rows)}},
		} {
			d := newDesk(t, s)
			for i, part := range c.files {
				if err := d.run(d.file(fmt.Sprintf("%s%d.csv", c.name, i), heading+strings.Join(part, "")), false); err != nil &&
					!errors.Is(err, orderfile.ErrRefused) {
					t.Fatal(err)
				}
			}
			got := d.stored()
			if first == nil {
				first = got
			}
			if len(got) != 2_345-52 || !slices.Equal(got, first) {
				t.Errorf("%s: %d orders, %s", c.name, len(got), d.told)
			}
		}
	})
}
