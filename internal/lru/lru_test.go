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

func TestWeighedCacheKeepsWhatItCanBear(t *testing.T) {
	c := lru.NewWeighed(10, func(text string, _ int) int { return len(text) })
	c.Add("four", 1)
	c.Add("fives", 2)
	c.Add("much too long", 3)
	if _, ok := c.Get("four"); !ok || c.Len() != 2 {
		t.Error("something heavier than all pushed out the others, or was kept")
	}
	c.Add("ab", 4)
	if _, ok := c.Get("fives"); ok || c.Len() != 2 {
		t.Error("more is kept than may be")
	}
	c.Add("wxyz", 5)
	if _, ok := c.Get("four"); !ok || c.Len() != 3 {
		t.Error("what left still weighs")
	}
}

func TestWhatIsRemovedIsGone(t *testing.T) {
	c := lru.NewWeighed(10, func(text string, _ int) int { return len(text) })
	if _, _, ok := c.Oldest(); ok {
		t.Error("an empty cache has an oldest value")
	}
	c.Add("four", 1)
	c.Add("abc", 2)
	c.Add("xyz", 3)
	c.Get("four")
	if key, value, ok := c.Oldest(); key != "abc" || value != 2 || !ok {
		t.Errorf("the oldest is %s, %d, %v", key, value, ok)
	}
	c.Remove("abc")
	c.Remove("abc")
	c.Add("def", 4)
	if _, ok := c.Get("xyz"); !ok || c.Len() != 3 {
		t.Error("what was removed still weighs")
	}
	c.RemoveFunc(func(_ string, value int) bool { return value > 1 })
	if _, ok := c.Get("four"); !ok || c.Len() != 1 {
		t.Error("not what was told is gone")
	}
}
