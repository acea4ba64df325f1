package orderfile

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"deputy/internal/orderfile/report"
)

// Explain writes how each heading of the file is read, and which headings are ignored or missing. It reads neither rows
// nor the database. If the file can't be imported, the output has the reason; Explain itself returns errors of its
// options, of reading and of writing.
func (i Import) Explain(out io.Writer) error {
	of := layouts[cmp.Or(i.Rows, Orders)]
	mapped, err := of.mapping(i.Map)
	if err != nil {
		return err
	}
	file, err := os.Open(i.File)
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was read
	var (
		best    *heading
		bestErr error
	)
	options := columnOptions{
		layout: of, currency: cmp.Or(i.Currency, "CNY"), mapped: mapped, byCreator: i.Creator != "",
		note: func(h *heading, err error) {
			if best == nil || err == nil || bestErr != nil && countHeadings(err) > countHeadings(bestErr) {
				best, bestErr = h, err
			}
		},
	}
	if options.as, err = reportNamed(i.As); err != nil {
		return err
	}
	var b strings.Builder
	from, err := i.open(file, options)
	if err == nil {
		fmt.Fprintf(&b, "%s\n", from.kind)
		if err := from.close(); err != nil {
			return err
		}
	}
	if best != nil && best.known() { // a line without known headings may have a buyer's data
		best.explain(&b, of)
	}
	if err != nil {
		fmt.Fprintf(&b, "not imported / 不能导入: %v\n", err)
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// known reports whether at least two columns are recognised.
func (h *heading) known() bool {
	n := 0
	for i := range h.cells {
		if h.report == nil && h.columns[i].field != ignored || slices.Contains(h.at[:], i) && h.report != nil {
			n++
		}
	}
	return n > 1
}

// explain writes how the columns are read.
func (h *heading) explain(b *strings.Builder, of *layout) {
	if r := h.report; r != nil {
		fmt.Fprintf(b, "%s %s / %s (%s)\n", r.Platform.Zh, r.Title.Zh, r.Title.En, r.Name)
	} else {
		b.WriteString("no report that is known: each heading for itself / 不是已知报表，逐列识别\n")
	}
	var left []string
	for i, cell := range h.cells {
		cell = strings.TrimSpace(cell)
		if names := h.fieldsOf(i, of); len(names) > 0 {
			fmt.Fprintf(b, "  %s → %s\n", cell, strings.Join(names, "; "))
		} else if cell != "" {
			left = append(left, cell)
		}
	}
	if len(left) > 0 {
		fmt.Fprintf(b, "left out / 不读取: %s\n", strings.Join(left, ", "))
	}
	if h.report == nil {
		return
	}
	c := reportColumns{heading: h}
	if names := c.missing(); len(names) > 0 && !h.report.NoOrders {
		fmt.Fprintf(b, "missing / 缺少: %s\n", strings.Join(names, ", "))
	}
}

// fieldsOf returns the fields that a column is read as, for people.
func (h *heading) fieldsOf(i int, of *layout) (names []string) {
	if h.report == nil {
		if f := h.columns[i].field; f != ignored {
			names = append(names, of.headings[f][0]+" / "+of.headings[f][1])
		}
		return names
	}
	for f, at := range h.at {
		if at == i {
			name := report.Field(f).Name()
			names = append(names, name.Zh+" / "+name.En)
		}
	}
	for _, at := range h.lines {
		if at == i {
			name := report.Line.Name()
			names = append(names, name.Zh+" / "+name.En)
		}
	}
	return names
}

// DescribeReports writes the known reports of platforms: name, platform, title, who can download it and where, and
// whether it can be imported.
func DescribeReports(out io.Writer) error {
	var b strings.Builder
	for _, r := range report.All() {
		side := r.Side.Name()
		fmt.Fprintf(&b, "%s\n    %s %s / %s\n    %s / %s: %s\n", r.Name, r.Platform.Zh, r.Title.Zh, r.Title.En, side.Zh,
			side.En, strings.Join(r.Menu, " → "))
		if !r.Read() {
			fmt.Fprintf(&b, "    %s / %s\n", r.Instead.Zh, r.Instead.En)
			continue
		}
		for _, needs := range r.Needs() {
			fmt.Fprintf(&b, "    %s / %s\n", needs.Zh, needs.En)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}
