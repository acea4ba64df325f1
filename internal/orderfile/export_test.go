package orderfile

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"deputy/internal/orderfile/report"
)

// Reasons that tests look for.
const (
	BadQuotes   = badQuotes
	BadEncoding = badEncoding
	Spoilt      = spoilt
)

// Headings and Statuses are what the documents list.
func Headings() map[string][]string {
	named := map[string][]string{}
	for f, names := range headings {
		named[headings[f][1]] = names
	}
	return named
}

// Statuses are what people and platforms call them.
func Statuses() map[string]string {
	named := map[string]string{}
	for text, status := range statuses {
		named[text] = string(status)
	}
	return named
}

// Check reads a whole file, whatever is in it, and panics where what it read can't be.
func Check(file *os.File) {
	from, err := openSource(file, columnOptions{layout: orderLayout, currency: "CNY"}, "", "")
	if err != nil {
		return
	}
	defer from.close() //nolint:errcheck // it was read
	zone := time.FixedZone("", 8*3600)
	r := reader{
		layout: orderLayout, heading: from.heading, zone: zone, currency: "CNY", now: time.Now(), workbook: from.workbook,
	}
	take := &selling{reader: &r}
	if surveyed(from.heading) {
		if err := take.look(context.Background(), from); err != nil {
			return
		}
		again, err := openSource(file, columnOptions{layout: orderLayout, currency: "CNY"}, "", "")
		if err != nil {
			panic(err)
		}
		defer again.close() //nolint:errcheck // it was read
		from, r.heading = again, again.heading
	}
	last := 0
	for {
		next, err := from.next()
		if err != nil {
			return
		}
		if next.line <= last {
			panic("a line was read twice")
		}
		last = next.line
		t := take.row(next)
		o := t.object
		if t.kind == anObject && t.why == "" && !o.gone &&
			(o.Amount < 0 || o.Commission < 0 || o.Number == "" || o.PaidAt.IsZero()) {
			panic("an order that can't be")
		}
	}
}

// Moment reads a time in a zone, and returns why it is none.
func Moment(text string, zone *time.Location) (time.Time, string) {
	return (&reader{zone: zone}).moment(text)
}

// Cell reads a time of a workbook in a zone, and returns why it is none.
func Cell(text string, zone *time.Location) (time.Time, string) {
	return (&reader{zone: zone, workbook: true}).moment(text)
}

// CreatorHeadings are what columns of creators are called, by the name of the API.
func CreatorHeadings() map[string][]string {
	named := map[string][]string{}
	for _, names := range creatorLayout.headings {
		named[names[1]] = names
	}
	return named
}

// CreatorStatuses are what people call the statuses of creators.
func CreatorStatuses() map[string]string {
	named := map[string]string{}
	for text, status := range creatorStatuses {
		named[text] = string(status)
	}
	return named
}

