package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// SearchText returns the canonical form of a search text, so that it matches names that were typed the same way. A text
// without a canonical form is returned unchanged, and matches no name.
func SearchText(s string) string {
	if len(s) > bound(maxSearch) {
		return s
	}
	if canonical, _, ok := line(s); ok {
		return canonical
	}
	return s
}

// maxSearch is the maximum length, in characters, of a search text that is normalised.
const maxSearch = 2_000

// SearchPhone returns the digits of a search text that looks like a phone number or a part of one: 138 0000 0011,
// +86-138-0000-0011 and 008613800000011 find +8613800000011. For any other text it returns the result of SearchText.
func SearchPhone(s string) string {
	dialled, ok := dial(s)
	dialled = strings.TrimPrefix(strings.TrimPrefix(dialled, "+"), "00")
	if !ok || dialled == "" {
		return SearchText(s)
	}
	return dialled
}

// SearchEmail returns a search text in the form of stored e-mail addresses: the labels of a domain in ASCII, so that
// bücher finds li@xn--bcher-kva.example. For an ASCII text, or one whose domain is invalid, it returns the text
// normalised by NFKC and SearchText.
func SearchEmail(s string) string {
	text := SearchText(norm.NFKC.String(SearchText(s)))
	if strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || unicode.IsSpace(r) }) < 0 {
		return text
	}
	local, domain, ok := strings.Cut(text, "@")
	if !ok {
		local, domain = "", text
	}
	ascii, err := domains.ToASCII(domain)
	if err != nil {
		return text
	}
	if ok {
		return local + "@" + ascii
	}
	return ascii
}
