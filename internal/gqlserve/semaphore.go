package gqlserve

import (
	"context"
	"runtime"

	"deputy/internal/bounds"
	"deputy/internal/share"
)

const (
	// largeBody is from how many bytes on a request waits for others like it.
	largeBody = 64 << 10
	// leastLarge is how many large requests are worked on at once at least, so that no account and no org has them all.
	leastLarge = 4
)

// semaphore bound how many large requests are worked on at once, and share them out among accounts and orgs. A request
// takes many times its text of memory until it is answered: imports at 16 connections at once made a server a third
// larger than when they wait for one another, and were answered later.
type semaphore struct{ places *share.Places }

// newSemaphore returns as many as there are processors, or a few.
func newSemaphore() semaphore { return semaphore{share.New(max(leastLarge, runtime.GOMAXPROCS(0)))} }

// acquire waits for the turn of a request of that size, whose End may be called more than once.
func (t semaphore) acquire(ctx context.Context, size int) (*share.Place, error) {
	if size < largeBody {
		return nil, nil //nolint:nilnil // a Place that is nil is one
	}
	return t.places.Take(ctx, bounds.Asks(ctx))
}
