package web

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// trace begins a span for every request but those that ask whether the server lives, and goes on with the trace that a trusted proxy
// brings (https://www.w3.org/TR/trace-context). Nothing that a client wrote stands in it: the route is the server's.
func (c Chain) trace(next http.Handler) http.Handler {
	if c.Tracer == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == LivePath || r.URL.Path == ReadyPath {
			next.ServeHTTP(w, r)
			return
		}
		ctx := r.Context()
		if c.Proxies.trustPeer(r) {
			ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
		}
		ctx, s := c.Tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("deputy.request_id", RequestID(ctx))))
		defer s.End() // also when the handler aborts the connection
		r = r.WithContext(ctx)
		next.ServeHTTP(w, r)
		route(s, r)
		if seen, ok := w.(*recorder); ok {
			s.SetAttributes(attribute.Int("http.response.status_code", seen.result()))
			if seen.result() >= http.StatusInternalServerError {
				s.SetStatus(codes.Error, "")
			}
		}
	})
}

// EndTrace ends the span of a request that is answered by a stream: what runs from then on may run for days, and is not told.
func EndTrace(r *http.Request) {
	s := trace.SpanFromContext(r.Context())
	route(s, r)
	s.End()
}

func route(s trace.Span, r *http.Request) {
	if r.Pattern != "" {
		s.SetName(r.Pattern)
		s.SetAttributes(attribute.String("http.route", r.Pattern))
	}
}
