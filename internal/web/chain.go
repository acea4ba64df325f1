package web

import (
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"deputy/internal/crash"
	"deputy/internal/fault"
)

// Chain is the middleware around every handler, outermost first: identify, access, trace, recover, lengths, secure,
// cors.
type Chain struct {
	// Log gets one line for each request, and one for each panic.
	Log *slog.Logger
	// Crashes decides which stacks are logged; all when nil.
	Crashes *crash.Reporter
	// Proxies are the trusted proxies, whose X-Forwarded-For and X-Request-ID are used; none when empty.
	Proxies Proxies
	// Origins are the other origins whose pages may use the server with credentials; none when empty.
	Origins Origins
	// Guests allows pages of this machine, on any port, to use the server with a bearer token, but never with the cookie.
	// It is for a server with demo data.
	Guests bool
	// NewID returns the id of a request; 26 random characters when nil.
	NewID func() string
	// Tracer begins the span of each request; nothing is traced when nil.
	Tracer trace.Tracer
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Lang returns the language of a request; Chinese when nil.
	Lang func(*http.Request) fault.Lang
}

// Wrap returns the handler with the middleware around it.
func (c Chain) Wrap(h http.Handler) http.Handler {
	if c.NewID == nil {
		c.NewID = rand.Text
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Lang == nil {
		c.Lang = func(*http.Request) fault.Lang { return fault.Zh }
	}
	for _, around := range []func(http.Handler) http.Handler{
		routed,
		c.cors,
		secure,
		c.lengths,
		c.recover,
		c.trace,
		c.access,
		c.identify,
	} {
		h = around(h)
	}
	return h
}

// secured are headers that restrict what a browser does with a response. A handler of pages overrides the
// Content-Security-Policy, which allows nothing.
//
//nolint:gochecknoglobals // constant
var secured = http.Header{
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"}, // requests with CORS are exempt from it
	"Referrer-Policy":              {"no-referrer"},
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"},
}

// secure sets the secured headers.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), secured)
		next.ServeHTTP(w, r)
	})
}
