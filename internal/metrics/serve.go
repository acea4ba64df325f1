package metrics

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"deputy/internal/crash"
	"deputy/internal/store"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

// Path is the URL path of the metrics.
const Path = "/metrics"

// Watch registers the metrics of the database's pools, the cache of viewers and the open streams, and observes the lag
// of notifications. It must be called at most once.
func (m *Metrics) Watch(db *store.Store, viewers *viewer.Cache, streams func() int) {
	if m == nil {
		return
	}
	db.OnLag(func(took time.Duration) { m.lag.Observe(took.Seconds()) })
	for name, pool := range db.Pools() {
		m.registry.MustRegister(collectors.NewDBStatsCollector(pool, name))
	}
	m.gauge("deputy_connections_awaited", "Requests that wait for a connection of their account's and org's share.",
		db.Waiting)
	m.gauge("deputy_notifications_heard", "1 while this server is sure to hear of what others change, 0 while it reads "+
		"access for each request.", func() int {
		if db.Listening() {
			return 1
		}
		return 0
	})
	m.gauge("deputy_viewers_cached", "Viewers that are kept in memory.", viewers.Len)
	m.lookups("deputy_viewer_lookups_total", "Requests by whether their viewer was found in memory.", viewers.Lookups)
	m.gauge("deputy_streams_open", "WebSockets and event streams of people who are signed in.", streams)
}

// Handler returns the handler that serves the metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	return mux
}

// Serve serves the metrics at the listener until ctx ends.
func (m *Metrics) Serve(ctx context.Context, log *slog.Logger, listener net.Listener) {
	if m == nil {
		return
	}
	log.Info("metrics", "address", listener.Addr().String())
	crash.Start(func() {
		if err := (web.Server{Log: log}).Serve(ctx, listener, m.Handler()); err != nil {
			log.Error("metrics ended", "error", err.Error())
		}
	})
}
