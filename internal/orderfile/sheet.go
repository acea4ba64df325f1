package orderfile

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// maxDigits is the number of digits that a spreadsheet keeps of a number.
	maxDigits = 15
	// maxColumns is the maximum number of columns of a sheet in spreadsheet programs.
	maxColumns = 16_384
)

// sheetRows reads a sheet row by row.
type sheetRows struct {
	name  string
	part  io.Closer
	in    *xml.Decoder
	texts *texts
	line  int
	ended bool
	// rows is the number of rows in the sheet's dimension element; 0 if there is none.
	rows int
	// places are the indices in this sheet of the first sheet's columns; nil if they are the same.
	places []int
}

// openSheet opens a sheet, and reads it up to its heading, which it returns with its row number.
func openSheet(book *workbook, of sheetPart, options columnOptions) (*sheetRows, *heading, int, error) {
	part, _, err := partOf(book.archive, of.part)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("the sheet %q of the workbook can't be read", of.name)
	}
	w := &sheetRows{name: of.name, part: part, in: decoderOfXML(part), texts: book.texts}
	head, last, err := findHeading(&limited{rows: w, left: func() bool { return w.line < maxBefore }}, options)
	if err != nil {
		return nil, nil, 0, errors.Join(err, w.close())
	}
	return w, head, last, nil
}

func (w *sheetRows) close() error { return w.part.Close() }

// next implements rows.
func (w *sheetRows) next() (row, error) {
	r, err := w.read()
	switch {
	case errors.Is(err, io.EOF):
		return row{}, io.EOF
	case err != nil:
		return row{}, fmt.Errorf("row %d of the workbook can't be read: %w", w.line+1, err)
	}
	return r.placed(w.places), nil
}

// cell is the current cell of a sheet.
type cell struct {
	column int
	kind   string // of its value: s for a shared text, inlineStr for one of its own, n or "" for a number
	value  strings.Builder
	// inValue and spoken report whether the reader is in the value, and in its phonetic text.
	inValue, spoken bool
}

// read reads the next row, and returns io.EOF after the last.
func (w *sheetRows) read() (row, error) {
	var (
		r     row
		c     cell
		inRow bool
	)
	for !w.ended {
		token, err := w.in.RawToken()
		if errors.Is(err, io.EOF) {
			w.ended = true
			break
		}
		if err != nil {
			return row{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "dimension":
				w.rows = lastRow(attribute(t, "ref"))
			case "row":
				inRow = true
				w.line++
				if at, err := strconv.Atoi(attribute(t, "r")); err == nil && at > w.line {
					w.line = at
				}
				r, c = row{line: w.line}, cell{column: -1}
			case "c":
				c = c.next(t)
			case "v", "t":
				c.inValue = !c.spoken
			case "rPh":
				c.spoken = true
			}
		case xml.CharData:
			if c.inValue {
				c.value.Write(t)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v", "t":
				c.inValue = false
			case "rPh":
				c.spoken = false
			case "c":
				if err := w.take(&r, &c); err != nil {
					return row{}, err
				}
			case "row":
				if inRow {
					return r, nil
				}
			case "sheetData":
				w.ended = true
			}
		}
	}
	return row{}, io.EOF
}

// next returns the new cell of a start element, after another cell.
func (c cell) next(of xml.StartElement) cell {
	column := c.column + 1
	if at, _, err := excelize.CellNameToCoordinates(attribute(of, "r")); err == nil {
		column = at - 1
	}
	return cell{column: column, kind: attribute(of, "t")}
}

// take adds a cell to its row.
func (w *sheetRows) take(r *row, c *cell) (err error) {
	text := c.value.String()
	if text == "" || c.column >= maxColumns {
		return nil
	}
	switch c.kind {
	case "s":
		place, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("the place %q of a text: %w", text, err)
		}
		if text, err = w.texts.at(place); err != nil {
			return err
		}
	case "inlineStr", "str":
		text = unescaped(text)
	case "", "n":
		if isLong(text) {
			r.long = append(r.long, c.column)
		}
	}
	if c.column >= len(r.cells) {
		r.cells = append(slices.Grow(r.cells, c.column+1-len(r.cells)), make([]string, c.column+1-len(r.cells))...)
	}
	r.cells[c.column] = text
	return nil
}

// escape is the form in workbooks of characters that XML can't have.
var escape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescaped decodes the escapes of a text, such as _x000D_.
func unescaped(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escape.ReplaceAllStringFunc(text, func(code string) string {
		n, err := strconv.ParseUint(code[2:6], 16, 32)
		if err != nil || n >= 0xD800 && n <= 0xDFFF {
			return code
		}
		return string(rune(n)) //nolint:gosec // of four digits
	})
}

// lastRow returns the last row of a range of cells, such as A1:H20.
func lastRow(cells string) int {
	_, last, _ := strings.Cut(cells, ":")
	_, row, err := excelize.CellNameToCoordinates(last)
	if err != nil {
		return 0
	}
	return row
}

// isLong reports whether a number has more digits than a spreadsheet keeps.
func isLong(text string) bool {
	whole, _, _ := strings.Cut(strings.TrimLeft(strings.TrimSpace(text), "+-0"), ".")
	return len(whole) > maxDigits && strings.Trim(whole, "0123456789") == ""
}

func attribute(of xml.StartElement, name string) string {
	for _, a := range of.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
