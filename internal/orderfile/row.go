package orderfile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"

	"deputy/ent/order"
	"deputy/internal/backoffice"
)

// field is what a column holds.
type field int

const (
	ignored field = iota
	number
	platformID
	productName
	amount      // in the smallest unit of the currency
	wholeAmount // in the currency itself, such as 199.00
	commission
	wholeCommission
	status
	paidAt
	settledAt
)

// headings are what people call the columns, without spaces and in small letters. The first of each field is what the message says
// that misses it.
var headings = map[field][]string{
	number:          {"订单号", "number", "订单编号", "ordernumber", "orderid"},
	platformID:      {"达人平台id", "creatorplatformid", "达人id", "平台id"},
	productName:     {"商品", "productname", "商品名称", "product"},
	amount:          {"金额(最小货币单位)", "amount", "金额(分)", "订单金额(分)"},
	wholeAmount:     {"金额", "金额(元)", "订单金额", "订单金额(元)", "amount(yuan)"},
	commission:      {"佣金(最小货币单位)", "commission", "佣金(分)"},
	wholeCommission: {"佣金", "佣金(元)", "commission(yuan)"},
	status:          {"状态", "status", "订单状态"},
	paidAt:          {"支付时间", "paidat", "付款时间"},
	settledAt:       {"结算时间", "settledat"},
}

// statuses are what people call them.
var statuses = map[string]order.Status{
	"paid": order.StatusPAID, "已支付": order.StatusPAID, "已付款": order.StatusPAID,
	"settled": order.StatusSETTLED, "已结算": order.StatusSETTLED,
	"refunded": order.StatusREFUNDED, "已退款": order.StatusREFUNDED,
}

// columns answers what each column of the heading holds, or which are missing.
func columns(heading []string) ([]field, error) {
	found := make([]field, len(heading))
	has := map[field]bool{}
	for i, name := range heading {
		name = strings.NewReplacer("（", "(", "）", ")", " ", "").Replace(strings.ToLower(strings.TrimSpace(name)))
		for f, names := range headings {
			for _, known := range names {
				if name == known {
					found[i], has[f] = f, true
				}
			}
		}
	}
	var missing []string
	for _, either := range [][]field{{number}, {platformID}, {productName}, {amount, wholeAmount}, {commission, wholeCommission}, {status}, {paidAt}} {
		if !has[either[0]] && !has[either[len(either)-1]] {
			missing = append(missing, headings[either[0]][0]+" / "+headings[either[0]][1])
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the file has no column %s: name it so in the first line", strings.Join(missing, ", "))
	}
	return found, nil
}

// reader reads rows as an org means them.
type reader struct {
	fields []field
	zone   *time.Location
	// digits behind the point of the org's currency.
	digits int
}

// newReader reads rows under a heading, in the time zone and the currency of an org.
func newReader(heading []string, zoneName, code string) (*reader, error) {
	fields, err := columns(heading)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return nil, fmt.Errorf("read time zone: %w", err)
	}
	unit, err := currency.ParseISO(code)
	if err != nil {
		return nil, fmt.Errorf("read currency: %w", err)
	}
	digits, _ := currency.Standard.Rounding(unit)
	return &reader{fields, zone, digits}, nil
}

// row answers the order that a line holds, or why it holds none, for people.
func (r *reader) row(line []string) (o backoffice.OrderRow, wrong string) {
	fail := func(text, want string) {
		if wrong == "" {
			wrong = fmt.Sprintf("“%s”: %s", text, want)
		}
	}
	for i, f := range r.fields {
		text := ""
		if i < len(line) {
			text = strings.TrimPrefix(strings.TrimSpace(line[i]), "'")
		}
		switch f {
		case number:
			o.Number = text
		case platformID:
			o.CreatorPlatformID = text
		case productName:
			o.ProductName = text
		case amount, commission, wholeAmount, wholeCommission:
			digits := 0
			if f == wholeAmount || f == wholeCommission {
				digits = r.digits
			}
			n, ok := sum(text, digits)
			if !ok {
				fail(text, "请填写金额，最多 "+strconv.Itoa(digits)+" 位小数 / enter an amount, at most "+strconv.Itoa(digits)+" decimals")
			}
			if f == amount || f == wholeAmount {
				o.Amount = n
			} else {
				o.Commission = n
			}
		case status:
			known, ok := statuses[strings.ToLower(text)]
			if o.Status = known; !ok {
				fail(text, "状态为 已支付、已结算 或 已退款 / the status is PAID, SETTLED or REFUNDED")
			}
		case paidAt, settledAt:
			t, ok := r.moment(text)
			switch {
			case text == "" && f == settledAt:
			case !ok:
				fail(text, "时间如 2026-03-01 12:00:00 / a time such as 2026-03-01 12:00:00")
			case f == paidAt:
				o.PaidAt = t
			default:
				o.SettledAt = &t
			}
		}
	}
	return o, wrong
}

// sum reads an amount with so many digits behind the point, as a whole number of the smallest unit.
func sum(text string, digits int) (int64, bool) {
	text = strings.NewReplacer(",", "", "¥", "", "￥", "").Replace(text)
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > digits {
		if strings.Trim(part[digits:], "0") != "" {
			return 0, false
		}
		part = part[:digits]
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	return n, err == nil && whole != "" && n >= 0 && n < math.MaxInt64
}

// moment reads a time: with its zone, or in the org's.
func (r *reader) moment(text string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006-01-02", "2006/1/2"} {
		if t, err := time.ParseInLocation(form, text, r.zone); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
