// Package jsonappend appends values as JSON to a buffer, for the responses of compiled plans. It does not depend on the
// types of the schema.
package jsonappend

import (
	"strconv"
)

const hex = "0123456789ABCDEF"

// AppendString appends the text as a JSON string, with the same bytes as gqlgen.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '\\' && c != '"' {
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		case '\\', '"':
			b = append(b, '\\', c)
		default:
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&0xf])
		}
		start = i + 1
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// AppendInt appends a number.
func AppendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// Key returns the name as a JSON key, with its quotes and colon.
func Key(name string) string {
	return string(append(AppendString(make([]byte, 0, len(name)+3), name), ':'))
}

// Writer is a buffer that implements io.Writer, for marshalers that need one.
type Writer struct{ Buf []byte }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.Buf = append(w.Buf, p...)
	return len(p), nil
}

// WriteString implements io.StringWriter.
func (w *Writer) WriteString(s string) (int, error) {
	w.Buf = append(w.Buf, s...)
	return len(s), nil
}
