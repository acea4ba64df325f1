package download

import (
	"archive/zip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"
)

// MaxXLSX is how many rows an XLSX file takes beside its heading.
const MaxXLSX = excelize.TotalRows - 1

// Sheet is a file of rows on its way. A cell is a string or an int64.
type Sheet interface {
	Row(cells []any) error
	// Close writes what is left. A file that is not closed is not whole.
	Close() error
	// Discard lets go of what a sheet holds that was not closed. It does nothing to one that was.
	Discard()
}

// NewCSV writes comma-separated values in UTF-8, with the mark at the start by which spreadsheets know it, and lines as RFC 4180
// ends them.
func NewCSV(w io.Writer) (Sheet, error) {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return nil, fmt.Errorf("begin CSV: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return &csvSheet{out: out}, nil
}

type csvSheet struct {
	out  *csv.Writer
	line []string
}

// Row implements Sheet.
func (s *csvSheet) Row(cells []any) error {
	s.line = s.line[:0]
	for _, cell := range cells {
		text, isText := cell.(string)
		if isText {
			text = Guard(text)
		} else {
			text = fmt.Sprint(cell)
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

// Discard implements Sheet.
func (*csvSheet) Discard() {}

// Guard returns a text as a cell of CSV that a spreadsheet neither runs nor rewrites. What begins like a formula is put behind an apostrophe
// (OWASP, CSV injection), and so is what begins with one; what a spreadsheet would take for a number or a date, and shorten, gets a tab
// behind it. Unguard takes both off.
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

// Unguard returns the text of a cell that Guard guarded. A number behind an apostrophe, as spreadsheets keep it from being rewritten, is a
// number.
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
	// rewritten is what a spreadsheet takes for something else than a text, and writes in another way: numbers, but for short whole ones,
	// dates and times, and what is true or false.
	rewritten = regexp.MustCompile(`(?i)^(?:0[0-9]+|[0-9]{12,}|[0-9.][0-9.,]*[.,e%/:+-].*|[0-9]+ ?[年月日时a-z].*|true|false|` +
		`(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ./-]?[0-9].*)$`)
)

// NewXLSX writes a workbook of Office Open XML. Its rows go to a temporary file, and to w with Close.
func NewXLSX(w io.Writer) (Sheet, error) {
	file := excelize.NewFile()
	// It would else be put together in memory first.
	file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	stream, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin XLSX: %w", err), file.Close())
	}
	return &xlsxSheet{file: file, stream: stream}, nil
}

type xlsxSheet struct {
	file   *excelize.File
	stream *excelize.StreamWriter
	rows   int
}

// Row implements Sheet. Texts are texts in a workbook, never formulas.
func (s *xlsxSheet) Row(cells []any) error {
	s.rows++
	return s.stream.SetRow(fmt.Sprintf("A%d", s.rows), cells)
}

// Close implements Sheet.
func (s *xlsxSheet) Close() error {
	err := s.stream.Flush()
	if err == nil {
		_, err = s.file.WriteTo(io.Discard) // the writer of NewXLSX gets it; see SetZipWriter
	}
	return errors.Join(err, s.file.Close())
}

// Discard implements Sheet.
func (s *xlsxSheet) Discard() { _ = s.file.Close() } // what a second one finds gone is gone
