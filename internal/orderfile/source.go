package orderfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// row is a row of a file, before its cells are interpreted.
type row struct {
	line  int    // the line of the file, or the row of the sheet, from 1
	sheet string // the sheet's name, if several are read
	cells []string
	wrong string // the reason why the row can't be read, for people, or ""
	// long are the indices of cells whose numbers have more digits than a spreadsheet keeps.
	long []int
}

// place returns the position of a row, for people.
func (r row) place() string {
	if r.sheet == "" {
		return fmt.Sprintf("line %d", r.line)
	}
	return fmt.Sprintf("sheet %q line %d", r.sheet, r.line)
}

// rows are the rows of a file.
type rows interface {
	// next returns the next row, or io.EOF.
	next() (row, error)
}

// source is an open file, with its heading and the rows below it.
type source struct {
	rows
	heading *heading
	// kind describes the format of the file, for people.
	kind string
	// workbook reports whether the file is a workbook, whose numbers are typed.
	workbook bool
	date1904 bool
	// done returns the fraction of a workbook that was read, from 0 to 1.
	done  func() float64
	close func() error
}

// maxBefore is the number of lines that are searched for the heading.
const maxBefore = 60

// openSource opens a file, and finds its heading: the first line with all required columns.
func openSource(file *os.File, options columnOptions, encodingName, password string) (*source, error) {
	if err := rewind(file); err != nil {
		return nil, err
	}
	begin := make([]byte, 512)
	n, err := io.ReadFull(file, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if err := rewind(file); err != nil {
		return nil, err
	}
	begin = begin[:n]
	switch {
	case len(bytes.TrimSpace(begin)) == 0:
		return nil, errors.New("the file is empty: its first line names the columns")
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")):
		return openSheets(file, options, "")
	case isEncrypted(begin, file):
		if password == "" {
			return nil, ErrPassword
		}
		return openSheets(file, options, password)
	case bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(begin, mark), " \t\r\n"), []byte("{")):
		return openLines(file, options)
	}
	if err := otherKind(begin); err != nil {
		return nil, err
	}
	return openText(file, options, encodingName)
}

// otherKind returns an error that names an unsupported kind of file, by its first bytes.
func otherKind(begin []byte) error {
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(begin, mark), " \t\r\n"))
	starts := func(with ...string) bool {
		return slices.ContainsFunc(with, func(s string) bool { return bytes.HasPrefix(text, []byte(s)) })
	}
	switch {
	case bytes.HasPrefix(begin, []byte("\xD0\xCF\x11\xE0")):
		return errors.New("the file is an old workbook (.xls), or one with a password: save it as .xlsx without one, and " +
			"import that file")
	case starts("%pdf"):
		return errors.New("the file is a PDF: export the rows as CSV or .xlsx, and import that file")
	case starts("<!doctype", "<html", "<table", "<?xml", "<head", "<meta"):
		return errors.New("the file is a web page or XML: open it in a spreadsheet, save it as .xlsx, and import that file")
	case starts("\x1f\x8b", "rar!", "7z\xbc\xaf", "bzh"):
		return errors.New("the file is compressed: unpack it, and import the file inside")
	case starts("["):
		return errJSON
	case starts("\x89png", "\xff\xd8\xff", "gif8"):
		return errors.New("the file is a picture: export the rows as CSV or .xlsx, and import that file")
	}
	return nil
}

