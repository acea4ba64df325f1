package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// radicals are symbols that are drawn exactly like ideographs.
var radicals = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x2E80, Hi: 0x2FDF, Stride: 1}}}

// jamo are letters whose compatibility form is drawn differently: a lone ㅋ would become part of a syllable.
var jamo = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3131, Hi: 0x318E, Stride: 1}}}

// ideographs are CJK extensions I and J. Unicode added them (I for the names of people in China) after the version that
// package unicode may still hold.
var ideographs = &unicode.RangeTable{R32: []unicode.Range32{{Lo: 0x2EBF0, Hi: 0x2EE5D, Stride: 1}, {Lo: 0x323B0, Hi: 0x33479, Stride: 1}}}

// blank are symbols that show nothing, or stand for text that was lost on the way.
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0xFFFC, Hi: 0xFFFD, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1D159, Hi: 0x1D159, Stride: 1}},
}

// visible tells whether the rune may stand in a canonical form: something that can be seen, or a plain space.
func visible(r rune) bool {
	if unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, blank) {
		return false
	}
	return r == ' ' || unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, ideographs)
}

// line brings one line to its canonical form, as the package comment says. It answers false when the line holds something
// that cannot be seen, or a combining mark that has nothing to combine with.
func line(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\uFE0E' || r == '\uFE0F':
		case r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case r < utf8.RuneSelf || unicode.Is(jamo, r):
			b.WriteRune(r)
		case unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, radicals):
			b.WriteString(norm.NFKC.String(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	folded := strings.Join(strings.FieldsFunc(norm.NFC.String(b.String()), func(r rune) bool { return r == ' ' }), " ")
	before := ' '
	for _, r := range folded {
		if !visible(r) || before == ' ' && unicode.Is(unicode.M, r) {
			return "", false
		}
		before = r
	}
	return folded, true
}
