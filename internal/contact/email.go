package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// domains converts a domain to its ASCII form as browsers do (UTS 46, not transitional), and validates it by the rules
// for host names.
var domains = idna.New(
	idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true),
)

// The limits of RFC 5321, in bytes.
const (
	maxEmail = 254
	maxLocal = 64
)

// ParseEmail returns the canonical form of an e-mail address: local part and domain in lower case, the domain in ASCII
// (xn--…), at most 254 bytes of which at most 64 before the @. Full-width characters are converted to the plain ones
// and white space around the address is dropped. The local part is ASCII without quotes; dots and +tags in it stay,
// since only the receiving server knows whether they matter. Display names, comments, IP addresses and domains without
// a dot are refused.
func ParseEmail(s string) (string, error) {
	if len(s) > bound(maxEmail) || !utf8.ValidString(s) {
		return "", badEmail()
	}
	local, domain, ok := strings.Cut(strings.TrimFunc(norm.NFKC.String(s), unicode.IsSpace), "@")
	if !ok || !isLocalPart(local) || strings.ContainsFunc(domain, func(r rune) bool { return r == ' ' || !Visible(r) }) {
		return "", badEmail()
	}
	domain, err := domains.ToASCII(domain)
	if err != nil || !isMailDomain(domain) {
		return "", badEmail()
	}
	email := strings.ToLower(local) + "@" + domain
	if len(email) > maxEmail {
		return "", badEmail()
	}
	return email, nil
}

// isLocalPart reports whether s is a dot-string of RFC 5321.
func isLocalPart(s string) bool {
	if len(s) > maxLocal {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !isAtomText(r) }) {
			return false
		}
	}
	return true
}

func isAtomText(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// isMailDomain reports whether an ASCII domain has a dot and does not end as an IP address does.
func isMailDomain(s string) bool {
	i := strings.LastIndexByte(s, '.')
	return i > 0 && strings.ContainsFunc(s[i+1:], func(r rune) bool { return 'a' <= r && r <= 'z' })
}

func badEmail() error {
	return invalid("请填写有效的邮箱地址，例如 name@example.com。", "Enter a valid e-mail address, such as name@example.com.")
}
