package web

import (
	"net/http"

	"github.com/rs/cors"
)

// preflightSeconds is how long a browser may remember what it was allowed; none remembers longer.
const preflightSeconds = 2 * 60 * 60

// cors lets pages of the listed origins send requests with credentials and read the answers. It answers preflights by itself, so
// they cost neither a look at the session nor one at the database. Pages of other origins are told nothing, and their browsers refuse.
func (c Chain) cors(next http.Handler) http.Handler {
	if len(c.Origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowOriginFunc:  c.Origins.Contains, // a list would be compared without regard to case
		AllowCredentials: true,
		AllowedMethods:   []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: []string{
			"Accept", "Accept-Language", "Authorization", "Cache-Control", "Content-Type", "Idempotency-Key", "Last-Event-ID", requestIDHeader,
			"Apollo-Require-Preflight", "GraphQL-Require-Preflight", "X-Requested-With",
			"Apollographql-Client-Name", "Apollographql-Client-Version", "Traceparent", "Tracestate",
		},
		ExposedHeaders: []string{"Content-Disposition", "Retry-After", requestIDHeader},
		MaxAge:         preflightSeconds,
	}).Handler(next)
}
