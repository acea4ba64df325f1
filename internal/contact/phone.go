package contact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// home is the country of a number without a country code.
const home = "CN"

// maxPhone is the maximum length of a phone number in characters: 15 digits, a prefix, and separators.
const maxPhone = 40

// ParsePhone returns the E.164 form (+8613800000001) of a mobile phone number. A number without a country code is
// Chinese. Countries are ISO 3166 codes in either case; the number must be valid in the numbering plan of one of them,
// and able to receive messages: a mobile, or a number of a plan that does not distinguish mobiles from landlines.
// Without countries, only China is allowed. Digits may be full-width. Spaces, hyphens, dots and brackets between them
// are dropped, and so are invisible characters of a copied number. Letters and extensions are refused. A Chinese number
// of a segment for devices is refused with that reason.
func ParsePhone(s string, countries []string) (string, error) {
	dialled, ok := dial(s)
	if !ok {
		return "", badPhone()
	}
	number, err := phonenumbers.Parse(dialled, home)
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", badPhone()
	}
	if number.GetCountryCode() == homeCode {
		switch segment := segmentOf(number.GetNationalNumber()); {
		case slices.Contains(deviceSegments, segment):
			return "", invalid("这是物联网设备的号段，收不到验证码，请填写手机号。",
				"That is a number of a device, which receives no codes; enter a mobile phone number.")
		case slices.Contains(handsetSegments, segment):
			return supported(number, home, countries)
		}
	}
	if !phonenumbers.IsValidNumber(number) {
		return "", badPhone()
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
	default:
		return "", badPhone()
	}
	return supported(number, phonenumbers.GetRegionCodeForNumber(number), countries)
}

// supported returns the number in its E.164 form if its country is configured.
func supported(number *phonenumbers.PhoneNumber, country string, countries []string) (string, error) {
	if len(countries) == 0 {
		countries = []string{home}
	}
	if !slices.ContainsFunc(countries, func(c string) bool { return strings.EqualFold(c, country) }) {
		return "", invalid("暂不支持该国家或地区的手机号，请换一个号码。",
			"Phone numbers of that country or region aren't supported; use another number.")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// dial returns the digits to dial, after a + if there is one. It returns false if s contains anything but digits and
// separators.
func dial(s string) (string, bool) {
	if len(s) > bound(maxPhone) || !utf8.ValidString(s) {
		return "", false
	}
	s = strings.TrimFunc(norm.NFKC.String(DropSilent(s)), unicode.IsSpace)
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case unicode.Is(wrapping, r), r == '\u202D': // left to right, the direction of digits anyway
		case strings.ContainsRune(" .()−", r), unicode.Is(unicode.Pd, r):
		default:
			return "", false
		}
	}
	return b.String(), b.Len() <= maxPhone
}

func badPhone() error {
	return invalid("请填写有效的手机号，例如 138 0000 0001。", "Enter a valid mobile phone number, such as +86 138 0000 0001.")
}

// KnownCountry reports whether the numbering plan of a country or region is known. The code is of ISO 3166, in
// capitals.
func KnownCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }
