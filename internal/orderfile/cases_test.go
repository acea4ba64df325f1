package orderfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"deputy/ent/order"
	"deputy/internal/orderfile"
	"deputy/internal/store/storetest"
)

// short is a heading without what may be left out.
const short = "订单号,达人平台ID,商品,金额(元),佣金(元),状态,支付时间\n"

// fileCase is a file as people have it, and the orders that are in it.
type fileCase struct {
	name, text string
	// want are the orders, as "number amount/commission product", by number; refused is how many rows are not taken.
	want    []string
	refused int
	// say is what the output or the error says.
	say      string
	encoding string
	mapped   []string
}

func gbk(t *testing.T, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func utf16(t *testing.T, end unicode.Endianness, bom unicode.BOMPolicy, text string) string {
	t.Helper()
	out, err := unicode.UTF16(end, bom).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// workbook makes a workbook of one sheet.
func workbook(t *testing.T, rows ...[]any) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // it is in memory
	for i, row := range rows {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// late is a long text in ASCII whose first Chinese letters come at its end.
func late() string {
	var b strings.Builder
	b.WriteString("number,creatorPlatformId,productName,amount,commission,status,paidAt\r\n")
	for i := range 1305 {
		product := "lipstick"
		if i >= 1300 {
			product = "口红"
		}
		fmt.Fprintf(&b, "DQ10-%05d,dy_1,%s,19900,1990,PAID,2026-02-28 10:00:00\r\n", i, product)
	}
	return b.String()
}

const tail = ",dy_1,口红,199.00,19.90,已支付,2026-02-28 10:00:00\n"

// TestFilesThatWereReadWrongly are read right, or refused with what to do.
func TestFilesThatWereReadWrongly(t *testing.T) {
	t.Parallel()
	one := []string{"DQ1 19900/1990 口红"}
	for _, c := range []fileCase{
		{
			name: "an empty cell between tabs", text: strings.ReplaceAll("订单号,达人平台ID,商品,状态,支付时间,优惠,金额(元),佣金(元),运费\n"+
				"DQ1,dy_1,口红,已支付,2026-02-28 10:00:00,,199.00,19.90,0\nDQ2,dy_1,口红,已支付,2026-02-28 10:00:00,5.00,199.00,19.90,0\n",
				",", "\t"),
			want: []string{"DQ1 19900/1990 口红", "DQ2 19900/1990 口红"},
		},
		{
			name: "an empty cell in a heading between tabs", text: strings.ReplaceAll("订单号,达人平台ID,商品,状态,支付时间,,金额(元),佣金(元)\n"+
				"DQ1,dy_1,口红,已支付,2026-02-28 10:00:00,,199.00,19.90\nDQ2,dy_1,口红,已支付,2026-02-28 10:00:00,5,199.00,19.90\n", ",",
				"\t"),
			want: []string{"DQ1 19900/1990 口红", "DQ2 19900/1990 口红"},
		},
		{
			name: "numbers kept as text", text: "\uFEFF" + short + `="6923530000000000001"` + tail +
				`"=""6923530000000000002"""` + tail +
				"\"\t6923530000000000003\"" + tail + "6923530000000000004\t" + strings.TrimSuffix(tail, "\n") + "\t\n" +
				"'6923530000000000005" + tail +
				"`6923530000000000006" + tail + "6923530000000000007" + tail,
			want: func() (want []string) {
				for i := range 7 {
					want = append(want, fmt.Sprintf("692353000000000000%d 19900/1990 口红", i+1))
				}
				return want
			}(),
		},
		{name: "a unit separator in a number", text: short + "DQ\x1f1" + tail, refused: 1, say: "U+001F"},
		{
			name: "numbers that were shortened", text: short + "6.92353E+18" + tail + "6.9235300E18" + tail + "1E5" + tail +
				"6923530000000000123.0" + tail +
				"#NAME?" + tail + "######" + tail + "6923530000000010000" + tail,
			want: []string{"6923530000000010000 19900/1990 口红"}, refused: 6, say: orderfile.Spoilt,
		},
		{name: "rows of nothing", text: short + "DQ1" + tail + ",,,,,,\n , , , , , , \n\u3000,,,,,,\n\n", want: one},
		{name: "rows of nothing between tabs", text: strings.ReplaceAll(short+"DQ1"+tail+",,,,,,\n", ",", "\t"), want: one},
		{
			name: "two headings for the number", text: "订单号,订单编号,达人平台ID,商品,金额(元),佣金(元),状态,支付时间\nDQ1,SUB-1" + tail,
			say: "“订单号” and “订单编号”",
		},
		{
			name: "two headings for the amount", text: "订单号,达人平台ID,商品,金额(元),订单金额(元),佣金(元),状态,支付时间\n" +
				"DQ1,dy_1,口红,199.00,299.00,19.90,已支付,2026-02-28 10:00:00\n",
			say: "“金额(元)” and “订单金额(元)”",
		},
		{
			name: "an amount in two units",
			text: "number,creatorPlatformId,productName,amount,金额(元),commission,status,paidAt\n" +
				"DQ1,dy_1,口红,19900,299,1990,PAID,2026-02-28 10:00:00\n",
			say: "“amount” and “金额(元)”",
		},
		{
			name: "two headings, one named by hand", text: "订单号,达人平台ID,商品,金额(元),订单金额(元),佣金(元),状态,支付时间\n" +
				"DQ1,dy_1,口红,199.00,299.00,19.90,已支付,2026-02-28 10:00:00\n",
			mapped: []string{"订单金额(元)=金额(元)"}, want: []string{"DQ1 29900/1990 口红"},
		},
		{
			name: "a heading named by hand", text: "订单号,达人平台ID,商品,实际到账,佣金(元),状态,支付时间\nDQ1" + tail,
			mapped: []string{"实际到账=金额(元)"}, want: one,
		},
		{
			name: "a heading named by hand that is not there", text: short + "DQ1" + tail, mapped: []string{"到账=金额(元)"},
			say: "the file does not have",
		},
		{
			name: "a first line that names the separator", text: "sep=;\n" + strings.ReplaceAll(short+"DQ1"+tail, ",", ";"),
			want: one,
		},
		{
			name: "a first line that names a tab", text: "sep=\t\r\n" + strings.ReplaceAll(short+"DQ1"+tail, ",", "\t"),
			want: one,
		},
		{name: "bars", text: strings.ReplaceAll(short+"DQ1"+tail, ",", "|"), want: one},
		{
			name: "a statement", text: gbk(t, "#某某平台交易明细\n#起始时间：[2026-02-01 00:00:00]    终止时间：[2026-03-01 00:00:00]\n"+
				"#---------------------------------\n"+short+
				"6923530000000001801\t,dy_1,口红\t,199.00,19.90,已支付\t,2026-02-28 10:00:00\t\n"+
				"6923530000000001802\t,dy_1,面霜\t,299.00,29.90,已支付\t,2026-02-28 10:00:00\t\n"+
				"合计,,,498.00,49.80,,\n#导出时间：[2026-03-01 09:00:00]\n"),
			want: []string{"6923530000000001801 19900/1990 口红", "6923530000000001802 29900/2990 面霜"},
			say:  "2 lines that are no orders",
		},
		{
			name: "a number that is left alone is no closing line", text: short + "DQ7,,,,,,\n", refused: 1,
			say: "Enter an amount",
		},
		{
			name: "the first Chinese letter comes late", text: gbk(t, late()),
			say: "1305 created, 0 changed, 0 unchanged, 0 refused",
		},
		{name: "UTF-16LE with its mark", text: utf16(t, unicode.LittleEndian, unicode.UseBOM,
			strings.ReplaceAll(short+"DQ1"+tail, ",", "\t")), want: one},
		{name: "UTF-16BE with its mark", text: utf16(t, unicode.BigEndian, unicode.UseBOM, short+"DQ1"+tail), want: one},
		{
			name: "UTF-16LE without a mark", text: utf16(t, unicode.LittleEndian, unicode.IgnoreBOM, short+"DQ1"+tail),
			want: one,
		},
		{
			name: "lines that end with CR", text: strings.ReplaceAll(short+"DQ1"+tail+"DQ2"+tail, "\n", "\r"),
			want: []string{"DQ1 19900/1990 口红", "DQ2 19900/1990 口红"},
		},
		{
			name: "names of today in GBK", text: gbk(t, short) + "DQ1,dy_1,\xfe\x9f\xd7\xd6\xfe\x59," + "199.00,19.90," +
				gbk(t, "已支付") + ",2026-02-28 10:00:00\n",
			want: []string{"DQ1 19900/1990 䶮字\u9fb4"},
		},
		{
			name: "one row with broken bytes", text: short + "DQ1" + tail +
				"DQ2,dy_1,口\xff红,199,0,已支付,2026-02-28 10:00:00\nDQ3" + tail,
			want: []string{"DQ1 19900/1990 口红", "DQ3 19900/1990 口红"}, refused: 1, say: orderfile.BadEncoding,
		},
		{name: "an encoding that is named", text: "\uFEFF" + short + "DQ1" + tail, encoding: "utf-8", want: one},
		{name: "an encoding that is unknown", text: short, encoding: "klingon", say: "--encoding takes"},
		{
			name: "a decimal comma", text: strings.ReplaceAll("订单号,达人平台ID,商品,状态,支付时间,金额(元),佣金(元)\n", ",", ";") +
				"DQ1;dy_1;口红;已支付;2026-02-28 10:00:00;199,00;19,90\nDQ2;dy_1;面霜;已支付;2026-02-28 10:00:00;1.200,00;0,00\n" +
				"DQ3;dy_1;面霜;已支付;2026-02-28 10:00:00;1.299,90;129,99\n",
			refused: 3, say: "逗号",
		},
		{
			name: "a decimal comma between commas", text: short + "DQ1,dy_1,口红,\"199,00\",0,已支付,2026-02-28 10:00:00\n",
			refused: 1, say: "comma",
		},
		{
			name: "decimals of the smallest unit",
			text: "number,creatorPlatformId,productName,amount,commission,status,paidAt\nDQ1,dy_1,口红,199.00,0,PAID,2026-02-28 " +
				"10:00:00\n" +
				"DQ2,dy_1,口红,199.50,0,PAID,2026-02-28 10:00:00\nDQ3,dy_1,口红,19900,1990,PAID,2026-02-28 10:00:00\n",
			want: []string{"DQ3 19900/1990 口红"}, refused: 2,
		},
		{
			name: "amounts below zero", text: short + "DQ1,dy_1,口红,-199.00,0,已退款,2026-02-28 10:00:00\n" +
				"DQ2,dy_1,口红,(199.00),0,已退款,2026-02-28 10:00:00\n",
			refused: 2, say: "“已退款”",
		},
		{
			name: "an amount in English with its currency", text: "Order ID,Creator Username,Product,Amount (CNY),Commission " +
				"(CNY),Status,Payment time\nDQ1,dy_1,口红,199.00,19.90,Paid,2026-02-28 10:00:00\n",
			want: one,
		},
		{
			name: "another currency", text: strings.ReplaceAll(short, "(元)", "(USD)") + "DQ1" + tail,
			say: "not in the org's currency CNY",
		},
		{
			name: "a unit that is not known", text: strings.ReplaceAll(short, "(元)", "(万元)") + "DQ1" + tail,
			say: "a unit that is not known",
		},
		{name: "the smallest unit in brackets", text: strings.ReplaceAll(short, "(元)", "（分）") +
			"DQ1,dy_1,口红,19900,1990,已支付,2026-02-28 10:00:00\n", want: one},
		{name: "a heading alone", text: short, say: orderfile.ErrNoRows.Error()},
		{
			name: "one number twice", text: short + "DQ1" + tail + "DQ1,dy_1,口红,299.00,29.90,已支付,2026-02-28 10:00:00\n",
			want: one, refused: 1, say: "already appears in the file",
		},
		{
			name: "quotation marks that are not closed", text: short +
				"DQ1,dy_1,\"口红,199.00,19.90,已支付,2026-02-28 10:00:00\nDQ2" + tail + "DQ3" + tail,
			want: []string{"DQ2 19900/1990 口红", "DQ3 19900/1990 口红"}, refused: 1, say: orderfile.BadQuotes,
		},
		{
			name: "quotation marks that swallow rows", text: short + "DQ1,dy_1,\"口红,199.00,19.90,已支付,2026-02-28 10:00:00\nDQ2" +
				tail +
				"DQ3,dy_1,口红\",199.00,19.90,已支付,2026-02-28 10:00:00\nDQ4" + tail,
			want: []string{"DQ2 19900/1990 口红", "DQ3 19900/1990 口红\"", "DQ4 19900/1990 口红"}, refused: 1,
		},
		{
			name: "a line end inside a cell", text: "备注," + short + "\"送礼\n请包好\",DQ1" + tail + ",DQ2" + tail,
			want: []string{"DQ1 19900/1990 口红", "DQ2 19900/1990 口红"},
		},
		{
			name: "a comma that moves the cells", text: short + "DQ1,dy_1,口红,礼盒,199.00,19.90,已支付,2026-02-28 10:00:00\n",
			refused: 1, say: "cells have shifted",
		},
		{
			name: "a cell that is missing", text: short + "DQ1,dy_1,199.00,19.90,已支付,2026-02-28 10:00:00\n", refused: 1,
			say: "cells have shifted",
		},
		{
			name: "a last cell that may be left out", text: heading + "DQ1,dy_1,小美,口红,199.00,19.90,已支付,2026-02-28 10:00:00\n",
			want: one,
		},
		{
			name: "signs in a product's name", text: short + "DQ1,dy_1,👩\u200d🍳网红锅铲" + tail[len(",dy_1,口红"):] +
				"DQ2,dy_1,口红\u200b礼盒" + tail[len(",dy_1,口红"):] +
				"DQ3,dy_1,1\ufe0f\u20e3号链接" + tail[len(",dy_1,口红"):],
			want: []string{"DQ1 19900/1990 👩\u200d🍳网红锅铲", "DQ2 19900/1990 口红礼盒", "DQ3 19900/1990 1\ufe0f\u20e3号链接"},
		},
		{
			name: "a formula", text: short + "DQ1,dy_1,=HYPERLINK(1)" + tail[len(",dy_1,口红"):] + "DQ2,dy_1,'=1+1" +
				tail[len(",dy_1,口红"):],
			want: []string{"DQ1 19900/1990 =HYPERLINK(1)", "DQ2 19900/1990 =1+1"},
		},
		{name: "a PDF", text: "%PDF-1.7\n", say: "is a PDF"},
		{name: "an old workbook", text: "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", say: "old workbook"},
		{name: "a page", text: "<html><table>", say: "web page"},
		{name: "a broken archive", text: "PK\x03\x04 nothing", say: "damaged workbook"},
		{name: "no text", text: "\x01\x02\x00\x00\x00\x07abc", say: "no text"},
		{
			name: "numbers of a workbook that are typed as numbers", text: workbook(t, []any{"订单导出"},
				[]any{"订单号", "达人平台ID", "商品", "金额(元)", "佣金(元)", "状态", "支付时间"},
				[]any{int64(6923530000000000001), "dy_1", "口红", 199, 19.9, "已支付", "2026-02-28 10:00:00"},
				[]any{"6923530000000000002", "dy_1", "口红", 199, 19.9, "已支付", "2026-02-28 10:00:00"},
				[]any{int64(9007199254740993), "dy_1", "口红", 199, 19.9, "已支付", "2026-02-28 10:00:00"},
				[]any{int64(1234567890123450), "dy_1", "口红", 199, 19.9, "已支付", "2026-02-28 10:00:00"},
				[]any{},
				[]any{int64(123456789012345), "dy_1", "口红", 199, 19.9, "已支付", "2026-02-28 10:00:00"},
				[]any{1e20, "dy_1", "口红", 199, 19.9, "已支付", "2026-02-28 10:00:00"},
				[]any{"DQ7", int64(6923530000000000001), "口红", 199, 19.9, "已支付", "2026-02-28 10:00:00"},
				[]any{"DQ8", "dy_1", int64(6923530000000000001), 199, 19.9, "已支付", "2026-02-28 10:00:00"}),
			want: []string{
				"123456789012345 19900/1990 口红", "6923530000000000002 19900/1990 口红", "DQ8 19900/1990 6923530000000000001",
			}, refused: 5, say: "line 3: “6923530000000000001”: 表格软件缩短或改写了这个号码",
		},
		{
			name: "a workbook", text: workbook(t, []any{"订单导出"}, []any{"订单号", "达人平台ID", "商品", "金额(元)", "佣金(元)", "状态", "支付时间"},
				[]any{"6923530000000000001", "dy_1", "口红", 199, 19.9, "已支付", time.Date(2026, 2, 28, 10, 0, 0, 0, time.UTC)},
				[]any{"6923530000000000002", "dy_1", "面霜", 0.1 + 0.2, "0.10", "已支付", "2026-02-28 10:00:00"},
				[]any{"6.92353E+18", "dy_1", "面霜", 1, 0, "已支付", "2026-02-28 10:00:00"}, []any{"合计", nil, nil, 300}),
			want: []string{"6923530000000000001 19900/1990 口红", "6923530000000000002 30/10 面霜"}, refused: 1,
			say: orderfile.Spoilt,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, storetest.Open(t, dialect.SQLite))
			d.encoding, d.mapped = c.encoding, c.mapped
			file := d.file("orders.csv", c.text)
			dryErr := d.run(file, true)
			dry := d.told
			if entries, err := os.ReadDir(d.dir); err != nil || len(entries) > 2 { // the file, and what was told
				t.Errorf("a dry run left %v, %v", entries, err)
			}
			err := d.run(file, false)
			if d.told != dry || fmt.Sprint(err == nil) != fmt.Sprint(dryErr == nil) {
				t.Errorf("the dry run tells %q (%v), the run %q (%v)", dry, dryErr, d.told, err)
			}
			if (c.refused > 0) != errors.Is(err, orderfile.ErrRefused) {
				t.Errorf("%v: %s", err, d.all)
			}
			if c.say != "" && !strings.Contains(d.all+fmt.Sprint(err), c.say) {
				t.Errorf("%q is not said: %s, %v", c.say, d.all, err)
			}
			if c.refused > 0 && !strings.Contains(d.told, fmt.Sprintf(", %d refused", c.refused)) {
				t.Error(d.all)
			}
			if len(c.want) == 0 {
				return
			}
			var got []string
			for _, o := range d.orders() {
				got = append(got, fmt.Sprintf("%s %d/%d %s", o.Number, o.Amount, o.Commission, o.ProductName))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"), d.all)
			}
			// The same input again changes nothing.
			_ = d.run(file, false)
			if !strings.HasPrefix(d.told, fmt.Sprintf("0 created, 0 changed, %d unchanged", len(c.want))) {
				t.Errorf("again: %s", d.told)
			}
		})
	}
}

// TestOneNumberTwiceFarApart is answered as one that stands twice side by side, in a dry run as in the run.
func TestOneNumberTwiceFarApart(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t, dialect.SQLite))
	var b strings.Builder
	b.WriteString("number,creatorPlatformId,productName,amount,commission,status,paidAt\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "DQ23-%04d,dy_1,口红,19900,1990,PAID,2026-02-28 10:00:00\n", i+1)
	}
	b.WriteString("DQ23-0001,dy_1,口红,29900,2990,PAID,2026-02-28 10:00:00\n")
	file := d.file("orders.csv", b.String())
	for _, dry := range []bool{true, false} {
		if err := d.run(file, dry); !errors.Is(err, orderfile.ErrRefused) ||
			d.told != "1000 created, 0 changed, 0 unchanged, 1 refused" {
			t.Errorf("dry %v: %v, %s", dry, err, d.told)
		}
	}
}

