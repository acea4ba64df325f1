// Package money knows the currencies of the world, and reads amounts as people write them.
package money

import (
	"slices"

	"github.com/bojanz/currency"
	ended "golang.org/x/text/currency"
)

// CurrenciesOf is the day of the table of currencies, YYYY-MM-DD: that of the release of github.com/bojanz/currency in
// go.mod, whose codes and decimals are those of ISO 4217. To renew it, take a newer release and set the day.
const CurrenciesOf = "2026-11-14"

// units are codes of ISO 4217 that are no legal tender: units of account and of funds.
var units = []string{"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"}

// IsTender reports whether the code, in capitals, is that of a currency that is legal tender today.
func IsTender(code string) bool {
	return code != "" && currency.IsValid(code) && !slices.Contains(units, code)
}

// Digits returns how many decimals the smallest unit of a currency has, in ISO 4217. A currency that has ended has
// those it had: orgs keep theirs. It reports whether the code is one of a currency.
func Digits(code string) (int, bool) {
	if digits, ok := currency.GetDigits(code); ok {
		return int(digits), true
	}
	unit, err := ended.ParseISO(code)
	if err != nil {
		return 0, false
	}
	digits, _ := ended.Standard.Rounding(unit)
	return digits, true
}