func openText(file *os.File, options columnOptions, encodingName string) (*source, error) {
	var (
		c   charset
		err error
	)
	if encodingName != "" {
		c, err = encodingNamed(encodingName)
	} else {
		c, err = encodingOf(file)
	}
	if err != nil {
		return nil, err
	}
	t, err := newTextRows(file, c)
	if err != nil {
		return nil, err
	}
	var lines []string
	for len(lines) < maxBefore {
		line, err := t.physical()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	t.back(lines...)
	if strings.Contains(strings.Join(lines, ""), "\x00") {
		return nil, errors.New("the file is no text: export the rows as CSV or .xlsx, and import that file")
	}
	if named, ok := separatorOf(lines); ok {
		if _, err := t.physical(); err != nil {
			return nil, err
		}
		return textSource(t, c, named, lines[1:], options)
	}
	var best error
	for _, separator := range separators {
		// Each separator is tried on the first lines, until one finds all required columns.
		s, err := textSource(t, c, separator, lines, options)
		if err == nil {
			return s, nil
		}
		if best == nil || countHeadings(err) > countHeadings(best) {
			best = err
		}
	}
	return nil, best
}

// separatorOf returns the separator in a first line as spreadsheets write it: sep=;
func separatorOf(lines []string) (rune, bool) {
	if len(lines) == 0 {
		return 0, false
	}
	name, ok := strings.CutPrefix(strings.ToLower(strings.Trim(lines[0], `" `)), "sep=")
	if !ok {
		return 0, false
	}
	named := []rune(name)
	if len(named) != 1 {
		return 0, false
	}
	return named[0], true
}

// textSource finds the heading in lines, which are the next lines of t, and reads t up to it.
func textSource(t *textRows, c charset, separator rune, lines []string, options columnOptions) (*source, error) {
	trial := &textRows{in: nil, separator: separator, line: t.line, ahead: slices.Clone(lines)}
	head, last, err := findHeading(&limited{rows: trial, left: func() bool { return len(trial.ahead) > 0 }}, options)
	if err != nil {
		return nil, err
	}
	t.separator = separator
	for t.line < trial.line {
		if _, err := t.physical(); err != nil {
			return nil, err
		}
	}
	t.columns = len(head.cells)
	kind := fmt.Sprintf("text in %s, cells separated by %q, headings in line %d", c.name, string(separator), last)
	return &source{rows: t, heading: head, kind: kind, close: func() error { return nil }}, nil
}

// limited ends rows when left returns false.
type limited struct {
	rows
	left func() bool
}

func (l *limited) next() (row, error) {
	if !l.left() {
		return row{}, io.EOF
	}
	return l.rows.next()
}

func openSheets(file *os.File, options columnOptions, password string) (*source, error) {
	book, err := openWorkbook(file, password)
	if err != nil {
		return nil, err
	}
	var best error
	for i, one := range book.sheets {
		sheet, head, last, err := openSheet(book, one, options)
		if err == nil {
			in := &sheets{book: book, options: options, sheetRows: sheet, heading: head, left: book.sheets[i+1:]}
			return sheetsSource(book, in, last), nil
		}
		if best == nil || countHeadings(err) > countHeadings(best) {
			best = err
		}
	}
	if best == nil {
		best = errors.New("the workbook has no sheet")
	}
	return nil, errors.Join(best, book.close())
}

func sheetsSource(book *workbook, in *sheets, last int) *source {
	kind := fmt.Sprintf("workbook, sheet %q, headings in row %d", in.name, last)
	more, others := in.likewise()
	if len(more) > 0 {
		in.several = true
		names := make([]string, len(more))
		for i, one := range more {
			names[i] = one.name
		}
		kind += fmt.Sprintf(", and the same in sheet %q", names)
	}
	if len(others) > 0 {
		kind += fmt.Sprintf("; left out for their other headings: %q", others)
	}
	in.left = more
	return &source{
		rows: in, heading: in.heading, workbook: true, date1904: book.date1904, kind: kind, done: in.done,
		close: func() error { return errors.Join(in.close(), book.close()) },
	}
}

// findHeading reads rows up to the heading, and returns it with its line.
func findHeading(in rows, options columnOptions) (*heading, int, error) {
	var best error
	bestLine := 0
	for {
		r, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		if blank(r.cells) {
			continue
		}
		head, err := newHeading(r.cells, options)
		if err == nil {
			return head, r.line, nil
		}
		if best == nil || countHeadings(err) > countHeadings(best) {
			best, bestLine = err, r.line
		}
	}
	if best == nil {
		return nil, 0, errors.New("the file is empty: its first line names the columns")
	}
	if bestLine > 1 && countHeadings(best) > 0 {
		best = fmt.Errorf("line %d looks like the heading: %w", bestLine, best)
	}
	return nil, 0, best
}
