package money

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"deputy/internal/fault"
)

// maxText is the maximum length of an amount's text, in bytes.
const maxText = 128

// marks are the currency symbols and names before or after an amount, in lower case, with the currencies that each may
// mean.
var marks = map[string][]string{
	"¥": {"CNY", "JPY"}, "cn¥": {"CNY"}, "rmb": {"CNY"}, "rmb¥": {"CNY"}, "人民币": {"CNY"}, "元": {"CNY", "TWD", "HKD"},
	"圆": {"CNY"}, "块": {"CNY"},
	"元人民币": {"CNY"}, "人民币元": {"CNY"},
	"円": {"JPY"}, "日元": {"JPY"}, "jp¥": {"JPY"},
	"$": {
		"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN", "ARS", "CLP", "COP", "BND", "MOP", "NAD", "FJD", "JMD",
		"TTD",
	},
	"us$": {"USD"}, "美元": {"USD"}, "美金": {"USD"}, "hk$": {"HKD"}, "港币": {"HKD"}, "港元": {"HKD"}, "nt$": {"TWD"},
	"新台币": {"TWD"}, "台币": {"TWD"},
	"s$": {"SGD"}, "a$": {"AUD"}, "c$": {"CAD"}, "ca$": {"CAD"}, "mop$": {"MOP"}, "澳门元": {"MOP"},
	"€": {"EUR"}, "欧元": {"EUR"}, "£": {"GBP", "EGP", "LBP", "GIP", "FKP", "SHP"}, "英镑": {"GBP"}, "₩": {"KRW"},
	"韩元": {"KRW"}, "฿": {"THB"}, "泰铢": {"THB"},
	"₫": {"VND"}, "đ": {"VND"}, "rm": {"MYR"}, "₱": {"PHP"}, "rp": {"IDR"}, "₹": {"INR"}, "₽": {"RUB"}, "r$": {"BRL"},
	"₺": {"TRY"},
}

// The forms of an amount without its marks: digits, in groups of three with one kind of separator or without groups,
// and decimals.
var (
	plain   = regexp.MustCompile(`^([0-9]*)(?:\.([0-9]*))?$`)
	grouped = regexp.MustCompile(`^([0-9]{1,3}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+))(?:\.([0-9]*))?$`)
	// shortened is the scientific notation to which spreadsheets convert long numbers.
	shortened = regexp.MustCompile(`^[0-9.]+[eE][+-]?[0-9]+$`)
	// decimalComma is a number with a decimal comma.
	decimalComma = regexp.MustCompile(`,[0-9]{1,2}$|,[0-9]{4,}$|\.[0-9]{3},`)
)

// separators removes the separators between groups of digits.
var separators = strings.NewReplacer(",", "", " ", "", "'", "")

// Parse reads an amount of a currency, such as 1,299.00, ¥199 or 199元, and returns it in the smallest unit. It accepts
// full-width characters, spaces and the marks of the currency. A comma, a space or an apostrophe separates groups of
// three digits only; a point precedes the decimals. It returns INVALID for ambiguous amounts, more decimals than the
// currency has, another currency, and negative amounts.
func Parse(text, code string) (int64, error) {
	digits, ok := Digits(code)
	if !ok {
		return 0, refuse("货币 %s 未知。", "The currency %s is unknown.", code)
	}
	return parse(text, code, digits)
}

// ParseMinor reads an amount in the smallest unit: a whole number without decimals and without a currency. It returns
// INVALID for anything else.
func ParseMinor(text string) (int64, error) { return parse(text, "", 0) }

