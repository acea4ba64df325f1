package graph

import (
	"context"
	"runtime"
	"sync"
)

// largeBody is from how many bytes on a request waits for others like it.
const largeBody = 64 << 10

// turns bound how many large requests are worked on at once. A request takes many times its text of memory until it is answered: imports at 16
// connections at once made a server a third larger than when they wait for one another, and were answered later.
type turns chan struct{}

// newTurns answers as many as there are processors.
func newTurns() turns { return make(turns, runtime.GOMAXPROCS(0)) }

// take waits for the turn of a request of that size, and answers what ends it, which may be called more than once.
func (t turns) take(ctx context.Context, size int) (end func(), err error) {
	if t == nil || size < largeBody {
		return func() {}, nil
	}
	select {
	case t <- struct{}{}:
		return sync.OnceFunc(func() { <-t }), nil
	case <-ctx.Done():
		return func() {}, ctx.Err()
	}
}
