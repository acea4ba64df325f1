package download

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Column is a column of a sheet.
type Column struct {
	// Heading of the column, and Width in a spreadsheet, in characters.
	Heading string
	Width   int
}

// Sheet writes a file of rows. A cell is a string, an int64, an Amount or a Moment. Rows are written at once, and not
// kept in memory.
type Sheet interface {
	Row(cells []any) error
	// Close flushes the file. A file that is not closed is incomplete.
	Close() error
}

// NewCSV writes comma-separated values in UTF-8, with a byte order mark, which spreadsheets need, and the line endings
// of RFC 4180. The first line has the headings, if there are columns.
func NewCSV(w io.Writer, columns []Column) (Sheet, error) {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return nil, fmt.Errorf("begin CSV: %w", err)
	}
	s := &csvSheet{out: csv.NewWriter(w)}
	s.out.UseCRLF = true
	if len(columns) == 0 {
		return s, nil
	}
	return s, s.Row(headings(columns))
}

func headings(columns []Column) []any {
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = c.Heading
	}
	return cells
}

type csvSheet struct {
	out  *csv.Writer
	line []string
}

// Row implements Sheet.
func (s *csvSheet) Row(cells []any) error {
	s.line = s.line[:0]
	for _, cell := range cells {
		var text string
		switch c := cell.(type) {
		case string:
			text = Guard(c)
		case Moment:
			text = Guard(c.String())
		default:
			text = guardNumber(fmt.Sprint(cell))
		}
		s.line = append(s.line, text)
	}
	return s.out.Write(s.line)
}

// Close implements Sheet.
func (s *csvSheet) Close() error {
	s.out.Flush()
	return s.out.Error()
}

// maxNumber is the maximum number of characters of a number that spreadsheets show, and save as CSV, without a number
// format.
const maxNumber = 11

// guardNumber marks a number that a spreadsheet would shorten as a text; Unguard removes the mark.
func guardNumber(text string) string {
	if len(text) > maxNumber {
		return text + "\t"
	}
	return text
}

// Guard returns a text as a cell of CSV that a spreadsheet neither evaluates nor converts. A text that begins like a
// formula gets an apostrophe in front (OWASP, CSV injection), and so does one that begins with an apostrophe; a text
// that a spreadsheet would convert to a number or a date, and shorten, gets a tab at the end. Unguard removes both.
func Guard(text string) string {
	switch {
	case text == "":
		return text
	case strings.ContainsRune(formulas, rune(text[0])):
		return "'" + text
	case rewritten.MatchString(text):
		return text + "\t"
	}
	return text
}

// Unguard returns the text of a cell that Guard returned. It also removes the apostrophe in front of a number that a
// spreadsheet has added to keep it a text.
func Unguard(cell string) string {
	cell = strings.TrimSuffix(cell, "\t")
	rest, ok := strings.CutPrefix(cell, "'")
	if ok && rest != "" && (strings.ContainsRune(formulas, rune(rest[0])) || number.MatchString(rest)) {
		return rest
	}
	return cell
}

// formulas are the first characters of formulas, and the apostrophe that is put in front of them.
const formulas = "=+-@\t\r'"

var (
	number = regexp.MustCompile(`^[0-9][0-9.,]*$`)
	// rewritten matches texts that spreadsheets convert and write differently: numbers, except short integers, dates and
	// times, and booleans.
	rewritten = regexp.MustCompile(
		`(?i)^(?:0[0-9]+|[0-9]{12,}|[0-9.][0-9.,]*[.,e%/:+-].*|[0-9]+ ?[年月日时a-z].*|true|false|` +
			`(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ./-]?[0-9].*)$`)
)
