package orderfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"deputy/ent/order"
	"deputy/internal/backoffice"
	"deputy/internal/orderfile/report"
)

// sale is an order of a report, of one row or several.
type sale struct {
	backoffice.OrderRow
	// creatorName is the name of the creator if the report has no id.
	creatorName string
	// line identifies the line of an order; empty if the report has one row for each order.
	line string
	// isLine reports whether Number is that of a line, and ParentNumber the order's.
	isLine bool
	// byParent reports whether the row has no number of its own, and Number is that of its parent order.
	byParent bool
	// ordered reports whether the report has no payment time, and PaidAt is the order time.
	ordered bool
	// gone reports whether this is not an order, for the reason why. A stored order with the number was refunded.
	gone bool
	why  reason
}

// reason is the reason for which a row is skipped.
type reason int

// The reasons, in the order of the output.
const (
	noReason reason = iota
	unpaid
	cancelled
	deposit
	gift
	explaining
	reasons
)

var reasonNames = [reasons]report.Text{
	unpaid: {Zh: "未付款", En: "not paid"}, cancelled: {Zh: "已取消或关闭", En: "cancelled"},
	deposit: {Zh: "仅付定金", En: "deposit only"}, gift: {Zh: "金额为 0（赠品）", En: "amount 0, gifts"},
	explaining: {Zh: "说明行", En: "explanatory rows"},
}

// The reasons for which a row of a report is refused, for people.
const (
	unknownText = "无法识别的状态，请核对，或改正后再导入 / unknown status: check it, or correct it and import again"
	closedText  = "订单已关闭，而售后状态没有说明是否退款 / the order is closed, but the after-sale status does not say whether " +
		"it was refunded"
	noCreator = "这一行没有达人（商家自营或未填写），如属于某位达人请填写后再导入 / this row has no creator (sold by the shop " +
		"itself, or left empty): if it belongs to a creator, enter the creator and import again"
	noCurrency  = "这一行没有货币 / this row has no currency"
	foreign     = "货币是 %s，不是机构的货币 %s，不换算 / the currency is %s, not the org's %s: amounts are not converted"
	noRefund    = "状态说有退款，而这一行没有退款金额 / the status says that there is a refund, but this row has no refund amount"
	notAll      = "状态说全额退款，而退款金额 %s 小于金额 %s / the status says full refund, but the refund %s is less than the amount %s"
	tooMuchBack = "退款金额大于金额 / the refund is larger than the amount"
	noEstimate  = "未结算的订单需要预估佣金，而这一行没有 / an order that is not settled needs an estimated commission, but " +
		"this row has none"
	noActual       = "已结算的订单需要实际佣金，而这一行没有 / a settled order needs an actual commission, but this row has none"
	badSum         = "机构部分与达人部分之和不等于佣金 / the org's share and the creator's share do not add up to the commission"
	noPart         = "佣金缺少机构部分或达人部分 / the org's share or the creator's share of the commission is missing"
	twoCommissions = "标准佣金和店铺广告佣金都大于 0，不能判断是哪一项：用 --map 列名=- 去掉其中一列 / the standard commission and the " +
		"shop ads commission are both above 0: leave one of the columns out with --map HEADING=-"
	yesOrNo   = "请填写是或否 / enter yes or no"
	badPieces = "请填写件数 / enter the number of items"
	noNumber  = "没有订单号 / no order number"
	several   = "一格里有多个订单号：请按商品维度导出 / several order numbers in one cell: export one row per product"
	noDate    = "没有支付时间，也没有下单时间 / no payment time and no order time"
)

// agencyFee is the name that 微信小店 uses for the agency's fee.
const agencyFee = "机构服务费"

// dayFirstDate is the date at the beginning of a time, day first.
var dayFirstDate = regexp.MustCompile(`^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})`)

