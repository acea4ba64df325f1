// Package report is the table of the order reports of commerce platforms: the headings that identify each, the fields
// of its columns, and the meanings of its texts. A new report is an entry of the table with a test file.
package report

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"deputy/internal/contact"
)

// Field is the meaning of a column of a report.
type Field int

// The fields, in the order of messages.
const (
	Number Field = iota
	Parent
	Line // identifies a line of an order; a report may have several such columns
	ProductName
	CreatorID
	CreatorName
	Amount
	Currency
	Estimate // of the commission
	Actual
	OrgEstimate // the org's part of it
	OrgActual
	CreatorEstimate
	CreatorActual
	AdsEstimate // of the commission on an order from an advertisement, instead of the standard one
	AdsActual
	FeeKind // the receiver of the commission
	Refund
	Refunded // whether in full: 是, 否
	Sold     // the number of items
	Returned // the number of returned items
	Status
	AfterSale
	Kind    // of a settlement line
	Deposit // whether only the deposit was paid: 是, 否
	OrderedAt
	PaidAt
	SettledAt

	Fields // the number of fields
)

// Text is a text for people.
type Text struct{ Zh, En string }

// names are the names of the fields.
var names = [Fields]Text{
	Number: {"订单号", "number"}, Parent: {"父订单号", "parentNumber"}, Line: {"区分同一订单的各行", "line of one order"},
	ProductName: {"商品", "productName"}, CreatorID: {"达人平台 ID", "creatorPlatformId"},
	CreatorName: {"达人（按名称）", "creator, by name"}, Amount: {"金额", "amount"}, Currency: {"货币", "currency"},
	Estimate: {"预估佣金", "commission, estimate"}, Actual: {"实际佣金", "commission, actual"},
	OrgEstimate: {"机构部分（预估）", "orgShare, estimate"}, OrgActual: {"机构部分（实际）", "orgShare, actual"},
	CreatorEstimate: {"达人部分（预估）", "creator's share, estimate"},
	CreatorActual:   {"达人部分（实际）", "creator's share, actual"},
	AdsEstimate:     {"店铺广告佣金（预估）", "shop ads commission, estimate"},
	AdsActual:       {"店铺广告佣金（实际）", "shop ads commission, actual"},
	FeeKind:         {"费用归属", "whose fee it is"}, Refund: {"退款金额", "refundAmount"},
	Refunded: {"是否全额退款", "refunded in full"}, Sold: {"件数", "pieces"}, Returned: {"退货件数", "pieces returned"},
	Status: {"状态", "status"}, AfterSale: {"售后状态", "after-sale status"}, Kind: {"资金类型", "kind of line"},
	Deposit:   {"仅付定金", "deposit only"},
	OrderedAt: {"下单时间（--paid-at ordered）", "time of ordering (--paid-at ordered)"}, PaidAt: {"支付时间", "paidAt"},
	SettledAt: {"结算时间", "settledAt"},
}

// Name returns the name of a field, for people.
func (f Field) Name() Text { return names[f] }

// Side is who downloads a report.
type Side int

// The sides.
const (
	Shop Side = iota
	Creator
	Agency
	Promoter
)

// Name returns the name of a side, for people.
func (s Side) Name() Text {
	return [...]Text{{"商家", "shop"}, {"达人", "creator"}, {"机构", "agency"}, {"推广者", "promoter"}}[s]
}

// State is the meaning of a status of a report.
type State int

// The states.
const (
	Unknown   State = iota
	Paid            // not received yet
	Received        // settled, if there is a settlement time
	Settled         // with the creator
	Full            // refunded in full
	Partly          // refunded in full or in part, depending on the amounts
	Unpaid          // no order yet
	Cancelled       // no order; a stored one was refunded
	Closed          // refunded or never paid, depending on the after-sale status
	// Of after-sale statuses:
	None          // no after-sale service, or no refund yet
	FullIfClosed  // refunded if the order is closed
	moneySettled  // a settlement line that settles the order
	moneyRefunded // a settlement line that refunds the order
)

// Money reports whether a settlement line settles or refunds its order.
func (s State) Money() (settles, refunds bool) { return s == moneySettled, s == moneyRefunded }

