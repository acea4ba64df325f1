package orderfile

import (
	"slices"

	"deputy/internal/backoffice"
)

// Rows says what the rows of a file are.
type Rows string

// What files hold.
const (
	Orders   Rows = "orders"
	Creators Rows = "creators"
)

// Kinds returns what files are read of, in the order in which people are told.
func Kinds() []Rows { return []Rows{Orders, Creators} }

// layout is what a file of rows of one kind may hold.
type layout struct {
	// noun is what the rows are called, as people are told.
	noun string
	// headings are what people and platforms call the columns, without spaces, in small letters, and without the unit in
	// brackets behind an amount. The first two of each field are what the message says that misses it; the second is the
	// API's.
	headings map[field][]string
	// fields are what columns hold, in the order in which people are told of them.
	fields []field
	// lines are the names under which JSON Lines have the fields, in the same order.
	lines []string
	// required are the fields that a file has a column for.
	required []field
	// money are the fields whose headings may name a unit.
	money []field
	// numbers are the fields whose long numbers spreadsheets shorten.
	numbers []field
}

// layouts are those of all files.
var layouts = map[Rows]*layout{Orders: orderLayout, Creators: creatorLayout}

// orderLayout is what a file of orders may hold.
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

// orders takes the rows of a file as orders.
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

// creators takes the rows of a file as creators.
func (r *reader) creators() taker[backoffice.CreatorRow] {
	return taker[backoffice.CreatorRow]{reader: r, cell: r.creator, check: func(c *backoffice.CreatorRow) error {
		if wrong := c.Check(); wrong != nil {
			return wrong
		}
		return nil
	}}
}

// fieldOf returns what a column of a canonical name holds.
func (l *layout) fieldOf(name string) field {
	for f, names := range l.headings {
		if slices.Contains(names, name) {
			return f
		}
	}
	return ignored
}