// text returns the text of a field, and "" for an empty cell or a placeholder; see isEmpty.
func (r *reader) text(in row, f report.Field) string {
	text := cellText(in, r.heading.at[f])
	if f == report.Number || f == report.Parent || f == report.CreatorID {
		text = strings.TrimLeft(text, apostrophes)
	}
	return text
}

func cellText(in row, at int) string {
	if at < 0 || at >= len(in.cells) {
		return ""
	}
	text := unpack(in.cells[at])
	if isEmpty(text) {
		return ""
	}
	return text
}

// refusal is the reason for which a row is refused, for people.
type refusal string

// Error implements error.
func (r refusal) Error() string { return string(r) }

func quoted(text, why string) error { return refusal("“" + text + "”: " + why) }

// reported reads a row of a report. The row is an order, skipped, or refused.
func (r *reader) reported(in row) (s sale, k kind, why string) {
	if r.explains(in) {
		s.why = explaining
		return s, leftOut, ""
	}
	state, err := r.judge(in, &s)
	switch {
	case err != nil:
		return s, refused, err.Error()
	case s.why == noReason:
		err = r.fill(in, state, &s)
	}
	switch {
	case err != nil:
		return s, refused, err.Error()
	case s.gone && s.Number != "":
		return s, anObject, ""
	case s.why != noReason:
		return s, leftOut, ""
	}
	return s, anObject, r.checked(&s)
}

// checked converts a sale to its canonical form, or returns the reason why it is refused.
func (r *reader) checked(s *sale) string {
	byName := s.CreatorPlatformID == ""
	if byName {
		s.CreatorPlatformID = s.creatorName // Check accepts names as well
	}
	if wrong := s.Check(r.now); wrong != nil {
		return inBothLanguages(wrong)
	}
	if byName {
		s.creatorName, s.CreatorPlatformID = s.CreatorPlatformID, ""
	}
	return ""
}

// explains reports whether a row has no data of an order, such as a line below the heading that explains the columns.
func (r *reader) explains(in row) bool {
	for _, f := range []report.Field{
		report.Number, report.Parent, report.ProductName, report.CreatorID, report.CreatorName, report.Status, report.Kind,
		report.PaidAt, report.OrderedAt, report.SettledAt,
	} {
		if r.text(in, f) != "" {
			return false
		}
	}
	return true
}

// number reads the numbers of a row, and what identifies its line.
func (r *reader) number(in row, s *sale) error {
	s.Number = r.text(in, report.Number)
	parent := r.text(in, report.Parent)
	if s.Number == "" && r.heading.report.ParentServes {
		s.Number, s.byParent = parent, parent != ""
	}
	if s.Number == "" {
		return refusal(noNumber)
	}
	for _, at := range []int{r.heading.at[report.Number], r.heading.at[report.Parent], r.heading.at[report.CreatorID]} {
		if at >= 0 && slices.Contains(in.long, at) {
			return quoted(cellText(in, at), spoilt)
		}
	}
	for _, text := range []string{s.Number, parent} {
		switch {
		case backoffice.Rewritten(text):
			return quoted(text, spoilt)
		case strings.ContainsAny(text, ";,\n；，"):
			return quoted(text, several)
		}
	}
	if parent != "" {
		s.ParentNumber = &parent
	}
	if len(r.heading.lines) > 0 {
		s.line = r.lineOf(in)
	}
	return nil
}

// maxLineID is the maximum length of a line's id in an order's number, in bytes.
const maxLineID = 32

// lineOf returns the id of a row among the lines of its order: the value of a column, or a hash of several columns.
func (r *reader) lineOf(in row) string {
	var b strings.Builder
	for _, at := range r.heading.lines {
		b.WriteString(cellText(in, at))
		b.WriteByte(0)
	}
	if one := strings.TrimRight(b.String(), "\x00"); len(r.heading.lines) == 1 && one != "" && len(one) <= maxLineID {
		return one
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:5])
}

