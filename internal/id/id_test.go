package id_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"deputy/internal/id"
)

func TestIdsSortByTheOrderTheyWereMadeIn(t *testing.T) {
	made := make([]string, 5000)
	for i := range made {
		made[i] = id.New(id.Role)
	}
	if !slices.IsSorted(made) {
		t.Fatal("ids are out of order")
	}
	if n := len(slices.Compact(slices.Clone(made))); n != len(made) {
		t.Fatalf("only %d of %d ids differ", n, len(made))
	}
}

func TestIdsMadeAtOnceDiffer(t *testing.T) {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = map[string]bool{}
	)
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				made := id.New(id.Session)
				mu.Lock()
				seen[made] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 8000 {
		t.Fatalf("only %d of 8000 ids differ", len(seen))
	}
}

// FuzzKindOf feeds hostile ids: what is taken for an id has the one form that New makes.
func FuzzKindOf(f *testing.F) {
	f.Add(id.New(id.Org))
	f.Add("org_")
	f.Add("ORG_00000000000000000000")
	f.Add("org_0000000000000000000'")
	f.Add("org_\u0661000000000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		kind, ok := id.KindOf(s)
		if !ok {
			return
		}
		if len(s) != id.Len || !strings.HasPrefix(s, string(kind)+"_") || strings.ToLower(s) != s ||
			strings.ContainsAny(s, "'\"%\x00 -;") {
			t.Fatalf("%q was taken for an id", s)
		}
		if !id.Is(kind, s) {
			t.Fatalf("%q is and is not a %s", s, kind)
		}
	})
}
