package download

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

const (
	// MaxXLSX is how many rows an XLSX file takes beside its heading.
	MaxXLSX = 1<<20 - 1
	// maxCell is how many characters a cell takes.
	maxCell = 32_767
)

// The parts of a workbook that has one sheet, beside the sheet.
const (
	xlsxHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	xlsxMain  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	xlsxTypes = xlsxHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ` +
		`ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`
	xlsxLinks = xlsxHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/></Relationships>`
	xlsxBook = xlsxHead + `<workbook xmlns="` + xlsxMain + `" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`
	xlsxOpen  = xlsxHead + `<worksheet xmlns="` + xlsxMain + `"><sheetData>`
	xlsxClose = `</sheetData></worksheet>`
)

// NewXLSX writes a workbook of Office Open XML, whose texts are texts and never formulas.
func NewXLSX(w io.Writer) (Sheet, error) {
	s := &xlsxSheet{file: zip.NewWriter(w)}
	s.file.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xlsxTypes},
		{"_rels/.rels", fmt.Sprintf(xlsxLinks, "officeDocument", "xl/workbook.xml")},
		{"xl/workbook.xml", xlsxBook},
		{"xl/_rels/workbook.xml.rels", fmt.Sprintf(xlsxLinks, "worksheet", "worksheets/sheet1.xml")},
		{"xl/worksheets/sheet1.xml", xlsxOpen}, // which goes on with the rows
	} {
		out, err := s.file.Create(part.name)
		if err == nil {
			s.rows = bufio.NewWriter(out)
			_, _ = s.rows.WriteString(part.text) // Flush tells
			err = s.rows.Flush()
		}
		if err != nil {
			return nil, fmt.Errorf("begin XLSX: %w", err)
		}
	}
	return s, nil
}

type xlsxSheet struct {
	file *zip.Writer
	rows *bufio.Writer
	n    int
	buf  []byte
}

// Row implements Sheet.
func (s *xlsxSheet) Row(cells []any) error {
	s.n++
	b := append(s.buf[:0], `<row r="`...)
	b = strconv.AppendInt(b, int64(s.n), 10)
	b = append(b, `">`...)
	for i, cell := range cells {
		b = append(b, `<c r="`...)
		b = strconv.AppendInt(append(b, byte('A'+i)), int64(s.n), 10) // no file has more columns than the alphabet letters
		if n, whole := cell.(int64); whole {
			b = append(strconv.AppendInt(append(b, `"><v>`...), n, 10), `</v></c>`...)
			continue
		}
		b = append(b, `" t="inlineStr"><is><t xml:space="preserve">`...)
		b = append(appendCell(b, fmt.Sprint(cell)), `</t></is></c>`...)
	}
	s.buf = append(b, `</row>`...)
	_, err := s.rows.Write(s.buf)
	return err
}

// Close implements Sheet.
func (s *xlsxSheet) Close() error {
	_, _ = s.rows.WriteString(xlsxClose) // Flush tells
	if err := s.rows.Flush(); err != nil {
		return fmt.Errorf("end XLSX: %w", err)
	}
	return s.file.Close()
}

// appendCell appends a text as XML. What XML can't say is written as spreadsheets do, _x0007_ for example; a text that reads like that keeps
// its underscore as _x005F_.
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

// escaped tells whether the text begins like a character that is written as spreadsheets do.
func escaped(text string) bool {
	if len(text) < len("_x0000_") || text[1] != 'x' || text[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(text[2:6], 16, 16)
	return err == nil
}
