package web

import (
	"log/slog"
	"net/http"

	"github.com/rs/cors"
)

// preflightSeconds is how long a browser may cache a preflight; no browser caches it longer.
const preflightSeconds = 2 * 60 * 60

// cors allows pages of the listed origins to send requests with credentials and read the responses, and those of guests
// without credentials. It responds to preflights itself, so they need neither the session nor the database. Pages of
// other origins get no CORS headers, so their browsers refuse; the log states why.
func (c Chain) cors(next http.Handler) http.Handler {
	handler := next
	if len(c.Origins) > 0 || c.Guests {
		listed := allow(c.Origins.Contains, true, next)
		others := allow(func(origin string) bool { return c.Guests && guestOrigin(origin) }, false, next)
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.Origins.Contains(r.Header.Get("Origin")) {
				listed.ServeHTTP(w, r)
			} else {
				others.ServeHTTP(w, r)
			}
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" && Foreign(r) {
			c.Log.LogAttrs(r.Context(), slog.LevelWarn, "refused", slog.String("request_id", RequestID(r.Context())),
				slog.String("error", whyForeign(r).Error()))
		}
		handler.ServeHTTP(w, r)
	})
}

// allow allows pages of the origins that in accepts to send any header: tools add their own, and the server trusts no
// header that a page could not send anyway.
func allow(in func(origin string) bool, credentials bool, next http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowOriginFunc:  in, // a list would be compared without regard to case
		AllowCredentials: credentials,
		AllowedMethods:   []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders:   []string{"*"},
		ExposedHeaders:   []string{"Content-Disposition", "Retry-After", requestIDHeader},
		MaxAge:           preflightSeconds,
	}).Handler(next)
}
