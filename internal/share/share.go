// Package share divides places that there are few of, such as connections to the database, among those who ask for
// them: who asks for many of them waits for places of its own, and never has others wait for it.
package share

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"deputy/internal/fault"
)

// Caller is on whose behalf a place is asked for.
type Caller struct {
	// Account, or whatever stands for one that is not known. Nobody in particular when empty.
	Account string
	// Org that it is about. None in particular when empty.
	Org string
	// Ahead says that it takes a right away, or lets somebody in: it goes before what others of its account and org do.
	Ahead bool
}

// Patience is how long a place is waited for by default.
const Patience = 10 * time.Second

// kept is how many places are kept at most for who goes ahead and for who asks for none.
const kept = 3

// Places are so many places for callers. While k are free, an account takes another one if it has fewer than k, and an
// org if it has fewer than 2 k: one account that asks for all gets half of them, one org two thirds, and there is
// always one for whoever has none, unless as many ask at once as there are places. Others wait in turn: the next free
// place goes to the account that has the fewest, and among equals to the one that was served longest ago. It is safe
// for concurrent use; make it with New.
type Places struct {
	// Patience is how long Take waits. It must not be changed once Take was called.
	Patience time.Duration
	// Each is how many places an account may have at most, whatever is free; no bound when zero. It must not be changed
	// either.
	Each int

	mu    sync.Mutex
	free  int // how many places are free
	ahead int // how many more places there are for who goes ahead, one for an account and an org
	held  map[holder]int
	lines []*line // those who wait, the ones served longest ago first
}

// holder is who has places: an account or an org, among all places or those for who goes ahead.
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

// line are the equal callers who wait.
type line struct {
	who     Caller
	waiting []*Place
}

// Place is one that a caller has, or waits for.
type Place struct {
	of     *Places
	who    Caller
	seated chan struct{} // closed when who waited for it has it
	ahead  bool          // is one of those for who goes ahead
	over   bool
}

// New makes so many places, all of which are given out.
func New(places int) *Places {
	return &Places{Patience: Patience, free: places, held: make(map[holder]int)}
}

// OfPool makes the places of a pool of so many connections. It keeps a few of them back: some for who goes ahead, and
// one for what uses the pool without a place. A pool of one or two has none to keep.
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

// retryAfter is what is said to who waited in vain, in seconds.
const retryAfter = 2

// Take waits for a place, which its End gives back. It returns RATE_LIMITED, with retryAfter, when Patience is over,
// and the context's error when that ends. Who has a place must not wait for another one of the same places. Nil is as
// many places as anybody wants.
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

// wait waits until the place is there. Who waits in vain has none.
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
	case <-w.seated: // at the same instant
		return nil
	default:
	}
	w.over = true
	w.of.leave(w)
	return err
}

// End gives the place back. It may be called more than once, and of nil.
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

// Waiting returns how many wait for a place.
func (p *Places) Waiting() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		n += len(l.waiting)
	}
	return n
}

// admits reports whether the caller may have a place now, and whether it is one of those for who goes ahead.
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

// move gives the caller a place, or takes it back.
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

// serve gives a place to one of those who wait, and returns false when none of them may have one.
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

// queue has the place waited for behind those of equal callers.
func (p *Places) queue(w *Place) {
	for _, l := range p.lines {
		if l.who == w.who {
			l.waiting = append(l.waiting, w)
			return
		}
	}
	p.lines = append(p.lines, &line{w.who, []*Place{w}})
}

// leave has the place waited for no longer.
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