// DocumentReports returns the part of docs/import.md that is made of the table of reports.
func DocumentReports() string {
	var b strings.Builder
	b.WriteString("| 平台 / platform | 报表 / report | 导出位置 / export from | 下载者 / by | 需要 / needs |\n" +
		"| --- | --- | --- | --- | --- |\n")
	for _, r := range report.All() {
		needs := strings.Join(options(r), ", ")
		if !r.Read() {
			needs = "不导入 / refused"
		}
		fmt.Fprintf(&b, "| %s / %s | [%s](#%s) | %s | %s / %s | %s |\n", r.Platform.Zh, r.Platform.En, r.Title.Zh, r.Name,
			strings.Join(r.Menu, " → "), r.Side.Name().Zh, r.Side.Name().En, needs)
	}
	b.WriteString("\n")
	for _, r := range report.All() {
		b.WriteString(document(r))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// options returns what a report needs on the command line.
func options(r *report.Report) (all []string) {
	for _, needs := range r.Needs() {
		for _, option := range []string{"--creator", "--paid-at ordered"} {
			if strings.Contains(needs.En, option) {
				all = append(all, "`"+option+"`")
			}
		}
	}
	return all
}

// document returns the section of a report.
func document(r *report.Report) string {
	var b strings.Builder
	menu := strings.Join(r.Menu, " → ")
	fmt.Fprintf(&b, "### `%s`\n\n%s %s，由%s下载：%s。\n\n", r.Name, r.Platform.Zh, r.Title.Zh, r.Side.Name().Zh, menu)
	fmt.Fprintf(&b, "%s: %s, downloaded by the %s: %s.\n\n", r.Platform.En, r.Title.En, r.Side.Name().En, menu)
	if !r.Read() {
		fmt.Fprintf(&b, "不能导入：%s。\n\nIt is refused: %s.\n\n", strings.TrimPrefix(r.Instead.Zh, "不能导入："), r.Instead.En)
		return b.String()
	}
	for _, needs := range r.Needs() {
		fmt.Fprintf(&b, "%s。\n\n%s.\n\n", needs.Zh, strings.ToUpper(needs.En[:1])+needs.En[1:])
	}
	if r.AfterRefunds {
		b.WriteString("佣金已扣除退款。\n\nIts commissions are after refunds.\n\n")
	}
	b.WriteString("| 内容 | what | 表头 / headings |\n| --- | --- | --- |\n")
	for f := range report.Fields {
		if headings := r.Columns[f]; len(headings) > 0 {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.Name().Zh, f.Name().En, strings.Join(headings, ", "))
		}
	}
	fmt.Fprintf(&b, "\n不读取：%s。\n\nNot read: %s.\n\n", r.Unread.Zh, r.Unread.En)
	return b.String()
}

// ReportStatuses returns the texts of statuses that all reports share, by what they say.
func ReportStatuses() string {
	says := map[report.State]report.Text{
		report.Paid:     {Zh: "PAID", En: "PAID"},
		report.Received: {Zh: "PAID；有结算时间时为 SETTLED", En: "PAID; SETTLED with a time of settling"},
		report.Settled:  {Zh: "SETTLED", En: "SETTLED"}, report.Full: {Zh: "REFUNDED", En: "REFUNDED"},
		report.Partly: {
			Zh: "PAID 或 SETTLED；全额退款时为 REFUNDED", En: "PAID or SETTLED, or REFUNDED where all of the amount went back",
		},
		report.Unpaid:    {Zh: "跳过：未付款", En: "skipped: not paid"},
		report.Cancelled: {Zh: "跳过；Deputy 中已有该订单时为 REFUNDED", En: "skipped; REFUNDED where Deputy has the order"},
		report.Closed: {
			Zh: "售后状态说明已退款时为 REFUNDED；否则跳过，Deputy 中已有该订单时为 REFUNDED",
			En: "REFUNDED where the after-sale status says so; else skipped, or REFUNDED where Deputy has the order",
		},
		report.None:         {Zh: "没有退款", En: "nothing went back"},
		report.FullIfClosed: {Zh: "订单已关闭时为 REFUNDED", En: "REFUNDED where the order is closed"},
	}
	var b strings.Builder
	for i, all := range []map[string]report.State{report.Statuses(), report.AfterSales()} {
		fmt.Fprintf(&b, "| %s | 读作 | reads as |\n| --- | --- | --- |\n",
			[]string{"订单状态 / status", "售后状态 / after-sale status"}[i])
		for state := report.Paid; state <= report.FullIfClosed; state++ {
			var texts []string
			for text, of := range all {
				if of == state {
					texts = append(texts, text)
				}
			}
			slices.Sort(texts)
			if len(texts) > 0 {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(texts, ", "), says[state].Zh, says[state].En)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TextsOf returns what reads a text of a workbook by its place, in memory or out of it, and what removes them.
func TextsOf(archive *zip.Reader, part string, inMemory int64) (at func(int) (string, error), done func() error) {
	t := &texts{archive: archive, part: part, inMemory: inMemory}
	return t.at, t.close
}
