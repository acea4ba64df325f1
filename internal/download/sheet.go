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
	// Heading of the column, and Width in characters that a spreadsheet shows it in.
	Heading string
	Width   int
}

// Sheet is a file of rows on its way. A cell is a string, an int64, an Amount or a Moment. Rows are written as they
// come, and nothing of them is kept.
type Sheet interface {
	Row(cells []any) error
	// Close writes what is left. A file that is not closed is not whole.
	Close() error
}

// NewCSV writes comma-separated values in UTF-8, with the mark at the start by which spreadsheets know it, and lines as
// RFC 4180 ends them. The first line has the headings, where there are columns.
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

// maxNumber is how many characters of a number a spreadsheet shows, and saves as CSV, where nobody formats it.
const maxNumber = 11

// guardNumber keeps a number that a spreadsheet would shorten as a text; Unguard takes that off.
func guardNumber(text string) string {
	if len(text) > maxNumber {
		return text + "\t"
	}
	return text
}

// Guard returns a text as a cell of CSV that a spreadsheet neither runs nor rewrites. What begins like a formula is put
// behind an apostrophe (OWASP, CSV injection), and so is what begins with one; what a spreadsheet would take for a
// number or a date, and shorten, gets a tab behind it. Unguard takes both off.
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

// Unguard returns the text of a cell that Guard guarded. A number behind an apostrophe, as spreadsheets keep it from
// being rewritten, is a number.
func Unguard(cell string) string {
	cell = strings.TrimSuffix(cell, "\t")
	rest, ok := strings.CutPrefix(cell, "'")
	if ok && rest != "" && (strings.ContainsRune(formulas, rune(rest[0])) || number.MatchString(rest)) {
		return rest
	}
	return cell
}

// formulas are what a formula begins with, and the apostrophe that is put before it.
const formulas = "=+-@\t\r'"

var (
	number = regexp.MustCompile(`^[0-9][0-9.,]*$`)
	// rewritten is what a spreadsheet takes for something else than a text, and writes in another way: numbers, but for
	// short whole ones, dates and times, and what is true or false.
	rewritten = regexp.MustCompile(
		`(?i)^(?:0[0-9]+|[0-9]{12,}|[0-9.][0-9.,]*[.,e%/:+-].*|[0-9]+ ?[年月日时a-z].*|true|false|` +
			`(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ./-]?[0-9].*)$`)
)
