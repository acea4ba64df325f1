package contact

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

const masked = "****"

// MaskPhone returns an E.164 number in the form that others may see: the country code and the first and last digits, as
// +86 138****0001. Shorter numbers show two digits at each end; invalid numbers are masked entirely.
func MaskPhone(e164 string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return masked
	}
	national := phonenumbers.GetNationalSignificantNumber(number)
	head, tail := 3, 4
	if len(national) < 10 {
		head, tail = 2, 2
	}
	if len(national) < 7 {
		return masked
	}
	country := strconv.Itoa(int(number.GetCountryCode()))
	return "+" + country + " " + national[:head] + masked + national[len(national)-tail:]
}

// MaskEmail returns an e-mail address in the form that others may see: the first character and the domain, as
// a***@example.com. A local part of one character is masked entirely, and so is an invalid address.
func MaskEmail(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" || domain == "" {
		return masked
	}
	_, size := utf8.DecodeRuneInString(local)
	if size == len(local) {
		size = 0
	}
	return local[:size] + "***@" + domain
}
