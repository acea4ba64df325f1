package orderfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// looked is the number of bytes that are examined for the format and the line ends of a file; also the size of buffers.
const looked = 64 << 10

var mark = []byte("\uFEFF")

// charset is an encoding of text files.
type charset struct {
	name string
	// decoder is nil for UTF-8, which is not decoded.
	decoder func() transform.Transformer
}

var (
	utf8Text = charset{name: "UTF-8"}
	gb18030  = charset{name: "GB18030", decoder: func() transform.Transformer {
		return transform.Chain(edition2022{}, simplifiedchinese.GB18030.NewDecoder())
	}}
	utf16LE = charset{name: "UTF-16LE", decoder: decoderOf(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))}
	utf16BE = charset{name: "UTF-16BE", decoder: decoderOf(unicode.UTF16(unicode.BigEndian, unicode.UseBOM))}
	big5    = charset{name: "Big5", decoder: decoderOf(traditionalchinese.Big5)}
)

func decoderOf(e encoding.Encoding) func() transform.Transformer {
	return func() transform.Transformer { return e.NewDecoder() }
}

// encodings are the encodings by the values of --encoding, in lower case.
var encodings = map[string]charset{
	"utf-8": utf8Text, "utf8": utf8Text, "gb18030": gb18030, "gbk": gb18030, "gb2312": gb18030, "big5": big5,
	"utf-16": utf16LE, "utf-16le": utf16LE, "utf-16be": utf16BE,
}

// encodingNamed returns the encoding with a name.
func encodingNamed(name string) (charset, error) {
	if c, ok := encodings[strings.ToLower(name)]; ok {
		return c, nil
	}
	return charset{}, errors.New("--encoding takes utf-8, utf-16le, utf-16be, gb18030 or big5")
}

// encodingOf returns the encoding of a text: that of its byte order mark, or else the one with the fewest decoding
// errors in the whole text. It seeks the file to its start.
func encodingOf(file io.ReadSeeker) (charset, error) {
	begin := make([]byte, looked)
	n, err := io.ReadFull(file, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return charset{}, fmt.Errorf("read file: %w", err)
	}
	if c, ok := wide(begin[:n]); ok {
		return c, rewind(file)
	}
	inUTF8, err := faults(file, utf8Text)
	if err != nil || inUTF8 == 0 {
		return utf8Text, err
	}
	inGB, err := faults(file, gb18030)
	if err != nil || inGB >= inUTF8 {
		return utf8Text, err
	}
	return gb18030, nil
}

// wide reports whether a text is UTF-16, by its byte order mark or by the zero bytes of ASCII letters.
func wide(begin []byte) (charset, bool) {
	switch {
	case bytes.HasPrefix(begin, []byte{0xFF, 0xFE}):
		return utf16LE, true
	case bytes.HasPrefix(begin, []byte{0xFE, 0xFF}):
		return utf16BE, true
	}
	var zeros [2]int
	for i, b := range begin {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch most := max(zeros[0], zeros[1]); {
	case most*10 < len(begin), min(zeros[0], zeros[1])*20 > most:
		return charset{}, false
	case zeros[1] > zeros[0]:
		return utf16LE, true
	default:
		return utf16BE, true
	}
}

// faults returns the number of decoding errors of the file in an encoding, and seeks the file to its start.
func faults(file io.ReadSeeker, c charset) (n int, err error) {
	if err := rewind(file); err != nil {
		return 0, err
	}
	in := bufio.NewReaderSize(c.reader(file), looked)
	for {
		r, size, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return n, rewind(file)
		}
		if err != nil {
			return 0, fmt.Errorf("read file: %w", err)
		}
		// An invalid UTF-8 byte has the size 1; a decoder's replacement character has the size 3. Private use characters
		// count as errors too.
		if r == utf8.RuneError && (c.decoder != nil || size == 1) || c.decoder != nil && r >= 0xE000 && r <= 0xF8FF {
			n++
		}
	}
}