// TestYesterdaysFile leaves what is settled meanwhile as it is, and is no failure.
func TestYesterdaysFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t, dialect.SQLite))
	file := d.file("orders.csv", short+"DQ1"+tail+"DQ2"+tail)
	d.ok(d.run(file, false))
	d.ok(d.s.Client.Order.Update().Where(
		order.Number("DQ1")).SetStatus(order.StatusSETTLED).SetSettledAt(noon).Exec(t.Context()))
	d.ok(d.run(file, false))
	if d.told != "0 created, 0 changed, 2 unchanged, 0 refused" || d.orders()[0].Status != order.StatusSETTLED {
		t.Errorf("%s, %s", d.told, d.orders()[0].Status)
	}
}

// TestWhatLiesBesideIsOfTheLastRun and has the mode of the file.
func TestWhatLiesBesideIsOfTheLastRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t, dialect.SQLite))
	file := d.file("orders.csv", short+"DQ1,dy_9,=1+1,199.00,0,已支付,2026-02-28 10:00:00\n")
	if err := d.run(file, false); !errors.Is(err, orderfile.ErrRefused) {
		t.Fatal(err)
	}
	info, err := os.Stat(file + ".refused.csv")
	d.ok(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the refused rows may be read by others: %v", info.Mode())
	}
	text, err := os.ReadFile(file + ".refused.csv")
	d.ok(err)
	if !strings.Contains(string(text), ",DQ1,dy_9,'=1+1,199.00\t,0,已支付,2026-02-28 10:00:00\t\n") {
		t.Errorf("the row is not as it came: %q", text)
	}
	d.file("orders.csv", short+"DQ1"+tail)
	d.ok(d.run(file, false))
	if _, err := os.Stat(file + ".refused.csv"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("refused rows of an earlier run are left: %v", err)
	}
}

