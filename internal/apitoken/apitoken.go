// Package apitoken is the form of the secrets (接口令牌) that authenticate apps: a prefix that scanners know, 38 random
// characters of base 62, which are 226 bits, and 6 more with the CRC-32 of all before. Most texts that are none are
// told by it without the database.
package apitoken

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"
	"regexp"
	"strings"
)

const (
	// Prefix begins every token.
	Prefix = "deputy_live_"
	// HintLen is how many characters of a token are kept, to tell tokens apart.
	HintLen = 16

	alphabet  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomLen = 38
	sumLen    = 6
	length    = len(Prefix) + randomLen + sumLen
	// fair is the first byte that would favour some characters.
	fair = 256 - 256%len(alphabet)
)

// Form finds tokens in a text, whether or not their checksum is right.
var Form = regexp.MustCompile(`deputy_live_[0-9A-Za-z]{44}`)

// New makes a token.
func New(random io.Reader) (string, error) {
	text := make([]byte, 0, length)
	text = append(text, Prefix...)
	buf := make([]byte, 64)
	for len(text) < length-sumLen {
		if _, err := io.ReadFull(random, buf); err != nil {
			return "", fmt.Errorf("make API token: %w", err)
		}
		for _, b := range buf {
			if int(b) < fair && len(text) < length-sumLen {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text) + sum(string(text)), nil
}

// Begins reports whether the text is meant as a token, right or wrong.
func Begins(text string) bool { return strings.HasPrefix(text, Prefix) }

// Is reports whether the text has the form of a token, with its checksum.
func Is(text string) bool {
	if len(text) != length || !Begins(text) {
		return false
	}
	for _, b := range []byte(text[len(Prefix):]) {
		if strings.IndexByte(alphabet, b) < 0 {
			return false
		}
	}
	return sum(text[:length-sumLen]) == text[length-sumLen:]
}

// Hash returns what is kept of a token.
func Hash(text string) []byte {
	hash := sha256.Sum256([]byte(text))
	return hash[:]
}

// Hint returns the part of a token that is shown.
func Hint(text string) string { return text[:HintLen] }

// Redact returns the text with tokens taken out but for their prefix.
func Redact(text string) string {
	if !strings.Contains(text, Prefix) {
		return text
	}
	return Form.ReplaceAllLiteralString(text, Prefix+"…")
}

// Redacted returns a writer that takes tokens out of each text that is written to it at once, such as a line of a log.
func Redacted(to io.Writer) io.Writer { return redacted{to} }

type redacted struct{ to io.Writer }

// Write implements io.Writer.
func (r redacted) Write(line []byte) (int, error) {
	text := line
	if bytes.Contains(line, []byte(Prefix)) {
		text = []byte(Redact(string(line)))
	}
	if _, err := r.to.Write(text); err != nil {
		return 0, err
	}
	return len(line), nil
}

// sum returns the checksum of a text, in base 62.
func sum(text string) string {
	n := crc32.ChecksumIEEE([]byte(text))
	var out [sumLen]byte
	for i := sumLen - 1; i >= 0; i-- {
		out[i] = alphabet[n%uint32(len(alphabet))]
		n /= uint32(len(alphabet))
	}
	return string(out[:])
}
