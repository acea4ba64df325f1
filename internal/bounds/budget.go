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
	// budgetsKept is how many budgets are kept. The least recently used one is evicted and full when it is used again,
	// which it would be in any case, unless that many callers came within the time of a refill.
	budgetsKept = 65_536
	// sessionsOfAccount is the factor between the budget of a session and that of its account.
	sessionsOfAccount = 4
)

// Budget is how many rows callers may request: each session or token has a budget that is refilled over time, its
// account has one of four times that, and callers who are not signed in have one per address (per network for IPv6). It
// is kept in memory, separately on each server. It is safe for concurrent use; create it with NewBudget.
type Budget struct {
	rows, refill float64
	now          func() time.Time

	mu      sync.Mutex // protects the contents of buckets
	buckets *lru.Cache[string, *bucket]
}

type bucket struct {
	left  float64
	since time.Time
}

// NewBudget returns budgets of so many rows, refilled with so many per second, at least one; nil when rows is 0.
func NewBudget(rows, refill int, now func() time.Time) *Budget {
	if rows == 0 {
		return nil
	}
	return &Budget{
		rows: float64(rows), refill: float64(max(refill, 1)), now: now,
		buckets: lru.New[string, *bucket](budgetsKept),
	}
}

// Charge takes rows from the caller's budgets, except those already taken for the request, and returns what is left. A
// budget that has less takes nothing and refuses with RATE_LIMITED and the seconds after which the same request passes.
// A request for more than a whole budget passes when the budget is full, and makes it negative.
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
		if s.of.left < need-float64(taken) { // rows taken before are taken again when the request is repeated
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

// bucket returns the caller's bucket, refilled up to now.
func (b *Budget) bucket(key string, times float64, now time.Time) *bucket {
	known, ok := b.buckets.Get(key)
	if !ok {
		return b.buckets.Add(key, &bucket{b.rows * times, now})
	}
	passed := max(0, now.Sub(known.since).Seconds()) // 0 when the clock was set back
	known.left = min(b.rows*times, known.left+passed*b.refill*times)
	known.since = now
	return known
}