// judge determines the state of a row's order. The states are checked in this order: not paid, refunded in full,
// closed, settled, paid.
func (r *reader) judge(in row, s *sale) (state report.State, err error) {
	wrong := r.number(in, s)
	if state, err = r.state(in); err != nil {
		return state, err
	}
	if state == report.Unpaid {
		s.why = unpaid
		return state, nil
	}
	if pending, err := r.yes(in, report.Deposit); err != nil || pending {
		s.why = deposit
		return state, err
	}
	gone := state == report.Cancelled || state == report.Closed
	if r.heading.at[report.PaidAt] >= 0 && r.text(in, report.PaidAt) == "" {
		s.gone = gone
		if s.why = unpaid; gone {
			s.why = cancelled
		}
		return state, nil
	}
	if wrong != nil {
		return state, wrong
	}
	full, err := r.full(in, state)
	if err != nil {
		return state, err
	}
	switch {
	case full:
		return report.Full, nil
	case state == report.Closed && r.text(in, report.AfterSale) != "":
		return state, quoted(r.text(in, report.Status)+"”、“"+r.text(in, report.AfterSale), closedText)
	case gone:
		s.why, s.gone = cancelled, true
	}
	return state, nil
}

// state returns the state of a row's status.
func (r *reader) state(in row) (report.State, error) {
	of := r.heading.report
	text := r.text(in, report.Status)
	switch {
	case of.Settles:
		return report.Settled, nil
	case r.heading.at[report.Status] < 0 && r.text(in, report.SettledAt) != "":
		return report.Settled, nil
	case r.heading.at[report.Status] < 0:
		return report.Paid, nil
	}
	state := of.StateOf(text)
	if state == report.Unknown {
		return state, quoted(text, unknownText)
	}
	return state, nil
}

// full reports whether an order was refunded in full, by its status, a flag, the numbers of items, or the amounts.
func (r *reader) full(in row, state report.State) (bool, error) {
	text := r.text(in, report.AfterSale)
	after := report.AfterSaleOf(text)
	switch {
	case after == report.Unknown:
		return false, quoted(text, unknownText)
	case after == report.FullIfClosed && state != report.Closed:
		return false, quoted(text, unknownText)
	case state == report.Full, after == report.Full, after == report.FullIfClosed:
		return true, nil
	}
	if flagged, err := r.yes(in, report.Refunded); err != nil || flagged {
		return flagged, err
	}
	sold, returned, err := r.pieces(in)
	if err != nil || sold > 0 && returned >= sold {
		return err == nil, err
	}
	if r.isForeign(in) { // the amounts are in another currency
		return false, nil
	}
	refund, err := r.cents(in, report.Refund)
	if err != nil || refund == nil || *refund == 0 {
		return false, err
	}
	amount, err := r.cents(in, report.Amount)
	return err == nil && amount != nil && *amount == *refund, err
}

// pieces returns the numbers of sold and of returned items.
func (r *reader) pieces(in row) (sold, returned int, err error) {
	for _, f := range []struct {
		of   report.Field
		into *int
	}{{report.Sold, &sold}, {report.Returned, &returned}} {
		text := r.text(in, f.of)
		if text == "" {
			continue
		}
		if strings.Trim(text, "0123456789") != "" || len(text) > 9 {
			return 0, 0, quoted(text, badPieces)
		}
		*f.into = digits(text)
	}
	return sold, returned, nil
}

// yes reads a flag.
func (r *reader) yes(in row, f report.Field) (bool, error) {
	text := r.text(in, f)
	if yes, known := truth(text); known || text == "" {
		return yes, nil
	}
	return false, quoted(text, yesOrNo)
}

// isForeign reports whether a row's currency is missing or not the org's.
func (r *reader) isForeign(in row) bool { return r.currencyFault(in) != nil }

