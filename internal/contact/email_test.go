package contact_test

import (
	"net/mail"
	"strings"
	"testing"

	"deputy/internal/contact"
)

func TestParseEmail(t *testing.T) {
	const want = "li.lei+x@example.com"
	local64, label := strings.Repeat("a", 64), strings.Repeat("b", 60)
	long := local64 + "@" + label + "." + label + "." + label + "."
	check(t, contact.ParseEmail, []row{
		{"li.lei+x@example.com", want},
		{" Li.Lei+X@Example.COM\r\n", want},
		{"ｌｉ.ｌｅｉ+ｘ＠ｅｘａｍｐｌｅ．ｃｏｍ", want},
		{"li.lei+x@example。com", want},
		{"\u3000li.lei+x@example｡com\u3000", want},
		{"liLei@example.com", "lilei@example.com"},
		{"\u212Aate@example.com", "kate@example.com"},
		{"o'neil_!#$%&*/=?^`{|}~-@example.com", "o'neil_!#$%&*/=?^`{|}~-@example.com"},
		{"a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s"},
		{"a@XN--FSQU00A.xn--fiqs8s", "a@xn--fsqu00a.xn--fiqs8s"},
		{"a@bücher.de", "a@xn--bcher-kva.de"},
		{"a@bu\u0308cher.de", "a@xn--bcher-kva.de"},
		{"a@straße.de", "a@xn--strae-oqa.de"},
		{"a@\u0430pple.com", "a@xn--pple-43d.com"},
		{local64 + "@example.com", local64 + "@example.com"},
		{long + "coc.de", long + "coc.de"},
		{long + "coco.de", ""},
		{local64 + "a@example.com", ""},
		{"a@" + strings.Repeat("b", 64) + ".com", ""},
		{"", ""},
		{"@", ""},
		{"a", ""},
		{"a@", ""},
		{"@example.com", ""},
		{"a@b@example.com", ""},
		{"a@localhost", ""},
		{"a@example.com.", ""},
		{"a@.example.com", ""},
		{"a@example..com", ""},
		{"a@-example.com", ""},
		{"a@exa_mple.com", ""},
		{"a@127.0.0.1", ""},
		{"a@[127.0.0.1]", ""},
		{"a@１２７.0.0.1", ""},
		{"a@xn--zzzzzzzz99999.com", ""},
		{".a@example.com", ""},
		{"a.@example.com", ""},
		{"a..b@example.com", ""},
		{"a b@example.com", ""},
		{"a\tb@example.com", ""},
		{`"a b"@example.com`, ""},
		{`"a"@example.com`, ""},
		{"Li Lei <a@example.com>", ""},
		{"<a@example.com>", ""},
		{"a(comment)@example.com", ""},
		{"a@example.com(comment)", ""},
		{"a@example.com, b@example.com", ""},
		{"a@example.com\r\nBcc: b@example.com", ""},
		{"李雷@example.com", ""},
		{"\u0430@example.com", ""},
		{"a@exa mple.com", ""},
		{"a@exa\u00a0mple.com", ""},
		{"a@example.com\x00", ""},
		{"a@example.com\xff", ""},
		{"a@exam\ufe0fple.com", ""},
		{strings.Repeat(" ", 1<<20) + "a@example.com", ""},
	})
	for _, r := range hiddenRunes {
		check(t, contact.ParseEmail, []row{{"a" + string(r) + "b@example.com", ""}, {"ab@exa" + string(r) + "mple.com", ""}})
	}
}

func TestMaskEmail(t *testing.T) {
	for in, want := range map[string]string{
		"lilei@example.com": "l***@example.com",
		"ab@example.com":    "a***@example.com",
		"a@example.com":     "***@example.com",
		"":                  "****",
		"lilei":             "****",
		"@example.com":      "****",
		"lilei@":            "****",
	} {
		if got := contact.MaskEmail(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{
		"a@example.com", " A.B+c＠例子。中国 ", "a@xn--fsqu00a.xn--fiqs8s", "a@b\u200d.com",
		"a@straße.de", "x@\u0430.co", `"a"@b.co`, "a@faß.ⅷ.℡", "a@א.קום",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		contact.MaskEmail(s)
		got, err := contact.ParseEmail(s)
		if err != nil {
			checkRefusal(t, s, got, err)
			return
		}
		if address, err := mail.ParseAddress(got); err != nil || address.Address != got || address.Name != "" {
			t.Errorf("%+q: net/mail reads %+q as %v, %v", s, got, address, err)
		}
		for _, r := range got {
			if r <= ' ' || r >= 0x7f || 'A' <= r && r <= 'Z' {
				t.Errorf("%+q: %+q holds %U", s, got, r)
			}
		}
		if len(got) > 254 || strings.IndexByte(got, '@') > 64 {
			t.Errorf("%+q: %d bytes", s, len(got))
		}
		checkCanonical(t, contact.ParseEmail, s, got)
	})
}
