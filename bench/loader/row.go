package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"deputy/internal/civil"
	"deputy/internal/search"
)

// row is an order.
type row struct {
	number, platformID, product, status string
	amount, commission                  int64
	paid                                time.Time
	settled                             *time.Time

	id, creator, grams              string
	net, orgShare, creatorPart, bps int64
}

// heading is that of the files that are read.
var heading = []string{"订单号", "达人平台ID", "商品", "金额", "佣金", "状态", "支付时间", "结算时间"}

// statuses are what the file calls them.
var statuses = map[string]string{"已支付": "PAID", "已结算": "SETTLED", "已退款": "REFUNDED"}

// reader reads rows of a file.
type reader struct {
	in   *csv.Reader
	zone *time.Location
	seen map[string]struct{}
}

func newReader(file io.Reader, zone *time.Location) (*reader, error) {
	in := csv.NewReader(file)
	in.ReuseRecord = true
	first, err := in.Read()
	if err != nil {
		return nil, err
	}
	if !slices.Equal(first, heading) {
		return nil, fmt.Errorf("the heading is %q", first)
	}
	return &reader{in: in, zone: zone, seen: map[string]struct{}{}}, nil
}

// read appends so many rows, or those that are left.
func (r *reader) read(to []row, n int) ([]row, error) {
	for len(to) < n {
		cells, err := r.in.Read()
		if errors.Is(err, io.EOF) {
			return to, nil
		}
		if err != nil {
			return nil, err
		}
		one, err := r.row(cells)
		if err != nil {
			line, _ := r.in.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if _, twice := r.seen[one.number]; twice {
			return nil, fmt.Errorf("order %s is there twice", one.number)
		}
		r.seen[one.number] = struct{}{}
		to = append(to, one)
	}
	return to, nil
}

func (r *reader) row(cells []string) (o row, err error) {
	o = row{
		number: strings.Clone(strings.TrimSpace(cells[0])), platformID: strings.Clone(strings.TrimSpace(cells[1])),
		product: strings.Clone(strings.TrimSpace(cells[2])), status: statuses[cells[5]],
	}
	if o.amount, err = money(cells[3]); err != nil {
		return o, err
	}
	if o.commission, err = money(cells[4]); err != nil {
		return o, err
	}
	if o.paid, err = time.ParseInLocation(time.DateTime, cells[6], r.zone); err != nil {
		return o, err
	}
	if cells[7] != "" {
		settled, err := time.ParseInLocation(time.DateTime, cells[7], r.zone)
		if err != nil {
			return o, err
		}
		o.settled = &settled
	}
	return o, nil
}

// money reads yuan as fen.
func money(text string) (int64, error) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 2 {
		return 0, fmt.Errorf("%q has parts of a fen", text)
	}
	return strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
}

const (
	maxNumber, maxProduct, maxAmount = 64, 100, 1_000_000_000_000
	ahead                            = 24 * time.Hour
)

// check returns what is wrong with the row.
func (r *row) check(now time.Time) error {
	for _, text := range []struct {
		value string
		limit int
	}{{r.number, maxNumber}, {r.platformID, maxNumber}, {r.product, maxProduct}} {
		if n := utf8.RuneCountInString(text.value); n < 1 || n > text.limit || !utf8.ValidString(text.value) {
			return fmt.Errorf("%q is too short or too long", text.value)
		}
		for _, letter := range text.value {
			if letter < ' ' || letter == 0x7f {
				return fmt.Errorf("%q can't be seen", text.value)
			}
		}
	}
	switch {
	case r.status == "":
		return errors.New("no such status")
	case r.amount < 0 || r.amount > maxAmount:
		return errors.New("the amount is out of bounds")
	case r.commission < 0 || r.commission > r.amount:
		return errors.New("the commission is out of bounds")
	case r.paid.After(now.Add(ahead)):
		return errors.New("it was paid ahead of now")
	case r.settled == nil && r.status == "SETTLED":
		r.settled = &now
	case r.settled != nil && (r.status == "PAID" || r.settled.Before(r.paid) || r.settled.After(now.Add(ahead))):
		return errors.New("it was settled at another time")
	case r.status == "REFUNDED":
		return errors.New("the loader knows no refunds")
	}
	return nil
}

// share divides the commission.
func (r *row) share(of *creator) {
	r.creator, r.bps, r.net = of.id, of.at(r.paid), r.commission
	r.orgShare = r.net * r.bps / 10_000
	r.creatorPart = r.net - r.orgShare
}

// place is where orders count, and figures what they count for.
type place struct {
	day              civil.Day
	creator, product string
}

type figures [7]int64

// sums are the columns of figures.
var sums = [7]string{"orders", "amount", "commission", "refunds", "refund_amount", "net_commission", "org_share"}

// table is one of figures: its name, and the columns that tell its rows apart.
type table struct {
	name      string
	ofProduct bool
}

var (
	creatorDays = table{"creator_days", false}
	productDays = table{"product_days", true}
)

// key returns the columns that tell rows apart in an org.
func (t table) key() string {
	if t.ofProduct {
		return "creator_id, day, product_name"
	}
	return "day, creator_id"
}

// grams are what a text is searched by.
func grams(org string, texts ...string) string { return search.Of(org, texts...).String() }
