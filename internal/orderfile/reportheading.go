package orderfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"deputy/internal/orderfile/report"
)

// recognise returns the report with a heading, or nil if it is not that of a known report.
func recognise(cells []string, options columnOptions) (*report.Report, error) {
	switch {
	case options.layout != orderLayout:
		return nil, nil //nolint:nilnil // platforms have reports of orders only
	case options.as != nil:
		return options.as, nil
	}
	var names []string
	for _, cell := range cells {
		name := canonical(cell)
		base, _ := withoutUnit(name)
		names = append(names, name, base)
	}
	switch fitting := report.Of(names); len(fitting) {
	case 0:
		return nil, nil //nolint:nilnil // no known report
	case 1:
		return fitting[0], nil
	default:
		var all []string
		for _, r := range fitting {
			all = append(all, r.Name+" ("+r.Title.Zh+")")
		}
		return nil, fmt.Errorf("the file may be one of several reports, name the right one with --as: %s",
			strings.Join(all, ", "))
	}
}

// byHand are the fields of a report that each field of a mapping sets. A commission that a person maps applies to all
// statuses.
var byHand = map[field][]report.Field{
	number: {report.Number}, platformID: {report.CreatorID}, productName: {report.ProductName}, amount: {report.Amount},
	commission: {report.Estimate, report.Actual}, status: {report.Status}, paidAt: {report.PaidAt},
	settledAt: {report.SettledAt}, parentNumber: {report.Parent}, refundAmount: {report.Refund},
}

// reportColumns finds the column of each field of a report.
type reportColumns struct {
	*heading
	options columnOptions
	// rank is the rank of a field's column among the headings of the field; -1 for one that a person has mapped.
	rank   [report.Fields]int
	mapped map[string]bool
	wrong  error
}

// newReportHeading reads the heading of a report.
func newReportHeading(of *report.Report, cells []string, options columnOptions) (*heading, error) {
	c := &reportColumns{
		heading: &heading{cells: cells, columns: make([]column, len(cells)), report: of, reason: -1}, options: options,
		mapped: map[string]bool{},
	}
	for f := range c.at {
		c.at[f] = -1
	}
	for range of.Columns[report.Line] {
		c.lines = append(c.lines, -1)
	}
	for i, cell := range cells {
		c.column(i, cell)
	}
	there := 0
	for _, at := range c.at {
		if at >= 0 {
			there++
		}
	}
	if there < 2 && c.options.as != nil {
		return c.heading, missing{fmt.Errorf("the file has no heading of the report %s (%s)", of.Title.Zh, of.Name), there}
	}
	for name := range options.mapped {
		if !c.mapped[name] {
			return c.heading, fmt.Errorf("--map names the column “%s”, which the file does not have", name)
		}
	}
	if err := c.lacks(); err != nil {
		return c.heading, err
	}
	return c.heading, c.wrong
}

// column assigns one column to its fields.
func (c *reportColumns) column(i int, cell string) {
	if strings.TrimSpace(cell) == reasonColumn {
		c.reason = i
		return
	}
	name := canonical(cell)
	base, unit := withoutUnit(name)
	if to, isMapped := c.options.mapped[name]; isMapped {
		c.mapped[name] = true
		if to == unread {
			return
		}
		read, err := columnOf(to, c.options)
		c.fault(cell, err)
		for _, f := range byHand[read.field] {
			c.take(f, -1, i)
			c.minor[f] = read.minor
		}
		return
	}
	f, place, ok := c.report.Field(name)
	if !ok {
		f, place, ok = c.report.Field(base)
	}
	// A heading may have report.Line in addition to another field.
	for n, line := range c.report.Columns[report.Line] {
		if canonical(line) == name {
			c.lines[n] = i
		}
	}
	if !ok || f == report.Line {
		return
	}
	if !c.take(f, place, i) {
		return
	}
	minor, err := inMinor(unit, false, c.options.currency)
	c.fault(cell, err)
	c.minor[f] = minor
}

