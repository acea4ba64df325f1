package orderfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/xuri/excelize/v2"
)

const (
	// maxWorkbook is how large the parts of a workbook may be when they are unzipped, in bytes.
	maxWorkbook = 4 << 30
	// maxInMemory is how much of a part is kept in memory; what is larger goes to a temporary file.
	maxInMemory = 16 << 20
	// maxEncrypted is how large a workbook with a password may be, in bytes: it is decrypted in memory.
	maxEncrypted = 64 << 20
)

// ErrPassword says that a workbook has a password, and none was given.
var ErrPassword = errors.New("the workbook has a password: give it with --password (快手：文件名的最后六位)")

// workbook is a workbook of Office Open XML, and the archive that it is in.
type workbook struct {
	*excelize.File
	archive *zip.Reader
}

// openWorkbook reads a workbook; password is that of one that is encrypted.
func openWorkbook(file *os.File, password string) (*workbook, error) {
	var (
		in   io.ReaderAt = file
		size int64
	)
	if password != "" {
		raw, err := io.ReadAll(io.LimitReader(file, maxEncrypted+1))
		if err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
		if len(raw) > maxEncrypted {
			return nil, errors.New("the workbook is too large to be decrypted: save it without its password, and import that")
		}
		plain, err := excelize.Decrypt(raw, &excelize.Options{Password: password})
		if err != nil || !bytes.HasPrefix(plain, []byte("PK\x03\x04")) {
			return nil, errors.New("the password of the workbook is wrong, or it is encrypted in a way that is not known")
		}
		in, size = bytes.NewReader(plain), int64(len(plain))
	} else {
		info, err := file.Stat()
		if err != nil {
			return nil, fmt.Errorf("read workbook: %w", err)
		}
		size = info.Size()
	}
	broken := errors.New("the file is an archive or a damaged workbook: save it as .xlsx or as CSV, and import that file")
	archive, err := zip.NewReader(in, size)
	if err != nil {
		return nil, broken
	}
	book, err := excelize.OpenReader(io.NewSectionReader(in, 0, size), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return nil, broken
	}
	return &workbook{book, archive}, nil
}

// isEncrypted reports whether a file is a workbook with a password: a compound file that holds one.
func isEncrypted(begin []byte, file *os.File) bool {
	if !bytes.HasPrefix(begin, []byte("\xD0\xCF\x11\xE0")) {
		return false
	}
	all, err := io.ReadAll(io.NewSectionReader(file, 0, maxEncrypted))
	return err == nil && bytes.Contains(all, wideText("EncryptedPackage"))
}

// wideText returns letters of ASCII in UTF-16LE.
func wideText(text string) []byte {
	var b []byte
	for _, letter := range []byte(text) {
		b = append(b, letter, 0)
	}
	return b
}

// sheetRows reads the rows of a sheet.
type sheetRows struct {
	sheet   *excelize.Rows
	name    string
	line    int
	numbers *numbers
	// places are those of the columns of the first sheet in this one; nil where they are the same.
	places []int
}

// openSheet opens a sheet, and reads it up to its heading.
func openSheet(book *workbook, name string, options columnOptions) (*sheetRows, *heading, int, error) {
	unreadable := fmt.Errorf("the sheet %q of the workbook can't be read", name)
	sheet, err := book.Rows(name)
	if err != nil {
		return nil, nil, 0, unreadable
	}
	numbers, err := openNumbers(book.archive, name)
	if err != nil {
		return nil, nil, 0, errors.Join(unreadable, sheet.Close())
	}
	w := &sheetRows{sheet: sheet, name: name, numbers: numbers}
	head, last, err := findHeading(&limited{rows: w, left: func() bool { return w.line < maxBefore }}, options)
	if err != nil {
		return nil, nil, 0, errors.Join(err, w.close())
	}
	return w, head, last, nil
}

func (w *sheetRows) close() error { return errors.Join(w.sheet.Close(), w.numbers.close()) }

// next implements rows.
func (w *sheetRows) next() (row, error) {
	if !w.sheet.Next() {
		if err := w.sheet.Error(); err != nil {
			return row{}, fmt.Errorf("row %d of the workbook can't be read: %w", w.line+1, err)
		}
		return row{}, io.EOF
	}
	w.line++
	cells, err := w.sheet.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return row{}, fmt.Errorf("row %d of the workbook can't be read: %w", w.line, err)
	}
	long, err := w.numbers.long(w.line)
	if err != nil {
		return row{}, fmt.Errorf("row %d of the workbook can't be read: %w", w.line, err)
	}
	return row{line: w.line, cells: cells, long: long}.placed(w.places), nil
}

// placed returns a row with its cells in the order of another sheet, and those beyond the heading behind them.
func (r row) placed(places []int) row {
	if places == nil {
		return r
	}
	cells, long := make([]string, len(places)), []int(nil)
	for to, from := range places {
		if from < len(r.cells) {
			cells[to] = r.cells[from]
		}
		if slices.Contains(r.long, from) {
			long = append(long, to)
		}
	}
	if len(r.cells) > len(places) {
		cells = append(cells, r.cells[len(places):]...)
	}
	r.cells, r.long = cells, long
	return r
}

// placesOf returns where the columns of a heading stand in another one, and reports whether that has all of them, and
// no others.
func placesOf(heading, in []string) (places []int, same bool) {
	if len(heading) != len(in) {
		return nil, false
	}
	used := make([]bool, len(in))
	for _, name := range heading {
		at := -1
		for i, other := range in {
			if !used[i] && canonical(other) == canonical(name) {
				at = i
				break
			}
		}
		if at < 0 {
			return nil, false
		}
		used[at] = true
		places = append(places, at)
	}
	return places, true
}

// sheets reads the rows of all sheets that have the columns of the first, in whichever order.
type sheets struct {
	*sheetRows
	book    *workbook
	options columnOptions
	heading *heading
	// left are the names of the sheets behind the one that is read.
	left    []string
	several bool
}

// next implements rows.
func (s *sheets) next() (row, error) {
	for {
		r, err := s.sheetRows.next()
		if err == nil && s.several {
			r.sheet = s.name
		}
		if !errors.Is(err, io.EOF) || len(s.left) == 0 {
			return r, err
		}
		if err := s.close(); err != nil {
			return row{}, fmt.Errorf("read workbook: %w", err)
		}
		var head *heading
		if s.sheetRows, head, _, err = openSheet(s.book, s.left[0], s.options); err != nil {
			return row{}, err
		}
		s.places, _ = placesOf(s.heading.cells, head.cells)
		s.left = s.left[1:]
	}
}

// likewise returns the sheets behind the first that have its columns, and those that have others.
func (s *sheets) likewise() (more, others []string) {
	for _, name := range s.left {
		sheet, head, _, err := openSheet(s.book, name, s.options)
		if err == nil {
			if _, same := placesOf(s.heading.cells, head.cells); same {
				more = append(more, name)
			} else {
				others = append(others, name)
			}
		} else if countHeadings(err) > 1 {
			others = append(others, name)
		}
		if sheet != nil {
			_ = sheet.close() // it was looked at alone
		}
	}
	return more, others
}

// done returns how much of the sheet was read, from 0 to 1; 0 where it does not say how many rows it has.
func (s *sheets) done() float64 {
	if s.numbers.rows == 0 {
		return 0
	}
	return float64(s.line) / float64(s.numbers.rows)
}