// Report is one kind of file of a platform.
type Report struct {
	// Name is the name for --as.
	Name     string
	Platform Text
	// Title is the platform's name of the report.
	Title Text
	// Menu is the known path in the platform's menu, with the platform's names.
	Menu []string
	Side Side
	// Marks are the headings that identify the report: one of each group.
	Marks [][]string
	// Not are headings that the report never has.
	Not []string
	// Columns are the headings of each field, best first. If a file has several of them, the first is read; of Line all
	// are.
	Columns map[Field][]string
	// Statuses are texts of the report in addition to those of all reports.
	Statuses map[string]State
	// Settles reports whether the report has only settled orders.
	Settles bool
	// AfterRefunds reports whether the platform has deducted refunds from the commissions.
	AfterRefunds bool
	// DayFirst reports whether dates are written day first.
	DayFirst bool
	// Money reports whether an order may have several rows, which are summed.
	Money bool
	// Signed reports whether paid amounts may be negative.
	Signed bool
	// NoShareIsZero reports whether a share of 0 means that there is none.
	NoShareIsZero bool
	// ParentServes reports whether the parent's number identifies a row without a number, if it is unique in the file.
	ParentServes bool
	// Instead is the reason why the report is refused, and the report to export instead. A person may supply missing
	// columns with --map.
	Instead Text
	// NoOrders reports whether the report has no orders, so that --map can't help.
	NoOrders bool
	// Unread are the contents that are not read, for people.
	Unread Text
}

// Read reports whether the report can be imported.
func (r *Report) Read() bool { return r.Instead == Text{} }

// ByCreator reports whether the report is known to have the creator of each order.
func (r *Report) ByCreator() bool {
	return len(r.Columns[CreatorID])+len(r.Columns[CreatorName]) > 0 && r.Side != Creator
}

// Needs returns the options that a person must set to import the report.
func (r *Report) Needs() (needs []Text) {
	if !r.ByCreator() {
		needs = append(needs, Text{"报表没有达人：需要 --creator", "it does not say whose orders they are: --creator"})
	}
	if len(r.Columns[PaidAt]) == 0 {
		needs = append(needs, Text{
			"报表没有支付时间：只更新已有订单；要新增订单请加 --paid-at ordered",
			"it has no time of payment, and changes orders that are there; --paid-at ordered makes the others too",
		})
	}
	return needs
}

// All returns all reports, in the order of platforms.
func All() []*Report { return all }

// Named returns the report with a name, or nil.
func Named(name string) *Report {
	for _, r := range all {
		if strings.EqualFold(r.Name, name) {
			return r
		}
	}
	return nil
}

// Of returns the reports that match a heading, which must be in canonical form and without units.
func Of(heading []string) (fitting []*Report) {
	has := make(map[string]bool, len(heading))
	for _, name := range heading {
		has[name] = true
	}
	for _, r := range all {
		if r.fits(has) {
			fitting = append(fitting, r)
		}
	}
	return fitting
}

func (r *Report) fits(has map[string]bool) bool {
	there := func(name string) bool { return has[Canonical(name)] }
	for _, group := range r.Marks {
		if !slices.ContainsFunc(group, there) {
			return false
		}
	}
	return !slices.ContainsFunc(r.Not, there)
}

// Field returns the field of a heading in canonical form and without its unit, and its rank among the headings of that
// field; false if the report does not read it. It does not return Line; a heading of Line may have another field too.
func (r *Report) Field(name string) (f Field, place int, ok bool) {
	for f := range Fields {
		if f == Line {
			continue
		}
		for place, heading := range r.Columns[f] {
			if Canonical(heading) == name {
				return f, place, true
			}
		}
	}
	return 0, 0, false
}

// StateOf returns the state of a status of the report or of all reports, and Unknown for any other text.
func (r *Report) StateOf(text string) State {
	text = Canonical(text)
	if state, ok := r.Statuses[text]; ok {
		return state
	}
	if strings.HasPrefix(text, "无效-") {
		return Cancelled
	}
	return statuses[text]
}

// AfterSaleOf returns the state of an after-sale status: None, Full, FullIfClosed, or Unknown.
func AfterSaleOf(text string) State {
	if text == "" {
		return None
	}
	return afterSales[Canonical(text)]
}

// Canonical returns a heading or another text of a platform in the form of the tables: in lower case, with full-width
// letters and brackets and all kinds of dashes as plain ones, without white space and without the mark of a required
// column.
func Canonical(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case unicode.Is(unicode.Pd, r), r == '−':
			return '-'
		}
		return r
	}, norm.NFKC.String(contact.DropSilent(name)))
	return strings.ToLower(strings.Trim(name, "*'"))
}
