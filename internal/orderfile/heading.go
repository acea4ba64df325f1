package orderfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"deputy/internal/money"
	"deputy/internal/orderfile/report"
)

// field is the meaning of a column.
type field int

const (
	ignored field = iota
	number
	platformID
	productName
	amount
	commission
	status
	paidAt
	settledAt
	parentNumber
	refundAmount
	refundedAt
	afterRefunds
	name
	category
	followers
	contractFrom
	contractTo
	share
)

// headings are the names of the columns of orders, of people and platforms; see layout.
var headings = map[field][]string{
	number: {
		"订单号", "number", "订单编号", "ordernumber", "orderid", "子订单编号", "子订单号", "订单id", "淘宝子订单号", "淘宝子订单编号", "淘宝子编号",
	},
	platformID:  {"达人平台id", "creatorplatformid", "达人id", "平台id", "抖音/火山号", "cps达人id", "带货id", "达人用户名", "creatorusername"},
	productName: {"商品", "productname", "商品名称", "product", "选购商品", "商品标题"},
	amount: {
		"金额", "amount", "订单金额", "支付金额", "订单支付金额", "用户实付金额", "用户实付", "付款金额", "成交金额", "实付款", "订单实付",
		"订单应付金额", "paymentamount",
	},
	commission: {
		"佣金", "commission", "达人佣金", "实际佣金", "预估佣金", "预估佣金支出", "实际佣金支出", "总佣金收入", "预估佣金收入", "付款预估收入",
		"结算预估收入", "预估推广佣金", "预估支出佣金",
	},
	status:    {"状态", "status", "订单状态", "orderstatus"},
	paidAt:    {"支付时间", "paidat", "付款时间", "支付完成时间", "订单支付时间", "支付日期", "paymenttime"},
	settledAt: {"结算时间", "settledat", "订单结算时间", "佣金结算时间", "实际结算时间"},
	parentNumber: {
		"主订单号", "parentnumber", "父订单号", "主订单编号", "淘宝主订单号", "淘宝父订单编号", "主单号", "parentordernumber",
	},
	refundAmount: {"已退款金额", "refundamount", "退款金额", "订单退款金额", "商品已退款金额", "订单退款", "refunded"},
	refundedAt:   {"退款时间", "refundedat"},
	afterRefunds: {"佣金已扣退款", "commissionafterrefunds"},
}

// minorUnits are the names of the smallest unit of a currency in the brackets of a heading.
var minorUnits = []string{"分", "最小货币单位", "minor", "minorunit", "minorunits", "smallestunit", "cent", "cents"}

// majorUnits are the names of currencies there, in addition to the codes of ISO 4217.
var majorUnits = map[string]string{
	"元": "CNY", "人民币": "CNY", "rmb": "CNY", "yuan": "CNY", "¥": "CNY", "美元": "USD", "$": "USD", "us$": "USD", "港币": "HKD",
	"港元": "HKD", "hk$": "HKD",
	"日元": "JPY", "円": "JPY", "欧元": "EUR", "€": "EUR", "英镑": "GBP", "£": "GBP", "新台币": "TWD", "nt$": "TWD",
}

// column describes a column of a file.
type column struct {
	field field
	// minor reports whether amounts are whole numbers of the smallest unit, as in the API.
	minor bool
}

// heading is the first line of a table, with the meaning of each column.
type heading struct {
	cells   []string
	columns []column
	// report is the recognised report, or nil. With a report, at are the columns of its fields, -1 for a missing one, and
	// lines are the columns of the headings of report.Line, in the order of the report.
	report *report.Report
	at     [report.Fields]int
	lines  []int
	// minor are the fields whose amounts are whole numbers of the smallest unit.
	minor [report.Fields]bool
	// reason is the index of the column with the reason of a refusal; -1 if there is none.
	reason int
}

// columnOptions are the options for reading a heading.
type columnOptions struct {
	// layout is the layout of the file.
	layout *layout
	// currency is the currency of the org.
	currency string
	// mapped are the new names of headings that a person has renamed with --map, in canonical form.
	mapped map[string]string
	// as is the report that a person has set with --as; nil to recognise it by its heading.
	as *report.Report
	// byCreator reports whether a person has set the creator of all rows.
	byCreator bool
	// note is called with every possible heading, and the reason why it can't be imported. It is set only by Explain.
	note func(*heading, error)
}

// reasonColumn is the heading of the column with the reason of a refusal. It is ignored when the file is imported
// again.
const reasonColumn = "拒绝原因 / reason"

// missing is the error of a line that is not a heading, or lacks required columns.
type missing struct {
	error
	// columns is the number of columns that were found.
	columns int
}

// countHeadings returns the number of known columns of a line with the error missing, and a large number for any other
// error.
func countHeadings(err error) int {
	var m missing
	if errors.As(err, &m) {
		return m.columns
	}
	return 1 << 10 // a heading with another error
}

