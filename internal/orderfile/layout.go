package orderfile

import (
	"slices"

	"deputy/internal/backoffice"
)

// Rows is the kind of the rows of a file.
type Rows string

// The kinds of rows.
const (
	Orders   Rows = "orders"
	Creators Rows = "creators"
)

// Kinds returns the kinds of rows, in the order of the documentation.
func Kinds() []Rows { return []Rows{Orders, Creators} }

// layout describes the files of one kind of rows.
type layout struct {
	// noun is the name of the rows in messages.
	noun string
	// headings are the names of the columns, of people and platforms, without spaces, in lower case, and without the unit
	// in brackets after an amount. The message about a missing column has the first two names of the field; the second is
	// the API's.
	headings map[field][]string
	// fields are the fields, in the order of the documentation.
	fields []field
	// lines are the names of the fields in JSON Lines, in the same order.
	lines []string
	// required are the fields that a file must have a column for.
	required []field
	// money are the fields whose headings may name a unit.
	money []field
	// numbers are the fields whose long numbers spreadsheets shorten.
	numbers []field
}

// layouts are the layouts by kind.
var layouts = map[Rows]*layout{Orders: orderLayout, Creators: creatorLayout}

// orderLayout is the layout of files of orders.
var orderLayout = &layout{
	noun:     "orders",
	headings: headings,
	fields: []field{
		number, platformID, productName, amount, commission, status, paidAt, settledAt, parentNumber, refundAmount,
		refundedAt, afterRefunds,
	},
	lines: []string{
		"number", "creatorPlatformId", "productName", "amount", "commission", "status", "paidAt", "settledAt", "parentNumber",
		"refundAmount", "refundedAt", "commissionAfterRefunds",
	},
	required: []field{number, platformID, productName, amount, commission, status, paidAt},
	money:    []field{amount, commission, refundAmount},
	numbers:  []field{number, platformID, parentNumber},
}

// orders returns the taker of rows as orders.
func (r *reader) orders() taker[sale] {
	return taker[sale]{
		reader: r, cell: func(s *sale, c column, cell string) string { return r.read(&s.OrderRow, c, cell) },
		check: func(s *sale) error {
			if r.byCreator != "" {
				s.CreatorPlatformID = r.byCreator
			}
			if wrong := s.Check(r.now); wrong != nil {
				return wrong
			}
			return nil
		},
	}
}

// creators returns the taker of rows as creators.
func (r *reader) creators() taker[backoffice.CreatorRow] {
	return taker[backoffice.CreatorRow]{reader: r, cell: r.creator, check: func(c *backoffice.CreatorRow) error {
		if wrong := c.Check(); wrong != nil {
			return wrong
		}
		return nil
	}}
}

// fieldOf returns the field of a column with a canonical name.
func (l *layout) fieldOf(name string) field {
	for f, names := range l.headings {
		if slices.Contains(names, name) {
			return f
		}
	}
	return ignored
}
