package contact

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

const masked = "****"

// MaskPhone returns an E.164 number as others may see it: the country code and the ends, as +86 138****0001. Shorter
// numbers show two digits at each end; what is no number shows nothing.
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

// MaskEmail returns an e-mail address as others may see it: the first character and the domain, as a***@example.com. Of
// a local part of one character nothing shows, and nothing of what is no address.
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
