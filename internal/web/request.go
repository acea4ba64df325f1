// Package web is the HTTP middleware around every handler: the viewer and the client's address, ids and log lines of
// requests, panics, headers, health checks, timeouts and the graceful stop. It does not depend on GraphQL.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"deputy/internal/viewer"
)

// request is the middleware's state of a request, in the request's context.
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
	span      trace.SpanContext // invalid when the request is not traced
	end       func()            // returns the turn of its API token; nil for people
	// viewer returns the viewer, read again after Late; nil before Identity.
	viewer func(context.Context) (*viewer.Viewer, error)
}

// lineEvery is the interval at which a long request may log another line of one level.
const lineEvery = time.Minute

// lines tracks the lines that a request logged besides its own, by the time of the last one of each level.
type lines struct {
	mu      sync.Mutex
	last    map[slog.Level]time.Time
	omitted int
}

// MayLog reports whether the request of ctx may log another line of the level: one, and another one each minute while
// it runs. Outside of a request it returns true. Omitted lines are counted in the line of the request.
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

// omittedLines returns the number of lines that the request omitted.
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

// RequestID returns the id of the request of ctx; empty outside of a request.
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

// maxOperation is the maximum length of a logged operation name, in bytes.
const maxOperation = 100

// SetOperation sets the name of the operation in the request's log line. It is safe for concurrent use; the last call
// wins.
func SetOperation(ctx context.Context, name string) {
	if r := fromContext(ctx); r != nil {
		name = name[:min(len(name), maxOperation)]
		r.operation.Store(&name)
	}
}

// SetOutcome sets the outcome in the request's log line. It is safe for concurrent use; the last call wins.
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

// SetCookie adds a cookie to the response of the request of ctx, if the response has not begun.
func SetCookie(ctx context.Context, cookie *http.Cookie) {
	if r := fromContext(ctx); r != nil {
		r.header.Add("Set-Cookie", cookie.String())
	}
}

const requestIDHeader = "X-Request-ID"

// identify sets the id and the client's address of the request. The id of an X-Request-ID header is used only if it
// comes from a trusted proxy, and is short and plain, because it is logged.
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
