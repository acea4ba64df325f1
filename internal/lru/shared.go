package lru

import (
	"container/heap"
	"container/list"
	"sync"
)

// Shared is a cache for several owners. When it is full, it evicts the least recently used value of the owner with the
// heaviest share, so that no owner evicts the values of an owner with a lighter share. A value belongs to the owner
// with the lightest share among those that use it. It is safe for concurrent use; make it with NewShared.
type Shared[K comparable, V any] struct {
	mu     sync.Mutex
	most   int
	weight int // of all values
	weigh  func(K, V) int
	known  map[K]*list.Element
	shares map[string]*share
	order  byWeight
}

// share is the values of one owner.
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
	// also is the last other owner that used the value; "" if none did.
	also string
}

// NewShared returns an empty cache with a maximum total weight. weigh returns the weight of a value. A value that is
// heavier than the maximum is not kept.
func NewShared[K comparable, V any](most int, weigh func(K, V) int) *Shared[K, V] {
	return &Shared[K, V]{most: most, weigh: weigh, known: make(map[K]*list.Element), shares: make(map[string]*share)}
}

// Get returns the value of the key for an owner, and reports whether there is one. The value may move to the owner's
// share, unless the owner is "".
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

// handOver moves a value to the other owner that used it last, if that owner's share stays lighter than the present
// owner's, and reports whether it did.
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

// Add keeps the value for an owner unless the key has one already, and returns the kept one: if two callers make a
// value at once, the first is kept.
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

// Len returns the number of values.
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
