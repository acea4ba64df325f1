package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// The paths of the two checks; their requests are logged at debug level.
const (
	LivePath  = "/healthz"
	ReadyPath = "/readyz"
)

// readyTimeout bounds the readiness check.
const readyTimeout = 2 * time.Second

// Health serves the health checks of the process. It must not be copied.
type Health struct {
	// Ready returns nil when requests can be served, for example when the database responds. Its error is logged and not
	// shown.
	Ready func(context.Context) error
	// Listening reports whether notifications of other servers are sure to arrive. A server without them is ready all the
	// same: it reads access for each request. Listening is nil when there are no other servers.
	Listening func() bool
	// Log gets the errors of Ready.
	Log *slog.Logger

	stopping atomic.Bool
}

// Stop makes the server unready for good, so that a load balancer sends no more requests.
func (h *Health) Stop() { h.stopping.Store(true) }

// Live responds with 200 as long as the process can respond at all.
func (h *Health) Live(w http.ResponseWriter, _ *http.Request) { writeStatus(w, http.StatusOK, "ok") }

// ServeReady responds with 200 when requests can be served, and 503 when the server is stopping, or Ready fails or
// takes more than two seconds. While notifications of other servers do not arrive, the response contains
// "notifications": "late".
func (h *Health) ServeReady(w http.ResponseWriter, r *http.Request) {
	if h.stopping.Load() {
		writeStatus(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := h.Ready(ctx); err != nil {
		h.Log.LogAttrs(ctx, slog.LevelWarn, "not ready",
			slog.String("request_id", RequestID(ctx)), slog.String("error", err.Error()))
		writeStatus(w, http.StatusServiceUnavailable, "unavailable")
		return
	}
	if h.Listening != nil && !h.Listening() {
		writeJSON(w, http.StatusOK, `{"status":"ok","notifications":"late"}`)
		return
	}
	writeStatus(w, http.StatusOK, "ok")
}

// Register adds both to a mux, for GET and HEAD.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+LivePath, h.Live)
	mux.HandleFunc("GET "+ReadyPath, h.ServeReady)
}

func writeStatus(w http.ResponseWriter, status int, word string) {
	writeJSON(w, status, `{"status":"`+word+`"}`)
}

func writeJSON(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the client may be gone
}
