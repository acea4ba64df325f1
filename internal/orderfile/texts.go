package orderfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// texts are the shared strings of a workbook. A workbook of a million rows has millions of them, so they are stored one
// after another, in a file if they are large, and read block by block.
type texts struct {
	archive *zip.Reader
	part    string
	// inMemory is the maximum size of a part that is kept in memory, in bytes.
	inMemory int64
	// in has the texts, each after its length; nil before they are read.
	in io.ReaderAt
	// file has the texts; nil if they are in memory.
	file *os.File
	// begins are the offsets of the blocks in it, and size is the end of the last.
	begins []int64
	size   int64
	count  int
	// blocks are the recently read blocks, by their number modulo keptBlocks.
	blocks [keptBlocks]block
}

const (
	// blockTexts is the number of texts of a block, and keptBlocks is the number of blocks in memory.
	blockTexts, keptBlocks = 16, 1024
	// maxBlock is the maximum size of a block that is kept in memory, in bytes.
	maxBlock = 16 << 10
)

// block is a block of consecutive texts.
type block struct {
	begin int64 // the offset of the first text plus 1; 0 for an empty block
	texts []string
}

// errNoText is the error of a cell that refers to a missing text.
var errNoText = errors.New("a cell has a text that the workbook does not have")

// at returns the text with an index.
func (t *texts) at(place int) (string, error) {
	if t == nil {
		return "", errNoText
	}
	if t.in == nil {
		if err := t.read(); err != nil {
			return "", err
		}
	}
	if place < 0 || place >= t.count {
		return "", errNoText
	}
	number := place / blockTexts
	kept := &t.blocks[number%keptBlocks]
	if begin := t.begins[number]; kept.begin != begin+1 {
		found, size, err := t.block(number)
		if err != nil {
			return "", err
		}
		if size > maxBlock {
			return found[place%blockTexts], nil
		}
		*kept = block{begin + 1, found}
	}
	return kept.texts[place%blockTexts], nil
}

// block reads a block, and returns its size.
func (t *texts) block(number int) (found []string, size int64, err error) {
	begin, end := t.begins[number], t.size
	if number+1 < len(t.begins) {
		end = t.begins[number+1]
	}
	b := make([]byte, end-begin)
	if _, err := t.in.ReadAt(b, begin); err != nil {
		return nil, 0, fmt.Errorf("read texts: %w", err)
	}
	for all := string(b); len(b) > 0; {
		n, width := binary.Uvarint(b)
		from := len(all) - len(b) + width
		found, b = append(found, all[from:from+int(n)]), b[width+int(n):] //nolint:gosec // as it was written
	}
	return found, end - begin, nil
}

// read copies the texts of the workbook to memory or a temporary file.
func (t *texts) read() (err error) {
	part, size, err := partOf(t.archive, t.part)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, part.Close()) }()
	if size <= t.inMemory {
		var b bytes.Buffer
		if err := t.copyTo(&b, part); err != nil {
			return err
		}
		t.in = bytes.NewReader(b.Bytes())
		return nil
	}
	if t.file, err = os.CreateTemp("", "deputy-import-"); err != nil {
		return fmt.Errorf("keep texts: %w", err)
	}
	_ = os.Remove(t.file.Name()) // the open file stays readable; if the system does not allow that, close removes it
	out := bufio.NewWriterSize(t.file, looked)
	if err := errors.Join(t.copyTo(out, part), out.Flush()); err != nil {
		return err
	}
	t.in = t.file
	return nil
}

// copyTo writes the texts of a part one after another.
func (t *texts) copyTo(out io.Writer, part io.Reader) error {
	var (
		in             = decoderOfXML(part)
		text           strings.Builder
		inText, spoken bool
	)
	for {
		token, err := in.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read texts: %w", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "si":
				text.Reset()
			case "t":
				inText = !spoken
			case "rPh":
				spoken = true
			}
		case xml.CharData:
			if inText {
				text.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "rPh":
				spoken = false
			case "si":
				if err := t.add(out, unescaped(text.String())); err != nil {
					return err
				}
			}
		}
	}
}

// add appends a text.
func (t *texts) add(out io.Writer, text string) error {
	if t.count%blockTexts == 0 {
		t.begins = append(t.begins, t.size)
	}
	length := binary.AppendUvarint(nil, uint64(len(text)))
	if _, err := out.Write(length); err != nil {
		return fmt.Errorf("keep texts: %w", err)
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("keep texts: %w", err)
	}
	t.size += int64(len(length) + len(text))
	t.count++
	return nil
}

// close removes the temporary file, if there is one.
func (t *texts) close() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	_ = os.Remove(t.file.Name()) // most systems have removed it already
	t.file, t.in = nil, nil
	return err
}
