// Package metrics counts what the server does, for Prometheus. Whatever a client chooses is bounded before it becomes a
// label.
package metrics

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// maxNames is how many operations have a name of their own; those that come later are counted as other.
const maxNames = 200

// other is the name of operations that have none of their own.
const other = "other"

// Metrics are the counters of one server. Its methods are safe for concurrent use, and do nothing on nil, which is a
// server that counts nothing. Make it with New.
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

// operation is what has a name of its own.
type operation struct{ kind, name string }

// New makes the metrics of a server that has an address for them; nil without one.
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

// Operation is one that was answered. What it is called is the client's choice.
type Operation struct {
	// Name and Kind (query, mutation, subscription), empty when the document was not read.
	Name, Kind string
	// Outcome is done, partial, refused, failed or ended.
	Outcome string
	// Took is how long it ran; subscriptions have none.
	Took time.Duration
	// Known says that the name may be kept: the server's own operations chose it, or somebody who is signed in.
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

// name returns what an operation is called, which is its name when it has one or may get it.
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

// Cost counts the rows that an operation asked for.
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

// Refusal counts an error or a refusal that a client is told, by its code and the limit that it names. Both are the
// server's own words.
func (m *Metrics) Refusal(code, limit string) {
	if m != nil {
		m.refusals.WithLabelValues(code, limit).Inc()
	}
}

// gauge reads a number whenever it is asked for.
func (m *Metrics) gauge(name, help string, read func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
		func() float64 { return float64(read()) }))
}

// lookups reads how often something was found, and how often not.
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
