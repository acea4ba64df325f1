package contact

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ParseName answers the canonical form of a name that fits on one line: 1 to limit characters (code points, after
// normalisation), without white space at the ends and with single spaces inside.
func ParseName(s string, limit int) (string, error) {
	if len(s) > bound(limit) {
		return "", wrongLength(1, limit)
	}
	name, ok := line(s)
	if !ok {
		return "", hidden()
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > limit {
		return "", wrongLength(1, limit)
	}
	return name, nil
}

// ParseText answers the canonical form of a text of 0 to limit characters (code points, line ends included). It may have
// several lines, which end with a line feed; each is normalised as a name is. Empty lines stay, but not at the ends.
func ParseText(s string, limit int) (string, error) {
	if len(s) > bound(limit) {
		return "", wrongLength(0, limit)
	}
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\n")
	for i := range lines {
		var ok bool
		if lines[i], ok = line(lines[i]); !ok {
			return "", hidden()
		}
	}
	text := strings.Trim(strings.Join(lines, "\n"), "\n")
	if utf8.RuneCountInString(text) > limit {
		return "", wrongLength(0, limit)
	}
	return text, nil
}

// NameKey answers what two names have in common when people would take one for the other: NFKC, case folded, single spaces.
// It is for comparing, and for unique indexes; it is never shown.
func NameKey(name string) string {
	for range 4 { // folding and normalising undo each other for a few letters; it settles in the second round
		next := strings.Join(strings.Fields(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))), " ")
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

func hidden() error {
	return invalid("请只使用看得见的文字、数字和标点，去掉控制字符和隐藏字符。",
		"Use only letters, digits and punctuation that can be seen; remove control and hidden characters.")
}
