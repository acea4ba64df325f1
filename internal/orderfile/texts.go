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

// texts are those that the cells of a workbook share. A workbook of a million rows has millions of them, so they are
// put one behind another, outside of memory where they are many, and read back block by block.
type texts struct {
	archive *zip.Reader
	part    string
	// inMemory is how large the part is at most that is kept in memory, in bytes.
	inMemory int64
	// in are the texts, each behind its length; nil before they are read.
	in io.ReaderAt
	// file is where they are; nil in memory.
	file *os.File
	// begins are the places of every blockth text in there, and size is where the last ends.
	begins []int64
	size   int64
	count  int
	// blocks are those that were read last, by their number modulo their count.
	blocks [keptBlocks]block
}

const (
	// blockTexts is how many texts a block has, and keptBlocks is how many blocks are kept in memory.
	blockTexts, keptBlocks = 16, 1024
	// maxBlock is how large a block may be that is kept, in bytes.
	maxBlock = 16 << 10
)

// block is a few texts, one behind another.
type block struct {
	begin int64 // the place of the first, behind 1
	texts []string
}

// errNoText says that a cell refers to a text that is not there.
var errNoText = errors.New("a cell has a text that the workbook does not have")

// at returns a text.
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

// read reads the texts of the workbook.
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
	_ = os.Remove(t.file.Name()) // it lives as long as it is open; where a system has it otherwise, close removes it
	out := bufio.NewWriterSize(t.file, looked)
	if err := errors.Join(t.copyTo(out, part), out.Flush()); err != nil {
		return err
	}
	t.in = t.file
	return nil
}

// copyTo writes the texts of a part one behind another.
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

// add writes a text behind the others.
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

// close removes the texts.
func (t *texts) close() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	_ = os.Remove(t.file.Name()) // most systems have done it
	t.file, t.in = nil, nil
	return err
}
