package orderfile

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxDigits is how many digits of a number a spreadsheet keeps.
const maxDigits = 15

// numbers tells which cells of a sheet hold numbers, and not texts, of more digits than a spreadsheet keeps. It reads
// the sheet beside excelize, whose rows do not tell the two apart.
type numbers struct {
	part io.ReadCloser
	in   *xml.Decoder
	// row is the one that was read last, and cells are those that were found in it.
	row   int
	cells []int
	ended bool
	// rows is how many rows the sheet says that it has; 0 where it does not.
	rows int
}

// relations are what a part refers to.
type relations struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// partName returns the name of a part that one in a folder refers to.
func partName(folder, target string) string {
	if rest, absolute := strings.CutPrefix(target, "/"); absolute {
		return rest
	}
	return path.Join(folder, target)
}

// openNumbers finds the part of a workbook that a sheet is in.
func openNumbers(in *zip.Reader, sheet string) (*numbers, error) {
	var (
		book struct {
			Sheets []struct {
				Name string     `xml:"name,attr"`
				Any  []xml.Attr `xml:",any,attr"`
			} `xml:"sheets>sheet"`
		}
		root, links relations
	)
	if err := readPart(in, "_rels/.rels", &root); err != nil {
		return nil, err
	}
	main := ""
	for _, link := range root.All {
		if strings.HasSuffix(link.Type, "/officeDocument") {
			main = partName("", link.Target)
		}
	}
	folder, base := path.Split(main)
	if err := errors.Join(readPart(in, main, &book), readPart(in, folder+"_rels/"+base+".rels", &links)); err != nil {
		return nil, err
	}
	for _, one := range book.Sheets {
		for _, attr := range one.Any {
			for _, link := range links.All {
				if one.Name == sheet && attr.Name.Local == "id" && attr.Value == link.ID {
					return openPart(in, partName(folder, link.Target))
				}
			}
		}
	}
	return nil, fmt.Errorf("read workbook: no sheet %q", sheet)
}

// partOf finds a part, whose name may be written in either case.
func partOf(in *zip.Reader, name string) (io.ReadCloser, error) {
	for _, f := range in.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), name) {
			return f.Open()
		}
	}
	return nil, fmt.Errorf("read workbook: no part %s", name)
}

func openPart(in *zip.Reader, name string) (*numbers, error) {
	part, err := partOf(in, name)
	if err != nil {
		return nil, err
	}
	decoder := xml.NewDecoder(io.LimitReader(part, maxWorkbook))
	// digits are the same in all
	decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return &numbers{part: part, in: decoder}, nil
}

func readPart(in *zip.Reader, name string, into any) error {
	part, err := partOf(in, name)
	if err != nil {
		return err
	}
	if err := xml.NewDecoder(io.LimitReader(part, maxInMemory)).Decode(into); err != nil {
		return errors.Join(fmt.Errorf("read workbook: %w", err), part.Close())
	}
	return part.Close()
}

func (n *numbers) close() error { return n.part.Close() }

// long returns the places of the long numbers in a row, which comes behind those that were asked for before.
func (n *numbers) long(row int) ([]int, error) {
	for n.row < row && !n.ended {
		if err := n.read(); err != nil {
			return nil, err
		}
	}
	if n.row != row {
		return nil, nil
	}
	return n.cells, nil
}

// read reads the next row.
func (n *numbers) read() error {
	n.cells = nil
	column, numeric, inValue, text := -1, false, false, strings.Builder{}
	for {
		token, err := n.in.RawToken()
		if errors.Is(err, io.EOF) {
			n.ended = true
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "dimension":
				n.rows = lastRow(attribute(t, "ref"))
			case "row":
				n.row++
				if at, err := strconv.Atoi(attribute(t, "r")); err == nil {
					n.row = at
				}
			case "c":
				column++
				if at, _, err := excelize.CellNameToCoordinates(attribute(t, "r")); err == nil {
					column = at - 1
				}
				kind := attribute(t, "t")
				numeric = kind == "" || kind == "n"
			case "v":
				inValue = numeric
				text.Reset()
			}
		case xml.CharData:
			if inValue {
				text.Write(t)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v":
				if inValue && isLong(text.String()) {
					n.cells = append(n.cells, column)
				}
				inValue = false
			case "row":
				return nil
			}
		}
	}
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
