package viewer

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"deputy/internal/lru"
)

// Cache keeps viewers by the hash of their token, so that most requests read neither session nor memberships. Changes
// of access invalidate them; while notifications of such changes may be missing, it returns nothing. It is safe for
// concurrent use.
type Cache struct {
	// Now is the clock.
	Now func() time.Time
	// Trusted reports whether changes made by other servers arrive; always, when there are no other servers.
	Trusted func() bool

	mu      sync.Mutex
	kept    *lru.Cache[string, cached]
	changes uint64

	found, missed atomic.Int64
}

type cached struct {
	viewer      Viewer
	from, until time.Time
}

// maxCached is the maximum number of viewers, some 2 KB each.
const maxCached = 10_000

// Get returns the viewer with the key.
func (c *Cache) Get(key string) (Viewer, bool) {
	if c == nil {
		return Viewer{}, false
	}
	v, ok := c.get(key)
	if ok {
		c.found.Add(1)
	} else {
		c.missed.Add(1)
	}
	return v, ok
}

func (c *Cache) get(key string) (Viewer, bool) {
	if !c.Trusted() {
		return Viewer{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.viewers().Get(key)
	if now := c.Now(); !ok || now.Before(found.from) || !now.Before(found.until) { // also when the clock was set back
		return Viewer{}, false
	}
	return found.viewer, true
}

// Lookups returns how often Get found a viewer, and how often it did not.
func (c *Cache) Lookups() (found, missed int64) { return c.found.Load(), c.missed.Load() }

// Begin is called before a viewer is read, and returns what Put needs to detect changes meanwhile.
func (c *Cache) Begin() (changes uint64) {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

// Put stores a viewer until a time, unless any access changed since Begin: then it may have been read before the
// change.
func (c *Cache) Put(key string, v Viewer, until time.Time, begun uint64) {
	if c == nil || !c.Trusted() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != begun {
		return
	}
	v.Origin = Origin{}
	c.viewers().Remove(key)
	c.viewers().Add(key, cached{v, c.Now(), until})
}

// viewers returns the cached viewers. The caller holds the lock.
func (c *Cache) viewers() *lru.Cache[string, cached] {
	if c.kept == nil {
		c.kept = lru.New[string, cached](maxCached)
	}
	return c.kept
}

// Forget removes all viewers with a membership in one of the orgs, or with one of the accounts; or simply all.
func (c *Cache) Forget(orgs, accounts []string, everybody bool) {
	if len(orgs) == 0 && len(accounts) == 0 && !everybody {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.viewers().RemoveFunc(func(_ string, found cached) bool {
		in := func(orgID string) bool { _, ok := found.viewer.Memberships[orgID]; return ok }
		return everybody || slices.Contains(accounts, found.viewer.AccountID) || slices.ContainsFunc(orgs, in)
	})
}

// Len returns the number of cached viewers.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.viewers().Len()
}
