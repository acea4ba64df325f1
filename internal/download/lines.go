package download

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Lines is a file of JSON Lines on its way: one object a line, in UTF-8.
type Lines struct {
	out  *bufio.Writer
	json *json.Encoder
}

// NewLines writes JSON Lines.
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

// Close writes what is left. A file that is not closed is not whole.
func (l *Lines) Close() error { return l.out.Flush() }
