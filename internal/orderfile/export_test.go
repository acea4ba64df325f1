package orderfile

import (
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
	inLine := func(texts []string) string { return strings.Join(texts, ", ") }
	for _, r := range report.All() {
		fmt.Fprintf(&b, "### `%s`\n\n%s %s (%s). %s: %s (%s).\n", r.Name, r.Platform.Zh, r.Title.Zh, r.Side.Name().Zh,
			r.Platform.En, r.Title.En, r.Side.Name().En)
		if !r.Read() {
			fmt.Fprintf(&b, "%s。\nIt is refused: %s.\n\n", r.Instead.Zh, r.Instead.En)
			continue
		}
		for _, needs := range r.Needs() {
			fmt.Fprintf(&b, "%s。\n%s.\n", needs.Zh, needs.En)
		}
		b.WriteString("\n| 内容 | what | headings |\n| --- | --- | --- |\n")
		for f := range report.Fields {
			if headings := r.Columns[f]; len(headings) > 0 {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", f.Name().Zh, f.Name().En, inLine(headings))
			}
		}
		fmt.Fprintf(&b, "\n不读取：%s。\nNot read: %s.\n\n", r.Unread.Zh, r.Unread.En)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// ReportStatuses returns the texts of statuses that all reports share, by what they say.
func ReportStatuses() string {
	says := map[report.State]string{
		report.Paid: "PAID", report.Received: "PAID; SETTLED with a time of settling", report.Settled: "SETTLED",
		report.Full: "REFUNDED", report.Partly: "PAID or SETTLED, or REFUNDED where all of the amount went back",
		report.Unpaid: "skipped: not paid", report.Cancelled: "skipped; REFUNDED where Deputy has the order",
		report.Closed: "REFUNDED where the after-sale status says so; else skipped, or REFUNDED where Deputy has the order",
		report.None:   "nothing went back", report.FullIfClosed: "REFUNDED where the order is closed",
	}
	var b strings.Builder
	for _, all := range []map[string]report.State{report.Statuses(), report.AfterSales()} {
		b.WriteString("| text | reads as |\n| --- | --- |\n")
		for state := report.Paid; state <= report.FullIfClosed; state++ {
			var texts []string
			for text, of := range all {
				if of == state {
					texts = append(texts, text)
				}
			}
			slices.Sort(texts)
			if len(texts) > 0 {
				fmt.Fprintf(&b, "| %s | %s |\n", strings.Join(texts, ", "), says[state])
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
