package orderfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/orderfile"
	"deputy/internal/orderfile/report"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// canary is in every cell that says something of a buyer, and in every other cell that is not read.
const canary = "金丝雀"

// ofBuyers are the columns in which platforms give buyers' personal data.
var ofBuyers = []string{
	"收件人", "收件人姓名", "收货人姓名", "收货人", "收件人手机号", "收件人手机", "收货人电话", "手机", "联系电话", "省", "市", "区", "街道",
	"详细地址", "收件人地址", "收货地址", "收货人详细地址", "买家留言", "买家备注", "商家备注", "订单备注", "备注", "买家昵称", "买家会员名", "买家支付宝账号",
	"账号类型", "账号明细", "身份证号", "物流单号", "快递单号", "交易单号", "定制信息", "企微客户昵称", "维权标签", "支付宝", "Recipient", "Buyer Name",
	"Buyer Username", "Phone #", "Email", "Address", "Zipcode", "Buyer Message", "Seller Note",
}

// watched returns a report with those columns, and with canaries in every cell that is not read. Below stand rows that
// are refused: of an unknown status, without a creator, of too many cells, with marks that are not closed.
func (t table) watched() string {
	read := func(column int) bool {
		_, ok := t.field(column)
		return ok || slices.ContainsFunc(t.of.Columns[report.Line], func(name string) bool {
			return report.Canonical(name) == report.Canonical(t.rows[0][column])
		})
	}
	all := t.each(func(n int, row []string) []string {
		for column := range row {
			if n > 0 && !read(column) {
				row[column] = fmt.Sprintf("%s%d-%d", canary, n, column)
			}
		}
		for i, name := range ofBuyers {
			switch {
			case n == 0:
				row = append(row, name)
			case i%3 == 0:
				row = append(row, fmt.Sprintf("+86 1380000%s%04d", canary, n))
			default:
				row = append(row, fmt.Sprintf("%s路%d号,\n%s@example.org", canary, n, canary))
			}
		}
		return row
	})
	last := slices.Clone(all.rows[len(all.rows)-1])
	wrong := slices.Clone(last)
	for column, cell := range wrong {
		if !strings.Contains(cell, canary) && column != t.column(report.Number) {
			wrong[column] = "不明"
		}
	}
	all.rows = append(all.rows, wrong, append(slices.Clone(last), canary, canary))
	return all.csv() + strings.Join(last, ",") + `,"` + canary + "\n"
}

// TestBuyersAreReadOver: what a report says of buyers, and all else that is not read of it, is in no byte of the
// database, and nothing that is told has it. The file of refused rows alone keeps rows as they came.
func TestBuyersAreReadOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newReportDesk(t, s)
		for _, r := range report.All() {
			d.watch(r)
		}
		if n := len(d.orders()); n < 40 {
			t.Errorf("only %d orders were imported", n)
		}
		for where, content := range d.kept() {
			if at := bytes.Index(content, []byte(canary)); at >= 0 {
				t.Errorf("%s has it: %q", where, content[max(0, at-100):min(len(content), at+50)])
			}
		}
	})
}

// watch imports a report in several ways, which are right or wrong, and holds that no canary is told.
func (d *desk) watch(r *report.Report) {
	d.Helper()
	body := table{d.T, r, d.table(r.Name)}.watched()
	headless := body[strings.IndexByte(body, '\n')+1:]
	plain := func(*orderfile.Import) {}
	for _, one := range []struct {
		name, body string
		change     func(*orderfile.Import)
	}{
		{"headless.csv", headless, plain},
		{"gbk.csv", gbk(d.T, body), needed(r)},
		{"report.csv", body, plain},
		{"report.csv", body, func(i *orderfile.Import) { i.As = "taobao-union" }},
		{"report.csv", body, func(i *orderfile.Import) { i.Map = []string{"详细地址=-"} }},
		{"report.csv", body, needed(r)},
		{"report.csv", body, func(i *orderfile.Import) { needed(r)(i); i.DryRun = true }},
	} {
		var told strings.Builder
		run := orderfile.Import{File: d.file(one.name, one.body)}
		one.change(&run)
		fmt.Fprintln(&told, run.Explain(&told))
		said, err := d.bring(run.File, one.change)
		fmt.Fprintln(&told, said, err)
		if strings.Contains(told.String(), canary) {
			d.Errorf("%s: it is told: %s", r.Name, told.String())
		}
		if one.name == "headless.csv" && err == nil {
			d.Errorf("%s: a file without a heading is taken: %s", r.Name, said)
		}
	}
	refused, err := os.ReadFile(filepath.Join(d.dir, "report.csv.refused.csv"))
	if r.Read() && (err != nil || !bytes.Contains(refused, []byte(canary))) {
		d.Errorf("%s: refused rows are not kept as they came: %v, %s", r.Name, err, refused)
	}
}

// kept returns all that the database keeps: the bytes of its files, or each row of each table.
func (d *desk) kept() map[string][]byte {
	d.Helper()
	kept := map[string][]byte{}
	if d.s.Dialect() == dialect.SQLite {
		var n, name, path string
		const query = "SELECT seq, name, file FROM pragma_database_list WHERE name = 'main'"
		d.ok(d.s.DB().QueryRowContext(d.Context(), query).Scan(&n, &name, &path))
		for _, path := range []string{path, path + "-wal"} {
			content, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				d.Fatal(err)
			}
			kept[path] = content
		}
		if !slices.ContainsFunc([][]byte{kept[path], kept[path+"-wal"]}, func(content []byte) bool {
			return bytes.Contains(content, []byte("同名")) // a creator
		}) {
			d.Fatal("the files of the database do not have what it keeps")
		}
		return kept
	}
	tables := d.column("SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) " +
		"FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') " +
		"AND table_type = 'BASE TABLE'")
	for _, table := range tables {
		kept[table] = []byte(strings.Join(d.column("SELECT CAST(t AS text) FROM "+table+" t"), "\n"))
	}
	if !bytes.Contains(kept["public.creators"], []byte("同名")) {
		d.Fatalf("no creators are found among %v", tables)
	}
	return kept
}

// column returns the one column that a query answers.
func (d *desk) column(query string) (all []string) {
	d.Helper()
	rows, err := d.s.DB().QueryContext(d.Context(), query)
	d.ok(err)
	defer rows.Close() //nolint:errcheck // they are read to their end
	for rows.Next() {
		var one string
		d.ok(rows.Scan(&one))
		all = append(all, one)
	}
	d.ok(rows.Err())
	return all
}
