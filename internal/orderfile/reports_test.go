package orderfile_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/internal/backoffice"
	"deputy/internal/orderfile"
	"deputy/internal/orderfile/report"
	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// listed returns orders, each in a line.
func (d *desk) listed(orders []*ent.Order) string {
	d.Helper()
	moment := func(at *time.Time) string {
		if at == nil {
			return "-"
		}
		return at.In(time.FixedZone("", 8*3600)).Format(time.DateTime)
	}
	var b strings.Builder
	for _, o := range orders {
		fmt.Fprintf(&b, "%s | %s | %s | %d | %d | %s | %s | %s", o.Number, o.Edges.Creator.PlatformID, o.ProductName,
			o.Amount, o.Commission, o.Status, moment(&o.PaidAt), moment(o.SettledAt))
		if o.ParentNumber != nil {
			fmt.Fprintf(&b, " | part of %s", *o.ParentNumber)
		}
		if o.RefundAmount > 0 {
			fmt.Fprintf(&b, " | refunded %d at %s, net %d", o.RefundAmount, moment(o.RefundedAt), o.NetCommission)
		}
		if o.GivenShare != nil && o.Status == order.StatusREFUNDED {
			fmt.Fprintf(&b, " | the org's %d of %d, of which %d is left", *o.GivenShare, *o.GivenNet, o.OrgShare)
		} else if o.GivenShare != nil {
			fmt.Fprintf(&b, " | the org's %d, the creator's %d", o.OrgShare, o.CreatorShare)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// newReportDesk returns a desk with the creators that the files of testdata/reports name. Two of them are called 同名,
// and the contract of 小红 has ended.
func newReportDesk(t *testing.T, s *store.Store) *desk {
	t.Helper()
	d := newDesk(t, s)
	for platformID, name := range map[string]string{"dy_2": "小强", "dy_3": "同名", "dy_4": "同名", "dy_5": "小红"} {
		make := s.Client.Creator.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(d.orgID).SetName(name).
			SetPlatformID(platformID).SetGrams(search.Of(d.orgID, name))
		if name == "小红" {
			make.SetStatus(creator.StatusENDED)
		}
		d.ok(make.Exec(t.Context()))
	}
	return d
}

// bring imports a file as a person does who says what the report needs, and returns what was told, and the error.
func (d *desk) bring(file string, change func(*orderfile.Import)) (string, error) {
	d.Helper()
	out, err := os.Create(filepath.Join(d.dir, "out.txt"))
	d.ok(err)
	now := func() time.Time { return time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC) }
	run := orderfile.Import{
		Store: d.s, Office: &backoffice.Office{Now: now}, Now: now, File: file, OrgID: d.orgID, Out: out,
	}
	if change != nil {
		change(&run)
	}
	err = run.Run(context.WithoutCancel(d.Context()))
	d.ok(out.Close())
	told, readErr := os.ReadFile(out.Name())
	d.ok(readErr)
	return string(told), err
}

// needed says what a report needs to be imported.
func needed(r *report.Report) func(*orderfile.Import) {
	return func(i *orderfile.Import) {
		if !r.ByCreator() {
			i.Creator = "dy_1"
		}
		if len(r.Columns[report.PaidAt]) == 0 {
			i.PaidAt = orderfile.Ordered
		}
	}
}

func (d *desk) ofReports() string {
	d.Helper()
	all, err := d.s.Client.Order.Query().Where(order.OrgID(d.orgID)).WithCreator().Order(order.ByNumber()).All(d.Context())
	d.ok(err)
	return d.listed(all)
}

// lastLine returns the line of the counts.
func lastLine(told string) string {
	told = strings.TrimSpace(told)
	return told[strings.LastIndexByte(told, '\n')+1:]
}

// TestEachReport has a file, which gives what stands beside it: what is told, and the orders. Again, it changes
// nothing.
func TestEachReport(t *testing.T) {
	t.Parallel()
	for _, r := range report.All() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
			name := filepath.Join("testdata", "reports", r.Name)
			body, err := os.ReadFile(name + ".csv")
			d.ok(err)
			file := d.file(r.Name+".csv", string(body))
			dry, dryErr := d.bring(file, func(i *orderfile.Import) { needed(r)(i); i.DryRun = true })
			if got := d.ofReports(); got != "" {
				t.Errorf("a dry run left %s", got)
			}
			told, ran := d.bring(file, needed(r))
			if lastLine(dry) != lastLine(told) || (dryErr == nil) != (ran == nil) {
				t.Errorf("the dry run told %s (%v), the run %s (%v)", dry, dryErr, told, ran)
			}
			read := ran == nil || errors.Is(ran, orderfile.ErrRefused)
			if !read {
				told += ran.Error() + "\n"
			}
			got := told + d.ofReports()
			want, err := os.ReadFile(name + ".want")
			if err != nil || got != string(want) {
				t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
			}
			before := d.ofReports()
			again, _ := d.bring(file, needed(r))
			if read && !strings.HasPrefix(lastLine(again), "0 created, 0 changed, ") || d.ofReports() != before {
				t.Errorf("again: %s", again)
			}
		})
	}
}

