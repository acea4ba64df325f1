package money_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/money"
)

// TestCurrenciesAreThoseOfToday, and not those of a table that was made years ago.
func TestCurrenciesAreThoseOfToday(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"CNY", "USD", "EUR", "JPY", "HKD", "VES", "VED", "SLE", "MRU", "XCG", "ZWG", "TWD"} {
		if !money.IsTender(code) {
			t.Errorf("%s is a currency", code)
		}
	}
	for _, code := range []string{
		"HRK", "ANG", "CUC", "VEF", "MRO", "SLL", "BGN", "ZWL", "DEM", "XXX", "XTS", "XAU",
		"CLF", "CHE", "cny", "",
	} {
		if money.IsTender(code) {
			t.Errorf("%s is none, or has ended", code)
		}
	}
	for code, want := range map[string]int{
		"CNY": 2, "JPY": 0, "KWD": 3, "ISK": 0, "HUF": 2, "UGX": 0, "HRK": 2,
		"DEM": 2,
	} {
		if digits, ok := money.Digits(code); !ok || digits != want {
			t.Errorf("%s: %d decimals, %v; want %d", code, digits, ok, want)
		}
	}
	of, err := time.Parse(time.DateOnly, money.CurrenciesOf)
	if err != nil || time.Since(of) > 366*24*time.Hour {
		t.Errorf("the table of currencies is of %s: renew it", money.CurrenciesOf)
	}
}

// refused is what a row of a table wants that is not read.
const refused = -1

// TestAmountsAreReadInOneWay or refused: never off by a power of ten.
func TestAmountsAreReadInOneWay(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text, code string
		want       int64
	}{
		{"199", "CNY", 19900},
		{"199.00", "CNY", 19900},
		{"199.5", "CNY", 19950},
		{"１９９．００", "CNY", 19900},
		{"199.00元", "CNY", 19900},
		{"¥ 199.00", "CNY", 19900},
		{"￥199", "CNY", 19900},
		{"1,299.00", "CNY", 129900},
		{"1，299.00", "CNY", 129900},
		{"CN¥199", "CNY", 19900},
		{"RMB 199", "CNY", 19900},
		{"199 CNY", "CNY", 19900},
		{"人民币199元", "CNY", 19900},
		{"+199.00", "CNY", 19900},
		{"1 299.00", "CNY", 129900},
		{"1\u00a0299.00", "CNY", 129900},
		{"1\u202f299.00", "CNY", 129900},
		{"1'299.00", "CNY", 129900},
		{"1’299.00", "CNY", 129900},
		{"\u200b199.00\u2060", "CNY", 19900},
		{"199.", "CNY", 19900},
		{".50", "CNY", 50},
		{"0", "CNY", 0},
		{"199.0000", "CNY", 19900},
		{"1,234,567.89", "CNY", 123456789},
		{"1,299", "JPY", 1299},
		{"¥1,299", "JPY", 1299},
		{"1.299", "KWD", 1299},
		{"US$ 12.30", "USD", 1230},
		{"$12.30", "HKD", 1230},
		{"1.99E+2", "CNY", refused},
		{"1,2,9,9", "CNY", refused},
		{"19,9.00", "CNY", refused},
		{"1,299,9", "CNY", refused},
		{"1299,000.00", "CNY", refused},
		{"199,00", "CNY", refused},
		{"1.200,00", "CNY", refused},
		{"1.299,90", "CNY", refused},
		{"1.200", "CNY", refused},
		{"1,299 000", "CNY", refused},
		{"1,00,000", "CNY", refused},
		{"1.299", "CNY", refused},
		{"1.5", "JPY", refused},
		{"-199.00", "CNY", refused},
		{"−199.00", "CNY", refused},
		{"－199.00", "CNY", refused},
		{"(199.00)", "CNY", refused},
		{"（199.00）", "CNY", refused},
		{"¥-199", "CNY", refused},
		{"199-", "CNY", refused},
		{"$199", "CNY", refused},
		{"199 USD", "CNY", refused},
		{"199万", "CNY", refused},
		{"1.2.3", "CNY", refused},
		{"", "CNY", refused},
		{" ", "CNY", refused},
		{".", "CNY", refused},
		{"元", "CNY", refused},
		{"#VALUE!", "CNY", refused},
		{"1e400", "CNY", refused},
		{"0x10", "CNY", refused},
		{"٣", "CNY", refused},
		{strings.Repeat("9", 30), "CNY", refused},
		{strings.Repeat("1", 5000), "CNY", refused},
		{"19900", "", 19900},
		{"19,900", "", 19900},
		{"199.00", "", refused},
		{"199.50", "", refused},
		{"199.", "", refused},
		{"199元", "", refused},
	} {
		n, err := read(row.text, row.code)
		switch {
		case row.want == refused:
			if !invalid(err) {
				t.Errorf("%q in %q: %d, %v; want it refused", row.text, row.code, n, err)
			}
		case err != nil || n != row.want:
			t.Errorf("%q in %q: %d, %v; want %d", row.text, row.code, n, err, row.want)
		}
	}
}

// TestARefusalOfAnAmountSaysWhatIsWrong with this text.
func TestARefusalOfAnAmountSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"-5": "退款", "(5.00)": "REFUNDED", "199,00": "逗号", "1.99E+2": "spreadsheet", "$5": "CNY", "5.999": "two ways",
		"5.9999": "too many decimals", "": "Enter an amount",
	} {
		_, err := money.Parse(text, "CNY")
		refusals, _ := fault.Refused(err)
		if len(refusals) != 1 || !strings.Contains(refusals[0].Text(fault.Zh)+refusals[0].Text(fault.En), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func invalid(err error) bool {
	code, ok := fault.CodeOf(err)
	return ok && code == fault.Invalid
}

func read(text, code string) (int64, error) {
	if code == "" {
		return money.ParseMinor(text)
	}
	return money.Parse(text, code)
}

// FuzzAmount holds that an amount that is read is the number that its digits say, in the smallest unit.
func FuzzAmount(f *testing.F) {
	for _, text := range []string{
		"199.00", "1,299.00", "¥ 199", "199,00", "1.200,00", "１９９", "1 299", "-1", "1e9",
		"\u200b1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := money.Parse(text, "CNY")
		if err != nil {
			if !invalid(err) {
				t.Errorf("%+q: %v", text, err)
			}
			return
		}
		again, err := money.Parse(strconv.FormatInt(n/100, 10)+"."+strconv.FormatInt(n%100/10, 10)+strconv.FormatInt(n%10,
			10), "CNY")
		if n < 0 || err != nil || again != n {
			t.Errorf("%+q: %d, again %d, %v", text, n, again, err)
		}
	})
}
