package contact

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ParseOrgName answers the canonical form of an org's name: a name of 1 to limit characters that holds no link. The name goes
// into messages to people outside the org, where a phone would make a link of anything that looks like one. So it refuses
// addresses with a scheme or a double slash, www., numeric IP addresses, the sign @ and domains: a dot between a letter or
// digit and two or more letters of one kind (t.cn, 例子.中国), whatever character stands in for the dot and however the letters
// are dressed up. "No.1传媒", "V2.0" and "J.K工作室" are names.
func ParseOrgName(s string, limit int) (string, error) {
	name, err := ParseName(s, limit)
	if err != nil {
		return "", err
	}
	if holdsLink(name) {
		return "", invalid("机构名称不能含有网址、域名或 @，请去掉后再试。",
			"An org's name can't hold a web address, a domain or the sign @; remove it and try again.")
	}
	return name, nil
}

// dots makes one of the characters that are read as a full stop, by people or by browsers.
var dots = strings.NewReplacer(
	"。", ".", "\u06D4", ".", "\u0701", ".", "\u0702", ".", "\uA4F8", ".", "\uA60E", ".", "\U00010A50", ".", "\U0001D16D", ".",
)

// slashes makes one of the characters that are read as a slash.
var slashes = strings.NewReplacer("\\", "/", "\u2044", "/", "\u2215", "/", "\u29F8", "/", "∶", ":", "\uA789", ":")

var links = regexp.MustCompile(`//|@|www\.|\b(https?|ftp|mailto|tel|sms|weixin|intent):|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+`)

func holdsLink(name string) bool {
	plain := slashes.Replace(dots.Replace(strings.ToLower(norm.NFKC.String(name))))
	if links.MatchString(plain) {
		return true
	}
	runes := []rune(plain)
	for i, r := range runes {
		if r == '.' && i > 0 && inLabel(runes[i-1]) && startsDomain(runes[i+1:]) {
			return true
		}
	}
	return false
}

// startsDomain tells whether two letters of one kind follow; a top-level domain is never shorter, and never begins with a digit.
func startsDomain(after []rune) bool {
	var letters []rune
	for _, r := range after {
		if unicode.IsLetter(r) {
			letters = append(letters, r)
		} else if !unicode.IsMark(r) {
			break
		}
		if len(letters) == 2 {
			return eastAsian(letters[0]) == eastAsian(letters[1])
		}
	}
	return false
}

func inLabel(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) }

func eastAsian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, ideographs)
}