// table returns the rows of a file of testdata/reports.
func (d *desk) table(name string) [][]string {
	d.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "reports", name+".csv"))
	d.ok(err)
	rows, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	d.ok(err)
	return rows
}

// TestAReportIsReadInAnyForm: with its columns in another order, with others between them, as TSV, as a workbook, with
// its rows backwards, and in every encoding, it is the same orders.
func TestAReportIsReadInAnyForm(t *testing.T) {
	t.Parallel()
	for _, r := range report.All() {
		if !r.Read() {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
			rows := d.table(r.Name)
			first, _ := d.bring(d.file("first.csv", delimited(rows, ",", "\n")), needed(r))
			before, counts := d.ofReports(), lastLine(first)
			turned := make([][]string, len(rows))
			for i, row := range rows {
				turned[i] = slices.Clone(row)
				slices.Reverse(turned[i])
				turned[i] = slices.Insert(turned[i], 1, map[bool]string{true: "备注 2", false: "送礼"}[i == 0])
			}
			sheet := make([][]any, len(turned))
			for i, row := range turned {
				for _, cell := range row {
					sheet[i] = append(sheet[i], cell)
				}
			}
			backwards := slices.Clone(turned)
			slices.Reverse(backwards[1:])
			text := delimited(turned, ",", "\r\n")
			for name, body := range map[string]string{
				"turned.csv": text, "tabs.tsv": delimited(turned, "\t", "\n"), "gbk.csv": gbk(t, text),
				"sheet.xlsx": workbook(t, sheet...), "titled.csv": "导出\n\n" + text,
				"utf16.csv": utf16(t, unicode.LittleEndian, unicode.UseBOM, text), "backwards.csv": delimited(backwards, ",", "\n"),
			} {
				told, _ := d.bring(d.file(name, body), needed(r))
				created, rest, _ := strings.Cut(counts, " created, 0 changed, 0 unchanged")
				want := "0 created, 0 changed, " + created + " unchanged" + rest
				if lastLine(told) != want || d.ofReports() != before {
					t.Errorf("%s: %s, want %s\n%s", name, told, want, d.ofReports())
				}
			}
		})
	}
}

// TestWhatPeopleSayOfAReport wins over what the file says, or is refused with what to do.
func TestWhatPeopleSayOfAReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		change     func(*orderfile.Import)
		say        string
	}{
		{"no creator", "douyin-buyin", nil, "--creator"},
		{
			"a creator that is none", "douyin-buyin", func(i *orderfile.Import) { i.Creator = "dy_9" },
			"--creator names no creator",
		},
		{
			"a creator beside those of the file", "taobao-union", func(i *orderfile.Import) { i.Creator = "dy_1" },
			"leave --creator out",
		},
		{
			"a creator instead of those of the file", "taobao-union",
			func(i *orderfile.Import) { i.Creator, i.Map = "dy_2", []string{"推广位名称=-"} }, "2010002 | dy_2",
		},
		{"no time of payment", "taobao-union-shop", nil, "--paid-at ordered"},
		{
			"another report", "taobao-union", func(i *orderfile.Import) { i.As = "weixin-shop" },
			"has no heading of the report 微信小店",
		},
		{"no report", "taobao-union", func(i *orderfile.Import) { i.As = "taobao" }, "deputy import reports lists them"},
		{
			"the report that it is", "taobao-union", func(i *orderfile.Import) { i.As = "taobao-union" },
			"2 created, 0 changed, 0 unchanged, 1 refused",
		},
		{
			"a column named by hand", "taobao-union", func(i *orderfile.Import) { i.Map = []string{"佣金金额=佣金(元)"} },
			"2010004 | dy_1 | 排插 | 10000 | 2700 | SETTLED",
		},
		{
			"what a report lacks, named by hand", "doudian-orders", func(i *orderfile.Import) { i.Map = []string{"达人昵称=佣金(元)"} },
			"“小美”不是金额",
		},
		{
			"what a report lacks, and two creators", "pinduoduo-shop", func(i *orderfile.Import) {
				i.Creator, i.Map = "dy_1", []string{"预估招商佣金（元）=状态", "成交数量=商品"}
			}, "“1.00”: 无法识别的状态",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
			told, err := d.bring(d.file(c.file+".csv", delimited(d.table(c.file), ",", "\n")), c.change)
			if all := told + fmt.Sprint(err) + "\n" + d.ofReports(); !strings.Contains(all, c.say) {
				t.Errorf("%q is not said: %s", c.say, all)
			}
		})
	}
}

