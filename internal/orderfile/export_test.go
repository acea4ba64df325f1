package orderfile

import (
	"os"
	"time"
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
	from, err := openSource(file, columnOptions{layout: orderLayout, currency: "CNY"}, "")
	if err != nil {
		return
	}
	defer from.close() //nolint:errcheck // it was read
	zone := time.FixedZone("", 8*3600)
	r := reader{
		layout: orderLayout, heading: from.heading, zone: zone, currency: "CNY", now: time.Now(), workbook: from.workbook,
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
		o, k, why := r.orders().row(next)
		if k == anObject && (why != "" || o.Amount < 0 || o.Commission < 0 || o.Number == "" || o.PaidAt.IsZero()) {
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
