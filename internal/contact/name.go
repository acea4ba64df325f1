package contact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ParseName returns the canonical form of a name that fits on one line: 1 to limit characters (code points, after
// normalisation), without white space at the ends and with single spaces inside.
func ParseName(s string, limit int) (string, error) {
	if len(s) > bound(limit) {
		return "", wrongLength(1, limit)
	}
	name, wrong, ok := line(s)
	if !ok {
		return "", hidden(wrong)
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > limit {
		return "", wrongLength(1, limit)
	}
	return name, nil
}

// ParseText returns the canonical form of a text of 0 to limit characters (code points, line ends included). It may
// have several lines, which end with a line feed; each is normalised as a name is. Empty lines stay, but not at the
// ends.
func ParseText(s string, limit int) (string, error) {
	if len(s) > bound(limit) {
		return "", wrongLength(0, limit)
	}
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\n")
	for i := range lines {
		var (
			wrong rune
			ok    bool
		)
		if lines[i], wrong, ok = line(lines[i]); !ok {
			return "", hidden(wrong)
		}
	}
	text := strings.Trim(strings.Join(lines, "\n"), "\n")
	if utf8.RuneCountInString(text) > limit {
		return "", wrongLength(0, limit)
	}
	return text, nil
}

// NameKey returns the key that is equal for names that people would confuse: NFKC, case folded, single spaces. It is
// for comparisons and unique indexes, and is never displayed.
func NameKey(name string) string {
	for range 4 { // folding and normalising undo each other for a few letters; the second round is stable
		plain := strings.ReplaceAll(name, string(emojiSign), "")
		next := strings.Join(strings.Fields(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(plain)))), " ")
		if next == name {
			break
		}
		name = next
	}
	return name
}

func wrongLength(from, to int) error {
	if from == 0 {
		return invalid("最多填写 %d 个字。", "Enter at most %d characters.", to)
	}
	return invalid("请填写 %d 到 %d 个字。", "Enter %d to %d characters.", from, to)
}

// hidden returns the refusal of a character that is not allowed in a name, with its code point.
func hidden(r rune) error {
	switch {
	case r == utf8.RuneError:
		return invalid("文字里有无法识别的字节，请重新输入。", "The text holds bytes that are no characters; type it again.")
	case unicode.Is(unicode.M, r):
		return invalid("字符 %s 需要附在另一个字符上，请去掉后再试。", "The mark %s has no character to stand on; remove it.",
			fmt.Sprintf("U+%04X", r))
	default:
		return invalid("请只使用看得见的文字、数字和标点，去掉字符 %s。",
			"Use only letters, digits and punctuation that can be seen; remove the character %s.", fmt.Sprintf("U+%04X", r))
	}
}
