package download

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is the name of a file.
type Name struct {
	// Org is the name of the org.
	Org string
	// Plain describes the rows in ASCII, and Shown in the reader's language.
	Plain, Shown string
	// Day in the org's time zone, and Ending of the name.
	Day, Ending string
}

// Disposition returns the Content-Disposition with the file name (RFC 6266): in UTF-8 for clients that support it, and
// in ASCII for others.
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

// clean returns a valid file name: separators, characters that file systems reject or that break a header become
// spaces, and spaces and dots at the ends are removed.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|%;`, r) {
			return ' '
		}
		return r
	}, name)
	return strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
}

// encoded returns a text as in RFC 8187: bytes that are not attr-char are percent-encoded.
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
