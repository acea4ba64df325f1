package orderfile_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/orderfile"
	"deputy/internal/store/storetest"
)

// archived returns an archive of parts.
func archived(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, text := range parts {
		part, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(xml.Header + text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAWorkbookIsReadAsItIsWritten by whichever program: texts of runs, with how they are spoken, escapes, results of
// formulas, days from 1904, prefixes, other names of parts, and rows and cells that do not say where they are.
func TestAWorkbookIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	const relation = "http://purl.oclc.org/ooxml/officeDocument/relationships"
	parts := map[string]string{
		"_rels/.rels": `<Relationships><Relationship Id="a" Type="` + relation + `/officeDocument" ` +
			`Target="/XL/Book.xml"/></Relationships>`,
		"xl/book.xml": `<x:workbook xmlns:x="x" xmlns:r="r"><x:workbookPr date1904="true"/><x:sheets>` +
			`<x:sheet name="图" sheetId="1" r:id="r3"/><x:sheet name="单" sheetId="2" r:id="r1"/></x:sheets></x:workbook>`,
		"xl/_rels/book.xml.rels": `<Relationships>` +
			`<Relationship Id="r1" Type="` + relation + `/worksheet" Target="sheets/One.xml"/>` +
			`<Relationship Id="r2" Type="` + relation + `/sharedStrings" Target="../Texts.xml"/>` +
			`<Relationship Id="r3" Type="` + relation + `/chartsheet" Target="chart.xml"/></Relationships>`,
		"texts.xml": `<x:sst xmlns:x="x"><x:si><x:t>订单号</x:t></x:si>` +
			`<x:si><x:r><x:t>达人</x:t></x:r><x:r><x:t>平台ID</x:t></x:r><x:rPh sb="0" eb="2"><x:t>だーれん</x:t></x:rPh></x:si>` +
			`<x:si><x:t/></x:si><x:si><x:t>口_x7EA2_&amp;_x005F_礼盒</x:t></x:si></x:sst>`,
		"xl/sheets/one.xml": `<x:worksheet xmlns:x="x"><x:dimension ref="A1:G9"/><x:sheetData>` +
			`<x:row><x:c t="inlineStr"><x:is><x:t>订单导出</x:t></x:is></x:c></x:row>` +
			`<x:row r="7"><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v> 1 </x:v></x:c>` +
			`<x:c r="D7" t="inlineStr"><x:is><x:r><x:t>金额</x:t></x:r><x:r><x:t>(元)</x:t></x:r></x:is></x:c>` +
			`<x:c t="str"><x:f>"佣"&amp;"金(元)"</x:f><x:v>佣金(元)</x:v></x:c><x:c t="inlineStr"><x:is><x:t>状态</x:t></x:is></x:c>` +
			`<x:c t="inlineStr"><x:is><x:t>支付时间</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>商品</x:t></x:is></x:c>` +
			`<x:c t="inlineStr"><x:is><x:t>佣金已扣退款</x:t></x:is></x:c></x:row>` +
			`<x:row r="9" spans="1:7"><x:c r="A9" t="inlineStr"><x:is><x:t>DY1</x:t></x:is></x:c>` +
			`<x:c r="B9" t="inlineStr"><x:is><x:t>dy_1</x:t></x:is></x:c><x:c r="C9" t="s"><x:v>2</x:v></x:c>` +
			`<x:c r="D9" s="3"><x:f>100+99</x:f><x:v>199</x:v></x:c><x:c r="E9" t="n"><x:v>1.9900000000000001E1</x:v></x:c>` +
			`<x:c r="F9" t="inlineStr"><x:is><x:t>已支付</x:t></x:is></x:c><x:c r="G9"><x:v>44619.5</x:v></x:c>` +
			`<x:c r="H9" t="s"><x:v>3</x:v></x:c><x:c r="I9" t="b"><x:v>1</x:v></x:c></x:row></x:sheetData>` +
			`<x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>DY2</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`,
	}
	d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
	told, err := d.bring(d.file("book.xlsx", string(archived(t, parts))), nil)
	want := "DY1 | dy_1 | 口红&_礼盒 | 19900 | 1990 | PAID | 2026-02-28 12:00:00 | -\n"
	const counts = "1 created, 0 changed, 0 unchanged, 0 refused"
	if got := d.ofReports(); err != nil || got != want || lastLine(told) != counts {
		t.Errorf("%v: %s%s, want %s", err, told, got, want)
	}
	for name, change := range map[string][3]string{
		"no such text":    {"xl/sheets/one.xml", "<x:v> 1 </x:v>", "<x:v>4</x:v>"},
		"no texts at all": {"xl/_rels/book.xml.rels", "/sharedStrings", "/theme"},
		"no XML":          {"xl/sheets/one.xml", "</x:row>", "<<"},
		"no sheet":        {"xl/_rels/book.xml.rels", "sheets/One.xml", "sheets/Two.xml"},
	} {
		broken := map[string]string{}
		for part, text := range parts {
			broken[part] = text
		}
		was := parts[change[0]]
		if broken[change[0]] = strings.ReplaceAll(was, change[1], change[2]); broken[change[0]] == was {
			t.Fatalf("%s: nothing was changed", name)
		}
		told, err := d.bring(d.file("broken.xlsx", string(archived(t, broken))), nil)
		if err == nil || !strings.Contains(err.Error(), "of the workbook can't be read") {
			t.Errorf("%s: %v, %s", name, err, told)
		}
	}
}

// TestTextsOfAWorkbook are the same in memory and out of it, in whichever order they are asked for, and nothing stays
// behind.
func TestTextsOfAWorkbook(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	random := rand.New(rand.NewPCG(1, 2))
	want := make([]string, 20_000)
	var b strings.Builder
	b.WriteString("<sst>")
	for i := range want {
		want[i] = strings.Repeat("文", i%7) + fmt.Sprint(random.IntN(1000))
		if i%5000 == 17 {
			want[i] = strings.Repeat("长", 20_000)
		}
		if i%11 == 0 {
			want[i] = ""
		}
		fmt.Fprintf(&b, "<si><t>%s</t></si>", want[i])
	}
	b.WriteString("</sst>")
	body := archived(t, map[string]string{"texts.xml": b.String()})
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, inMemory := range []int64{0, 64 << 20} {
		at, done := orderfile.TextsOf(archive, "texts.xml", inMemory)
		for n := range 3 * len(want) {
			place := n
			if n >= len(want) {
				place = random.IntN(len(want))
			}
			if got, err := at(place); err != nil || got != want[place] {
				t.Fatalf("text %d is %q, %v", place, got, err)
			}
		}
		for _, place := range []int{-1, len(want)} {
			if got, err := at(place); err == nil {
				t.Errorf("text %d is %q", place, got)
			}
		}
		if err := done(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("%v stays, %v", left, err)
		}
	}
}
