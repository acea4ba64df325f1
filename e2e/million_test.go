package e2e

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

// manyRows is how many rows TestManyRows imports.
var manyRows = flag.Int("rows", 0, "how many rows of CSV and of XLSX to import; 0 leaves the test out")

// maxImport is how much memory an import may take, in bytes.
const maxImport = 300 << 20

// TestManyRows imports a report of 47 columns, as CSV and as a workbook, into both databases, which make the rows from
// the one and compare them with the other. It says how fast that was, and in how much memory, which has a limit. It
// takes an hour or two for a million rows; see make imports.
func TestManyRows(t *testing.T) {
	if *manyRows == 0 {
		t.Skip("make imports")
	}
	folder := t.TempDir()
	csv, xlsx := filepath.Join(folder, "orders.csv"), filepath.Join(folder, "orders.xlsx")
	report := salesReport{rows: *manyRows}
	if err := errors.Join(report.writeTo(csv, report.csv), report.writeTo(xlsx, report.xlsx)); err != nil {
		t.Fatal(err)
	}
	for d, files := range map[string][]string{dialect.SQLite: {csv, xlsx}, dialect.Postgres: {xlsx, csv}} {
		t.Run(storetest.Name(d), func(t *testing.T) {
			env := []string{
				"DATABASE_URL=" + storetest.Empty(t, d), "DEPUTY_MIGRATE=true", "DEPUTY_SECRET=" + apitest.Secret,
				"TMPDIR=" + folder,
			}
			p := start(t, launch{args: []string{"--demo"}, env: env})
			orgID := p.welcome().orgID
			p.stop()
			for i, file := range files {
				began := time.Now()
				run := begin(t, launch{args: []string{"import", "orders", file, "--org", orgID}, env: env})
				code := run.wait(24 * time.Hour)
				took := time.Since(began)
				usage, _ := run.cmd.ProcessState.SysUsage().(*syscall.Rusage)
				peak := usage.Maxrss << 10
				counts := fmt.Sprintf("\n%d created, 0 changed, 0 unchanged, 0 refused\n", *manyRows)
				if i > 0 {
					counts = fmt.Sprintf("\n0 created, 0 changed, %d unchanged, 0 refused\n", *manyRows)
				}
				if code != 0 || !strings.HasSuffix(run.stdout.String(), counts) {
					t.Fatalf("%s: status %d, want%s%s%s", file, code, counts, run.stdout, run.log)
				}
				t.Logf("%s on %d cores: %s, %.0f rows a second, %d MB", filepath.Ext(file), runtime.NumCPU(),
					strings.TrimSpace(counts), float64(*manyRows)/took.Seconds(), peak>>20)
				if peak > maxImport {
					t.Errorf("%s took %d MB", file, peak>>20)
				}
			}
		})
	}
}

// salesReport is a made-up report of 精选联盟 with all its columns.
type salesReport struct{ rows int }

// columns are those of the report, as it has them.
var columns = strings.Split("订单id,商品id,商品名称,作者账号,抖音/火山号,支付金额,佣金率,预估佣金支出,结算金额,实际佣金支出,订单状态,超时未结算原因,付款时间,收货时间,"+
	"订单结算时间,商品来源,尾款支付时间,定金金额,店铺id,店铺名称,商品数量,佣金发票,冻结比例,是否阶梯佣金,门槛销量,基础佣金率,升佣佣金率,预估奖励佣金支出,结算奖励佣金支出,"+
	"阶梯计划ID,支付补贴,平台补贴,达人补贴,运费,税费,运费补贴,分销来源,营销活动id,推广费率,推广技术服务费,预估推广费支出,结算推广费支出,计划类型,订单来源,"+
	"流量细分来源,流量来源,订单类型", ",")

// row returns a row of the report.
func (r salesReport) row(n int) []string {
	row := make([]string, len(columns))
	for i := range row {
		row[i] = "-"
	}
	cents := 1_000 + n%9_000
	paid := time.Date(2025, 1, 1, 0, 0, n%86_400, 0, time.UTC).AddDate(0, 0, n%365)
	yuan := func(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }
	copy(row, []string{
		fmt.Sprintf("69500%014d\t", n), fmt.Sprintf("38%017d\t", n%1_000), fmt.Sprintf("商品 %d", n%1_000), "达人",
		fmt.Sprintf("dy_%d", 10_001+n%3), yuan(cents), "20.00%", yuan(cents / 5), yuan(cents), yuan(cents / 5),
		[]string{"订单付款", "订单收货", "订单结算", "订单退货退款"}[n%4], "-", paid.Format(time.DateTime),
		paid.Add(72 * time.Hour).Format(time.DateTime),
	})
	if n%4 == 2 {
		row[14] = paid.Add(15 * 24 * time.Hour).Format(time.DateTime)
	}
	for i := 17; i < len(row); i += 2 {
		row[i] = "0.00"
	}
	return row
}

