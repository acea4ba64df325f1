package plan_test

import (
	"testing"

	"deputy/internal/plan"
)

func TestKey(t *testing.T) {
	if got := plan.Key("name"); got != `"name":` {
		t.Error(got)
	}
}

func TestCacheKeepsWhatWasUsedLast(t *testing.T) {
	c := plan.NewCache[string, int](2)
	c.Add("a", 1)
	c.Add("b", 2)
	c.Add("a", 3) // the first stays
	if v, ok := c.Get("a"); v != 1 || !ok {
		t.Error(v, ok)
	}
	c.Add("c", 4)
	if _, ok := c.Get("b"); ok || c.Len() != 2 {
		t.Error("the cache keeps what was not used for longest")
	}
	if v, ok := c.Get("c"); v != 4 || !ok {
		t.Error(v, ok)
	}
}
