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

// Chain is what every request passes before its handler, outermost first: identify, log, recover, lengths, secure,
// cors.
type Chain struct {
	// Log gets one line a request, and one for each panic.
	Log *slog.Logger
	// Crashes tells which stacks are logged; all when nil.
	Crashes *crash.Reporter
	// Proxies whose X-Forwarded-For and X-Request-ID count; none when empty.
	Proxies Proxies
	// Origins of pages elsewhere that may use the server with credentials; none when empty.
	Origins Origins
	// Guests are pages that this machine serves, on whatever port: when true they may use the server with a bearer token,
	// and never with the cookie. It is for a server with demo data.
	Guests bool
	// NewID makes ids of requests; 26 random characters when nil.
	NewID func() string
	// Tracer begins the span of each request; nothing is traced when nil.
	Tracer trace.Tracer
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Lang returns the language of a request; Chinese when nil.
	Lang func(*http.Request) fault.Lang
}

// Wrap puts the chain around a handler.
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

// secured are headers that narrow what a browser does with a response. A handler of pages sets its own
// Content-Security-Policy over this one, which allows nothing.
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
