// Package share shares scarce places, such as connections to the database, fairly among accounts and orgs: a caller
// that takes many places waits for its own to be released, and does not block others.
package share

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"deputy/internal/fault"
)

// Caller identifies the caller that a place is taken for.
type Caller struct {
	// Account is the account, or another key for a caller without one. If it is empty, no account's share applies.
	Account string
	// Org is the org of the request. If it is empty, no org's share applies.
	Org string
	// Ahead gives the caller priority over others of its account and org, for requests that revoke access or sign people
	// in.
	Ahead bool
}

// Patience is the default time limit of Take.
const Patience = 10 * time.Second

// kept is the maximum number of places that are reserved, for callers with priority and for uses of the pool without a
// place.
const kept = 3

// Places is a semaphore with fair shares. While k places are free, an account may take another one if it has fewer than
// k, and an org if it has fewer than 2k. So one account gets at most half of the places, one org two thirds, and there
// is always one for a caller that has none, unless as many callers as places take one at once. Others wait: the next
// free place goes to the account with the fewest places, and among equals to the one that was served least recently. It
// is safe for concurrent use; make it with New.
type Places struct {
	// Patience is the time limit of Take. It must not be changed after the first call of Take.
	Patience time.Duration
	// Each is the maximum number of places of an account; 0 means no limit. It must not be changed either.
	Each int

	mu    sync.Mutex
	free  int // the number of free places
	ahead int // the number of free places for callers with priority, at most one for an account and an org
	held  map[holder]int
	lines []*line // the waiting callers, the least recently served first
}

// holder is the key of a count of places: those of an account or an org, of the ordinary places or those for callers
// with priority.
type holder struct {
	kind byte
	id   string
}

const (
	account byte = iota
	org
	accountAhead
	orgAhead
)

// line is a queue of equal callers.
type line struct {
	who     Caller
	waiting []*Place
}

// Place is a place that a caller has, or waits for.
type Place struct {
	of     *Places
	who    Caller
	seated chan struct{} // closed when the waiting caller gets the place
	ahead  bool          // is a place for callers with priority
	over   bool
}

// New returns a semaphore of the given number of places, none of them reserved.
func New(places int) *Places {
	return &Places{Patience: Patience, free: places, held: make(map[holder]int)}
}

// OfPool returns the places of a pool with the given number of connections. It reserves a few: some for callers with
// priority, and one for uses of the pool without a place. It reserves none of a pool of one or two.
func OfPool(connections int) *Places {
	back := min(kept, (connections-1)/2)
	p := New(connections - back)
	p.ahead = max(0, back-1)
	return p
}

var msgBusy = fault.Message{
	Zh: "您的请求太多，正在排队：请 %d 秒后重试。",
	En: "Too many of your requests are waiting. Try again in %d seconds.",
}

// retryAfter is the time in seconds after which a refused caller may retry.
const retryAfter = 2

// Take waits for a place, which its End releases. It returns RATE_LIMITED, with retryAfter, after Patience, and the
// context's error when the context ends. A caller that has a place must not take another one of the same Places: such
// callers could block one another until Patience is over. On nil there is no limit.
func (p *Places) Take(ctx context.Context, who Caller) (*Place, error) {
	if p == nil {
		return nil, nil //nolint:nilnil // a Place that is nil is one
	}
	place := &Place{of: p, who: who}
	p.mu.Lock()
	ok, ahead := p.admits(who)
	if ok {
		p.seat(place, ahead)
		p.mu.Unlock()
		return place, nil
	}
	place.seated = make(chan struct{})
	p.queue(place)
	p.mu.Unlock()
	return place, place.wait(ctx)
}

// wait waits for the place. After an error the caller does not have it.
func (w *Place) wait(ctx context.Context) (err error) {
	timer := time.NewTimer(w.of.Patience)
	defer timer.Stop()
	select {
	case <-w.seated:
		return nil
	case <-timer.C:
		err = fault.New(fault.RateLimited, msgBusy, retryAfter).With("retryAfter", retryAfter)
	case <-ctx.Done():
		err = ctx.Err()
	}
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	select {
	case <-w.seated: // it got the place at the same instant
		return nil
	default:
	}
	w.over = true
	w.of.leave(w)
	return err
}

// End releases the place. It may be called more than once, and on nil.
func (w *Place) End() {
	if w == nil {
		return
	}
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if w.over {
		return
	}
	w.over = true
	w.of.move(w.who, w.ahead, -1)
	for w.of.serve() {
	}
}

// Waiting returns the number of callers that wait for a place.
func (p *Places) Waiting() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		n += len(l.waiting)
	}
	return n
}

// admits reports whether the caller may have a place now, and whether it is a place for callers with priority. The
// caller must hold the lock.
func (p *Places) admits(who Caller) (ok, ahead bool) {
	if p.Each > 0 && p.held[holder{account, who.Account}] >= p.Each {
		return false, false
	}
	if p.free > 0 &&
		(who.Account == "" || p.held[holder{account, who.Account}] < p.free) &&
		(who.Org == "" || p.held[holder{org, who.Org}] < 2*p.free) {
		return true, false
	}
	if !who.Ahead || p.ahead == 0 ||
		who.Account != "" && p.held[holder{accountAhead, who.Account}] > 0 || who.Org != "" &&
		p.held[holder{orgAhead, who.Org}] > 0 {
		return false, false
	}
	return true, true
}

func (p *Places) seat(w *Place, ahead bool) {
	w.ahead = ahead
	p.move(w.who, ahead, 1)
}

// move adds by, which is 1 or -1, to the caller's places, and subtracts it from the free ones.
func (p *Places) move(who Caller, ahead bool, by int) {
	ofAccount, ofOrg := account, org
	if ahead {
		p.ahead -= by
		ofAccount, ofOrg = accountAhead, orgAhead
	} else {
		p.free -= by
	}
	p.count(holder{ofAccount, who.Account}, by)
	p.count(holder{ofOrg, who.Org}, by)
}

func (p *Places) count(who holder, by int) {
	if who.id == "" {
		return
	}
	if n := p.held[who] + by; n > 0 {
		p.held[who] = n
	} else {
		delete(p.held, who)
	}
}

// serve gives a place to a waiting caller, and returns false if none of them may have one.
func (p *Places) serve() bool {
	next, ahead, least := -1, false, math.MaxInt
	for i, l := range p.lines {
		ok, a := p.admits(l.who)
		has := p.held[holder{account, l.who.Account}]
		if l.who.Ahead {
			has = -1
		}
		if ok && has < least {
			next, ahead, least = i, a, has
		}
	}
	if next < 0 {
		return false
	}
	l := p.lines[next]
	w := l.waiting[0]
	l.waiting = l.waiting[1:]
	p.lines = slices.Delete(p.lines, next, next+1)
	if len(l.waiting) > 0 {
		p.lines = append(p.lines, l)
	}
	p.seat(w, ahead)
	close(w.seated)
	return true
}

// queue adds the place to the queue of equal callers.
func (p *Places) queue(w *Place) {
	for _, l := range p.lines {
		if l.who == w.who {
			l.waiting = append(l.waiting, w)
			return
		}
	}
	p.lines = append(p.lines, &line{w.who, []*Place{w}})
}

// leave removes the place from its queue.
func (p *Places) leave(w *Place) {
	for i, l := range p.lines {
		if l.who != w.who {
			continue
		}
		l.waiting = slices.DeleteFunc(l.waiting, func(other *Place) bool { return other == w })
		if len(l.waiting) == 0 {
			p.lines = slices.Delete(p.lines, i, i+1)
		}
		return
	}
}
