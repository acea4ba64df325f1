package contact_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"deputy/internal/fault"
)

// codePoint is how a message names a character.
var codePoint = regexp.MustCompile(`^U\+[0-9A-F]{4,6}$`)

// row is one input of a table; want is empty when the input is refused.
type row struct{ in, want string }

func check(t *testing.T, parse func(string) (string, error), rows []row) {
	t.Helper()
	for _, r := range rows {
		got, err := parse(r.in)
		if r.want == "" {
			checkRefusal(t, r.in, got, err)
			continue
		}
		if err != nil || got != r.want {
			t.Errorf("%+q: got %+q, %v; want %+q", r.in, got, err, r.want)
		}
	}
}

// checkRefusal wants an INVALID that speaks both languages and repeats nothing of what came in.
func checkRefusal(t *testing.T, in, got string, err error) {
	t.Helper()
	var refusal *fault.Error
	if !errors.As(err, &refusal) || refusal.Code != fault.Invalid || got != "" {
		t.Errorf("%+q: got %+q, %v; want INVALID", in, got, err)
		return
	}
	zh, en := refusal.Text(fault.Zh), refusal.Text(fault.En)
	if !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || en == "" ||
		strings.Contains(zh+en, "%!") {
		t.Errorf("%+q: messages %q and %q", in, zh, en)
	}
	for _, arg := range refusal.Args {
		if _, ok := arg.(int); !ok && !codePoint.MatchString(fmt.Sprint(arg)) {
			t.Errorf("%+q: the message says %v", in, arg)
		}
	}
}

// checkCanonical wants the response to be accepted unchanged, and to hold nothing that cannot be seen.
func checkCanonical(t *testing.T, parse func(string) (string, error), in, got string) {
	t.Helper()
	again, err := parse(got)
	if err != nil || again != got {
		t.Errorf("%+q: %+q becomes %+q, %v", in, got, again, err)
	}
	if !utf8.ValidString(got) || got != strings.TrimSpace(got) {
		t.Errorf("%+q: not trimmed valid text: %+q", in, got)
	}
	for _, r := range got {
		if r == '\n' || r >= 0x20000 && r < 0x3FFFE { // of these planes, nothing but ideographs is ever assigned
			continue
		}
		if r == '\u200c' || r == '\u200d' || r == '\ufe0f' || r >= 0xE0020 && r <= 0xE007F {
			continue // TestWhatBelongsToASignOrASpelling says where these may stand
		}
		if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point,
			unicode.Variation_Selector) {
			t.Errorf("%+q: %+q holds the hidden %U", in, got, r)
		}
		if r != ' ' && unicode.Is(unicode.Zs, r) || r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' {
			t.Errorf("%+q: %+q holds the disguised %U", in, got, r)
		}
	}
}

// hiddenRunes are what no canonical form may hold.
const hiddenRunes = "\x00\x01\x1b\x7f\u0085\u200c\u200d\u202d\u202e" +
	"\u115f\u1160\u3164\uffa0\u180e\u2028\u2029\u2800\ue000\ufdd0\uffff\u0378" +
	"\U000E0001\U000E0061\U000E0100\U000F0000\U0010FFFD\ufffd\ufffc"

// silentRunes show nothing and mean nothing: they are dropped wherever they stand.
const silentRunes = "\u00ad\u034f\u061c\u200b\u200e\u200f\u2060\u2061\u2064\ufeff"

// wrappingRunes are what a copied text is wrapped in: they are dropped at the ends, and refused inside.
const wrappingRunes = "\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
