package lru_test

import (
	"testing"

	"deputy/internal/lru"
)

func TestCacheKeepsWhatWasUsedLast(t *testing.T) {
	c := lru.New[string, int](2)
	c.Add("a", 1)
	c.Add("b", 2)
	if kept := c.Add("a", 3); kept != 1 {
		t.Errorf("%d was kept after the first", kept)
	}
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
