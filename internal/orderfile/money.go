package orderfile

import (
	"time"

	"deputy/ent/order"
	"deputy/internal/backoffice"
	"deputy/internal/orderfile/report"
)

// moneyLine is a row of a settlement report: a payment of an order, or a refund of it.
type moneyLine struct {
	sale
	row                row
	settles            bool
	amount, commission int64 // with their signs
	at                 time.Time
	// wrong is the reason why the line is invalid, for people. Its order is refused then.
	wrong string
}

// The reasons for which the lines of an order are refused, for people.
const (
	unknownKind = "无法识别的资金类型，请核对 / unknown kind of entry: check it"
	refundAlone = "退款行对应的结算行不在文件中：请导出包含其结算的时间段 / the settlement of this refund is not in the file: export a " +
		"period that includes it"
	noTime      = "没有结算时间 / no settlement time"
	twoCreators = "同一订单的各行达人不同 / the rows of one order have different creators"
)

// moneyLine reads a row of a settlement report.
func (r *reader) moneyLine(in row) (l moneyLine, k kind, why string) {
	l.row = in
	if r.explains(in) {
		l.why = explaining
		return l, leftOut, ""
	}
	if err := r.number(in, &l.sale); err != nil {
		return l, refused, err.Error()
	}
	if err := r.fillMoney(in, &l); err != nil {
		l.wrong = err.Error()
	}
	return l, anObject, ""
}

func (r *reader) fillMoney(in row, l *moneyLine) error {
	text := r.text(in, report.Kind)
	settles, refunds := r.heading.report.StateOf(text).Money()
	if !settles && !refunds {
		return quoted(text, unknownKind)
	}
	l.settles = settles
	for _, sum := range []struct {
		of   report.Field
		into *int64
	}{{report.Amount, &l.amount}, {report.Actual, &l.commission}} {
		n, err := r.cents(in, sum.of)
		if err != nil {
			return err
		}
		if n != nil {
			*sum.into = *n
		}
		if _, below := unsigned(r.text(in, sum.of)); below {
			*sum.into = -*sum.into
		}
	}
	if err := r.whose(in, &l.sale); err != nil {
		return err
	}
	l.ProductName = r.text(in, report.ProductName)
	if err := r.times(in, &l.sale); err != nil {
		return err
	}
	if l.SettledAt == nil {
		return refusal(noTime)
	}
	l.at = *l.SettledAt
	return nil
}

// sumUp returns the order with the sums of its lines.
func (r *reader) sumUp(lines []moneyLine) (s sale, k kind, why string) {
	var (
		first                             *moneyLine
		paid, back, commission, takenBack int64
		settledAt, refundedAt             *time.Time
	)
	for i := range lines {
		l := &lines[i]
		switch {
		case l.wrong != "":
			why = l.wrong
			continue
		case l.settles && first == nil:
			first = l
		}
		if l.settles {
			paid, commission = paid+l.amount, commission+l.commission
			settledAt = latest(settledAt, l.at)
		} else {
			back, takenBack = back+l.amount, takenBack+l.commission
			refundedAt = latest(refundedAt, l.at)
		}
	}
	paid, back, commission, takenBack = abs(paid), abs(back), abs(commission), abs(takenBack)
	switch {
	case why != "":
	case first == nil:
		why = refundAlone
	case back > paid:
		why = tooMuchBack
	case first.CreatorPlatformID == "" && first.creatorName == "":
		why = noCreator
	}
	for _, l := range lines {
		if why == "" && (l.CreatorPlatformID != first.CreatorPlatformID || l.creatorName != first.creatorName) {
			why = twoCreators
		}
	}
	if why != "" {
		return s, refused, why
	}
	s = first.sale
	s.OrderRow = backoffice.OrderRow{
		Number: s.Number, ParentNumber: s.ParentNumber, CreatorPlatformID: s.CreatorPlatformID, ProductName: s.ProductName,
		Amount: paid, Commission: commission, Status: order.StatusSETTLED, PaidAt: s.PaidAt, SettledAt: settledAt,
		CommissionAfterRefunds: new(true),
	}
	switch {
	case paid == 0:
		s.why = gift
		return s, leftOut, ""
	case back == paid:
		s.Status, s.RefundAmount, s.RefundedAt = order.StatusREFUNDED, &back, refundedAt
	case back > 0:
		s.RefundAmount, s.Commission = &back, max(0, commission-takenBack)
	}
	if why := r.checked(&s); why != "" {
		return s, refused, why
	}
	return s, anObject, ""
}

func latest(a *time.Time, b time.Time) *time.Time {
	if a != nil && a.After(b) {
		return a
	}
	return &b
}

func abs(n int64) int64 { return max(n, -n) }
