package jsonappend_test

import (
	"bytes"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/jsonappend"
)

// FuzzAppendString compares texts with those that gqlgen writes.
func FuzzAppendString(f *testing.F) {
	for _, text := range []string{
		"", "plain", "tab\tline\nreturn\rquote\"back\\slash", "\x00\x01\x1f\x7f", "中文", "👩‍👩‍👧",
		"<&>\u2028", "\xff\xc3(",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want bytes.Buffer
		graphql.MarshalString(text).MarshalGQL(&want)
		if got := jsonappend.AppendString([]byte("x"), text); string(got) != "x"+want.String() {
			t.Errorf("got %q, want %q", got[1:], want.String())
		}
	})
}
