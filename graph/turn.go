package graph

import (
	"context"
	"runtime"
	"sync"
)

// largeBody is from how many bytes on a request waits for others like it.
const largeBody = 64 << 10

// turns bound how many large requests are worked on at once. A request takes some twenty times its text of memory until it is answered, so that
// an import at each of many connections was most of what a server took; and each of them took longer than when they wait for one another.
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
