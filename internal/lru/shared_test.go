package lru_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"deputy/internal/lru"
)

// TestOneOwnerPushesOutItsOwn: who brings more than there is room for loses what it brought, and others lose nothing.
func TestOneOwnerPushesOutItsOwn(t *testing.T) {
	t.Parallel()
	c := lru.NewShared(100, func(string, int) int { return 1 })
	for i := range 10 {
		c.Add("quiet", fmt.Sprint("q", i), i)
	}
	for i := range 1000 {
		c.Add("loud", fmt.Sprint("l", i), i)
	}
	for i := range 10 {
		if _, ok := c.Get("quiet", fmt.Sprint("q", i)); !ok {
			t.Errorf("q%d is gone", i)
		}
	}
	if _, ok := c.Get("loud", "l999"); !ok || c.Len() != 100 {
		t.Errorf("%d values, the last of them there: %v", c.Len(), ok)
	}
	// What the loud one brought first and others use is theirs.
	c.Add("loud", "common", 1)
	c.Get("quiet", "common")
	for i := range 1000 {
		c.Add("loud", fmt.Sprint("m", i), i)
	}
	if _, ok := c.Get("quiet", "common"); !ok {
		t.Error("what a quiet one uses is gone")
	}
}

// TestSharesStayWithinBounds adds and gets at random: the weight is never beyond the bound, what an owner has below an
// equal share stays, and each value is that of its key.
func TestSharesStayWithinBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		const most, owners = 40, 4
		weigh := func(key int, _ string) int { return 1 + key%3 }
		c := lru.NewShared(most, weigh)
		kept := map[int]bool{}
		for range rapid.IntRange(1, 200).Draw(r, "steps") {
			owner := fmt.Sprint(rapid.IntRange(0, owners-1).Draw(r, "owner"))
			key := rapid.IntRange(0, 60).Draw(r, "key")
			if rapid.Bool().Draw(r, "add") {
				c.Add(owner, key, fmt.Sprint(key))
				kept[key] = true
			}
			if value, ok := c.Get(owner, key); ok && (value != fmt.Sprint(key) || !kept[key]) {
				r.Fatalf("%d is %q", key, value)
			} else if !ok && kept[key] && c.Len() < most/3-1 {
				r.Fatalf("%d is gone, and there is room", key)
			}
		}
		if c.Len() > most {
			r.Fatalf("%d values", c.Len())
		}
	})
}
