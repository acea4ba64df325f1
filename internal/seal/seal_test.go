package seal_test

import (
	"encoding/base64"
	"testing"

	"deputy/internal/seal"
)

func TestASealedTextOpensAsItIsAndWhereItBelongs(t *testing.T) {
	t.Parallel()
	s := seal.New([]byte("secret"), "test", 12)
	text := s.Seal("list\x00", []byte("body"))
	if text != "05g5vQazmOYKBsW8Ym9keQ" {
		t.Errorf("sealed as %s, which other servers do not read", text)
	}
	if body, ok := s.Open("list\x00", text); !ok || string(body) != "body" {
		t.Errorf("opened as %q, %v", body, ok)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := append([]byte(nil), raw...)
		changed[i] ^= 1
		if _, ok := s.Open("list\x00", base64.RawURLEncoding.EncodeToString(changed)); ok {
			t.Errorf("byte %d was changed, and it opened", i)
		}
	}
	for name, other := range map[string]string{
		"cut": text[:4], "empty": "", "line break": text[:8] + "\n" + text[8:],
		"loose bits": text[:len(text)-1] + "R",
	} {
		if _, ok := s.Open("list\x00", other); ok {
			t.Errorf("%s: %q opened", name, other)
		}
	}
	if _, ok := s.Open("other\x00", text); ok {
		t.Error("it opened in another place")
	}
	if _, ok := seal.New([]byte("secret"), "other", 12).Open("list\x00", text); ok {
		t.Error("it opened for another use")
	}
	if _, ok := seal.New([]byte("another"), "test", 12).Open("list\x00", text); ok {
		t.Error("it opened with another secret")
	}
}
