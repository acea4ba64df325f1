// Package collate makes keys by which names sort as readers of Chinese expect, as the root collation of Unicode with the
// order of zh (CLDR) has it: signs, emoji, numbers by what they count, Latin letters and those of other scripts, Chinese
// characters that have no reading there, and all others by their pinyin, with traditional forms beside the simplified
// ones. A character has one place: a surname that is read in a way of its own (单, 曾, 仇) stands where its usual reading
// does. Databases compare keys byte by byte, so all of them sort alike, whatever their locale is.
package collate

import (
	"bytes"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// MaxKey is how long a key is at most, in bytes. What names differ in beyond that does not order them.
const MaxKey = 512

// Key returns the key of a name. Names with the same key are the same to a reader, but for leading zeros.
func Key(name string) []byte {
	// A Collator is not for concurrent use, and takes next to nothing to make.
	key := collate.New(language.Chinese, collate.Numeric).KeyFromString(new(collate.Buffer), name)
	return bytes.Clone(key[:min(len(key), MaxKey)])
}
