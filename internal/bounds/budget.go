package bounds

import (
	"context"
	"math"
	"strings"
	"sync"
	"time"

	"deputy/internal/fault"
	"deputy/internal/lru"
	"deputy/internal/viewer"
)

const (
	// budgetsKept is how many budgets are remembered. The least recently used leaves first and is full when it comes back,
	// which it is by then anyway, unless so many callers came within the time that filling takes.
	budgetsKept = 65_536
	// sessionsOfAccount is how many times a session's budget its account has.
	sessionsOfAccount = 4
)

// Budget is how many rows callers may ask for: each session or token has one, refilled as time goes on, its account has
// one of four times that, and whoever is not signed in has one by address (by network for IPv6). It is kept in memory,
// by each server for itself. It is safe for concurrent use; make it with NewBudget.
type Budget struct {
	rows, refill float64
	now          func() time.Time

	mu      sync.Mutex // around what is in the buckets
	buckets *lru.Cache[string, *bucket]
}

type bucket struct {
	left  float64
	since time.Time
}

// NewBudget makes budgets of so many rows that are refilled by so many a second, at least one; none
// when they have no rows.
func NewBudget(rows, refill int, now func() time.Time) *Budget {
	if rows == 0 {
		return nil
	}
	return &Budget{
		rows: float64(rows), refill: float64(max(refill, 1)), now: now,
		buckets: lru.New[string, *bucket](budgetsKept),
	}
}

// Charge takes rows from the caller's budgets, but for those taken for the request before, and returns what is left. A
// budget that has less takes nothing and refuses with RATE_LIMITED and the seconds after which the same request passes;
// one that holds less than the request when it is full lets it pass when it is full, and owes the rest.
func (b *Budget) Charge(ctx context.Context, rows, taken int) (left int, err error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	type share struct {
		of    *bucket
		times float64
	}
	var shares []share
	if v.SignedIn() {
		shares = []share{
			{b.bucket("s "+v.SessionID, 1, now), 1},
			{b.bucket("a "+v.AccountID, sessionsOfAccount, now), sessionsOfAccount},
		}
	} else {
		shares = []share{{b.bucket("n "+address(v), 1, now), 1}}
	}
	wait, remaining := 0.0, math.Inf(1)
	for _, s := range shares {
		need := min(float64(rows), b.rows*s.times)
		if s.of.left < need-float64(taken) { // they are taken again when it comes again
			wait = max(wait, (need-s.of.left)/(b.refill*s.times))
		}
		remaining = min(remaining, s.of.left)
	}
	if wait > 0 {
		seconds := int(math.Ceil(wait))
		return max(0, int(remaining)), fault.New(fault.RateLimited, msgBudget, seconds).With("retryAfter", seconds)
	}
	rows = max(0, rows-taken)
	for _, s := range shares {
		s.of.left -= float64(rows)
	}
	return max(0, int(remaining)-rows), nil
}

func address(v *viewer.Viewer) string {
	if v.IP == "" || strings.Contains(v.IP, ":") {
		return v.Network
	}
	return v.IP
}

// bucket returns the caller's, refilled up to now.
func (b *Budget) bucket(key string, times float64, now time.Time) *bucket {
	known, ok := b.buckets.Get(key)
	if !ok {
		return b.buckets.Add(key, &bucket{b.rows * times, now})
	}
	passed := max(0, now.Sub(known.since).Seconds()) // nothing, when the clock was set back
	known.left = min(b.rows*times, known.left+passed*b.refill*times)
	known.since = now
	return known
}
