package fault

import "unicode/utf8"

const (
	// MaxQuoted is the maximum length of a text that quotes the request, in bytes.
	MaxQuoted = 300
	// maxText is the maximum length of a message, in bytes.
	maxText = 1000
)

// Localized returns the message for the client and the extensions with the code. Both are short, even where they quote
// the request.
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

// Shorten truncates a text to at most n bytes and an ellipsis, between characters.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
