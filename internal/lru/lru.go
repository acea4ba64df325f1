// Package lru keeps a bounded number of values, the least recently used leaving first.
package lru

import (
	"container/list"
	"sync"
)

// Cache keeps values by keys. What it holds is shared by all who get it. It is safe for concurrent use; make it with
// New.
type Cache[K comparable, V any] struct {
	mu     sync.Mutex
	most   int
	weight int // of all that it holds
	weigh  func(K, V) int
	known  map[K]*list.Element
	order  *list.List
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// New makes an empty cache of at most so many values.
func New[K comparable, V any](most int) *Cache[K, V] {
	return NewWeighed(most, func(K, V) int { return 1 })
}

// NewWeighed makes an empty cache of values that together weigh at most so much, as weigh finds. What weighs more alone
// is not kept.
func NewWeighed[K comparable, V any](most int, weigh func(K, V) int) *Cache[K, V] {
	return &Cache[K, V]{most: most, weigh: weigh, known: make(map[K]*list.Element), order: list.New()}
}

// Get returns the value of the key, and whether there is one.
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

// Add keeps the value, and returns the one that is kept: of two that were made at once the first stays.
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

// Oldest returns the least recently used value with its key, and false when there is none.
func (c *Cache[K, V]) Oldest() (key K, value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.order.Len() == 0 {
		return key, value, false
	}
	oldest := c.order.Back().Value.(entry[K, V]) //nolint:forcetypeassert // nothing else goes in
	return oldest.key, oldest.value, true
}

// Remove drops the value of the key.
func (c *Cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, known := c.known[key]; known {
		c.remove(element)
	}
}

// RemoveFunc drops the values for which del returns true.
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

// Len returns how many values it holds.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}
