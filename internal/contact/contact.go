// Package contact brings what people type (phone numbers, e-mail addresses, names, descriptions) to one canonical form,
// or refuses it with what to do instead. Each Parse function is idempotent: what it answers, it accepts and answers
// unchanged. So two inputs mean the same exactly when their canonical forms are the same string, and a unique index can
// say so.
//
// Every error of a Parse function is a [*deputy/internal/fault.Error] with the code INVALID. It never repeats the
// input, but for the code point of a character that is in the way.
//
// # Names
//
// Letters, marks and digits are taken to Unicode NFKC, because their compatibility forms look like the plain ones:
// full-width ＡＢＣ１２３, half-width ｶﾅ, mathematical 𝐀, the ligature ﬁ, the Roman numeral Ⅳ, and the radical ⼈ that is
// drawn like 人. Punctuation and symbols are only taken to NFC: Chinese names are written with full-width（）and：, and ①
// or ㎡ is not what a person means by 1 or m2. White space of any kind becomes one space. A character is refused only
// where it can deceive: controls, characters that turn the direction of what is read, fillers, private and unassigned
// code points; the message names it. What shows nothing and means nothing (zero width spaces, soft hyphens, direction
// marks) is dropped, and so are variation selectors that only choose between the text and the emoji drawing of a
// character. What belongs to a sign or a spelling stays: the joiners inside an emoji (Unicode Technical Standard 51),
// and those between letters of scripts that are spelt with them (RFC 5892, CONTEXTJ).
//
// [NameKey] goes further, for comparing: it also ignores case and the width of punctuation, so that 商务（北京） and
// 商务(北京) can be kept from standing side by side, while each is stored as it was written.
//
// The profiles of golang.org/x/text/secure/precis do not fit: Nickname rewrites the punctuation as well, the user name
// profiles refuse spaces and full-width punctuation, and all of them refuse ideographs that are newer than their
// tables, which people's names in China do contain. Letters of different scripts that look alike (Latin a, Cyrillic а)
// are not made one: no normalisation covers them.
package contact

import "deputy/internal/fault"

// bound returns how many bytes of input are looked at for a result of at most n characters: enough for every honest way
// of writing it, little enough that nobody makes the server normalise a megabyte.
func bound(n int) int { return 16*max(n, 0) + 256 }

func invalid(zh, en string, args ...any) error {
	return fault.New(fault.Invalid, fault.Message{Zh: zh, En: en}, args...)
}