// writeTo writes the report into a file.
func (r salesReport) writeTo(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	return errors.Join(write(out), out.Flush(), file.Close())
}

func (r salesReport) csv(out io.Writer) error {
	if _, err := io.WriteString(out, "\uFEFF"+strings.Join(columns, ",")+"\n"); err != nil {
		return err
	}
	for n := range r.rows {
		if _, err := io.WriteString(out, strings.Join(r.row(n), ",")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// The names of Office Open XML.
const (
	spreadsheet  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relation     = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relationship = "http://schemas.openxmlformats.org/package/2006/relationships"
	contentTypes = "http://schemas.openxmlformats.org/package/2006/content-types"
	kinds        = "application/vnd.openxmlformats-"
)

// parts of the workbook that are the same in every one.
var parts = map[string]string{
	"[Content_Types].xml": `<Types xmlns="` + contentTypes + `">` +
		`<Default Extension="rels" ContentType="` + kinds + `package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + kinds + `officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/sharedStrings.xml" ContentType="` + kinds +
		`officedocument.spreadsheetml.sharedStrings+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + kinds +
		`officedocument.spreadsheetml.worksheet+xml"/></Types>`,
	"_rels/.rels": `<Relationships xmlns="` + relationship + `">` +
		`<Relationship Id="rId1" Type="` + relation + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	"xl/workbook.xml": `<workbook xmlns="` + spreadsheet + `" xmlns:r="` + relation + `"><sheets>` +
		`<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
	"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + relationship + `">` +
		`<Relationship Id="rId1" Type="` + relation + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + relation + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
}

// xlsx writes the report as a spreadsheet does: all its texts are in a table, of which cells have the places.
func (r salesReport) xlsx(out io.Writer) error {
	archive := zip.NewWriter(out)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestSpeed)
	})
	for name, text := range parts {
		part, err := archive.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, xml.Header+text); err != nil {
			return err
		}
	}
	// Numbers of orders and times are different in each row; they stand behind what rows share.
	shared, texts := map[string]int{}, append([]string(nil), columns...)
	sheet, err := archive.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(sheet, 1<<20)
	fmt.Fprintf(w, `%s<worksheet xmlns="%s"><dimension ref="A1:%s%d"/><sheetData>`, xml.Header, spreadsheet,
		letters(len(columns)-1), r.rows+1)
	cells := make([]string, len(columns))
	for i := range cells {
		cells[i] = fmt.Sprint(i)
	}
	write := func(line int) {
		fmt.Fprintf(w, `<row r="%d">`, line)
		for column, cell := range cells {
			fmt.Fprintf(w, `<c r="%s%d" t="s"><v>%s</v></c>`, letters(column), line, cell)
		}
		_, _ = w.WriteString("</row>") // Flush tells
	}
	write(1)
	const own = 1 << 14 // places below are for texts that rows share
	differing := []int{0, 12, 13, 14}
	for n := range r.rows {
		for column, text := range r.row(n) {
			switch at := slices.Index(differing, column); {
			case at >= 0:
				cells[column] = fmt.Sprint(own + len(differing)*n + at)
			default:
				place, there := shared[text]
				if !there {
					place = len(texts)
					shared[text], texts = place, append(texts, text)
				}
				cells[column] = fmt.Sprint(place)
			}
		}
		write(n + 2)
	}
	if len(texts) > own {
		return fmt.Errorf("%d texts are shared", len(texts))
	}
	_, _ = w.WriteString("</sheetData></worksheet>") // Flush tells
	if err := w.Flush(); err != nil {
		return err
	}
	table, err := archive.Create("xl/sharedStrings.xml")
	if err != nil {
		return err
	}
	w = bufio.NewWriterSize(table, 1<<20)
	fmt.Fprintf(w, `%s<sst xmlns="%s">`, xml.Header, spreadsheet)
	item := func(text string) { fmt.Fprintf(w, "<si><t xml:space=\"preserve\">%s</t></si>", text) }
	for place := range own {
		if place < len(texts) {
			item(texts[place])
		} else {
			item("")
		}
	}
	for n := range r.rows {
		row := r.row(n)
		for _, column := range differing {
			item(row[column])
		}
	}
	_, _ = w.WriteString("</sst>") // Flush tells
	return errors.Join(w.Flush(), archive.Close())
}

// letters returns the name of a column.
func letters(column int) string {
	if column < 26 {
		return string(rune('A' + column))
	}
	return letters(column/26-1) + string(rune('A'+column%26))
}
