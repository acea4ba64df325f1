package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// radicals are symbols that look exactly like ideographs.
var radicals = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x2E80, Hi: 0x2FDF, Stride: 1}}}

// jamo are letters whose compatibility form looks different: a lone ㅋ would become part of a syllable.
var jamo = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3131, Hi: 0x318E, Stride: 1}}}

// ideographs are CJK extensions I and J. Unicode added them (I for the names of people in China) after the version of
// Go's package unicode.
var ideographs = &unicode.RangeTable{R32: []unicode.Range32{
	{Lo: 0x2EBF0, Hi: 0x2EE5D, Stride: 1},
	{Lo: 0x323B0, Hi: 0x33479, Stride: 1},
}}

// blank are invisible symbols, and the replacement characters for text that was lost.
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0xFFFC, Hi: 0xFFFD, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1D159, Hi: 0x1D159, Stride: 1}},
}

// Visible reports whether the rune is allowed in a canonical form: a visible character, or a plain space.
func Visible(r rune) bool {
	if unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, blank) {
		return false
	}
	return r == ' ' || unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, ideographs)
}

// silent are invisible characters without meaning in a name. Copied text contains them; they are dropped.
var silent = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00AD, Hi: 0x00AD, Stride: 1}, // soft hyphen
	{Lo: 0x034F, Hi: 0x034F, Stride: 1}, // combining grapheme joiner
	{Lo: 0x061C, Hi: 0x061C, Stride: 1}, // Arabic letter mark
	{Lo: 0x200B, Hi: 0x200B, Stride: 1}, // zero width space
	{Lo: 0x200E, Hi: 0x200F, Stride: 1}, // direction marks
	{Lo: 0x2060, Hi: 0x2064, Stride: 1}, // word joiner and invisible operators
	{Lo: 0xFEFF, Hi: 0xFEFF, Stride: 1}, // byte order mark
}, LatinOffset: 1}

// wrapping are the direction controls around copied text. U+202D and U+202E, which override the direction of text, are
// not among them.
var wrapping = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x202A, Hi: 0x202C, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1},
}}

const (
	nonJoiner = '\u200C'
	joiner    = '\u200D'
	textSign  = '\uFE0E'
	emojiSign = '\uFE0F'
	keycap    = '\u20E3'
	blackFlag = '\U0001F3F4'
	tagEnd    = '\U000E007F'
)

// DropSilent returns the text without invisible characters that have no meaning.
func DropSilent(s string) string {
	return strings.Map(func(r rune) rune {
		if !isPlain(r) && unicode.Is(silent, r) {
			return -1
		}
		return r
	}, s)
}

// isPlain reports whether the rune is a printable ASCII character or a common ideograph: each is its own canonical form
// in any context.
func isPlain(r rune) bool { return r > ' ' && r < 0x7F || r >= 0x4E00 && r <= 0x9FFF }

// isPlainLine reports whether a line consists of plain runes with single spaces between them, as most lines do. Such a
// line is its own canonical form.
func isPlainLine(s string) bool {
	last := ' '
	for _, r := range s {
		if !isPlain(r) && (r != ' ' || last == ' ') {
			return false
		}
		last = r
	}
	return last != ' '
}

// line returns the canonical form of one line; see the package comment. If a character is not allowed, it returns that
// character: utf8.RuneError for bytes that are not valid UTF-8.
func line(s string) (canonical string, wrong rune, ok bool) {
	if isPlainLine(s) {
		return s, 0, true
	}
	if !utf8.ValidString(s) {
		return "", utf8.RuneError, false
	}
	s = strings.TrimFunc(DropSilent(s), func(r rune) bool { return unicode.Is(wrapping, r) || isSpace(r) })
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == textSign:
		case isSpace(r):
			b.WriteByte(' ')
		case r < utf8.RuneSelf || unicode.Is(jamo, r):
			b.WriteRune(r)
		case unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, radicals) && r != emojiSign:
			b.WriteString(norm.NFKC.String(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	folded := strings.Join(strings.FieldsFunc(norm.NFC.String(b.String()), func(r rune) bool { return r == ' ' }), " ")
	runes := []rune(folded)
	out := make([]rune, 0, len(runes))
	for i, r := range runes {
		switch {
		case r == emojiSign && !belongs(runes, i):
		case (r == emojiSign || r == joiner || r == nonJoiner || isTag(r)) && belongs(runes, i):
			out = append(out, r)
		case !Visible(r), unicode.Is(unicode.M, r) && (len(out) == 0 || out[len(out)-1] == ' '):
			return "", r, false
		default:
			out = append(out, r)
		}
	}
	return norm.NFC.String(string(out)), 0, true
}

// isSpace reports whether the rune is white space that is allowed in a line.
func isSpace(r rune) bool { return r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Zs, r) }

