package orderfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"deputy/internal/download"
)

// lineRows reads the rows of JSON Lines.
type lineRows struct {
	*textRows
	// names are the names of the members, in the order of the cells.
	names []string
}

// The reasons for which a line is refused, for people.
const (
	badLine   = "这一行不是 JSON 对象 / this line is not a JSON object"
	badMember = "这一行的值应为文本、整数或 null / the values on this line must be text, whole numbers or null"
)

// openLines opens a file of JSON Lines whose objects have the member names of a download.
func openLines(file *os.File, options columnOptions) (*source, error) {
	t, err := newTextRows(file, utf8Text)
	if err != nil {
		return nil, err
	}
	first, err := t.physical()
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	t.back(first)
	members, err := membersOf(first)
	if err != nil {
		return nil, errJSON
	}
	of := options.layout
	for i, name := range of.lines {
		if _, has := members[name]; !has && slices.Contains(of.required, of.fields[i]) {
			return nil, fmt.Errorf("the first line of the file has no %s: JSON Lines have the names of a download of %s",
				name, of.noun)
		}
	}
	if len(options.mapped) > 0 {
		return nil, errors.New("--map names columns, which JSON Lines do not have")
	}
	head, err := newHeading(slices.Clone(of.lines), options)
	if err != nil {
		return nil, err
	}
	return &source{
		rows: lineRows{t, of.lines}, heading: head, kind: "JSON Lines in UTF-8", close: func() error { return nil },
	}, nil
}

// errJSON is the error of a JSON file that is not JSON Lines.
var errJSON = errors.New("the file is JSON, and has no object of one line for each row: export the rows as CSV, " +
	".xlsx or JSON Lines, and import that file")

// next implements rows.
func (l lineRows) next() (row, error) {
	text, err := l.physical()
	if err != nil {
		return row{}, err
	}
	r := row{line: l.line, cells: make([]string, len(l.names))}
	if strings.TrimSpace(text) == "" {
		return r, nil
	}
	members, err := membersOf(text)
	switch {
	case !utf8.ValidString(text):
		r.cells[0], r.wrong = strings.ToValidUTF8(text, string(utf8.RuneError)), badEncoding
		return r, nil
	case err != nil:
		r.cells[0], r.wrong = text, badLine
		return r, nil //nolint:nilerr // the row has the reason
	}
	for i, name := range l.names {
		switch value := members[name].(type) {
		case nil:
		case string:
			r.cells[i] = download.Guard(value) // cells are read like those of a spreadsheet
		case bool:
			r.cells[i] = strconv.FormatBool(value)
		case json.Number:
			r.cells[i] = value.String()
		default:
			r.cells[i], r.wrong = fmt.Sprint(value), badMember
		}
	}
	return r, nil
}

// membersOf returns the members of a text that is one JSON object. It returns an error for duplicate members.
func membersOf(text string) (map[string]any, error) {
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	if begin, err := in.Token(); err != nil || begin != json.Delim('{') {
		return nil, errJSON
	}
	members := map[string]any{}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		key, _ := name.(string) // of an object
		if _, twice := members[key]; twice {
			return nil, errJSON
		}
		var value any
		if err := in.Decode(&value); err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		members[key] = value
	}
	if _, err := in.Token(); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	return members, nil
}