// TestAnOrderThatIsKept follows its reports: it is refunded when they cancel it, keeps its time of payment when they
// have none, and is settled.
func TestAnOrderThatIsKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newReportDesk(t, s)
		step := func(name string, change func([][]string), want ...string) {
			rows := d.table(name)
			change(rows)
			told, err := d.bring(d.file(name+".csv", delimited(rows, ",", "\n")), nil)
			if err != nil && !errors.Is(err, orderfile.ErrRefused) {
				t.Error(err)
			}
			for _, line := range want {
				if all := told + d.ofReports(); !strings.Contains(all, line) {
					t.Errorf("%q is not in %s", line, all)
				}
			}
		}
		step("taobao-union", func(rows [][]string) { rows[4][8] = "已付款" }, "2010005 | dy_1 | 开关 | 3000 | 0 | PAID")
		step("taobao-union", func([][]string) {}, "1 changed, 2 unchanged", "2010005 | dy_1 | 开关 | 3000 | 0 | REFUNDED")
		step("taobao-union", func([][]string) {}, "0 changed, 3 unchanged", ", 1 skipped (1 amount 0")
		step("taobao-union-shop", func(rows [][]string) { rows[1][12], rows[1][2] = "2010002", "2026-09-01 10:00:00" },
			"2010002 | dy_1 | 台灯 | 10000 | 1500 | SETTLED | 2026-08-01 10:00:00", "1 changed, 0 unchanged, 1 refused")
	})
}

// TestAWorkbookOfSeveralSheets is read to its end, and a workbook with a password is opened with it.
func TestAWorkbookOfSeveralSheets(t *testing.T) {
	t.Parallel()
	d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
	rows := d.table("kuaishou-shop")
	book := excelize.NewFile()
	for name, part := range map[string][][]string{
		"Sheet1": rows[:3], "第二页": {rows[0], rows[3], rows[5]}, "说明": {{"本表由系统导出"}},
	} {
		if name != "Sheet1" {
			_, err := book.NewSheet(name)
			d.ok(err)
		}
		for i, row := range part {
			d.ok(book.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row))
		}
	}
	file := filepath.Join(d.dir, "快手订单_abc123.xlsx")
	d.ok(book.SaveAs(file, excelize.Options{Password: "abc123"}))
	d.ok(book.Close())
	if _, err := d.bring(file, nil); !errors.Is(err, orderfile.ErrPassword) {
		t.Error(err)
	}
	if _, err := d.bring(file, func(i *orderfile.Import) { i.Password = "123abc" }); err == nil ||
		!strings.Contains(err.Error(), "password of the workbook is wrong") || strings.Contains(err.Error(), "123abc") {
		t.Error(err)
	}
	told, err := d.bring(file, func(i *orderfile.Import) { i.Ask = func() (string, error) { return "abc123", nil } })
	if !errors.Is(err, orderfile.ErrRefused) || !strings.Contains(told, "3 created, 0 changed, 0 unchanged, 1 refused") ||
		!strings.Contains(told, `sheet "第二页" line 3: “售后成功”`) || strings.Contains(told, "abc123\n") {
		t.Errorf("%v: %s", err, told)
	}
}

// TestAFileIsExplained without a database.
func TestAFileIsExplained(t *testing.T) {
	t.Parallel()
	d := &desk{T: t, dir: t.TempDir()}
	for name, want := range map[string][]string{
		"weixin-shop":    {"(weixin-shop)", "  带货费用 → 预估佣金 / commission, estimate\n", "left out / 不读取: 收件人姓名, 收件人地址"},
		"doudian-orders": {"(doudian-orders)", "missing / 缺少: ", "export 联盟订单明细"},
		"douyin-buyin":   {"(douyin-buyin)", "--creator"},
	} {
		var out strings.Builder
		d.ok(orderfile.Import{File: filepath.Join("testdata", "reports", name+".csv")}.Explain(&out))
		for _, line := range want {
			if !strings.Contains(out.String(), line) {
				t.Errorf("%s: %q is not in %s", name, line, out.String())
			}
		}
	}
	var out strings.Builder
	d.ok(orderfile.Import{File: d.file("own.csv", short)}.Explain(&out))
	if !strings.Contains(out.String(), "  金额(元) → 金额 / amount\n") ||
		!strings.Contains(out.String(), "no report that is known") {
		t.Error(out.String())
	}
	out.Reset()
	d.ok(orderfile.DescribeReports(&out))
	for _, r := range report.All() {
		if !strings.Contains(out.String(), r.Name+"\n") {
			t.Errorf("%s is not listed", r.Name)
		}
	}
}

