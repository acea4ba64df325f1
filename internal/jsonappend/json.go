// Package jsonappend writes what compiled plans of queries answer, and knows nothing of their types: values as JSON at
// the end of a buffer.
package jsonappend

import (
	"strconv"
)

const hex = "0123456789ABCDEF"

// AppendString appends the text as JSON, byte for byte as gqlgen writes it.
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

// Key returns the name as it stands before a value of an object.
func Key(name string) string {
	return string(append(AppendString(make([]byte, 0, len(name)+3), name), ':'))
}

// Writer is a buffer that what can only write is let write into.
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
