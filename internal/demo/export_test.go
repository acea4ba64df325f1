package demo

import (
	"time"

	"deputy/internal/backoffice"
)

// Sells reports whether creators of a category sell a product at a moment.
func Sells(category, product string, at time.Time) bool {
	for _, l := range lines {
		for _, g := range l.goods {
			if l.category == category && g.name == product {
				return g.sold(at.Add(8 * time.Hour).UTC().Month())
			}
		}
	}
	return false
}

// Campaign returns for whom a campaign is, and when it ends.
func Campaign(title string) (categories []string, month time.Month, day int) {
	for _, c := range campaigns {
		if c.title == title {
			return c.categories, c.month, c.day
		}
	}
	return nil, 0, 0
}

// Ends returns when the campaigns end that are planned at a moment.
func Ends(now time.Time) map[string]time.Time {
	m, ends := newMaker(now, orderDays), map[string]time.Time{}
	for _, c := range campaigns {
		ends[c.title] = c.end(m)
	}
	return ends
}

// Sold is an order, and what its creator makes.
type Sold struct {
	backoffice.OrderRow
	Category string
}

// Orders returns the orders of a demo that is made at a moment.
func Orders(now time.Time) (all []Sold) {
	m := newMaker(now, orderDays)
	signed, _ := m.contracts(creators, nil)
	from := sellers(signed)
	for n := range orders {
		row, by := m.paid(n+1, from)
		m.follow(&row, by.line, now)
		all = append(all, Sold{row, by.line.category})
	}
	return all
}