// TestLinesOfAnOrderKeepTheirNumbers when one of them is given again by itself, and an order that is kept as one is not
// counted once more by its lines.
func TestLinesOfAnOrderKeepTheirNumbers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newReportDesk(t, s)

		d.ok(s.Client.Creator.Update().Where(creator.PlatformID("dy_2")).SetStatus(creator.StatusENDED).Exec(t.Context()))
		rows := d.table("weixin-shop")
		both := [][]string{rows[0], rows[2], rows[4]}
		file := d.file("both.csv", delimited(both, ",", "\n"))
		if told, _ := d.bring(file, nil); lastLine(told) != "1 created, 0 changed, 0 unchanged, 1 refused" {
			t.Error(told)
		}
		d.ok(s.Client.Creator.Update().Where(creator.PlatformID("dy_2")).SetStatus(creator.StatusSIGNED).Exec(t.Context()))
		if told, err := d.bring(file+".refused.csv", nil); err != nil {
			t.Errorf("%s: %v", told, err)
		}
		want := "37202:e9f00f84f1 | dy_1 | 蜂蜜 | 6000 | 600 | PAID | 2026-06-08 10:00:30 | - | part of 37202\n" +
			"37202:edda331480 | dy_2 | 燕麦 | 4000 | 200 | PAID | 2026-06-08 10:00:30 | - | part of 37202\n"
		if got := d.ofReports(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if told, _ := d.bring(file, nil); lastLine(told) != "0 created, 0 changed, 2 unchanged, 0 refused" {
			t.Error(told)
		}

		d = newReportDesk(t, s)
		if told, err := d.bring(d.file("one.csv", delimited(both[:2], ",", "\n")), nil); err != nil {
			t.Errorf("%s: %v", told, err)
		}
		if told, err := d.bring(d.file("both.csv", delimited(both, ",", "\n")), nil); !errors.Is(err, orderfile.ErrRefused) ||
			lastLine(told) != "0 created, 0 changed, 0 unchanged, 2 refused" || !strings.Contains(told, "void the order first") {
			t.Errorf("%s: %v", told, err)
		}
	})
}

// TestAPlainFileHasRefundsAndParents under the headings of a download.
func TestAPlainFileHasRefundsAndParents(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newReportDesk(t, s)
		const more = "订单号,达人平台ID,商品,金额(元),佣金(元),状态,支付时间,主订单号,已退款金额(元),退款时间,佣金已扣退款\n" +
			"DQ1,dy_1,口红,199.00,19.90,已支付,2026-02-28 10:00:00,DQ0,99.50,2026-03-01 10:00:00,是\n" +
			"DQ2,dy_1,口红,199.00,19.90,已支付,2026-02-28 10:00:00,-,,,\n" +
			"DQ3,dy_1,口红,199.00,19.90,已支付,2026-02-28 10:00:00,,9.50,,也许\n" +
			"DQ4,dy_1,口红,199.00,19.90,已支付,2026-02-28 10:00:00,6.92E+18,9.50,,否\n"
		for _, counts := range []string{
			"2 created, 0 changed, 0 unchanged, 2 refused", "0 created, 0 changed, 2 unchanged, 2 refused",
		} {
			told, _ := d.bring(d.file("plain.csv", more), nil)
			if lastLine(told) != counts || !strings.Contains(told, "“也许”: 请填写是或否") {
				t.Error(told)
			}
		}
		want := "DQ1 | dy_1 | 口红 | 19900 | 1990 | PAID | 2026-02-28 10:00:00 | - | part of DQ0 | " +
			"refunded 9950 at 2026-03-01 10:00:00, net 1990\nDQ2 | dy_1 | 口红 | 19900 | 1990 | PAID | 2026-02-28 10:00:00 | -\n"
		if got := d.ofReports(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		line := strings.TrimSuffix(strings.Replace(jsonLine, "DY1", "DY7", 1), "}") +
			`,"parentNumber":"DY6","refundAmount":950,"refundedAt":"2026-03-01T02:00:00Z","commissionAfterRefunds":true}`
		if told, err := d.bring(d.file("a.jsonl", line), nil); err != nil || !strings.Contains(d.ofReports(),
			"DY7 | dy_1 | 口红 | 19900 | 1990 | PAID | 2026-02-28 10:00:00 | - | part of DY6 | "+
				"refunded 950 at 2026-03-01 10:00:00, net 1990\n") {
			t.Errorf("%v: %s%s", err, told, d.ofReports())
		}
	})
}
