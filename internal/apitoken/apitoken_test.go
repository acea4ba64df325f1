package apitoken_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"deputy/internal/apitoken"
)

// TestATokenHasItsForm, its checksum tells one wrong character, and a source of zeros still makes one.
func TestATokenHasItsForm(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		token, err := apitoken.New(rand.Reader)
		if err != nil || !apitoken.Is(token) || seen[token] || len(token) != 56 {
			t.Fatalf("%q %v", token, err)
		}
		seen[token] = true
		for place := len(apitoken.Prefix); place < len(token); place += 7 {
			other := byte('a')
			if token[place] == other {
				other = 'b'
			}
			if wrong := token[:place] + string(other) + token[place+1:]; apitoken.Is(wrong) {
				t.Errorf("%q passes for a token", wrong)
			}
		}
		if apitoken.Is(token[:55]) || apitoken.Is(token+"0") || apitoken.Is(strings.ToUpper(token)) {
			t.Errorf("another form of %q passes", token)
		}
	}
	const want = "deputy_live_00000000000000000000000000000000000000"
	token, err := apitoken.New(bytes.NewReader(make([]byte, 64)))
	if err != nil || !strings.HasPrefix(token, want) || !apitoken.Is(token) {
		t.Errorf("%q %v", token, err)
	}
	if _, err := apitoken.New(bytes.NewReader(nil)); err == nil {
		t.Error("no randomness makes a token")
	}
}

// TestRedactTakesTokensOut of a text, and leaves the rest.
func TestRedactTakesTokensOut(t *testing.T) {
	t.Parallel()
	token, err := apitoken.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := "Bearer " + token + ", and " + token + "."
	if got := apitoken.Redact(text); got != "Bearer deputy_live_…, and deputy_live_…." {
		t.Errorf("%q", got)
	}
	if got := apitoken.Redact("plain"); got != "plain" {
		t.Errorf("%q", got)
	}
}
