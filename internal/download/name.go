package download

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is what a file is called.
type Name struct {
	// Org that the rows are of, as people call it.
	Org string
	// Plain is what the rows are, in ASCII, and Shown the same in the reader's language.
	Plain, Shown string
	// Day of the org's zone, and Ending of the name.
	Day, Ending string
}

// Disposition returns the Content-Disposition that gives the file its name (RFC 6266): in UTF-8 for whoever reads that,
// and in ASCII for others.
func (n Name) Disposition() string {
	org := clean(n.Org)
	plain := n.Plain
	if org != "" && strings.IndexFunc(org, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		plain = org + "-" + plain
	}
	shown := n.Shown
	if org != "" {
		shown = org + "-" + shown
	}
	behind := "-" + n.Day + "." + n.Ending
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain+behind, encoded(shown+behind))
}

// clean returns a name as file systems take it: what separates folders, what they refuse and what breaks a header
// becomes a space, and neither a space nor a point stands at an end.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|%;`, r) {
			return ' '
		}
		return r
	}, name)
	return strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
}

// encoded returns a text as RFC 8187 has it: what is no attr-char is written as the percent signs of its bytes.
func encoded(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) ||
			strings.IndexByte("!#$&+-.^_`|~", c) >= 0) {
			b.WriteByte(c)
		} else {
			_, _ = fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
