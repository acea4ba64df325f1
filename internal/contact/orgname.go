package contact

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ParseOrgName returns the canonical form of an org's name: a name of 1 to limit characters that is safe in messages to
// people outside the org. It can't end the sentence, imitate a sender or contain a link. So ParseOrgName refuses
//
//   - brackets except round ones and title marks (《》), and quotation marks except an apostrophe inside a word,
//   - line breaks,
//   - five or more digits in a row, of any script, and seven with spaces, hyphens or dots between them,
//   - texts that phones turn into links: addresses with a scheme, a double slash or a port, localhost, www., numeric IP
//     addresses, the sign @ and domains, with any variant of the dot and in any style of letters.
//
// The whole label after a dot determines whether it is a domain: "t.cn" and "例子.中国" are, "墨菲.影视", "J.Crew分销", "No.1传媒"
// and "V2.0" are not. A top-level domain followed by Chinese text is a domain too ("t.cn领红包"), unless both sides of the
// dot are spelt like names ("Mr.Li影视").
func ParseOrgName(s string, limit int) (string, error) {
	name, err := ParseName(s, limit)
	if err != nil {
		return "", err
	}
	switch {
	case strings.ContainsAny(strings.TrimSpace(s), "\n\r\v\f\u0085\u2028\u2029"):
		return "", invalid("机构名称不能换行，请写成一行。", "An org's name stands on one line; remove the line break.")
	case quotes(name):
		return "", invalid("机构名称不能含有引号，以及圆括号以外的括号，请去掉或改用圆括号。",
			"An org's name can't hold quotation marks, or brackets other than round ones; remove them, or use round brackets.")
	case longNumber(name):
		return "", invalid("机构名称不能含有电话号码等连续 5 位以上的数字，请去掉后再试。",
			"An org's name can't hold a phone number or five digits in a row; remove them and try again.")
	case holdsLink(name):
		return "", invalid("机构名称不能含有网址、域名或 @，请去掉后再试。",
			"An org's name can't hold a web address, a domain or the sign @; remove it and try again.")
	}
	return name, nil
}

// SafeOrgName returns a name that is safe in messages. It replaces the characters for which ParseOrgName refuses a
// name: names stored by older versions may contain them. It returns "" if nothing else is left.
func SafeOrgName(name string) string {
	if safe, err := ParseOrgName(name, utf8.RuneCountInString(name)); err == nil {
		return safe
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case isQuoting(r) || isDot(r) || strings.ContainsRune("/\\:@'’", r) || !Visible(r) || unicode.Is(unicode.Po, r) &&
			!strings.ContainsRune("！？，、!?,", r):
			return ' '
		case isDigit(r):
			return '#'
		}
		return r
	}, norm.NFKC.String(strings.ToValidUTF8(name, " ")))
	safe, err := ParseOrgName(plain, utf8.RuneCountInString(plain)+1)
	if err != nil || strings.Trim(safe, "# ") == "" {
		return ""
	}
	return safe
}

// quotes reports whether the name contains a quotation mark or a bracket that isQuoting refuses, or an apostrophe
// outside a word.
func quotes(name string) bool {
	runes := []rune(name)
	for i, r := range runes {
		apostrophe := r == '\'' || r == '’' || r == '＇'
		if isQuoting(r) || apostrophe && !(i > 0 && i+1 < len(runes) && spells(runes[i-1]) && spells(runes[i+1])) {
			return true
		}
	}
	return false
}

// spells reports whether the rune is a letter of a script whose spelling has apostrophes.
func spells(r rune) bool { return unicode.IsLetter(r) && !eastAsian(r) }

// isQuoting reports whether the rune is a quotation mark or a bracket, except apostrophes, round brackets and title
// marks.
func isQuoting(r rune) bool {
	for _, r := range norm.NFKC.String(string(r)) {
		switch {
		case strings.ContainsRune("()（）《》〈〉'’", r):
		case unicode.In(r, unicode.Quotation_Mark, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf, marks):
			return true
		}
	}
	return false
}

// marks are characters that look like quotation marks but don't have that Unicode property.
var marks = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: '`', Hi: '`', Stride: 1},
		{Lo: 0xB4, Hi: 0xB4, Stride: 1},
		{Lo: 0x2BA, Hi: 0x2BA, Stride: 1},
		{Lo: 0x2DD, Hi: 0x2DD, Stride: 1},
		{Lo: 0x2EE, Hi: 0x2EE, Stride: 1},
		{Lo: 0x2F5, Hi: 0x2F6, Stride: 1},
		{Lo: 0x5F3, Hi: 0x5F4, Stride: 1},
		{Lo: 0x2032, Hi: 0x2037, Stride: 1},
		{Lo: 0x275B, Hi: 0x2760, Stride: 1},
		{Lo: 0x3003, Hi: 0x3003, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x1F676, Hi: 0x1F678, Stride: 1}},
}

const (
	// digitsInARow is the number of adjacent digits that count as a phone number.
	digitsInARow = 5
	// digitsApart is the number of digits with separators between them that count as a phone number.
	digitsApart = 7
)

