package web

import (
	"net/http"
	"sync"

	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// AtOnce is how many requests of an API token a server answers at the same time. Streams do not count once they are
// open; an app has as many of those as an account.
const AtOnce = 10

var msgAtOnce = fault.Message{
	Zh: "同一个接口令牌最多同时进行 %d 个请求：请在 %d 秒后重试。",
	En: "at most %d requests of an API token run at the same time: try again in %d seconds",
}

// Turns are the requests of API tokens that a server is answering. The zero value is ready, and safe for concurrent
// use.
type Turns struct {
	mu      sync.Mutex
	running map[string]int // by token
}

// begin counts a request of the viewer's token, and returns what ends it, which may be called more than once;
// RATE_LIMITED when there are too many. Requests of people are not counted.
func (t *Turns) begin(v *viewer.Viewer) (end func(), err error) {
	if t == nil || v.App == nil {
		return func() {}, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	token := v.App.TokenID
	if t.running[token] >= AtOnce {
		const wait = 1
		return nil, fault.New(fault.RateLimited, msgAtOnce, AtOnce, wait).With("retryAfter", wait)
	}
	if t.running == nil {
		t.running = map[string]int{}
	}
	t.running[token]++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.running[token]--; t.running[token] == 0 {
			delete(t.running, token)
		}
	}), nil
}

// Streams says that a request is answered by a stream from now on, which may run for days: its span ends, and it takes
// no place of its token any more.
func Streams(r *http.Request) {
	EndTrace(r)
	if about := fromContext(r.Context()); about != nil && about.end != nil {
		about.end()
	}
}
