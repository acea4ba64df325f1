// Package money defines currencies, and reads amounts as people write them.
package money

import (
	"slices"

	"github.com/bojanz/currency"
	ended "golang.org/x/text/currency"
)

// CurrenciesOf is the day of the table of currencies, YYYY-MM-DD: the release day of the version of
// github.com/bojanz/currency in go.mod, whose codes and decimals are those of ISO 4217. To update the table, require a
// newer release and set the day.
const CurrenciesOf = "2026-11-14"

// units are codes of ISO 4217 that are not legal tender: units of account and of funds.
var units = []string{"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"}

// IsTender reports whether the currency with the code, in capitals, is legal tender today.
func IsTender(code string) bool {
	return code != "" && currency.IsValid(code) && !slices.Contains(units, code)
}

// Digits returns the number of decimals of a currency in ISO 4217, and reports whether the code is that of a currency.
// Former currencies count too: orgs keep theirs.
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
