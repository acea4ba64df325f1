// Package orderfile brings orders in from files as people have them: CSV of whichever separator, in UTF-8 or GB18030, with Chinese
// or English headings in whichever order.
package orderfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// looked is how much of a file is looked at to tell its encoding and its separator, in bytes.
const looked = 64 << 10

var mark = []byte("\uFEFF")

// read answers a reader of the file's lines: its encoding and separator are those that its beginning speaks for.
func read(from io.Reader) (lines *csv.Reader, separator rune, err error) {
	in := bufio.NewReaderSize(from, looked)
	begin, err := in.Peek(looked)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, fmt.Errorf("read file: %w", err)
	}
	var text io.Reader = in
	switch {
	case bytes.HasPrefix(begin, mark):
		_, _ = in.Discard(len(mark)) // it was peeked at
		begin = begin[len(mark):]
	case !isUTF8(begin, err == nil):
		text = simplifiedchinese.GB18030.NewDecoder().Reader(in)
	}
	heading, _, _ := bytes.Cut(begin, []byte("\n"))
	separator = ','
	for _, other := range []rune{';', '\t'} {
		if bytes.Count(heading, []byte(string(other))) > bytes.Count(heading, []byte(string(separator))) {
			separator = other
		}
	}
	lines = csv.NewReader(text)
	lines.Comma, lines.FieldsPerRecord, lines.LazyQuotes, lines.TrimLeadingSpace = separator, -1, true, true
	return lines, separator, nil
}

// isUTF8 tells whether the bytes are UTF-8; the last letter may be cut.
func isUTF8(b []byte, cut bool) bool {
	for i := 0; cut && i < utf8.UTFMax && len(b) > 0 && !utf8.Valid(b); i++ {
		b = b[:len(b)-1]
	}
	return utf8.Valid(b)
}