// belongs reports whether the joiner, variation selector or tag at an index is part of an emoji sequence (Unicode
// Technical Standard 51) or of the spelling of a word (RFC 5892, CONTEXTJ).
func belongs(runes []rune, i int) bool {
	before, after := rune(0), rune(0)
	if i > 0 {
		before = runes[i-1]
	}
	if i+1 < len(runes) {
		after = runes[i+1]
	}
	switch r := runes[i]; {
	case r == emojiSign:
		return after == keycap && strings.ContainsRune("0123456789#*", before) && before != 0 ||
			pictographic(before) && (joins(runes, i+1) || i > 1 && joins(runes, i-2))
	case r == nonJoiner:
		return isVirama(before) || cursive(beside(runes, i, -1)) && cursive(beside(runes, i, +1))
	case r == joiner:
		return isVirama(before) || joins(runes, i)
	default:
		return isTag(r) && tagged(runes, i)
	}
}

// joins reports whether the rune at an index is a joiner between two emoji.
func joins(runes []rune, i int) bool {
	if i < 1 || i+1 >= len(runes) || runes[i] != joiner || !pictographic(runes[i+1]) {
		return false
	}
	before := runes[i-1]
	if (before == emojiSign || isModifier(before)) && i > 1 {
		before = runes[i-2]
	}
	return pictographic(before)
}

// tagged reports whether the tag at an index is part of a tag sequence that turns a black flag into the flag of a
// region.
func tagged(runes []rune, i int) bool {
	first := i
	for first > 0 && isTag(runes[first-1]) {
		first--
	}
	last := i
	for last+1 < len(runes) && isTag(runes[last+1]) {
		last++
	}
	return first > 0 && runes[first-1] == blackFlag && runes[last] == tagEnd && last-first >= 3 && last-first <= 7
}

func isTag(r rune) bool { return 0xE0020 <= r && r <= tagEnd }

func isModifier(r rune) bool { return 0x1F3FB <= r && r <= 0x1F3FF }

// pictographic reports whether the rune is an emoji that may be joined to others: a symbol of the blocks for emoji.
func pictographic(r rune) bool {
	switch {
	case r == '©', r == '®', r == '‼', r == '⁉', r == '™', r == 'ℹ', r == '〰', r == '〽', r == '㊗', r == '㊙':
		return true
	case 0x2194 <= r && r <= 0x21AA, 0x231A <= r && r <= 0x23FF, 0x25AA <= r && r <= 0x27BF, 0x2934 <= r && r <= 0x2935,
		0x2B05 <= r && r <= 0x2B55:
		return unicode.Is(unicode.S, r)
	default:
		return 0x1F000 <= r && r <= 0x1FAFF && !isModifier(r)
	}
}

// isVirama reports whether the rune is a virama, which suppresses the vowel of an Indic letter: its canonical combining
// class is 9.
func isVirama(r rune) bool { return r != 0 && norm.NFC.PropertiesString(string(r)).CCC() == 9 }

// beside returns the letter next to an index in one direction, skipping marks; 0 if there is none.
func beside(runes []rune, i, step int) rune {
	for i += step; i >= 0 && i < len(runes); i += step {
		if !unicode.Is(unicode.Mn, runes[i]) {
			return runes[i]
		}
	}
	return 0
}

// cursive reports whether the rune is a letter of a script whose letters join to one another.
func cursive(r rune) bool {
	return unicode.Is(unicode.L, r) &&
		unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Phags_Pa, unicode.Mandaic,
			unicode.Adlam, unicode.Hanifi_Rohingya)
}

// Shown returns the visible characters of a text that nobody typed into a form, such as a User-Agent: on one line, at
// most limit bytes. It drops invisible characters, for which a name is refused.
func Shown(s string, limit int) string {
	runes := []rune(strings.ToValidUTF8(s[:min(len(s), 4*limit)], ""))
	var b strings.Builder
	before := ' '
	for i, r := range runes {
		if isSpace(r) {
			r = ' '
		}
		if !Visible(r) && !belongs(runes, i) || before == ' ' && (r == ' ' || unicode.Is(unicode.M, r)) {
			continue
		}
		if b.Len()+utf8.RuneLen(r) > limit {
			break
		}
		b.WriteRune(r)
		before = r
	}
	return strings.TrimRight(b.String(), " ")
}
