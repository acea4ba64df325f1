// Package feed wakes those who wait for changes in an org, or for changes of what an account may do. It hands on what
// the store announces, and keeps no more than the ids of what changed: what is new is read by whoever waits.
package feed

import (
	"maps"
	"slices"
	"sync"
	"time"

	"deputy/internal/id"
	"deputy/internal/store"
)

// Feed is who waits. The zero value is ready, and safe for concurrent use.
type Feed struct {
	mu       sync.Mutex
	orgs     map[string]map[*Follower]struct{}
	accounts map[string]map[*Follower]struct{}
	access   map[string]map[*Follower]struct{} // by org, who waits for access alone
}

// maxRows is how many ids are kept for a follower.
const maxRows = 1000

// Follower waits for what concerns one org and one account, until it stops.
type Follower struct {
	// Access is sent something when what the account may do in the org may have changed.
	Access <-chan struct{}
	// Updated is sent something when there may be changes in the org.
	Updated <-chan struct{}

	feed             *Feed
	orgID, accountID string
	kinds            []id.Kind
	accessIn         []string // orgs
	access, updated  chan struct{}

	mu   sync.Mutex
	rows []string
	has  map[string]bool // the rows
	lost bool
	from time.Time // of what was lost
	kept time.Time // since when there are rows
}

// Follow begins to wait for the org and the account; one of them may be empty. Rows of the kinds are kept by their ids.
func (f *Feed) Follow(orgID, accountID string, kinds ...id.Kind) *Follower {
	w := &Follower{
		feed: f, orgID: orgID, accountID: accountID, kinds: kinds,
		access: make(chan struct{}, 1), updated: make(chan struct{}, 1),
	}
	w.Access, w.Updated = w.access, w.updated
	f.mu.Lock()
	defer f.mu.Unlock()
	enlist(&f.orgs, orgID, w)
	enlist(&f.accounts, accountID, w)
	return w
}

// AccessIn makes these the orgs, beside the one that is followed, of which Access tells too. What else happens in them
// wakes nobody.
func (w *Follower) AccessIn(orgIDs []string) {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	for _, orgID := range w.accessIn {
		strike(w.feed.access, orgID, w)
	}
	w.accessIn = slices.Clone(orgIDs)
	for _, orgID := range w.accessIn {
		enlist(&w.feed.access, orgID, w)
	}
}

// Stop ends the waiting.
func (w *Follower) Stop() {
	w.AccessIn(nil)
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	strike(w.feed.orgs, w.orgID, w)
	strike(w.feed.accounts, w.accountID, w)
}

func enlist(who *map[string]map[*Follower]struct{}, key string, w *Follower) {
	if key == "" {
		return
	}
	if *who == nil {
		*who = map[string]map[*Follower]struct{}{}
	}
	if (*who)[key] == nil {
		(*who)[key] = map[*Follower]struct{}{}
	}
	(*who)[key][w] = struct{}{}
}

func strike(who map[string]map[*Follower]struct{}, key string, w *Follower) {
	delete(who[key], w)
	if len(who[key]) == 0 {
		delete(who, key)
	}
}

// Len returns how many wait.
func (f *Feed) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[*Follower]struct{}{}
	for _, who := range f.all() {
		for _, followers := range who {
			for w := range followers {
				all[w] = struct{}{}
			}
		}
	}
	return len(all)
}

// Followed returns the orgs and the accounts that somebody waits for.
func (f *Feed) Followed() (orgs, accounts []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for orgID := range f.access {
		if f.orgs[orgID] == nil {
			orgs = append(orgs, orgID)
		}
	}
	return slices.AppendSeq(orgs, maps.Keys(f.orgs)), slices.Collect(maps.Keys(f.accounts))
}

// all returns who waits, by each of what they wait for. The caller has the lock.
func (f *Feed) all() []map[string]map[*Follower]struct{} {
	return []map[string]map[*Follower]struct{}{f.orgs, f.accounts, f.access}
}

// Notify wakes those whom the change concerns. It never waits for any of them.
func (f *Feed) Notify(c store.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.Everybody {
		for _, who := range f.all() {
			for _, followers := range who {
				for w := range followers {
					signal(w.access)
					w.lose(c.Disconnected)
				}
			}
		}
		return
	}
	for _, orgID := range c.Orgs {
		for w := range f.orgs[orgID] {
			signal(w.access)
		}
		for w := range f.access[orgID] {
			signal(w.access)
		}
	}
	for _, accountID := range c.Accounts {
		for w := range f.accounts[accountID] {
			signal(w.access)
		}
	}
	for _, orgID := range c.Updated {
		for w := range f.orgs[orgID] {
			w.add(c)
		}
	}
}

func signal(who chan struct{}) {
	select {
	case who <- struct{}{}:
	default: // it is awake already
	}
}

func (w *Follower) add(c store.Change) {
	w.mu.Lock()
	if len(w.rows) == 0 {
		w.kept, w.has = time.Now(), map[string]bool{}
	}
	for _, row := range c.Rows {
		isRow := func(kind id.Kind) bool { return id.Is(kind, row) }
		if slices.ContainsFunc(w.kinds, isRow) && !w.has[row] {
			w.rows, w.has[row] = append(w.rows, row), true
		}
	}
	kept, over := w.kept, c.Many || len(w.rows) > maxRows
	w.mu.Unlock()
	if over {
		w.lose(time.Since(kept))
		return
	}
	signal(w.updated)
}

// lose drops the rows: what changed since so long ago is to be looked for.
func (w *Follower) lose(since time.Duration) {
	w.mu.Lock()
	if from := time.Now().Add(-since); !w.lost || from.Before(w.from) {
		w.from = from
	}
	if len(w.rows) > 0 && w.kept.Before(w.from) {
		w.from = w.kept
	}
	w.lost, w.rows = true, nil
	w.mu.Unlock()
	signal(w.updated)
}

// Take returns the rows that changed since it was asked last, and whether there may be others. All of them were told at
// most so long ago.
func (w *Follower) Take() (rows []string, lost bool, since time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows, lost = w.rows, w.lost
	if len(rows) > 0 {
		since = time.Since(w.kept)
	}
	if lost {
		since = max(since, time.Since(w.from))
	}
	w.rows, w.lost = nil, false
	return rows, lost, since
}