// longNumber reports whether the name contains digits that look like a phone number.
func longNumber(name string) bool {
	row, apart, gap := 0, 0, 0
	for _, r := range norm.NFKC.String(name) {
		switch {
		case isDigit(r):
			row, apart, gap = row+1, apart+1, 0
		case unicode.Is(unicode.M, r): // as in a keycap
		case gap < 2 && (unicode.In(r, unicode.Zs, unicode.Pd) || isDot(r) || strings.ContainsRune("()+/_,，、~～—", r)):
			row, gap = 0, gap+1
		default:
			row, apart, gap = 0, 0, 0
		}
		if row >= digitsInARow || apart >= digitsApart {
			return true
		}
	}
	return false
}

// isDigit reports whether the rune is a number of any script, or a Chinese numeral.
func isDigit(r rune) bool {
	return unicode.Is(unicode.N, r) || strings.ContainsRune("〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖", r)
}

// dots replaces characters that people or browsers read as a full stop with a full stop.
var dots = strings.NewReplacer(
	"。", ".", "\u06D4", ".", "\u0701", ".", "\u0702", ".", "\uA4F8", ".", "\uA60E", ".", "\U00010A50", ".", "\U0001D16D",
	".",
)

// middle are dots between the parts of a name. Before letters that are not East Asian they can pass for a full stop.
const middle = "·\u0387\u16EB\u2022\u2027\u2219\u22C5\u25CF\u2E31\u2E33\u30FB\uA78F\uFF65"

func isDot(r rune) bool {
	return r == '.' || dots.Replace(string(r)) == "." || strings.ContainsRune(middle, r)
}

// slashes replaces characters that look like a slash or a colon.
var slashes = strings.NewReplacer("\\", "/", "\u2044", "/", "\u2215", "/", "\u29F8", "/", "∶", ":", "\uA789", ":",
	"\uFE55", ":")

var links = regexp.MustCompile(`//|@|www\.|xn--|\blocalhost\b|[a-z0-9]:[0-9]{3,5}\b|` +
	`\b(https?|ftp|mailto|tel|sms|smsto|callto|sip|weixin|wechat|alipays?|intent|javascript|facetime|skype|tg):|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+`)

func holdsLink(name string) bool {
	folded := norm.NFKC.String(name)
	if links.MatchString(slashes.Replace(dots.Replace(strings.ToLower(folded)))) ||
		links.MatchString(slashes.Replace(withDots(strings.ToLower(folded)))) {
		return true
	}
	runes := []rune(folded)
	for i, r := range runes {
		if i > 0 && isDot(r) && inLabel(runes[i-1]) && leadsSomewhere(runes, i) {
			return true
		}
	}
	return false
}

// withDots replaces all dots, middle dots included, with full stops.
func withDots(s string) string {
	return strings.Map(func(r rune) rune {
		if isDot(r) {
			return '.'
		}
		return r
	}, s)
}

// leadsSomewhere reports whether the labels around the dot at the index form a domain.
func leadsSomewhere(name []rune, dot int) bool {
	after := label(name[dot+1:])
	if len(after) == 0 {
		return false
	}
	latin := after[:len(after)-len(trimLatin(after))]
	if len(latin) == 0 { // Chinese, for example, which separates words with middle dots
		return !strings.ContainsRune(middle, name[dot]) && isTopLevel(after)
	}
	if mixed(latin) {
		return true
	}
	if len(latin) == len(after) {
		return isTopLevel(after)
	}
	return isTopLevel(latin) && !(named(latin) && named(lastLabel(name[:dot])))
}

// label returns the leading letters, marks and digits of a text.
func label(text []rune) []rune {
	for i, r := range text {
		if !inLabel(r) {
			return text[:i]
		}
	}
	return text
}

// lastLabel returns the trailing letters, marks and digits of a text; nil if a dot precedes them.
func lastLabel(text []rune) []rune {
	for i := len(text) - 1; i >= 0; i-- {
		if isDot(text[i]) {
			return nil
		}
		if !inLabel(text[i]) {
			return text[i+1:]
		}
	}
	return text
}

// trimLatin returns the rest of a label from its first East Asian letter or digit.
func trimLatin(text []rune) []rune {
	for i, r := range text {
		if eastAsian(r) || unicode.IsNumber(r) {
			return text[i:]
		}
	}
	return nil
}

// named reports whether a label is spelt like a name: a capital letter, followed by small letters only.
func named(label []rune) bool {
	if len(label) == 0 || !unicode.IsUpper(label[0]) {
		return false
	}
	for _, r := range label[1:] {
		if !unicode.IsLower(r) && !unicode.Is(unicode.M, r) {
			return false
		}
	}
	return true
}

// mixed reports whether a label mixes Latin, Cyrillic and Greek letters, which can look the same.
func mixed(label []rune) bool {
	var scripts [3]bool
	for _, r := range label {
		for i, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
			scripts[i] = scripts[i] || unicode.Is(script, r)
		}
	}
	return scripts[0] && (scripts[1] || scripts[2]) || scripts[1] && scripts[2]
}

//go:embed tlds.txt
var topLevelText string

// topLevels are the existing top-level domains, without accents.
var topLevels = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for line := range strings.Lines(topLevelText) {
		if !strings.HasPrefix(line, "#") {
			known[bare([]rune(strings.TrimSpace(line)))] = true
		}
	}
	return known
})

func isTopLevel(label []rune) bool { return topLevels()[bare(label)] }

// bare returns a label in lower case without accents.
func bare(label []rune) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(string(label)))
}

func inLabel(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) }

func eastAsian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, ideographs)
}