// reader returns a reader that decodes the file to UTF-8.
func (c charset) reader(file io.Reader) io.Reader {
	if c.decoder == nil {
		return file
	}
	return transform.NewReader(file, c.decoder())
}

func rewind(file io.Seeker) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	return nil
}

// edition2022 converts the two-byte codes that GB18030-2022 assigns, and that the decoder does not support, to the
// four-byte codes of the same characters.
type edition2022 struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (edition2022) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		code := src[nSrc : nSrc+1]
		if lead := src[nSrc]; lead >= 0x81 && lead <= 0xFE {
			switch {
			case nSrc+1 < len(src) && src[nSrc+1] >= 0x40:
				code = src[nSrc : nSrc+2]
			case nSrc+3 < len(src):
				if src[nSrc+1] >= '0' && src[nSrc+1] <= '9' {
					code = src[nSrc : nSrc+4]
				}
			case !atEOF:
				return nDst, nSrc, transform.ErrShortSrc
			}
		}
		out := code
		if r, ok := assigned2022[string(code)]; ok {
			if out, err = simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(string(r))); err != nil {
				return nDst, nSrc, err
			}
		}
		if nDst+len(out) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], out)
		nSrc += len(code)
	}
	return nDst, nSrc, nil
}

// assigned2022 are characters of GB18030-2022 by their two-byte codes.
var assigned2022 = map[string]rune{
	"\xA6\xD9": 0xFE10, "\xA6\xDA": 0xFE12, "\xA6\xDB": 0xFE11, "\xA6\xDC": 0xFE13, "\xA6\xDD": 0xFE14, "\xA6\xDE": 0xFE15,
	"\xA6\xDF": 0xFE16, "\xA6\xEC": 0xFE17, "\xA6\xED": 0xFE18, "\xA6\xF3": 0xFE19, "\xA8\xBC": 0x1E3F,
	"\xFE\x51": 0x20087, "\xFE\x52": 0x20089, "\xFE\x53": 0x200CC, "\xFE\x59": 0x9FB4, "\xFE\x61": 0x9FB5,
	"\xFE\x66": 0x9FB6,
	"\xFE\x67": 0x9FB7, "\xFE\x6C": 0x215D7, "\xFE\x6D": 0x9FB8, "\xFE\x76": 0x2298F, "\xFE\x7E": 0x9FB9,
	"\xFE\x90": 0x9FBA,
	"\xFE\x91": 0x241FE, "\xFE\xA0": 0x9FBB,
}

// separators are the separators of cells, the most likely first.
var separators = []rune{',', '\t', ';', '|'}

// textRows reads the rows of a text.
type textRows struct {
	in        *bufio.Reader
	end       byte // of a line: \n, or \r in a file without any \n
	separator rune
	// columns is the number of cells of a row; 0 until the heading is known.
	columns int
	line    int      // the number of the last line that was read
	ahead   []string // lines that were pushed back
}

// newTextRows returns the rows of a text in an encoding, from its start.
func newTextRows(file io.Reader, c charset) (*textRows, error) {
	in := bufio.NewReaderSize(c.reader(file), looked)
	begin, err := in.Peek(looked)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if bytes.HasPrefix(begin, mark) {
		_, _ = in.Discard(len(mark)) // it is in the buffer
	}
	t := &textRows{in: in, end: '\n', separator: ','}
	if !bytes.Contains(begin, []byte("\n")) && bytes.Contains(begin, []byte("\r")) {
		t.end = '\r'
	}
	return t, nil
}

// maxLine is the maximum length of a line, in bytes.
const maxLine = 1 << 20

