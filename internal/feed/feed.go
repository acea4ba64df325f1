// Package feed wakes subscribers to the changes in an org, or to the changes of an account's access. It distributes the
// notifications of the store, and keeps only the ids of changed rows: the subscribers read the rows.
package feed

import (
	"maps"
	"slices"
	"sync"
	"time"

	"deputy/internal/id"
	"deputy/internal/store"
)

// Feed is a set of followers. The zero value is ready to use, and safe for concurrent use.
type Feed struct {
	mu       sync.Mutex
	orgs     map[string]map[*Follower]struct{}
	accounts map[string]map[*Follower]struct{}
	access   map[string]map[*Follower]struct{} // by org, the followers of changes of access only
}

// maxRows is the maximum number of ids that are kept for a follower.
const maxRows = 1000

// Follower receives the changes of one org and one account, until Stop is called.
type Follower struct {
	// Access receives a value when the account's access in the org may have changed.
	Access <-chan struct{}
	// Updated receives a value when there may be changes in the org.
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
	from time.Time // of the lost changes
	kept time.Time // when the first of the rows was added
}

// Follow adds a follower of the org and the account; one of them may be empty. The follower keeps the ids of changed
// rows of the kinds.
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

// AccessIn replaces the other orgs whose changes of access are sent to Access too. Other changes in them are not sent.
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

// Stop removes the follower from the feed.
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

// Len returns the number of followers.
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

// Followed returns the orgs and the accounts that have followers.
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

// all returns the followers by org, by account and by access. The caller must hold the lock.
func (f *Feed) all() []map[string]map[*Follower]struct{} {
	return []map[string]map[*Follower]struct{}{f.orgs, f.accounts, f.access}
}

// Notify wakes the followers that the change concerns. It never blocks.
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
	default: // a signal is pending already
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

// lose drops the rows. The follower must look for changes since that time itself.
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

// Take returns the rows that changed since the last call, whether there may be others, and the age of the oldest of
// these changes.
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
