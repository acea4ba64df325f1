package gqlserve

import (
	"context"
	"runtime"

	"deputy/internal/bounds"
	"deputy/internal/share"
)

const (
	// largeBody is the size in bytes from which a request needs a place of the semaphore.
	largeBody = 64 << 10
	// leastLarge is the minimum number of places, so that no account and no org has them all.
	leastLarge = 4
)

// semaphore limits how many large requests are processed at once, and shares the places among accounts and orgs. A
// request takes many times the memory of its text until its response: with imports over 16 connections at once a server
// took a third more memory than when they wait for one another, and the responses came later.
type semaphore struct{ places *share.Places }

// newSemaphore returns a semaphore with a place for each processor, at least leastLarge.
func newSemaphore() semaphore { return semaphore{share.New(max(leastLarge, runtime.GOMAXPROCS(0)))} }

// acquire waits for a place for a request of that size; small requests get nil. End may be called more than once.
func (t semaphore) acquire(ctx context.Context, size int) (*share.Place, error) {
	if size < largeBody {
		return nil, nil //nolint:nilnil // a Place that is nil is one
	}
	return t.places.Take(ctx, bounds.Asks(ctx))
}