// currencyFault returns the refusal of a row without a currency or in another currency.
func (r *reader) currencyFault(in row) error {
	if r.heading.at[report.Currency] < 0 {
		return nil
	}
	switch text := strings.ToUpper(r.text(in, report.Currency)); text {
	case r.currency:
		return nil
	case "":
		return refusal(noCurrency)
	default:
		return refusal(fmt.Sprintf(foreign, text, r.currency, text, r.currency))
	}
}

// cents reads an amount; nil if there is none. It drops the minus of a report whose paid amounts may be negative.
func (r *reader) cents(in row, f report.Field) (*int64, error) {
	text := r.text(in, f)
	if text == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	if r.heading.report.Signed {
		text, _ = unsigned(text)
	}
	n, err := r.money(column{minor: r.heading.minor[f]}, text)
	if err != nil {
		return nil, refusal(f.Name().En + ": " + inBothLanguages(err))
	}
	return &n, nil
}

// unsigned removes a leading minus, and reports whether there was one.
func unsigned(text string) (string, bool) {
	for _, minus := range []string{"-", "−", "－"} {
		if rest, ok := strings.CutPrefix(text, minus); ok {
			return rest, true
		}
	}
	return text, false
}

// time reads a time; nil if there is none.
func (r *reader) time(in row, f report.Field) (*time.Time, error) {
	text := r.text(in, f)
	if text == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	if r.heading.report.DayFirst {
		text = dayFirstDate.ReplaceAllString(text, "$3-$2-$1")
	}
	t, why := r.moment(text)
	if why != "" {
		return nil, quoted(text, why)
	}
	return &t, nil
}

// whose reads the creator of a row's order.
func (r *reader) whose(in row, s *sale) error {
	if r.byCreator != "" {
		s.CreatorPlatformID = r.byCreator
		return nil
	}
	s.CreatorPlatformID, s.creatorName = r.text(in, report.CreatorID), r.text(in, report.CreatorName)
	if s.CreatorPlatformID == "0" {
		s.CreatorPlatformID = ""
	}
	switch {
	case s.CreatorPlatformID != "":
		s.creatorName = ""
	case s.creatorName == "":
		return refusal(noCreator)
	}
	if backoffice.Rewritten(s.CreatorPlatformID) {
		return quoted(s.CreatorPlatformID, spoilt)
	}
	return nil
}

// fill reads the other fields of an order after judge.
func (r *reader) fill(in row, state report.State, s *sale) error {
	if err := r.currencyFault(in); err != nil {
		return err
	}
	amount, err := r.cents(in, report.Amount)
	if err != nil {
		return err
	}
	if amount == nil {
		_, err := r.money(column{}, "")
		return refusal(inBothLanguages(err))
	}
	if s.Amount = *amount; s.Amount == 0 {
		s.why, s.gone = gift, state == report.Full
		return nil
	}
	if err := r.whose(in, s); err != nil {
		return err
	}
	s.ProductName = r.text(in, report.ProductName)
	if strings.HasPrefix(s.ProductName, "#") && backoffice.Rewritten(s.ProductName) {
		return quoted(s.ProductName, spoilt)
	}
	if err := r.times(in, s); err != nil {
		return err
	}
	if err := r.refund(in, state, s); err != nil {
		return err
	}
	return r.commission(in, s)
}

// times reads the times of payment and settlement.
func (r *reader) times(in row, s *sale) (err error) {
	if s.SettledAt, err = r.time(in, report.SettledAt); err != nil {
		return err
	}
	at, err := r.time(in, report.PaidAt)
	if err != nil {
		return err
	}
	if at == nil {
		s.ordered = true
		if at, err = r.time(in, report.OrderedAt); err != nil {
			return err
		}
	}
	if at == nil {
		return refusal(noDate)
	}
	s.PaidAt = *at
	return nil
}