// TestMomentsAsPeopleWriteThem are read as they stand, or refused with the reason.
func TestMomentsAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	shanghai, newYork, saoPaulo := zone(t, "Asia/Shanghai"), zone(t, "America/New_York"), zone(t, "America/Sao_Paulo")
	for _, row := range []struct {
		text string
		zone *time.Location
		want string // in UTC; empty for what is refused
	}{
		{"2026-02-28 10:00:00", shanghai, "2026-02-28T02:00:00Z"},
		{"2026-02-28T10:00:00", shanghai, "2026-02-28T02:00:00Z"},
		{"2026-2-28 9:05", shanghai, "2026-02-28T01:05:00Z"},
		{"2026年2月28日 10:00", shanghai, "2026-02-28T02:00:00Z"},
		{"2026年2月28日10时5分", shanghai, "2026-02-28T02:05:00Z"},
		{"2026年02月28日", shanghai, "2026-02-27T16:00:00Z"},
		{"2026/2/28 上午 10:00:00", shanghai, "2026-02-28T02:00:00Z"},
		{"2026/2/28 下午1:30", shanghai, "2026-02-28T05:30:00Z"},
		{"2026/2/28 12:30 AM", shanghai, "2026-02-27T16:30:00Z"},
		{"2026.02.28 10:00:00", shanghai, "2026-02-28T02:00:00Z"},
		{"2026-02-28 10:00:00.000", shanghai, "2026-02-28T02:00:00Z"},
		{"2026-02-28T10:00:00+0800", newYork, "2026-02-28T02:00:00Z"},
		{"2026-02-28 10:00:00 +08:00", newYork, "2026-02-28T02:00:00Z"},
		{"2026-02-28T10:00:00Z", shanghai, "2026-02-28T10:00:00Z"},
		{"20260228100000", shanghai, "2026-02-28T02:00:00Z"},
		{"20260228", shanghai, "2026-02-27T16:00:00Z"},
		{"２０２６-０２-２８　１０：００", shanghai, "2026-02-28T02:00:00Z"},
		{"2026-02-28 10:00:00", newYork, "2026-02-28T15:00:00Z"},
		{"2026-03-08 01:30:00", newYork, "2026-03-08T06:30:00Z"},
		{"2026-03-08 02:30:00", newYork, ""},
		{"2026-03-08 03:30:00", newYork, "2026-03-08T07:30:00Z"},
		{"2025-11-02 01:30:00", newYork, "2025-11-02T05:30:00Z"},
		{"2025-11-02 02:30:00", newYork, "2025-11-02T07:30:00Z"},
		{"2018-11-04", saoPaulo, "2018-11-04T03:00:00Z"}, // its first moment is 01:00
		{"2018-11-04 00:30", saoPaulo, ""},
		{"28/02/2026 10:00", shanghai, ""},
		{"46081.4166666667", shanghai, ""},
		{"2026-02-29 10:00", shanghai, ""},
		{"2026-13-01", shanghai, ""},
		{"2026-02-28 24:00", shanghai, ""},
		{"2026-02-28 10:60", shanghai, ""},
		{"2026-02-28 10:00:60", shanghai, ""},
		{"2026-02-28 13:00 PM", shanghai, ""},
		{"2026-02-28 10:00:00 +15:00", shanghai, "2026-02-27T19:00:00Z"},
		{"2026-02-28T10:00:00+23:59", shanghai, "2026-02-27T10:01:00Z"},
		{"2026-02-28T10:00:00+24:00", shanghai, ""},
		{"2026-02-28T10:00:00.000000000000Z", shanghai, "2026-02-28T10:00:00Z"},
		{"2026-02/28 10:00", shanghai, ""},
		{"2026-02-2810:00", shanghai, ""},
		{"昨天", shanghai, ""},
		{"", shanghai, ""},
	} {
		got, why := orderfile.Moment(row.text, row.zone)
		switch {
		case row.want == "":
			if why == "" {
				t.Errorf("%q in %s: %s", row.text, row.zone, got.Format(time.RFC3339))
			}
		case why != "" || got.Format(time.RFC3339) != row.want:
			t.Errorf("%q in %s: %s %s, want %s", row.text, row.zone, got.Format(time.RFC3339), why, row.want)
		}
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loaded, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}
