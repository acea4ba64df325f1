package download

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Lines writes a file of JSON Lines: one object per line, in UTF-8.
type Lines struct {
	out  *bufio.Writer
	json *json.Encoder
}

// NewLines returns a writer of JSON Lines.
func NewLines(w io.Writer) *Lines {
	l := &Lines{out: bufio.NewWriter(w)}
	l.json = json.NewEncoder(l.out)
	l.json.SetEscapeHTML(false)
	return l
}

// Write writes an object.
func (l *Lines) Write(object any) error {
	if err := l.json.Encode(object); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// Close flushes the file. A file that is not closed is incomplete.
func (l *Lines) Close() error { return l.out.Flush() }