func parse(text, code string, digits int) (int64, error) {
	number, err := bare(text, code)
	if err != nil {
		return 0, err
	}
	match := plain.FindStringSubmatch(number)
	if match == nil {
		match = grouped.FindStringSubmatch(number)
	}
	switch {
	case match != nil && match[1]+match[2] != "":
	case shortened.MatchString(number):
		return 0, refuse("“%s”是被表格软件改写的数字，请把该列设为文本或数值后重新导出。",
			"“%s” is a number that a spreadsheet rewrote: format the column as a number or as text, and export again.", text)
	case decimalComma.MatchString(number):
		return 0, refuse("“%s”中的逗号不是千位分隔符：小数请用点号，例如 1,299.00。",
			"The comma in “%s” doesn't separate thousands: write decimals behind a point, such as 1,299.00.", text)
	default:
		return 0, refuse("“%s”不是金额，请填写如 1,299.00 的数字。", "“%s” is no amount: enter a number such as 1,299.00.", text)
	}
	whole, decimals := separators.Replace(match[1]), match[2]
	if code == "" && strings.Contains(number, ".") {
		return 0, refuse("“%s”带有小数点，而该列以最小货币单位填写整数；如以元为单位，请把表头写为“金额(元)”。",
			"“%s” has a decimal point, and this column holds whole numbers of the smallest unit; name the column “金额(元)” if "+
				"it is in the currency.", text)
	}
	if len(decimals) == 3 && digits < 3 {
		return 0, refuse("“%s”有两种读法：点号后有三位数字，请只保留 %d 位小数。",
			"“%s” can be read in two ways, with three digits behind the point: write at most %d decimals.", text, digits)
	}
	if len(decimals) > digits {
		if strings.Trim(decimals[digits:], "0") != "" {
			return 0, refuse("“%s”的小数位过多，最多 %d 位。", "“%s” has too many decimals: at most %d.", text, digits)
		}
		decimals = decimals[:digits]
	}
	n, err := strconv.ParseInt(whole+decimals+strings.Repeat("0", digits-len(decimals)), 10, 64)
	if err != nil {
		return 0, refuse("“%s”太大。", "“%s” is too large.", text)
	}
	return n, nil
}

// bare returns the number of an amount without the marks of its currency and a plus sign. It refuses negative amounts.
func bare(text, code string) (string, error) {
	if len(text) > maxText {
		return "", refuse("金额太长。", "The amount is too long.")
	}
	number := strings.Map(func(r rune) rune {
		switch {
		case r == '\u2019':
			return '\''
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		case r == '\u2212' || unicode.Is(unicode.Pd, r):
			return '-'
		}
		return r
	}, norm.NFKC.String(text))
	number = strings.TrimSpace(number)
	if number == "" {
		return "", refuse("请填写金额。", "Enter an amount.")
	}
	if number[0] == '(' && number[len(number)-1] == ')' || strings.HasPrefix(number, "-") ||
		strings.HasSuffix(number, "-") ||
		strings.Contains(number, "-") && strings.Trim(number, "-0123456789.,' ¥$€£") == "" {
		return "", refuse("金额“%s”是负数。退款请填写正数金额，并把状态写为“已退款”。",
			"The amount “%s” is below zero. A refund has a positive amount and the status REFUNDED.", text)
	}
	number = strings.TrimSpace(strings.TrimPrefix(number, "+"))
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' || r == '.' }
	first := strings.IndexFunc(number, isDigit)
	last := strings.LastIndexFunc(number, isDigit)
	if first < 0 {
		return "", refuse("“%s”不是金额，请填写如 1,299.00 的数字。", "“%s” is no amount: enter a number such as 1,299.00.", text)
	}
	for _, mark := range []string{number[:first], number[last+1:]} {
		mark = strings.ToLower(strings.TrimSpace(mark))
		if mark == "" {
			continue
		}
		if err := own(mark, text, code); err != nil {
			return "", err
		}
	}
	return number[first : last+1], nil
}

// own returns a refusal for a mark that does not mean the currency.
func own(mark, text, code string) error {
	meant, known := marks[mark]
	if upper := strings.ToUpper(mark); !known && len(upper) == 3 {
		if _, known = Digits(upper); known {
			meant = []string{upper}
		}
	}
	switch {
	case !known:
		return refuse("“%s”中的“%s”不是金额的一部分，请去掉。", "“%s” holds “%s”, which is no part of an amount; remove it.", text, mark)
	case code == "":
		return refuse("“%s”写了货币“%s”，而该列以最小货币单位填写整数；请把表头写为“金额(元)”。",
			"“%s” names the currency “%s”, and this column holds whole numbers of the smallest unit; name the column “金额(元)”.",
			text, mark)
	case !slices.Contains(meant, code):
		return refuse("“%s”的货币“%s”不是机构的货币 %s。", "“%s” is in “%s”, not in the org's currency %s.", text, mark, code)
	}
	return nil
}

func refuse(zh, en string, args ...any) error {
	return fault.New(fault.Invalid, fault.Message{Zh: zh, En: en}, args...)
}
