package orderfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/width"

	"deputy/internal/orderfile"
	"deputy/internal/orderfile/report"
	"deputy/internal/store/storetest"
)

// table is the rows of a report, the heading first, and what its columns hold.
type table struct {
	*testing.T
	of   *report.Report
	rows [][]string
}

// field returns what a column holds; false for one that is not read.
func (t table) field(column int) (report.Field, bool) {
	name := report.Canonical(t.rows[0][column])
	if base, _, cut := strings.Cut(name, "("); cut && !strings.HasPrefix(name, "商品") {
		name = base
	}
	f, _, ok := t.of.Field(name)
	return f, ok
}

// with returns the table with its cells changed in the columns of some fields.
func (t table) with(change func(string) string, fields ...report.Field) table {
	t.rows = slices.Clone(t.rows)
	for i, row := range t.rows {
		t.rows[i] = slices.Clone(row)
		for column, cell := range row {
			if f, ok := t.field(column); ok && i > 0 && slices.Contains(fields, f) && cell != "" && cell != "-" {
				t.rows[i][column] = change(cell)
			}
		}
	}
	return t
}

// headed returns the table with another heading.
func (t table) headed(change func(string) string) table {
	t.rows = slices.Clone(t.rows)
	t.rows[0] = slices.Clone(t.rows[0])
	for i, name := range t.rows[0] {
		t.rows[0][i] = change(name)
	}
	return t
}

// each returns the table with all its rows changed.
func (t table) each(change func(n int, row []string) []string) table {
	t.rows = slices.Clone(t.rows)
	for n, row := range t.rows {
		t.rows[n] = change(n, slices.Clone(row))
	}
	return t
}

// among returns the table with rows put in before a place.
func (t table) among(place int, rows ...[]string) table {
	t.rows = slices.Insert(slices.Clone(t.rows), place, rows...)
	return t
}

// line returns a row whose cells are empty but for some.
func (t table) line(cells map[int]string) []string {
	row := make([]string, len(t.rows[0]))
	for column, cell := range cells {
		row[column] = cell
	}
	return row
}

// column returns the place of the first column of a field.
func (t table) column(fields ...report.Field) int {
	for _, wanted := range fields {
		for column := range t.rows[0] {
			if f, ok := t.field(column); ok && f == wanted {
				return column
			}
		}
	}
	return 0
}

// alone reports whether some row has nothing but in a column.
func (t table) alone(column int) bool {
	return slices.ContainsFunc(t.rows, func(row []string) bool {
		return row[column] != "" && strings.Join(row, "") == row[column]
	})
}

func (t table) csv() string { return delimited(t.rows, ",", "\r\n") }

