package download

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// MaxXLSX is the maximum number of rows of an XLSX file, without its heading.
	MaxXLSX = 1<<20 - 1
	// maxCell is the maximum number of characters of a cell.
	maxCell = 32_767
)

// The parts of a workbook with one sheet, except the sheet itself.
const (
	xlsxHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	xlsxMain  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	xlsxOf    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	xlsxKind  = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	xlsxTypes = xlsxHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + xlsxKind + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + xlsxKind + `styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + xlsxKind + `worksheet+xml"/></Types>`
	xlsxLinks = xlsxHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	xlsxLink  = `<Relationship Id="rId%d" Type="` + xlsxOf + `/%s" Target="%s"/>`
	xlsxEnd   = `</Relationships>`
	xlsxBook  = xlsxHead + `<workbook xmlns="` + xlsxMain + `" xmlns:r="` + xlsxOf +
		`"><bookViews><workbookView/></bookViews>` +
		`<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>%s</workbook>`
	// xlsxFiltered defines the range of the filter, as spreadsheets expect it.
	xlsxFiltered = `<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">Sheet1!$A$1:$%c$%d</definedName></definedNames>`
	xlsxOpen     = xlsxHead + `<worksheet xmlns="` + xlsxMain + `">`
	// xlsxFrozen keeps the heading in view.
	xlsxFrozen = `<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>` +
		`<selection pane="bottomLeft"/></sheetView></sheetViews>`
	// xlsxTexts suppresses the warning that a number is stored as text.
	xlsxTexts = `<ignoredErrors><ignoredError sqref="%s" numberStoredAsText="1"/></ignoredErrors>`
)

// style is the format of a cell: its index in styles.xml.
type style byte

const (
	asItIs style = iota
	asText
	asHeading
	asMoment
	// asAmount, and the values after it, are amounts with so many decimals.
	asAmount
)

// maxDecimals is the maximum number of decimals of a currency.
const maxDecimals = 4

// xlsxStyles are the formats of cells.
var xlsxStyles = func() string {
	formats := []string{"yyyy\\-mm\\-dd\\ hh:mm:ss"}
	for n := range maxDecimals + 1 {
		formats = append(formats, strings.TrimSuffix("#,##0."+strings.Repeat("0", n), "."))
	}
	const custom, text = 164, 49 // the first id of custom formats, and the id of texts
	var numbers, cells strings.Builder
	cell := func(number, font int) {
		_, _ = fmt.Fprintf(&cells,
			`<xf numFmtId="%d" fontId="%d" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>`, number, font)
	}
	for _, plain := range [][2]int{{0, 0}, {text, 0}, {text, 1}} {
		cell(plain[0], plain[1])
	}
	for i, format := range formats {
		_, _ = fmt.Fprintf(&numbers, `<numFmt numFmtId="%d" formatCode="%s"/>`, custom+i, format)
		cell(custom+i, 0)
	}
	font := `<font>%s<sz val="11"/><name val="Calibri"/><family val="2"/></font>`
	return xlsxHead + `<styleSheet xmlns="` + xlsxMain + `">` +
		fmt.Sprintf(`<numFmts count="%d">%s</numFmts>`, len(formats), &numbers) +
		`<fonts count="2">` + fmt.Sprintf(font, "") + fmt.Sprintf(font, "<b/>") + `</fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		fmt.Sprintf(`<cellXfs count="%d">%s</cellXfs>`, int(asMoment)+len(formats), &cells) +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
}()

// NewXLSX writes a workbook of Office Open XML, in which texts are never formulas. If there are columns, the first row
// has their headings, stays in view, and has filters.
func NewXLSX(w io.Writer, columns []Column) (Sheet, error) {
	s := &xlsxSheet{file: zip.NewWriter(w), columns: columns}
	s.file.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser,
		error,
	) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xlsxTypes},
		{"_rels/.rels", xlsxLinks + fmt.Sprintf(xlsxLink, 1, "officeDocument", "xl/workbook.xml") + xlsxEnd},
		{"xl/_rels/workbook.xml.rels", xlsxLinks + fmt.Sprintf(xlsxLink, 1, "worksheet", "worksheets/sheet1.xml") +
			fmt.Sprintf(xlsxLink, 2, "styles", "styles.xml") + xlsxEnd},
		{"xl/styles.xml", xlsxStyles},
		{"xl/worksheets/sheet1.xml", s.head()}, // the rows follow
	} {
		if err := s.part(part.name, part.text); err != nil {
			return nil, fmt.Errorf("begin XLSX: %w", err)
		}
	}
	if len(columns) == 0 {
		return s, nil
	}
	return s, s.row(headings(columns), asHeading)
}

type xlsxSheet struct {
	file    *zip.Writer
	columns []Column
	rows    *bufio.Writer
	n       int
	buf     []byte
}

// part begins a part of the archive.
func (s *xlsxSheet) part(name, text string) error {
	out, err := s.file.Create(name)
	if err != nil {
		return err
	}
	s.rows = bufio.NewWriter(out)
	_, _ = s.rows.WriteString(text) // Flush returns the error
	return s.rows.Flush()
}

// head returns the XML before the rows.
func (s *xlsxSheet) head() string {
	var b strings.Builder
	b.WriteString(xlsxOpen)
	if len(s.columns) > 0 {
		b.WriteString(xlsxFrozen + `<cols>`)
		for i, c := range s.columns {
			_, _ = fmt.Fprintf(&b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, c.Width)
		}
		b.WriteString(`</cols>`)
	}
	b.WriteString(`<sheetData>`)
	return b.String()
}

// errRows is returned when a workbook is full.
var errRows = errors.New("more rows than a workbook takes")

// Row implements Sheet.
func (s *xlsxSheet) Row(cells []any) error { return s.row(cells, asText) }

// row writes a row, with the given style for texts.
func (s *xlsxSheet) row(cells []any, texts style) error {
	if s.n++; s.n > MaxXLSX+1 {
		return errRows
	}
	b := append(s.buf[:0], `<row r="`...)
	b = strconv.AppendInt(b, int64(s.n), 10)
	b = append(b, `">`...)
	for i, cell := range cells {
		b = s.cell(b, i, cell, texts)
	}
	s.buf = append(b, `</row>`...)
	_, err := s.rows.Write(s.buf)
	return err
}

