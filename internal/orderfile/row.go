package orderfile

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"deputy/ent/order"
	"deputy/internal/backoffice"
	"deputy/internal/contact"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/money"
	"deputy/internal/orderfile/report"
)

// statuses are the statuses by their names in files, in lower case.
var statuses = map[string]order.Status{
	"paid": order.StatusPAID, "已支付": order.StatusPAID, "已付款": order.StatusPAID, "订单付款": order.StatusPAID,
	"订单已支付": order.StatusPAID,
	"备货中":   order.StatusPAID, "待发货": order.StatusPAID, "部分发货": order.StatusPAID, "已发货": order.StatusPAID,
	"待收货": order.StatusPAID,
	"已签收": order.StatusPAID, "订单收货": order.StatusPAID, "已收货": order.StatusPAID, "确认收货": order.StatusPAID,
	"订单已确认收货": order.StatusPAID,
	"已完成":     order.StatusPAID, "完成": order.StatusPAID, "交易成功": order.StatusPAID, "订单成功": order.StatusPAID,
	"已成团":     order.StatusPAID,
	"settled": order.StatusSETTLED, "已结算": order.StatusSETTLED, "订单结算": order.StatusSETTLED, "结算": order.StatusSETTLED,
	"refunded": order.StatusREFUNDED, "已退款": order.StatusREFUNDED, "订单退货退款": order.StatusREFUNDED,
	"订单退款退货": order.StatusREFUNDED,
	"已全额退款":  order.StatusREFUNDED, "全部商品售后之后,订单取消": order.StatusREFUNDED,
}

// The reasons for which a row is refused, for people.
const (
	badQuotes   = "这一行的引号没有成对，请改正 / the quotation marks on this line are not closed; correct them"
	badEncoding = "这一行有无法识别的字节，请用 --encoding 指明编码，或改正这一行 / this line holds unreadable bytes: set --encoding, or " +
		"correct the line"
	badStatus = "状态为 已支付、已结算 或 已退款 / the status must be PAID, SETTLED or REFUNDED"
	spoilt    = "表格软件缩短或改写了这个号码，请把该列设为文本后重新导出 / a spreadsheet program shortened or changed this number: format the " +
		"column as text and export again"
	notOneRow = "这一行有 %d 格，而表头有 %d 列：单元格错位了，请改正 / this line has %d cells but the heading has %d columns: cells " +
		"have shifted; correct the line"
)

// reader reads rows in the time zone and the currency of an org.
type reader struct {
	layout   *layout
	heading  *heading
	zone     *time.Location
	currency string
	now      time.Time
	workbook bool
	date1904 bool
	// byCreator is the platform id of the creator of all rows, if a person has set one.
	byCreator string
}

// kind is the kind of a line of a file.
type kind int

const (
	anObject kind = iota
	nothing       // all cells are empty
	besides       // a total, or a note on the table
	leftOut       // skipped: no order, or none yet
	refused
)

// besideTable matches the first cell of lines of totals, and closing that of notes below a table.
var (
	besideTable = regexp.MustCompile(`^(?:本页|本表|订单|金额)?(?:合计|总计|小计|汇总|总和|共计|全部|total|subtotal|grandtotal|sum)` +
		`(?:金额|\([^)]*\)|[0-9]+[条笔单行])?:?$`)
	closing = regexp.MustCompile(
		`^(?:#|-{3,}|={3,}|—{3,}|(?:导出|生成|下载|打印|查询|起始|终止|结束|统计)(?:时间|日期)|共\s*[0-9]+\s*[条笔行]|(?:说明|备注|注)[:：])`)
)

// taker converts rows to objects of one kind.
type taker[T any] struct {
	*reader
	// cell reads one cell, and returns its error, for people, or "".
	cell func(into *T, c column, cell string) (wrong string)
	// check converts an object to its canonical form, or returns a refusal.
	check func(*T) error
}