// sheets writes the table as a workbook, with what else it is to hold.
func (t table) sheet(book *excelize.File, name string, first int, cell func(column int, text string) any) {
	t.Helper()
	for i, row := range t.rows {
		for column, text := range row {
			at, err := excelize.CoordinatesToCellName(column+1, first+i)
			if err != nil {
				t.Fatal(err)
			}
			value := any(text)
			if i > 0 && cell != nil {
				value = cell(column, text)
			}
			if value == "" {
				continue // there is no such cell
			}
			if err := book.SetCellValue(name, at, value); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// written returns a workbook as a file.
func (t table) written(book *excelize.File) string {
	t.Helper()
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Fields whose cells tools pack or write in their own ways.
var (
	idFields    = []report.Field{report.Number, report.Parent, report.CreatorID}
	moneyFields = []report.Field{
		report.Amount, report.Estimate, report.Actual, report.OrgEstimate, report.OrgActual, report.CreatorEstimate,
		report.CreatorActual,
	}
	timeFields = []report.Field{report.OrderedAt, report.PaidAt, report.SettledAt}
)

// form is one way in which a report comes; beside are the lines that it has and that are no orders.
type form struct {
	name   string
	write  func(t table) string
	beside int
}

// forms are the ways in which reports come.
var forms = []form{
	{name: "a title above and sums below, in a workbook", beside: 2, write: func(t table) string {
		book := excelize.NewFile()
		last, _ := excelize.CoordinatesToCellName(len(t.rows[0]), 1)
		_ = book.SetCellValue("Sheet1", "A1", "订单明细表（2026年）")
		_ = book.MergeCell("Sheet1", "A1", last)
		_ = book.SetCellValue("Sheet1", "A2", "导出时间：2026-09-01 10:00:00")
		_ = book.SetCellValue("Sheet1", "C2", "店铺：示例店")
		sum := t.line(map[int]string{0: "合计", t.column(report.Amount): "1,234.50"})
		below := [][]string{make([]string, len(t.rows[0])), sum, t.line(map[int]string{0: "共 7 条"})}
		t.among(len(t.rows), below...).sheet(book, "Sheet1", 4, nil)
		return t.written(book)
	}},
	{name: "a sheet of explanations first", write: func(t table) string {
		book := excelize.NewFile()
		_ = book.SetCellValue("Sheet1", "A1", "填写说明")
		_ = book.SetCellValue("Sheet1", "B1", "订单状态")
		_, _ = book.NewSheet("数据")
		t.sheet(book, "数据", 1, nil)
		return t.written(book)
	}},
	{name: "the table begins in another column", write: func(t table) string {
		return t.written(func() *excelize.File {
			book := excelize.NewFile()
			t.each(func(_ int, row []string) []string { return slices.Insert(row, 0, "", "") }).sheet(book, "Sheet1", 3, nil)
			return book
		}())
	}},
	{name: "numbers and dates of a workbook", write: func(t table) string {
		book := excelize.NewFile()
		style, _ := book.NewStyle(&excelize.Style{NumFmt: 22})
		t.sheet(book, "Sheet1", 1, func(column int, text string) any {
			f, ok := t.field(column)
			plain := strings.ReplaceAll(strings.Trim(text, "¥￥ \t"), ",", "")
			var number float64
			isMoney := ok && slices.Contains(append(moneyFields, report.Refund), f)
			if n, err := fmt.Sscanf(plain, "%g", &number); isMoney && n == 1 && err == nil &&
				!strings.ContainsAny(plain, "/") {
				return number * 3 / 3
			}
			if ok && slices.Contains(timeFields, f) {
				for _, layout := range []string{time.DateTime, "2006/01/02 15:04:05", "02/01/2006 15:04:05"} {
					if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
						return at
					}
				}
			}
			return text
		})
		_ = style
		return t.written(book)
	}},
	{name: "formulas around numbers", write: func(t table) string {
		return t.with(func(cell string) string { return `="` + strings.Trim(cell, "'\t ") + `"` }, idFields...).csv()
	}},
	{name: "tabs in quotation marks", write: func(t table) string {
		var b strings.Builder
		for _, row := range t.with(func(cell string) string { return "\t" + cell }, idFields...).rows {
			for i, cell := range row {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
			}
			b.WriteString("\n")
		}
		return "\uFEFF" + b.String()
	}},
	{name: "apostrophes", write: func(t table) string {
		return gbk(t.T, t.with(func(cell string) string { return "'" + strings.TrimLeft(cell, "'") }, idFields...).csv())
	}},
	{name: "full-width digits and signs of the currency", write: func(t table) string {
		return t.with(func(cell string) string {
			if strings.ContainsAny(cell, "/-¥￥") {
				return cell
			}
			return "￥" + width.Widen.String(cell)
		}, moneyFields...).csv()
	}},
	{name: "the currency behind amounts", write: func(t table) string {
		return t.with(func(cell string) string {
			if strings.ContainsAny(cell, "/-¥￥") {
				return cell
			}
			return cell + " 元"
		}, moneyFields...).csv()
	}},
	{name: "dates with slashes and short numbers", write: func(t table) string {
		return t.with(func(cell string) string {
			if t.of.DayFirst || len(cell) < len(time.DateTime) {
				return cell
			}
			cell = strings.ReplaceAll(cell, "-", "/")
			return strings.NewReplacer("/0", "/", " 0", " ").Replace(cell)
		}, timeFields...).csv()
	}},
	{name: "units in wide brackets, spaces and stars in headings", write: func(t table) string {
		return t.headed(func(name string) string {
			f, _, ok := t.of.Field(report.Canonical(name))
			if ok && slices.Contains(append(moneyFields, report.Refund), f) && !strings.ContainsAny(name, "（(") {
				name += "（元）"
			}
			return "*" + strings.NewReplacer("(", "（", ")", "）", "-", "－").Replace(name) + " \u200B"
		}).csv()
	}},
	{name: "units of the currency's name", write: func(t table) string {
		return t.headed(func(name string) string {
			f, _, ok := t.of.Field(report.Canonical(name))
			if ok && slices.Contains(append(moneyFields, report.Refund), f) && !strings.ContainsAny(name, "（(") {
				name += " (CNY)"
			}
			return name
		}).csv()
	}},
	{name: "dashes of every length for nothing", write: func(t table) string {
		signs := []string{"-", "--", "—", "——", "–", "－", "/", ""}
		return t.each(func(n int, row []string) []string {
			for i, cell := range row {
				if cell == "-" || cell == "--" {
					row[i] = signs[(n+i)%len(signs)]
				}
			}
			return row
		}).csv()
	}},
	{name: "empty columns and rows", write: func(t table) string {
		wide := t.each(func(_ int, row []string) []string { return append(row, "", "", "") })
		return wide.among(2, make([]string, len(wide.rows[0])), make([]string, len(wide.rows[0]))).csv() + ",,,\n\n"
	}},
	{name: "the heading again in the middle", beside: 1, write: func(t table) string {
		return t.among(2, t.rows[0]).csv()
	}},
	{name: "a separator that is named", write: func(t table) string {
		return "\uFEFFsep=;\r\n" + delimited(t.rows, ";", "\r\n")
	}},
	{name: "bars", write: func(t table) string { return delimited(t.rows, "|", "\n") }},
	{name: "UTF-16 without a mark", write: func(t table) string {
		return utf16(t.T, unicode.BigEndian, unicode.IgnoreBOM, delimited(t.rows, "\t", "\r\n"))
	}},
	{name: "a sum under the first column", beside: 1, write: func(t table) string {
		return t.among(len(t.rows), t.line(map[int]string{0: "总计", t.column(report.Amount): "999.99"})).csv()
	}},
	{name: "a sum under the number", beside: 1, write: func(t table) string {
		other := (t.column(report.Number) + 1) % len(t.rows[0])
		cells := map[int]string{0: "x", other: "3", t.column(report.Amount): "999.99"}
		cells[t.column(report.Number, report.Parent)] = "合计："
		return t.among(len(t.rows), t.line(cells)).csv()
	}},
	{name: "a sum under the product", beside: 1, write: func(t table) string {
		cells := map[int]string{t.column(report.ProductName): "汇总", t.column(report.Amount): "999.99"}
		return t.among(1, t.line(cells)).csv()
	}},
	{name: "a sum that counts rows", beside: 1, write: func(t table) string {
		return t.among(len(t.rows), t.line(map[int]string{0: "合计（3笔）", t.column(report.Amount): "999.99"})).csv()
	}},
	{name: "only the columns that are read, in their order", write: func(t table) string {
		var columns []int
		for column := range t.rows[0] {
			_, ok := t.field(column)
			if ok || slices.ContainsFunc(t.of.Columns[report.Line], func(name string) bool {
				return report.Canonical(name) == report.Canonical(t.rows[0][column])
			}) || t.alone(column) {
				columns = append(columns, column)
			}
		}
		slices.Reverse(columns)
		return t.each(func(_ int, row []string) (kept []string) {
			for _, column := range columns {
				kept = append(kept, row[column])
			}
			return kept
		}).csv()
	}},
	{name: "three sheets, their columns in two orders", write: func(t table) string {
		book := excelize.NewFile()
		for i := range 3 {
			name := fmt.Sprintf("Sheet%d", i+1)
			part := table{t.T, t.of, [][]string{t.rows[0]}}
			for n, row := range t.rows[1:] {
				if n%3 == i {
					part.rows = append(part.rows, row)
				}
			}
			if i == 2 {
				part = part.each(func(_ int, row []string) []string { slices.Reverse(row); return row })
			}
			if i > 0 {
				_, _ = book.NewSheet(name)
			}
			part.sheet(book, name, 1, nil)
		}
		return t.written(book)
	}},
	{name: "notes with line ends", write: func(t table) string {
		return t.each(func(n int, row []string) []string {
			return slices.Insert(row, 1, map[bool]string{true: "商家备注", false: "第一行,\n\"第二行\"\r\n第三行"}[n == 0])
		}).csv()
	}},
}

// TestAReportIsReadAsItComes from people and tools: with titles, sums and packing around it, in every kind of file.
func TestAReportIsReadAsItComes(t *testing.T) {
	t.Parallel()
	for _, r := range report.All() {
		if !r.Read() {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
			of := table{t, r, d.table(r.Name)}
			first, _ := d.bring(d.file("first.csv", of.csv()), needed(r))
			before, counts := d.ofReports(), lastLine(first)
			created, rest, _ := strings.Cut(counts, " created, 0 changed, 0 unchanged")
			for _, form := range forms {
				want, n := "0 created, 0 changed, "+created+" unchanged"+rest, form.beside
				if head, beside, cut := strings.Cut(want, " lines that are no orders"); cut {
					comma := strings.LastIndex(head, ", ")
					var was int
					if _, err := fmt.Sscan(head[comma+2:], &was); err != nil {
						t.Fatal(err)
					}
					want, n = head[:comma]+beside, n+was
				}
				if n > 0 {
					want += fmt.Sprintf(", %d lines that are no orders", n)
				}
				told, err := d.bring(d.file("form", form.write(of)), needed(r))
				if lastLine(told) != want || d.ofReports() != before {
					t.Errorf("%s: %s (%v), want %s\n%s", form.name, told, err, want, d.ofReports())
				}
			}
		})
	}
}

// TestReportsThatDifferFromTheTable are read where that leaves no doubt, and else refused with what to do.
func TestReportsThatDifferFromTheTable(t *testing.T) {
	t.Parallel()
	of := func(name string, change func(t table) table) func(*desk) string {
		return func(d *desk) string { return change(table{d.T, report.Named(name), d.table(name)}).csv() }
	}
	without := func(name string, headings ...string) func(*desk) string {
		return of(name, func(t table) table {
			return t.each(func(_ int, row []string) (kept []string) {
				for column, cell := range row {
					if !slices.Contains(headings, t.rows[0][column]) {
						kept = append(kept, cell)
					}
				}
				return kept
			})
		})
	}
	// of two reports: what both of them have, and what each is known by
	both := func(*desk) string {
		return "淘宝主订单号,淘宝子订单号,商品名称,主播昵称,推广位名称,订单支付时间,付款时间,订单状态,订单支付金额,付款金额,订单退款金额,预估出佣总额,付款预估收入,结算预估收入\n" +
			"331,332,枕头,小美,小强,2026-08-01 14:22:30,2026-08-01 14:22:31,订单已支付,49.5,49.6,-,3.71,3.72,0\n"
	}
	ads := func(standard, ad, actual, actualAd, status string) func(*desk) string {
		return func(*desk) string {
			return "Order ID,SKU ID,Creator Username,Product Name,Payment Amount,Currency,Fully returned or refunded," +
				"Order Status,Est. standard commission payment,Est. Shop Ads commission payment,Actual Commission Payment," +
				"Actual Shop Ads commission payment,Payment time,Time Commission Paid\n57701,1,dy_1,Test lamp,20.00,CNY,No," +
				strings.Join([]string{status, standard, ad, actual, actualAd}, ",") + ",05/06/2026 19:03:00," +
				map[string]string{"Settled": "25/06/2026 10:00:00"}[status] + "\n"
		}
	}
	own := func(*desk) string {
		return "分销单号,分销达人,货品,实付分,收入分,进度,付款于\n" +
			"KS1,dy_1,蒸锅,19900,1990,已付款,2026-07-01 12:00:00\nKS2,dy_1,炒锅,9900,990,已失效,2026-07-01 12:00:00\n"
	}
	for _, c := range []struct {
		name   string
		body   func(*desk) string
		change func(*orderfile.Import)
		say    []string
	}{
		{"two reports fit", both, nil, []string{
			"may be one of several reports", "--as", "taobao-live-tcp (热浪引擎 TCP 预估订单（未出账）)",
			"taobao-union (淘宝联盟 推广订单明细)",
		}},
		{
			"two reports fit, one is named", both, func(i *orderfile.Import) { i.As = "taobao-live-tcp" },
			[]string{"1 created", "332 | dy_1 | 枕头 | 4950 | 371 | PAID | 2026-08-01 14:22:30 | - | part of 331"},
		},
		{
			"two reports fit, the other is named", both, func(i *orderfile.Import) { i.As, i.Map = "taobao-union", nil },
			[]string{"1 created", "332 | dy_2 | 枕头 | 4960 | 372 | PAID | 2026-08-01 14:22:31 | -"},
		},
		{
			"no time of payment, though the report has one", of("weixin-shop", func(t table) table {
				return t.headed(func(name string) string { return strings.Replace(name, "支付时间", "订单下单时间", 1) })
			}), nil, []string{"--paid-at ordered", "0 created"},
		},
		{
			"the time of ordering instead", of("weixin-shop", func(t table) table {
				return t.headed(func(name string) string { return strings.Replace(name, "支付时间", "订单下单时间", 1) })
			}), func(i *orderfile.Import) { i.PaidAt = orderfile.Ordered },
			[]string{"37201 | dy_1 | 茶叶 | 19600 | 980 | PAID | 2026-06-07 16:21:07"},
		},
		{
			"no time at all", without("weixin-shop", "支付时间"), nil,
			[]string{"微信小店 订单导出 (weixin-shop), and has no column 支付时间", "--map"},
		},
		{
			"settled orders without an actual commission", without("douyin-alliance-shop", "实际佣金支出"), nil,
			[]string{"3 created", "line 4: 已结算的订单需要实际佣金"},
		},
		{"no status", without("taobao-union", "订单状态"), nil, []string{"has no column 订单状态", "--map"}},
		{
			"shop ads, estimate", ads("0.00", "1.20", "/", "/", "Pending"), nil,
			[]string{"57701 | dy_1 | Test lamp | 2000 | 120 | PAID"},
		},
		{
			"shop ads, actual", ads("0", "1.20", "0.00", "1.10", "Settled"), nil,
			[]string{"57701 | dy_1 | Test lamp | 2000 | 110 | SETTLED"},
		},
		{
			"no shop ads", ads("2.00", "0", "1.90", "/", "Settled"), nil,
			[]string{"57701 | dy_1 | Test lamp | 2000 | 190 | SETTLED"},
		},
		{
			"two commissions", ads("2.00", "1.20", "/", "/", "Pending"), nil,
			[]string{"0 created", "标准佣金和店铺广告佣金都大于 0", "--map HEADING=-"},
		},
		{
			"two commissions, one is left out", ads("2.00", "1.20", "/", "/", "Pending"),
			func(i *orderfile.Import) { i.Map = []string{"Est. Shop Ads commission payment=-"} },
			[]string{"57701 | dy_1 | Test lamp | 2000 | 200 | PAID"},
		},
		{"a report that nobody saw", own, nil, []string{
			"the file has no column 订单号 / number, 达人平台id / creatorplatformid", "--map", "--explain",
		}},
		{
			"a report that nobody saw, named by hand", own, func(i *orderfile.Import) {
				i.Map = []string{
					"分销单号=订单号", "分销达人=达人平台ID", "货品=商品", "实付分=金额(分)", "收入分=佣金(分)", "进度=状态", "付款于=支付时间",
				}
			}, []string{"1 created, 0 changed, 0 unchanged, 1 refused", "“已失效”", "KS1 | dy_1 | 蒸锅 | 19900 | 1990 | PAID"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
			told, err := d.bring(d.file("report.csv", c.body(d)), c.change)
			all := told + fmt.Sprint(err) + "\n" + d.ofReports()
			for _, say := range c.say {
				if !strings.Contains(all, say) {
					t.Errorf("%q is not said: %s", say, all)
				}
			}
		})
	}
}

// TestAReportInTheOrgsOwnCurrency is read in its unit and in the org's time zone; rows of others are refused by name.
func TestAReportInTheOrgsOwnCurrency(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]string{
		"USD": "57701 | dy_1 | Test lamp | 1750 | 263 | SETTLED | 2026-06-06 10:03:00 | 2026-06-26 01:00:00\n" +
			"57703 | dy_1 | Test bag | 123450 | 450 | REFUNDED | 2026-06-06 23:00:30 | - | refunded 123450 at -, net 0\n",
		"IDR": "57702 | dy_1 | Test cup | 3160000 | 158000 | PAID | 2026-06-14 08:06:10 | -\n",
		"JPY": "57705 | dy_1 | Test hat | 1200 | 180 | PAID | 2026-06-07 23:00:30 | -\n",
	} {
		d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
		d.ok(d.s.Client.Org.UpdateOneID(d.orgID).SetCurrency(currency).SetTimeZone("America/Los_Angeles").Exec(t.Context()))
		told, err := d.bring(d.file("report.csv", "订单 ID,商品名称 ,SKU ID,支付金额,货币单位,"+
			"已全部退货或全额退款,订单状态,达人用户名,预计标准佣金付款,实际佣金,支付时间,佣金结算时间\n"+
			"57701,Test lamp,1,$17.50,USD,否,Settled,dy_1,2.63,2.63,05/06/2026 19:03:00,25/06/2026 10:00:00\n"+
			"57702,Test cup,2,\"31,600\",IDR,否,Pending,dy_1,\"1,580\",,13/06/2026 17:06:10,\n"+
			"57703,Test bag,3,\"1,234.50\",usd,是,Ineligible,dy_1,4.50,0,06/06/2026 08:00:30,\n"+
			"57704,Test hat,4,12.00,USD,否,AwaitingPayment,dy_1,1.80,,,\n"+
			"57705,Test hat,5,\"1,200\",JPY,否,Pending,dy_1,180,,07/06/2026 08:00:30,\n"), nil)
		if got := d.ofReports(); got != want || !errors.Is(err, orderfile.ErrRefused) ||
			!strings.Contains(told, "not the org's "+currency) {
			t.Errorf("%s: %v, %s%swant %s", currency, err, told, got, want)
		}
	}
}