// physical returns the next line of the file without its end, or io.EOF.
func (t *textRows) physical() (string, error) {
	if len(t.ahead) > 0 {
		line := t.ahead[0]
		t.ahead = t.ahead[1:]
		t.line++
		return line, nil
	}
	if t.in == nil { // only the lines of ahead
		return "", io.EOF
	}
	var b []byte
	for {
		part, err := t.in.ReadSlice(t.end)
		b = append(b, part...)
		if len(b) > maxLine {
			return "", fmt.Errorf("line %d of the file is longer than %d bytes", t.line+1, maxLine)
		}
		switch {
		case err == nil:
			b = b[:len(b)-1]
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(b) > 0:
		default:
			return "", err
		}
		t.line++
		return string(bytes.TrimSuffix(b, []byte("\r"))), nil
	}
}

// back pushes back the lines that were read last.
func (t *textRows) back(lines ...string) {
	t.ahead = append(slices.Clone(lines), t.ahead...)
	t.line -= len(lines)
}

// maxCellLines is the maximum number of lines of a row with line ends in quoted cells.
const maxCellLines = 50

// next implements rows.
func (t *textRows) next() (row, error) {
	first, err := t.physical()
	if err != nil {
		return row{}, err
	}
	r := row{line: t.line}
	lines := []string{first}
	for {
		cells, state := split(strings.Join(lines, "\n"), t.separator)
		switch {
		case state == whole && t.oneRow(lines, cells):
			r.cells = cells
			return t.judge(r), nil
		case state == unclosed && len(lines) < maxCellLines:
			more, err := t.physical()
			if err == nil {
				lines = append(lines, more)
				continue
			}
			if !errors.Is(err, io.EOF) {
				return row{}, err
			}
		}
		// The quotation marks of the first line are invalid: only this line is refused, and the next lines are read again.
		t.back(lines[1:]...)
		r.cells = strings.Split(first, string(t.separator))
		r.wrong = badQuotes
		return r, nil
	}
}

// oneRow reports whether lines that are joined by quotation marks are one row. If a mark is missing, a cell includes
// the rest of its row and the beginning of another, which have as many separators as a row.
func (t *textRows) oneRow(lines, cells []string) bool {
	if len(lines) == 1 || t.columns == 0 {
		return true
	}
	for _, cell := range cells {
		if strings.Contains(cell, "\n") && strings.Count(cell, string(t.separator)) >= t.columns-1 {
			return false
		}
	}
	return len(cells) == t.columns
}

// judge refuses a row whose bytes are invalid in the encoding.
func (t *textRows) judge(r row) row {
	for i, cell := range r.cells {
		if !utf8.ValidString(cell) || strings.ContainsRune(cell, utf8.RuneError) {
			r.wrong = badEncoding
			r.cells[i] = strings.ToValidUTF8(cell, string(utf8.RuneError))
		}
	}
	return r
}

// state is the state of the quotation marks of a text.
type state int

const (
	whole    state = iota // every one is closed
	unclosed              // the last one is not closed
	broken                // other text follows a closing one
)

// split returns the cells of a row. A cell that begins with a quotation mark ends with one (RFC 4180); elsewhere it is
// an ordinary character.
func split(text string, separator rune) (cells []string, s state) {
	for {
		rest := strings.TrimLeft(text, " ")
		if !strings.HasPrefix(rest, `"`) {
			cell, after, more := strings.Cut(text, string(separator))
			cells = append(cells, cell)
			if !more {
				return cells, whole
			}
			text = after
			continue
		}
		var b strings.Builder
		rest = rest[1:]
		for {
			part, after, closed := strings.Cut(rest, `"`)
			b.WriteString(part)
			if !closed {
				return nil, unclosed
			}
			if rest = after; !strings.HasPrefix(rest, `"`) {
				break
			}
			b.WriteByte('"')
			rest = rest[1:]
		}
		cells = append(cells, b.String())
		rest = strings.TrimLeft(rest, " ")
		if separator != '\t' {
			rest = strings.TrimLeft(rest, "\t ") // padding after the cell
		}
		if rest == "" {
			return cells, whole
		}
		if !strings.HasPrefix(rest, string(separator)) {
			return nil, broken
		}
		text = rest[len(string(separator)):]
	}
}