// newHeading reads the heading of a known report, or one whose columns are recognised separately. Each field has one
// column: an ambiguous file is refused.
func newHeading(cells []string, options columnOptions) (*heading, error) {
	of, err := recognise(cells, options)
	if err != nil {
		return nil, err
	}
	read := singleHeading
	if of != nil {
		read = func(cells []string, options columnOptions) (*heading, error) {
			return newReportHeading(of, cells, options)
		}
	}
	h, err := read(cells, options)
	if options.note != nil {
		options.note(h, err)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// singleHeading reads the heading of a table that is not a known report, each column separately.
func singleHeading(cells []string, options columnOptions) (*heading, error) {
	h := &heading{cells: cells, columns: make([]column, len(cells)), reason: -1}
	at := map[field]int{}
	byHand := map[field]bool{}
	mapped := map[string]bool{}
	var wrong error
	for i, cell := range cells {
		if strings.TrimSpace(cell) == reasonColumn {
			h.reason = i
			continue
		}
		name := canonical(cell)
		to, isMapped := options.mapped[name]
		if isMapped {
			name, mapped[name] = to, true
		}
		c, err := columnOf(name, options)
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("the column “%s” %w", strings.TrimSpace(cell), err))
		}
		if c.field == ignored {
			continue
		}
		if other, twice := at[c.field]; twice {
			if byHand[c.field] && !isMapped {
				continue
			}
			if !isMapped || byHand[c.field] {
				wrong = errors.Join(wrong, fmt.Errorf("the columns “%s” and “%s” may both be meant: remove one, or name the "+
					"right one with --map",
					strings.TrimSpace(cells[other]), strings.TrimSpace(cell)))
				continue
			}
			h.columns[other] = column{}
		}
		at[c.field], byHand[c.field], h.columns[i] = i, isMapped, c
	}
	var names []string
	for _, f := range options.layout.required {
		if _, ok := at[f]; !ok && (f != platformID || !options.byCreator) {
			names = append(names, strings.Join(options.layout.headings[f][:2], " / "))
		}
	}
	if len(names) > 0 {
		return h, missing{
			fmt.Errorf("the file has no column %s: 请改表头，或用 --map 指明是文件的哪一列 / name it so in the heading, or say with "+
				"--map which column of the file it is, such as --map 实付=金额(元); --explain tells how the file is read",
				strings.Join(names, ", ")),
			len(at),
		}
	}
	for name := range options.mapped {
		if !mapped[name] {
			return h, fmt.Errorf("--map names the column “%s”, which the file does not have", name)
		}
	}
	if _, ok := at[platformID]; ok && options.byCreator {
		return h, errors.New("the file says whose orders they are: leave --creator out")
	}
	if wrong != nil {
		return h, wrong
	}
	return h, nil
}

// columnOf returns the column with a canonical name.
func columnOf(name string, options columnOptions) (column, error) {
	of, currency := options.layout, options.currency
	base, unit := name, ""
	if open := strings.LastIndexByte(name, '('); open > 0 && strings.HasSuffix(name, ")") {
		base, unit = name[:open], name[open+1:len(name)-1]
	}
	f := of.fieldOf(base)
	if !slices.Contains(of.money, f) {
		if unit != "" {
			f = of.fieldOf(name)
		}
		// Under a name of the API a column has the API's unit.
		return column{field: f, minor: f != ignored && name == of.headings[f][1]}, nil
	}
	minor, err := inMinor(unit, base == of.headings[f][1], currency)
	return column{field: f, minor: minor}, err
}

// inMinor reports whether amounts in a unit are whole numbers of the smallest unit; plain is the result without a unit.
// It returns an error for another currency or an unknown unit.
func inMinor(unit string, plain bool, currency string) (bool, error) {
	switch code, known := majorUnits[unit]; {
	case unit == "":
		return plain, nil
	case slices.Contains(minorUnits, unit):
		return true, nil
	case known && code != currency && (unit != "元" || currency != "TWD" && currency != "HKD" && currency != "MOP"):
		return false, fmt.Errorf("is in %s, not in the org's currency %s", code, currency)
	case known:
		return false, nil
	}
	upper := strings.ToUpper(unit)
	if _, isCode := money.Digits(upper); isCode && len(unit) == 3 {
		if upper != currency {
			return false, fmt.Errorf("is in %s, not in the org's currency %s", upper, currency)
		}
		return false, nil
	}
	return false, fmt.Errorf("is in a unit that is not known: amounts are in %s or in its smallest unit", currency)
}

// isUnit reports whether a text in brackets is a unit of amounts.
func isUnit(unit string) bool {
	_, known := majorUnits[unit]
	_, isCode := money.Digits(strings.ToUpper(unit))
	return known || slices.Contains(minorUnits, unit) || len(unit) == 3 && isCode
}

// withoutUnit splits a unit in brackets from a canonical heading.
func withoutUnit(name string) (base, unit string) {
	open := strings.LastIndexByte(name, '(')
	if open > 0 && strings.HasSuffix(name, ")") && isUnit(name[open+1:len(name)-1]) {
		return name[:open], name[open+1 : len(name)-1]
	}
	return name, ""
}

// canonical returns a heading in the form of the tables; see report.Canonical.
func canonical(name string) string { return report.Canonical(name) }

// unread is the name in --map for a column to be ignored.
const unread = "-"

// mapping parses the values of --map, such as 支付金额=金额(元): the heading of the file, and the name to read it as, or - for
// a column to be ignored.
func (l *layout) mapping(pairs []string) (map[string]string, error) {
	mapped := map[string]string{}
	for _, pair := range pairs {
		from, to, ok := strings.Cut(pair, "=")
		from, to = canonical(from), canonical(to)
		if !ok || from == "" || to == "" {
			return nil, fmt.Errorf("--map takes a heading of the file and the name it is read as, such as 支付金额=金额(元), not %q",
				pair)
		}
		base, _, _ := strings.Cut(to, "(")
		if to != unread && l.fieldOf(base) == ignored && l.fieldOf(to) == ignored {
			return nil, fmt.Errorf("--map reads a column as “%s”, which is none that is known", to)
		}
		mapped[from] = to
	}
	return mapped, nil
}