// refund reads the refund, and sets the order's status.
func (r *reader) refund(in row, state report.State, s *sale) error {
	refund, err := r.cents(in, report.Refund)
	if err != nil {
		return err
	}
	back := int64(0)
	if refund != nil {
		back = *refund
	}
	switch {
	case back > s.Amount:
		return quoted(r.text(in, report.Refund), tooMuchBack)
	case state == report.Full && back > 0 && back < s.Amount:
		refund, amount := r.text(in, report.Refund), r.text(in, report.Amount)
		return refusal(fmt.Sprintf(notAll, refund, amount, refund, amount))
	case state == report.Full:
		s.Status, back = order.StatusREFUNDED, s.Amount
	case state == report.Partly && back == 0:
		return quoted(r.text(in, report.Status), noRefund)
	case state == report.Settled, (state == report.Received || state == report.Partly) && s.SettledAt != nil:
		s.Status = order.StatusSETTLED
	default:
		s.Status = order.StatusPAID
	}
	if back > 0 {
		s.RefundAmount = &back
	}
	if r.heading.report.AfterRefunds {
		s.CommissionAfterRefunds = new(true)
	}
	return nil
}

// commission reads the commission and its parts: the actual ones of a settled order, otherwise the estimates.
func (r *reader) commission(in row, s *sale) error {
	h := r.heading
	estimates := []report.Field{report.Estimate, report.OrgEstimate, report.CreatorEstimate}
	actuals := []report.Field{report.Actual, report.OrgActual, report.CreatorActual}
	estimated := h.has(estimates...) ||
		slices.ContainsFunc(estimates, func(f report.Field) bool { return len(h.report.Columns[f]) > 0 })
	settles := h.has(actuals...) ||
		slices.ContainsFunc(actuals, func(f report.Field) bool { return len(h.report.Columns[f]) > 0 })
	fields, of, none := estimates, report.AdsEstimate, noEstimate
	if s.Status == order.StatusSETTLED && settles || !estimated ||
		s.Status == order.StatusREFUNDED && !h.has(estimates...) {
		fields, of, none = actuals, report.AdsActual, noActual
	}
	var sums [3]*int64
	for i, f := range fields {
		var err error
		if sums[i], err = r.cents(in, f); err != nil {
			return err
		}
	}
	whole, org, creator := sums[0], sums[1], sums[2]
	ads, err := r.cents(in, of)
	switch {
	case err != nil:
		return err
	case ads != nil && *ads > 0 && whole != nil && *whole > 0:
		return refusal(twoCommissions)
	case ads != nil && (whole == nil || *ads > 0):
		whole = ads
	}
	if whole == nil && org == nil && creator == nil {
		return refusal(none)
	}
	switch {
	case org == nil && creator == nil:
		s.Commission = *whole
	case org != nil && creator != nil:
		if s.Commission = *org + *creator; whole != nil && *whole != s.Commission {
			return refusal(badSum)
		}
	case whole != nil:
		if s.Commission = *whole; creator != nil {
			org = new(*whole - *creator)
		}
	case org != nil && len(h.report.Columns[report.CreatorActual]) == 0: // the report has only the org's part
		s.Commission = *org
	default:
		return refusal(noPart)
	}
	if h.report.NoShareIsZero && org != nil && *org == 0 {
		org = nil
	}
	if strings.Contains(r.text(in, report.FeeKind), agencyFee) {
		org = &s.Commission
	}
	if org != nil && (*org < 0 || *org > s.Commission) {
		return refusal(badSum)
	}
	if org != nil {
		s.OrgShare = new(*org)
	}
	return nil
}

// lined gives a line of an order with several lines a number of its own, and sets the order's number as parent.
func (s *sale) lined() {
	const long = 64
	number := s.Number + ":" + s.line
	if utf8.RuneCountInString(number) > long {
		sum := sha256.Sum256([]byte(s.line))
		number = s.Number + ":" + hex.EncodeToString(sum[:5])
	}
	s.ParentNumber, s.Number, s.isLine = new(s.Number), number, true
}
