package orderfile

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"
)

const (
	// maxWorkbook is how large the parts of a workbook may be when they are unzipped, in bytes.
	maxWorkbook = 4 << 30
	// maxInMemory is how much of a part is kept in memory; what is larger goes to a temporary file.
	maxInMemory = 16 << 20
)

// workbookRows reads the rows of a sheet.
type workbookRows struct {
	sheet   *excelize.Rows
	line    int
	ahead   []row
	numbers *numbers
}

// openWorkbook reads a workbook of Office Open XML.
func openWorkbook(file *os.File) (*excelize.File, error) {
	book, err := excelize.OpenReader(file, excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return nil, errors.New("the file is an archive or a damaged workbook: save it as .xlsx or as CSV, and import that " +
			"file")
	}
	return book, nil
}

// next implements rows.
func (w *workbookRows) next() (row, error) {
	if len(w.ahead) > 0 {
		r := w.ahead[0]
		w.ahead = w.ahead[1:]
		return r, nil
	}
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
	return row{line: w.line, cells: cells, long: long}, nil
}