// row returns the object of a row, or the reason why there is none, for people.
func (r taker[T]) row(in row) (o T, k kind, why string) {
	if k, why := r.form(in); k != anObject {
		return o, k, why
	}
	o, k, why = r.object(in)
	if k == refused && isBeside(in) {
		return o, besides, ""
	}
	return o, k, why
}

// form returns the kind of a line by its form; anObject if its cells must be read.
func (r *reader) form(in row) (k kind, why string) {
	switch {
	case blank(in.cells):
		return nothing, ""
	case in.wrong != "":
		return refused, in.wrong
	case r.repeats(in.cells):
		return besides, ""
	case r.fits(in.cells):
		return anObject, ""
	case isBeside(in):
		return besides, ""
	}
	have, want := len(in.cells), len(r.heading.cells)
	return refused, fmt.Sprintf(notOneRow, have, want, have, want)
}

// repeats reports whether a line repeats the heading, as in concatenated or printed files.
func (r *reader) repeats(cells []string) bool {
	return slices.EqualFunc(trimmed(cells), trimmed(r.heading.cells), func(a, b string) bool {
		return a == b || canonical(a) == canonical(b)
	})
}

// trimmed returns cells without trailing empty ones.
func trimmed(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// isBeside reports whether a line that is not a valid row is a total or a note on the table.
func isBeside(in row) bool {
	first, alone := firstCell(in.cells)
	return sums(first) || alone && closing.MatchString(first)
}

// sums reports whether a cell is the label of a total.
func sums(cell string) bool { return besideTable.MatchString(report.Canonical(cell)) }

// object converts a row to an object.
func (r taker[T]) object(in row) (o T, k kind, why string) {
	for i, c := range r.heading.columns {
		cell := ""
		if i < len(in.cells) {
			cell = in.cells[i]
		}
		if slices.Contains(r.layout.numbers, c.field) && slices.Contains(in.long, i) && why == "" {
			why = "“" + cell + "”: " + spoilt
		}
		if why == "" {
			why = r.cell(&o, c, cell)
		} else {
			_ = r.cell(&o, c, cell)
		}
	}
	if why != "" {
		return o, refused, why
	}
	if wrong := r.check(&o); wrong != nil {
		return o, refused, inBothLanguages(wrong)
	}
	return o, anObject, ""
}

// isSum reports whether a row of a report that is not an order is a total or a note on the table.
func (r *reader) isSum(in row) bool {
	number := r.text(in, report.Number)
	return isBeside(in) || sums(number) || number == "" && slices.ContainsFunc(in.cells, sums)
}

// fits reports whether the cells of a row match the heading: no cells beyond it, and only optional ones missing at its
// end.
func (r *reader) fits(cells []string) bool {
	for i := len(r.heading.cells); i < len(cells); i++ {
		if !blank(cells[i : i+1]) {
			return false
		}
	}
	if r.heading.report != nil {
		return r.workbook || len(cells) > r.heading.last()
	}
	for i := len(cells); i < len(r.heading.cells); i++ {
		if slices.Contains(r.layout.required, r.heading.columns[i].field) {
			return r.workbook // its rows end with the last cell that is not empty
		}
	}
	return true
}

// truth returns the value of a yes or no, and reports whether the text is one of them.
func truth(text string) (yes, known bool) {
	switch canonical(text) {
	case "是", "yes", "y", "true", "1":
		return true, true
	case "否", "no", "n", "false", "0":
		return false, true
	}
	return false, false
}

// read reads one cell of a row of orders. wrong is the error for people, or "".
func (r *reader) read(o *backoffice.OrderRow, c column, cell string) (wrong string) {
	text := unpack(cell)
	say := func(why string) string { return "“" + text + "”: " + why }
	if !slices.Contains(r.layout.required, c.field) && isEmpty(text) {
		return "" // the order's value is not changed
	}
	switch c.field {
	case number, platformID, parentNumber:
		text = withoutApostrophe(text)
		if backoffice.Rewritten(text) {
			return say(spoilt)
		}
		switch c.field {
		case number:
			o.Number = text
		case platformID:
			o.CreatorPlatformID = text
		default:
			o.ParentNumber = &text
		}
	case productName:
		if strings.HasPrefix(text, "#") && backoffice.Rewritten(text) {
			return say(spoilt)
		}
		o.ProductName = text
	case amount, commission, refundAmount:
		n, err := r.money(c, text)
		if err != nil {
			return inBothLanguages(err)
		}
		switch c.field {
		case amount:
			o.Amount = n
		case commission:
			o.Commission = n
		default:
			o.RefundAmount = &n
		}
	case status:
		known, ok := statuses[strings.ToLower(norm.NFKC.String(text))]
		if o.Status = known; !ok {
			return say(badStatus)
		}
	case afterRefunds:
		taken, known := truth(text)
		if o.CommissionAfterRefunds = &taken; !known {
			return say(yesOrNo)
		}
	case paidAt, settledAt, refundedAt:
		t, why := r.moment(text)
		if why != "" {
			return say(why)
		}
		switch c.field {
		case paidAt:
			o.PaidAt = t
		case settledAt:
			o.SettledAt = &t
		default:
			o.RefundedAt = &t
		}
	}
	return ""
}

// money reads an amount in the unit of its column. Numbers of a workbook are rounded to the fifteen digits that
// spreadsheets show.
func (r *reader) money(c column, text string) (int64, error) {
	if r.workbook {
		if f, err := strconv.ParseFloat(text, 64); err == nil && strings.ContainsAny(text, ".eE") && len(text) > 8 &&
			f >= 0 && f < 1e15 {
			text = shortest(f)
		}
	}
	if c.minor {
		return money.ParseMinor(text)
	}
	return money.Parse(text, r.currency)
}

// shortest returns a number of a workbook without rounding errors of computations: 11.9799999999999 is 11.98.
func shortest(f float64) string {
	const near = 1e-9
	if short := math.Round(f*1e4) / 1e4; math.Abs(short-f) < near {
		return strconv.FormatFloat(short, 'f', -1, 64)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	if err != nil {
		short = f
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}

// unpack removes the wrappers that keep a spreadsheet from changing a cell, ="…" and that of download.Guard, and white
// space.
func unpack(cell string) string {
	text := strings.TrimFunc(contact.DropSilent(cell), unicode.IsSpace)
	if inner, ok := strings.CutPrefix(text, `="`); ok && strings.HasSuffix(inner, `"`) {
		text = strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
	}
	return strings.TrimFunc(download.Unguard(text), unicode.IsSpace)
}

// apostrophes are the characters that mark a number as text in a spreadsheet, and their variants.
const apostrophes = "'`‘’"

// withoutApostrophe removes apostrophes before a number.
func withoutApostrophe(text string) string {
	rest := strings.TrimLeft(text, apostrophes)
	if rest != text && rest != "" && strings.Trim(rest, "0123456789") == "" {
		return rest
	}
	return text
}

// isEmpty reports whether a text is empty, or a placeholder of platforms for an empty cell.
func isEmpty(text string) bool {
	return text == "/" || text == "无" || strings.Trim(text, dashes) == ""
}

// dashes are the dashes that stand for an empty cell.
const dashes = "-－‐‑‒–—―−"

// blank reports whether all cells are empty.
func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimFunc(contact.DropSilent(cell), unicode.IsSpace) != "" {
			return false
		}
	}
	return true
}

// firstCell returns the first cell that is not empty, and reports whether it is the only one.
func firstCell(cells []string) (text string, alone bool) {
	for _, cell := range cells {
		cell = strings.TrimFunc(contact.DropSilent(cell), unicode.IsSpace)
		switch {
		case cell == "":
		case text != "":
			return text, false
		default:
			text = cell
		}
	}
	return text, true
}

// inBothLanguages returns the text of a refusal in both languages, with its field.
func inBothLanguages(err error) string {
	refusals, ok := fault.Refused(err)
	if !ok || len(refusals) == 0 {
		return badMoment
	}
	f := refusals[0]
	where := strings.Join(f.Field, ".")
	if where != "" {
		where += ": "
	}
	return where + f.Text(fault.Zh) + " / " + f.Text(fault.En)
}
