package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// SearchText returns a text that is looked for in the canonical form of names, so that it finds what was stored from
// the same keys. A text that has none is returned as it is, and finds nothing that a name may hold.
func SearchText(s string) string {
	if len(s) > bound(maxSearch) {
		return s
	}
	if canonical, _, ok := line(s); ok {
		return canonical
	}
	return s
}

// maxSearch is how many characters of a text that is looked for are brought to the canonical form.
const maxSearch = 2_000

// SearchPhone returns the digits that a stored phone number holds when the text looks like one or a part of one: 138
// 0000 0011, +86-138-0000-0011 and 008613800000011 find +8613800000011. Another text is returned as SearchText returns
// it.
func SearchPhone(s string) string {
	dialled, ok := dial(s)
	dialled = strings.TrimPrefix(strings.TrimPrefix(dialled, "+"), "00")
	if !ok || dialled == "" {
		return SearchText(s)
	}
	return dialled
}

// SearchEmail returns a text as a stored e-mail address holds it: in small letters, with the labels of a domain in
// their ASCII form, so that bücher finds li@xn--bcher-kva.example. Another text is returned as SearchText returns it.
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