// cell appends a cell.
func (s *xlsxSheet) cell(b []byte, column int, cell any, texts style) []byte {
	switch c := cell.(type) {
	case int64:
		return append(strconv.AppendInt(append(s.open(b, column, asItIs), `"><v>`...), c, 10), `</v></c>`...)
	case Amount:
		b = append(s.open(b, column, asAmount+style(min(c.Decimals, maxDecimals))), `"><v>`...) //nolint:gosec // at most 4
		return append(append(b, c.String()...), `</v></c>`...)
	case Moment:
		if c.At.IsZero() {
			return b
		}
		dated, ok := c.serial(append(s.open(b, column, asMoment), `"><v>`...))
		if ok {
			return append(dated, `</v></c>`...)
		}
		cell = c.String()
	case string:
		if Unguard(c) != c || strings.HasPrefix(c, "=\"") { // would be read back as a guarded cell
			cell = Guard(c)
		}
	}
	b = append(s.open(b, column, texts), `" t="inlineStr"><is><t xml:space="preserve">`...)
	return append(appendCell(b, fmt.Sprint(cell)), `</t></is></c>`...)
}

// open appends the beginning of a cell, up to its style.
func (s *xlsxSheet) open(b []byte, column int, as style) []byte {
	b = append(b, `<c r="`...)
	b = strconv.AppendInt(append(b, letter(column)), int64(s.n), 10)
	return strconv.AppendInt(append(b, `" s="`...), int64(as), 10)
}

// letter returns the name of a column: no file has more than 26 columns.
func letter(column int) byte { return byte('A' + column) } //nolint:gosec // see above

// Close implements Sheet.
func (s *xlsxSheet) Close() error {
	_, _ = s.rows.WriteString(`</sheetData>`) // Flush returns the error
	filtered := ""
	if last := len(s.columns) - 1; last >= 0 {
		all := fmt.Sprintf("A1:%c%d", letter(last), s.n)
		_, _ = fmt.Fprintf(s.rows, `<autoFilter ref="%s"/>`+xlsxTexts, all, all)
		filtered = fmt.Sprintf(xlsxFiltered, letter(last), s.n)
	}
	_, _ = s.rows.WriteString(`</worksheet>`)
	err := s.rows.Flush()
	if err == nil {
		err = s.part("xl/workbook.xml", fmt.Sprintf(xlsxBook, filtered))
	}
	if err != nil {
		return fmt.Errorf("end XLSX: %w", err)
	}
	return s.file.Close()
}

// appendCell appends a text as XML. Characters that XML cannot represent are escaped as in spreadsheets, such as
// _x0007_; the underscore of a text that looks like such an escape becomes _x005F_.
func appendCell(b []byte, text string) []byte {
	n := 0
	for i, r := range text {
		if n++; n > maxCell {
			break
		}
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '_' && escaped(text[i:]):
			b = append(b, "_x005F_"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF:
			b = fmt.Appendf(b, "_x%04X_", r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// escaped reports whether the text begins like an escape of a spreadsheet.
func escaped(text string) bool {
	if len(text) < len("_x0000_") || text[1] != 'x' || text[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(text[2:6], 16, 16)
	return err == nil
}
