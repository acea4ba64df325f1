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
// account or app has one of four times that, and callers who are not signed in have one per address (per network for
// IPv6). It is kept in memory, separately on each server. It is safe for concurrent use; create it with NewBudget.
type Budget struct {
	rows, refill float64
	now          func() time.Time

	mu      sync.Mutex // protects the contents of buckets
	buckets *lru.Cache[string, *bucket]
}

type bucket struct {
	size
	left  float64
	since time.Time
}

// size is the number of rows of a bucket, and of those that are refilled per second.
type size struct{ rows, refill float64 }

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
	var shares []*bucket
	switch {
	case v.App != nil:
		shares = []*bucket{
			b.bucket("t "+v.App.TokenID, b.of(v.App, 1), now),
			b.bucket("a "+v.App.ID, b.of(v.App, sessionsOfAccount), now),
		}
	case v.SignedIn():
		shares = []*bucket{
			b.bucket("s "+v.SessionID, b.of(nil, 1), now),
			b.bucket("a "+v.AccountID, b.of(nil, sessionsOfAccount), now),
		}
	default:
		shares = []*bucket{b.bucket("n "+address(v), b.of(nil, 1), now)}
	}
	wait, remaining := 0.0, math.Inf(1)
	for _, s := range shares {
		need := min(float64(rows), s.rows)
		if s.left < need-float64(taken) { // rows taken before are taken again when the request is repeated
			wait = max(wait, (need-s.left)/s.refill)
		}
		remaining = min(remaining, s.left)
	}
	if wait > 0 {
		seconds := int(math.Ceil(wait))
		return max(0, int(remaining)), fault.New(fault.RateLimited, msgBudget, seconds).With("retryAfter", seconds)
	}
	rows = max(0, rows-taken)
	for _, s := range shares {
		s.left -= float64(rows)
	}
	return max(0, int(remaining)-rows), nil
}

func address(v *viewer.Viewer) string {
	if v.IP == "" || strings.Contains(v.IP, ":") {
		return v.Network
	}
	return v.IP
}

// of returns the size of so many times the budget: the server's, or the smaller one that the owner gave the app.
func (b *Budget) of(app *viewer.App, times float64) size {
	s := size{b.rows, b.refill}
	if app != nil && app.Rows > 0 {
		s = size{min(b.rows, float64(app.Rows)), min(b.refill, float64(app.Refill))}
	}
	return size{s.rows * times, s.refill * times}
}

// bucket returns the caller's bucket, refilled up to now.
func (b *Budget) bucket(key string, s size, now time.Time) *bucket {
	known, ok := b.buckets.Get(key)
	if !ok {
		return b.buckets.Add(key, &bucket{s, s.rows, now})
	}
	passed := max(0, now.Sub(known.since).Seconds()) // 0 when the clock was set back
	known.size = s
	known.left = min(s.rows, known.left+passed*s.refill)
	known.since = now
	return known
}
