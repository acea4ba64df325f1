// Package metrics exports metrics for Prometheus. The number of label values that clients choose is limited.
package metrics

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// maxNames is the maximum number of operations that are counted by name; later ones are counted as other.
const maxNames = 200

// other is the name under which all other operations are counted.
const other = "other"

// Metrics are the counters of one server. Its methods are safe for concurrent use. On nil they do nothing, for a server
// without metrics. Make it with New.
type Metrics struct {
	registry *prometheus.Registry

	operations *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	events     prometheus.Counter
	refusals   *prometheus.CounterVec
	cost       prometheus.Histogram
	lag        prometheus.Histogram

	mu    sync.Mutex
	names map[operation]struct{}
}

// operation is the key of an operation that is counted by name.
type operation struct{ kind, name string }

// New returns the metrics of a server; nil if addr, the address that serves them, is empty.
func New(addr string) *Metrics {
	if addr == "" {
		return nil
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(), names: map[operation]struct{}{},
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "deputy_operations_total", Help: "Operations by name, type and outcome: done, partial (data with errors), " +
				"refused, failed, ended (by the client or the time limit).",
		}, []string{"name", "type", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "deputy_operation_duration_seconds", Help: "How long queries and mutations took from reading the request to " +
				"the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"name", "type"}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "deputy_events_total",
			Help: "Events that were sent to subscriptions.",
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "deputy_errors_total",
			Help: "Errors beside data and refusals in userErrors, by code and, for LIMIT_EXCEEDED, by limit.",
		},
			[]string{"code", "limit"}),
		cost: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "deputy_operation_cost_rows", Help: "Rows that operations asked for.",
			Buckets: []float64{1, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000},
		}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "deputy_notification_lag_seconds", Help: "From having PostgreSQL announce something until this server heard " +
				"it.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2},
		}),
	}
	m.registry.MustRegister(m.operations, m.duration, m.events, m.refusals, m.cost, m.lag,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Operation is a finished operation. Clients choose its name.
type Operation struct {
	// Name and Kind (query, mutation, subscription) are empty if the document was not parsed.
	Name, Kind string
	// Outcome is done, partial, refused, failed or ended.
	Outcome string
	// Took is the duration of a query or mutation.
	Took time.Duration
	// Known reports whether the name may be kept: it is that of a known document, or the caller is signed in.
	Known bool
}

// Operation counts an operation.
func (m *Metrics) Operation(o Operation) {
	if m == nil {
		return
	}
	kind := o.Kind
	if kind == "" {
		kind = "unknown"
	}
	name := m.name(kind, o.Name, o.Known && (o.Outcome == "done" || o.Outcome == "partial"))
	m.operations.WithLabelValues(name, kind, o.Outcome).Inc()
	if kind != "subscription" {
		m.duration.WithLabelValues(name, kind).Observe(o.Took.Seconds())
	}
}

// name returns the name to count an operation under: its own if that is counted already, or if it may be added and
// there is room, and other else.
func (m *Metrics) name(kind, name string, may bool) string {
	if name == "" || len(name) > 100 {
		return other
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := operation{kind, name}
	if _, known := m.names[key]; !known {
		if !may || len(m.names) >= maxNames {
			return other
		}
		m.names[key] = struct{}{}
	}
	return name
}

// Cost observes the number of rows that an operation requested.
func (m *Metrics) Cost(rows int) {
	if m != nil {
		m.cost.Observe(float64(rows))
	}
}

// Event counts an event of a subscription.
func (m *Metrics) Event() {
	if m != nil {
		m.events.Inc()
	}
}

// Refusal counts an error or a refusal that is sent to a client, by its code and its limit. Both are defined by the
// server, so their number is bounded.
func (m *Metrics) Refusal(code, limit string) {
	if m != nil {
		m.refusals.WithLabelValues(code, limit).Inc()
	}
}

// gauge registers a gauge whose value read returns at each scrape.
func (m *Metrics) gauge(name, help string, read func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
		func() float64 { return float64(read()) }))
}

// lookups registers a counter of hits and of misses, whose values read returns at each scrape.
func (m *Metrics) lookups(name, help string, read func() (found, missed int64)) {
	for _, found := range []bool{true, false} {
		opts := prometheus.CounterOpts{
			Name: name, Help: help,
			ConstLabels: prometheus.Labels{"found": strconv.FormatBool(found)},
		}
		m.registry.MustRegister(prometheus.NewCounterFunc(opts, func() float64 {
			hits, misses := read()
			if found {
				return float64(hits)
			}
			return float64(misses)
		}))
	}
}
