package fault

import "unicode/utf8"

const (
	// MaxQuoted is how long a text may be that quotes what was asked with, in bytes.
	MaxQuoted = 300
	// maxText is how long a message may be, in bytes.
	maxText = 1000
)

// Localized returns what a client is told of the error: the message, and the extensions with the code. Both are short,
// also where they repeat what was asked with.
func (e *Error) Localized(lang Lang) (message string, extensions map[string]any) {
	extensions = make(map[string]any, len(e.Extra)+1)
	for key, value := range e.Extra {
		if text, ok := value.(string); ok {
			value = Shorten(text, MaxQuoted)
		}
		extensions[key] = value
	}
	extensions["code"] = string(e.Code)
	return e.ShortText(lang), extensions
}

// ShortText returns the message in a language, at most 1,000 bytes of it.
func (e *Error) ShortText(lang Lang) string { return Shorten(e.Text(lang), maxText) }

// Shorten cuts a text to at most n bytes and an ellipsis, between characters.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
