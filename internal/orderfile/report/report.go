// Package report is the table of the reports that commerce platforms give of orders: by which headings each is known,
// what its columns hold, and what its words mean. A new report is an entry of the table and a file to try it with.
package report

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"deputy/internal/contact"
)

// Field is what a column of a report holds.
type Field int

// The fields, in the order in which people are told of them.
const (
	Number Field = iota
	Parent
	Line // tells the lines of one order apart; a report may have several such columns
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
	AdsEstimate // of what an order earns that came by an advertisement, in place of the commission
	AdsActual
	FeeKind // whose fee the commission is
	Refund
	Refunded // whether all of it was: 是, 否
	Sold     // how many pieces
	Returned // how many of them came back
	Status
	AfterSale
	Kind    // of a line of money
	Deposit // whether only the deposit was paid: 是, 否
	OrderedAt
	PaidAt
	SettledAt

	Fields // is how many there are
)

// Text is a text for people.
type Text struct{ Zh, En string }

// names are what the fields are called.
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

// Name returns what a field is called, for people.
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

// Name returns what a side is called, for people.
func (s Side) Name() Text {
	return [...]Text{{"商家", "shop"}, {"达人", "creator"}, {"机构", "agency"}, {"推广者", "promoter"}}[s]
}

// State is what a text of a status says of an order.
type State int

// The states.
const (
	Unknown   State = iota
	Paid            // and not received yet
	Received        // settled, where there is a time of settling
	Settled         // with the creator
	Full            // refunded in full
	Partly          // refunded, in full or in part: the amounts tell
	Unpaid          // no order yet
	Cancelled       // no order; one that is kept was refunded
	Closed          // refunded or never paid: the after-sale status tells
	// Of after-sale statuses:
	None          // no such service is under way, or none that gives money back yet
	FullIfClosed  // the order was refunded if it is closed
	moneySettled  // a line of money that settles the order
	moneyRefunded // a line of money that refunds it
)

// Money reports whether a line of money settles an order or refunds it.
func (s State) Money() (settles, refunds bool) { return s == moneySettled, s == moneyRefunded }

// Report is one kind of file that a platform gives.
type Report struct {
	// Name is that of --as.
	Name     string
	Platform Text
	// Title is what the platform calls it.
	Title Text
	// Menu is where the platform has it, in the platform's words, as far as they are known.
	Menu []string
	Side Side
	// Marks are the headings by which the report is known: one of each group.
	Marks [][]string
	// Not are headings that the report never has.
	Not []string
	// Columns are the headings of each field, best first. Of several in one file the first is meant; of Line all are.
	Columns map[Field][]string
	// Statuses are texts of the report beside those that all reports share.
	Statuses map[string]State
	// Settles says that the report has settled orders alone.
	Settles bool
	// AfterRefunds says that the platform has taken refunds off its commissions.
	AfterRefunds bool
	// DayFirst says that dates are written day first.
	DayFirst bool
	// Money says that several rows are sums of money of one order, which are added up.
	Money bool
	// Signed says that money that is paid may stand below zero.
	Signed bool
	// NoShareIsZero says that a share of 0 means that the report gives none.
	NoShareIsZero bool
	// ParentServes says that a row without a number is known by its parent's, where that stands once.
	ParentServes bool
	// Instead says why the report is refused, and what to export in its place; what it lacks may be named by hand.
	Instead Text
	// NoOrders says that the report holds no orders: nothing can be named by hand.
	NoOrders bool
	// Unread are things that people may look for and that are not read.
	Unread Text
}

// Read reports whether the report is read at all.
func (r *Report) Read() bool { return r.Instead == Text{} }

// ByCreator reports whether the report says whose each order is, as far as is known.
func (r *Report) ByCreator() bool {
	return len(r.Columns[CreatorID])+len(r.Columns[CreatorName]) > 0 && r.Side != Creator
}

// Needs returns what a person has to say to import the report.
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

// All returns the table, in the order of platforms.
func All() []*Report { return all }

// Named returns the report of a name, or nil.
func Named(name string) *Report {
	for _, r := range all {
		if strings.EqualFold(r.Name, name) {
			return r
		}
	}
	return nil
}

// Of returns the reports that a heading fits, which is in canonical form and without units.
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

// Field returns the field that a heading holds, in canonical form and without its unit, and how far behind it stands
// among the headings of that field; false when the report does not read it. A heading of Line may hold another field
// too.
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

// StateOf returns what a text says, which may be a status of any report. Unknown for a text that is none.
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

// AfterSaleOf returns what a text of an after-sale status says: None, Full, FullIfClosed, or Unknown.
func AfterSaleOf(text string) State {
	if text == "" {
		return None
	}
	return afterSales[Canonical(text)]
}

// Canonical returns a heading, or another word of a platform, as the tables have it: full-width letters and brackets
// and all kinds of dashes as plain ones, in small letters, without white space and without what marks a required
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
