package orderfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// maxWorkbook is the maximum unzipped size of a part of a workbook, in bytes.
	maxWorkbook = 4 << 30
	// maxInMemory is the maximum size of a part in memory, in bytes.
	maxInMemory = 16 << 20
	// maxEncrypted is the maximum size of a workbook with a password, in bytes: it is decrypted in memory.
	maxEncrypted = 64 << 20
)

// ErrPassword is returned for a workbook with a password if none was given.
var ErrPassword = errors.New("the workbook has a password: give it with --password (快手：文件名的最后六位)")

// errBroken is the error of a file that begins like a workbook, but is not a valid one.
var errBroken = errors.New("the file is an archive or a damaged workbook: save it as .xlsx or as CSV, and " +
	"import that file")

// workbook is a workbook of Office Open XML (ECMA-376), which is read row by row.
type workbook struct {
	archive *zip.Reader
	// sheets are the worksheets, in the order of the workbook.
	sheets []sheetPart
	// date1904 reports whether days are counted from 1904.
	date1904 bool
	// texts are the shared strings.
	texts *texts
}

// sheetPart is the name of a sheet, and that of its part of the archive.
type sheetPart struct{ name, part string }

// relations are the parts that a part refers to.
type relations struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// openWorkbook opens a workbook; password is "" for one that is not encrypted.
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
	archive, err := zip.NewReader(in, size)
	if err != nil {
		return nil, errBroken
	}
	book := &workbook{archive: archive}
	if err := book.open(); err != nil {
		return nil, errBroken
	}
	return book, nil
}

// open finds the parts of the workbook.
func (b *workbook) open() error {
	var (
		content struct {
			Properties struct {
				Date1904 string `xml:"date1904,attr"`
			} `xml:"workbookPr"`
			Sheets []struct {
				Name string     `xml:"name,attr"`
				Any  []xml.Attr `xml:",any,attr"`
			} `xml:"sheets>sheet"`
		}
		root, links relations
	)
	if err := readPart(b.archive, "_rels/.rels", &root); err != nil {
		return err
	}
	main := ""
	for _, link := range root.All {
		if strings.HasSuffix(link.Type, "/officeDocument") {
			main = partName("", link.Target)
		}
	}
	folder, base := path.Split(main)
	if err := errors.Join(
		readPart(b.archive, main, &content), readPart(b.archive, folder+"_rels/"+base+".rels", &links),
	); err != nil {
		return err
	}
	switch content.Properties.Date1904 {
	case "1", "true", "on":
		b.date1904 = true
	}
	for _, link := range links.All {
		if strings.HasSuffix(link.Type, "/sharedStrings") {
			b.texts = &texts{archive: b.archive, part: partName(folder, link.Target), inMemory: maxInMemory}
		}
	}
	for _, one := range content.Sheets {
		for _, attr := range one.Any {
			for _, link := range links.All {
				if attr.Name.Local == "id" && attr.Value == link.ID && strings.HasSuffix(link.Type, "/worksheet") {
					b.sheets = append(b.sheets, sheetPart{one.Name, partName(folder, link.Target)})
				}
			}
		}
	}
	return nil
}

// close removes the temporary files of the workbook.
func (b *workbook) close() error {
	if b.texts == nil {
		return nil
	}
	return b.texts.close()
}

// partName returns the name of the part that a part in a folder refers to.
func partName(folder, target string) string {
	if rest, absolute := strings.CutPrefix(target, "/"); absolute {
		return rest
	}
	return path.Join(folder, target)
}

// partOf opens a part, and returns its unzipped size. Upper and lower case are equal in its name.
func partOf(in *zip.Reader, name string) (io.ReadCloser, int64, error) {
	for _, f := range in.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), name) {
			part, err := f.Open()
			return part, int64(min(f.UncompressedSize64, maxWorkbook)), err
		}
	}
	return nil, 0, fmt.Errorf("read workbook: no part %s", name)
}

// decoderOfXML returns the XML decoder of a part.
func decoderOfXML(part io.Reader) *xml.Decoder {
	decoder := xml.NewDecoder(bufio.NewReaderSize(io.LimitReader(part, maxWorkbook), looked))
	decoder.CharsetReader = func(name string, in io.Reader) (io.Reader, error) {
		c, err := encodingNamed(name)
		if err != nil {
			return nil, err
		}
		return c.reader(in), nil
	}
	return decoder
}

func readPart(in *zip.Reader, name string, into any) error {
	part, _, err := partOf(in, name)
	if err != nil {
		return err
	}
	if err := decoderOfXML(io.LimitReader(part, maxInMemory)).Decode(into); err != nil {
		return errors.Join(fmt.Errorf("read workbook: %w", err), part.Close())
	}
	return part.Close()
}

// isEncrypted reports whether a file is a workbook with a password: a compound file with an encrypted package.
func isEncrypted(begin []byte, file *os.File) bool {
	if !bytes.HasPrefix(begin, []byte("\xD0\xCF\x11\xE0")) {
		return false
	}
	all, err := io.ReadAll(io.NewSectionReader(file, 0, maxEncrypted))
	return err == nil && bytes.Contains(all, wideText("EncryptedPackage"))
}

// wideText returns an ASCII text in UTF-16LE.
func wideText(text string) []byte {
	var b []byte
	for _, letter := range []byte(text) {
		b = append(b, letter, 0)
	}
	return b
}

// placed returns a row with its cells in the order of another sheet's heading, followed by the cells beyond the
// heading.
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

// placesOf returns the indices of a heading's columns in another heading, and reports whether both have the same
// columns.
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

// sheets reads the rows of all sheets that have the columns of the first, in any order.
type sheets struct {
	*sheetRows
	book    *workbook
	options columnOptions
	heading *heading
	// left are the sheets after the current one.
	left    []sheetPart
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
		sheet, head, _, err := openSheet(s.book, s.left[0], s.options)
		if err != nil {
			return row{}, err
		}
		sheet.places, _ = placesOf(s.heading.cells, head.cells)
		s.sheetRows, s.left = sheet, s.left[1:]
	}
}

// likewise returns the later sheets with the columns of the first, and the names of those with other columns.
func (s *sheets) likewise() (more []sheetPart, others []string) {
	for _, one := range s.left {
		sheet, head, _, err := openSheet(s.book, one, s.options)
		if err == nil {
			if _, same := placesOf(s.heading.cells, head.cells); same {
				more = append(more, one)
			} else {
				others = append(others, one.name)
			}
		} else if countHeadings(err) > 1 {
			others = append(others, one.name)
		}
		if sheet != nil {
			_ = sheet.close() // it was only examined
		}
	}
	return more, others
}

// done returns the fraction of the sheet that was read, from 0 to 1; 0 if its number of rows is unknown.
func (s *sheets) done() float64 {
	if s.rows == 0 {
		return 0
	}
	return float64(s.line) / float64(s.rows)
}
