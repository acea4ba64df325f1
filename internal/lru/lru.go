// Package lru implements caches with a maximum size that evict the least recently used value.
package lru

import (
	"container/list"
	"sync"
)

// Cache keeps values by key. All callers of Get share the values. It is safe for concurrent use; make it with New.
type Cache[K comparable, V any] struct {
	mu     sync.Mutex
	most   int
	weight int // of all values
	weigh  func(K, V) int
	known  map[K]*list.Element
	order  *list.List
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// New returns an empty cache of at most the given number of values.
func New[K comparable, V any](most int) *Cache[K, V] {
	return NewWeighed(most, func(K, V) int { return 1 })
}

// NewWeighed returns an empty cache with a maximum total weight. weigh returns the weight of a value. A value that is
// heavier than the maximum is not kept.
func NewWeighed[K comparable, V any](most int, weigh func(K, V) int) *Cache[K, V] {
	return &Cache[K, V]{most: most, weigh: weigh, known: make(map[K]*list.Element), order: list.New()}
}

// Get returns the value of the key, and reports whether there is one.
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

// Add keeps the value unless the key has one already, and returns the kept one: if two callers make a value at once,
// the first is kept.
func (c *Cache[K, V]) Add(key K, value V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, known := c.known[key]; known {
		return element.Value.(entry[K, V]).value //nolint:forcetypeassert // nothing else goes in
	}
	weight := c.weigh(key, value)
	if weight > c.most {
		return value
	}
	c.known[key] = c.order.PushFront(entry[K, V]{key, value})
	for c.weight += weight; c.weight > c.most; {
		c.remove(c.order.Back())
	}
	return value
}

// Oldest returns the least recently used value with its key, and false if the cache is empty.
func (c *Cache[K, V]) Oldest() (key K, value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.order.Len() == 0 {
		return key, value, false
	}
	oldest := c.order.Back().Value.(entry[K, V]) //nolint:forcetypeassert // nothing else goes in
	return oldest.key, oldest.value, true
}

// Remove removes the value of the key.
func (c *Cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, known := c.known[key]; known {
		c.remove(element)
	}
}

// RemoveFunc removes the values for which del returns true.
func (c *Cache[K, V]) RemoveFunc(del func(K, V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, element := range c.known {
		if del(key, element.Value.(entry[K, V]).value) { //nolint:forcetypeassert // nothing else goes in
			c.remove(element)
		}
	}
}

func (c *Cache[K, V]) remove(element *list.Element) {
	gone := c.order.Remove(element).(entry[K, V]) //nolint:forcetypeassert // nothing else went in
	delete(c.known, gone.key)
	c.weight -= c.weigh(gone.key, gone.value)
}

// Len returns the number of values.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}
