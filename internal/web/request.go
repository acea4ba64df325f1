// Package web is what stands around every handler: who is asking from where, one id and one log line a request, panics,
// headers, health, timeouts and a graceful stop. It knows nothing of GraphQL.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// request is what the chain knows about a request; one stands in its context.
type request struct {
	id        string
	ip        string
	header    http.Header // of the answer
	listed    bool        // a page of a listed origin sent it
	guest     bool        // a page of a guest sent it
	now       func() time.Time
	operation atomic.Pointer[string]
	outcome   atomic.Pointer[string]
	route     atomic.Pointer[string]
	lines     lines
	span      trace.SpanContext // of the trace that it is told in; not valid when it is not
}

// lineEvery is how often a request that goes on for long may write another line of one level.
const lineEvery = time.Minute

// lines are those that a request wrote, beside its own, by the time of the last one of each level.
type lines struct {
	mu      sync.Mutex
	last    map[slog.Level]time.Time
	omitted int
}

// MayLog reports whether the request that ctx belongs to may write one more line of the level: one, and another one
// each minute as long as it goes on. Outside of a request it may. What may not be written is counted in the line of the
// request.
func MayLog(ctx context.Context, level slog.Level) bool {
	r := fromContext(ctx)
	if r == nil {
		return true
	}
	r.lines.mu.Lock()
	defer r.lines.mu.Unlock()
	if last, wrote := r.lines.last[level]; wrote && r.now().Sub(last) < lineEvery {
		r.lines.omitted++
		return false
	}
	if r.lines.last == nil {
		r.lines.last = map[slog.Level]time.Time{}
	}
	r.lines.last[level] = r.now()
	return true
}

// omittedLines returns how many lines the request may not write.
func (r *request) omittedLines() int {
	r.lines.mu.Lock()
	defer r.lines.mu.Unlock()
	return r.lines.omitted
}

type requestKey struct{}

func fromContext(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// RequestID returns the id of the request that ctx belongs to, empty outside of one.
func RequestID(ctx context.Context) string {
	if r := fromContext(ctx); r != nil {
		return r.id
	}
	return ""
}

// ClientIP returns the address of the client, as Proxies.ClientIP found it; empty outside of a request and for a client
// without an address.
func ClientIP(ctx context.Context) string {
	if r := fromContext(ctx); r != nil {
		return r.ip
	}
	return ""
}

// maxOperation is how much of an operation's name is logged, in bytes.
const maxOperation = 100

// SetOperation names what the request does, for its log line. It is safe for concurrent use; the last name counts.
func SetOperation(ctx context.Context, name string) {
	if r := fromContext(ctx); r != nil {
		name = name[:min(len(name), maxOperation)]
		r.operation.Store(&name)
	}
}

// SetOutcome says in a word of the server how the request ended, for its log line. It is safe for concurrent use; the
// last counts.
func SetOutcome(ctx context.Context, outcome string) {
	if r := fromContext(ctx); r != nil {
		r.outcome.Store(&outcome)
	}
}

func loaded(text *atomic.Pointer[string]) string {
	if said := text.Load(); said != nil {
		return *said
	}
	return ""
}

// SetCookie adds a cookie to the response of the request that ctx belongs to, as long as it has not begun.
func SetCookie(ctx context.Context, cookie *http.Cookie) {
	if r := fromContext(ctx); r != nil {
		r.header.Add("Set-Cookie", cookie.String())
	}
}

const requestIDHeader = "X-Request-ID"

// identify gives the request its id and its client's address. An id that came along is kept only when a trusted proxy
// brought it and it is short and plain: it stands in logs.
func (c Chain) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		about := &request{
			now: c.Now, ip: c.Proxies.ClientIP(r), header: w.Header(), listed: c.Origins.Contains(origin), guest: c.Guests &&
				guestOrigin(origin),
		}
		if given := r.Header.Get(requestIDHeader); c.Proxies.trustPeer(r) && plain(given) {
			about.id = given
		} else {
			about.id = c.NewID()
		}
		w.Header().Set(requestIDHeader, about.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, about)))
	})
}

// plain reports whether an id is 1 to 64 letters, digits, dots, hyphens and underscores.
func plain(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
