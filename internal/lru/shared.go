package lru

import (
	"container/heap"
	"container/list"
	"sync"
)

// Shared is a Cache that several owners fill. When it is full, the owner who has most on it loses what it used least
// recently, so that nobody pushes out what belongs to those who have less. A value belongs to whoever of those that use
// it has least. It is safe for concurrent use; make it with NewShared.
type Shared[K comparable, V any] struct {
	mu     sync.Mutex
	most   int
	weight int // of all that it holds
	weigh  func(K, V) int
	known  map[K]*list.Element
	shares map[string]*share
	order  byWeight
}

// share is what belongs to one owner.
type share struct {
	owner  string
	weight int
	order  *list.List
	place  int // in the heap
}

type owned[K comparable, V any] struct {
	key    K
	value  V
	weight int
	of     *share
	// also used it last, of the owners that it does not belong to; nobody when empty.
	also string
}

// NewShared makes an empty cache of values that together weigh at most so much, as weigh finds. What weighs more alone
// is not kept.
func NewShared[K comparable, V any](most int, weigh func(K, V) int) *Shared[K, V] {
	return &Shared[K, V]{most: most, weigh: weigh, known: make(map[K]*list.Element), shares: make(map[string]*share)}
}

// Get returns the value of the key for an owner, and whether there is one. An owner without a name takes nothing over.
func (c *Shared[K, V]) Get(owner string, key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.known[key]
	if !ok {
		return value, false
	}
	one := element.Value.(*owned[K, V]) //nolint:forcetypeassert // nothing else goes in
	one.of.order.MoveToFront(element)
	if owner != "" && one.of.owner != owner {
		one.also = owner
		c.handOver(element)
	}
	return one.value, true
}

// handOver gives a value to who used it too, if they have less than who has it, and reports whether it did.
func (c *Shared[K, V]) handOver(element *list.Element) bool {
	one := element.Value.(*owned[K, V]) //nolint:forcetypeassert // nothing else goes in
	less, from := 0, one.of
	if other := c.shares[one.also]; other != nil {
		less = other.weight
	}
	if one.also == "" || less+one.weight >= from.weight {
		return false
	}
	c.remove(element)
	c.put(one.also, one.key, one.value, one.weight)
	return true
}

// Add keeps the value for an owner, and returns the one that is kept: of two that were made at once the first stays.
func (c *Shared[K, V]) Add(owner string, key K, value V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, known := c.known[key]; known {
		return element.Value.(*owned[K, V]).value //nolint:forcetypeassert // nothing else goes in
	}
	weight := c.weigh(key, value)
	if weight > c.most {
		return value
	}
	c.put(owner, key, value, weight)
	for c.weight > c.most {
		if last := c.order[0].order.Back(); !c.handOver(last) {
			c.remove(last)
		}
	}
	return value
}

// Len returns how many values it holds.
func (c *Shared[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known)
}

func (c *Shared[K, V]) put(owner string, key K, value V, weight int) {
	s := c.shares[owner]
	if s == nil {
		s = &share{owner: owner, order: list.New()}
		c.shares[owner] = s
		heap.Push(&c.order, s)
	}
	c.known[key] = s.order.PushFront(&owned[K, V]{key: key, value: value, weight: weight, of: s})
	s.weight += weight
	c.weight += weight
	heap.Fix(&c.order, s.place)
}

func (c *Shared[K, V]) remove(element *list.Element) {
	one := element.Value.(*owned[K, V]) //nolint:forcetypeassert // nothing else goes in
	one.of.order.Remove(element)
	delete(c.known, one.key)
	one.of.weight -= one.weight
	c.weight -= one.weight
	if one.of.order.Len() > 0 {
		heap.Fix(&c.order, one.of.place)
		return
	}
	heap.Remove(&c.order, one.of.place)
	delete(c.shares, one.of.owner)
}

// byWeight is a heap of shares, the heaviest first.
type byWeight []*share

// Len implements sort.Interface.
func (h byWeight) Len() int { return len(h) }

// Less implements sort.Interface.
func (h byWeight) Less(i, j int) bool { return h[i].weight > h[j].weight }

// Swap implements sort.Interface.
func (h byWeight) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *byWeight) Push(x any) {
	s := x.(*share) //nolint:forcetypeassert // nothing else goes in
	s.place = len(*h)
	*h = append(*h, s)
}

// Pop implements heap.Interface.
func (h *byWeight) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