// take assigns a column to a field, unless the field has a better one, and reports whether it did.
func (c *reportColumns) take(f report.Field, rank, i int) bool {
	other := c.at[f]
	switch {
	case other >= 0 && c.rank[f] < rank:
		return false
	case other >= 0 && c.rank[f] == rank:
		c.wrong = errors.Join(c.wrong, fmt.Errorf("the columns “%s” and “%s” may both be meant: remove one, or name the "+
			"right one with --map", strings.TrimSpace(c.cells[other]), strings.TrimSpace(c.cells[i])))
		return false
	}
	c.at[f], c.rank[f] = i, rank
	return true
}

func (c *reportColumns) fault(cell string, err error) {
	if err != nil {
		c.wrong = errors.Join(c.wrong, fmt.Errorf("the column “%s” %w", strings.TrimSpace(cell), err))
	}
}

// has reports whether the file has a column of one of the fields.
func (h *heading) has(fields ...report.Field) bool {
	return slices.ContainsFunc(fields, func(f report.Field) bool { return h.at[f] >= 0 })
}

// lacks returns an error if the report can't be imported because of missing columns or conflicting options.
func (c *reportColumns) lacks() error {
	of := c.report
	titled := fmt.Sprintf("the file is %s (%s)", of.Title.Zh, of.Name)
	if of.NoOrders {
		return fmt.Errorf("%s: %s / %s", titled, of.Instead.Zh, of.Instead.En)
	}
	names := c.missing()
	switch {
	case len(names) > 0 && !of.Read():
		return fmt.Errorf("%s: %s / %s", titled, of.Instead.Zh, of.Instead.En)
	case len(names) > 0:
		return fmt.Errorf("%s, and has no column %s: export it with all columns, or name the right ones with --map",
			titled, strings.Join(names, ", "))
	case c.has(report.CreatorID, report.CreatorName) && c.options.byCreator:
		return fmt.Errorf("%s, which says whose orders they are: leave --creator out, or leave the column out with "+
			"--map HEADING=-", titled)
	case !c.has(report.CreatorID, report.CreatorName) && !c.options.byCreator:
		return fmt.Errorf("%s, which does not say whose orders they are: 报表没有达人列，请用 --creator 指明达人 / "+
			"name their creator with --creator ID", titled)
	}
	return nil
}

// missing returns the names of the required columns that the file does not have.
func (c *reportColumns) missing() (names []string) {
	need := func(fields ...report.Field) {
		if c.has(fields...) {
			return
		}
		for _, f := range fields {
			if headings := c.report.Columns[f]; len(headings) > 0 {
				names = append(names, headings[0])
				return
			}
		}
		names = append(names, fields[0].Name().Zh+" / "+fields[0].Name().En)
	}
	if c.report.ParentServes {
		need(report.Number, report.Parent)
	} else {
		need(report.Number)
	}
	need(report.ProductName)
	need(report.Amount)
	for _, needed := range []report.Field{report.Kind, report.Status} {
		if len(c.report.Columns[needed]) > 0 {
			need(needed)
		}
	}
	need(report.PaidAt, report.OrderedAt)
	if c.report.Settles || len(c.report.Columns[report.Status])+len(c.report.Columns[report.Kind]) == 0 || c.report.Money {
		need(report.SettledAt)
	}
	if !c.has(report.Estimate, report.Actual) {
		c.needParts(need)
	}
	return names
}

// needParts requires both parts of the commission. It is called if the file has no column of the whole commission.
func (c *reportColumns) needParts(need func(...report.Field)) {
	for _, parts := range [][2]report.Field{
		{report.OrgEstimate, report.CreatorEstimate}, {report.OrgActual, report.CreatorActual},
	} {
		if c.has(parts[0]) || c.has(parts[1]) {
			for _, part := range parts {
				if len(c.report.Columns[part]) > 0 {
					need(part)
				}
			}
		}
	}
	if !c.has(report.OrgEstimate, report.OrgActual, report.CreatorEstimate, report.CreatorActual) {
		need(report.Estimate, report.Actual, report.CreatorEstimate, report.CreatorActual, report.OrgEstimate,
			report.OrgActual)
	}
}

// last returns the index of the last column that is read.
func (h *heading) last() int {
	return max(slices.Max(h.at[:]), slices.Max(append([]int{-1}, h.lines...)))
}
