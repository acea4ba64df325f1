// Package search makes texts searchable by an index. A row stores the grams of its texts. A search finds the rows with
// all grams of the search text by the index, and then compares their texts. The databases' own indexes can't find texts
// of one or two Chinese characters.
package search

import (
	"database/sql/driver"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// Grams are the letters of a text and its pairs of adjacent letters, each as a hash that depends on the org. A to Z
// count as a to z. They are sorted, each once, and written {1,2,3}: an array of PostgreSQL, and on SQLite the words of
// a full-text index.
type Grams []int32

// Of returns the grams of texts of an org.
func Of(orgID string, texts ...string) Grams {
	var grams Grams
	for _, text := range texts {
		last := rune(-1)
		for _, letter := range lower(text) {
			grams = append(grams, gram(orgID, string(letter)))
			if last >= 0 {
				grams = append(grams, gram(orgID, string([]rune{last, letter})))
			}
			last = letter
		}
	}
	slices.Sort(grams)
	return slices.Compact(grams)
}

// For returns the grams that a row must have to contain the text.
func For(orgID, text string) Grams {
	letters := []rune(lower(text))
	if len(letters) == 1 {
		return Of(orgID, text)
	}
	var grams Grams
	for i := range len(letters) - 1 {
		grams = append(grams, gram(orgID, string(letters[i:i+2])))
	}
	slices.Sort(grams)
	return slices.Compact(grams)
}

func gram(orgID, letters string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(orgID))
	_, _ = h.Write([]byte(letters))
	return int32(h.Sum32()) //nolint:gosec // bits are bits
}

// lower converts only A to Z to lower case, like the comparison of texts.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// Value implements driver.Valuer.
func (g Grams) Value() (driver.Value, error) { return g.String(), nil }

// String returns the stored form of the grams.
func (g Grams) String() string {
	b := make([]byte, 0, 12*len(g)+2)
	b = append(b, '{')
	for i, n := range g {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(append(b, '}'))
}

// Match returns a query of SQLite's full-text index for rows with all of the grams.
func (g Grams) Match() string {
	var b []byte
	for _, n := range g {
		b = strconv.AppendInt(append(b, '"'), int64(n), 10)
		b = append(b, '"', ' ')
	}
	return string(b)
}

// Scan implements sql.Scanner.
func (g *Grams) Scan(v any) error {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("read grams: %T is no list", v)
	}
	*g = nil
	inner := strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")
	if inner == "" {
		return nil
	}
	for part := range strings.SplitSeq(inner, ",") {
		n, err := strconv.ParseInt(part, 10, 32)
		if err != nil {
			return fmt.Errorf("read grams: %w", err)
		}
		*g = append(*g, int32(n))
	}
	return nil
}
