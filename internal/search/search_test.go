package search_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"deputy/internal/search"
)

// letters are few, so that texts hold one another often.
var letters = rapid.StringOfN(rapid.RuneFrom([]rune("aAbB%_0机构口红")), 0, 8, -1)

// TestWhoeverHoldsATextKeepsItsGrams is what lets an index stand in for looking into every text.
func TestWhoeverHoldsATextKeepsItsGrams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, text, after := letters.Draw(t, "before"), letters.Draw(t, "text"), letters.Draw(t, "after")
		kept := search.Of("org_1", "number", before+text+after)
		for _, asked := range []string{text, strings.ToUpper(text), strings.ToLower(text)} {
			for _, gram := range search.For("org_1", asked) {
				if !slices.Contains(kept, gram) {
					t.Fatalf("%q holds %q, and keeps not all of its grams", before+text+after, asked)
				}
			}
		}
	})
}

func TestGramsTellTextsApart(t *testing.T) {
	kept := search.Of("org_1", "口红礼盒", "DY20260301")
	for _, other := range []string{"红口", "盒D", "茶", "DY3"} {
		if !slices.ContainsFunc(search.For("org_1", other), func(gram int32) bool { return !slices.Contains(kept, gram) }) {
			t.Errorf("%q would be looked into for %q", kept, other)
		}
	}
	for _, gram := range search.For("org_2", "口红") {
		if slices.Contains(kept, gram) {
			t.Error("another org shares grams")
		}
	}
	if got := search.For("org_1", "D"); len(got) != 1 || !slices.Contains(kept, got[0]) {
		t.Errorf("a single letter asks for %v", got)
	}
	if got := search.Grams([]int32{-7, 12}).Match(); strings.TrimSpace(got) != `"-7" "12"` {
		t.Errorf("SQLite is asked for %s", got)
	}
}

func TestGramsAreReadAsTheyAreStored(t *testing.T) {
	for _, kept := range []search.Grams{nil, search.Of("org_1", "口红"), {-7}, {-2147483648, 0, 2147483647}} {
		stored, err := kept.Value()
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []any{stored, []byte(stored.(string))} {
			var again search.Grams
			if err := again.Scan(form); err != nil || !slices.Equal(again, kept) {
				t.Errorf("%v came back as %v: %v", kept, again, err)
			}
		}
	}
	var broken search.Grams
	for _, form := range []any{nil, 7, "{x}", "{99999999999}"} {
		if err := broken.Scan(form); err == nil {
			t.Errorf("%v is read as %v", form, broken)
		}
	}
}
