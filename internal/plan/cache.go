package plan

import (
	"container/list"
	"sync"
)

// Cache keeps a number of values, the least recently used leaving first. What it holds is shared, so it must not change. It is
// safe for concurrent use; make it with NewCache.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	most  int
	known map[K]*list.Element
	order *list.List
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// NewCache makes an empty cache of at most so many values.
func NewCache[K comparable, V any](most int) *Cache[K, V] {
	return &Cache[K, V]{most: most, known: make(map[K]*list.Element, most), order: list.New()}
}

// Get answers the value of the key, and whether there is one.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.known[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(element)
	return element.Value.(entry[K, V]).value, true //nolint:forcetypeassert // nothing else goes in
}

// Add keeps the value. Of two that were made at once the first stays.
func (c *Cache[K, V]) Add(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.known[key]; known {
		return
	}
	c.known[key] = c.order.PushFront(entry[K, V]{key, value})
	for c.order.Len() > c.most {
		gone := c.order.Remove(c.order.Back()).(entry[K, V]) //nolint:forcetypeassert // nothing else went in
		delete(c.known, gone.key)
	}
}

// Len answers how many values it holds.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}
