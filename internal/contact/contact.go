// Package contact converts user input (phone numbers, e-mail addresses, names, descriptions) to a canonical form, or
// returns an error with the correction. Each Parse function is idempotent: it accepts its own results and returns them
// unchanged. So two inputs are equal exactly if their canonical forms are the same string, and a unique index can
// enforce uniqueness.
//
// Every error of a Parse function is a [*deputy/internal/fault.Error] with the code INVALID. It never repeats the
// input, except for the code point of a refused character.
//
// # Names
//
// Letters, marks and digits are normalised to Unicode NFKC, because their compatibility forms look like the plain ones:
// full-width ＡＢＣ１２３, half-width ｶﾅ, mathematical 𝐀, the ligature ﬁ, the Roman numeral Ⅳ, and the radical ⼈ that looks
// like 人. Punctuation and symbols are only normalised to NFC: Chinese names are written with full-width（）and：, and
// people who type ① or ㎡ do not mean 1 or m2. White space of any kind becomes one space. A character is refused only if
// it can deceive: controls, characters that override the direction of text, fillers, private and unassigned code
// points; the message names it. Invisible characters without meaning (zero width spaces, soft hyphens, direction marks)
// are dropped, and so are variation selectors that only choose between the text and the emoji presentation of a
// character. Invisible characters that are part of an emoji or a spelling stay: the joiners inside an emoji (Unicode
// Technical Standard 51), and those between letters of scripts that are spelt with them (RFC 5892, CONTEXTJ).
//
// [NameKey] normalises further, for comparisons: it also ignores case and the width of punctuation, so that 商务（北京） and
// 商务(北京) can't both exist, while each is stored as it was written.
//
// The profiles of golang.org/x/text/secure/precis do not fit: Nickname rewrites the punctuation as well, the user name
// profiles refuse spaces and full-width punctuation, and all of them refuse ideographs that are newer than their
// tables, which people's names in China do contain. Letters of different scripts that look alike (Latin a, Cyrillic а)
// are not unified: no normalisation covers them.
package contact

import "deputy/internal/fault"

// bound returns the maximum length of the input, in bytes, for a result of at most n characters: enough for every
// honest spelling, and too little for an attacker who makes the server normalise megabytes.
func bound(n int) int { return 16*max(n, 0) + 256 }

func invalid(zh, en string, args ...any) error {
	return fault.New(fault.Invalid, fault.Message{Zh: zh, En: en}, args...)
}
