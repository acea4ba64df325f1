package web

import (
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"deputy/internal/traces"
)

// trace begins a span for every request except health checks, and continues the trace of a trusted proxy
// (https://www.w3.org/TR/trace-context). A span contains nothing that a client wrote: the route is the server's
// pattern, and the rest of the path is left out
// (https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span).
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
		ctx, s := c.Tracer.Start(ctx, spanName(r), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			semconv.HTTPRequestMethodKey.String(method(r)), semconv.URLScheme(scheme(r)), semconv.ClientAddress(ClientIP(ctx)),
			semconv.NetworkProtocolVersion(protocol(r)),
			attribute.String("deputy.request_id", RequestID(ctx))))
		defer s.End() // also when the handler aborts the connection
		if about := fromContext(ctx); about != nil {
			about.span = s.SpanContext()
		}
		r = r.WithContext(ctx)
		next.ServeHTTP(w, r)
		route(s, r)
		if seen, ok := w.(*recorder); ok {
			status := seen.result()
			s.SetAttributes(semconv.HTTPResponseStatusCode(status))
			if status >= http.StatusInternalServerError {
				traces.Fail(s, strconv.Itoa(status))
			}
		}
	})
}

// EndTrace ends the span of a request whose response is a stream, which may run for days and is not traced.
func EndTrace(r *http.Request) {
	s := trace.SpanFromContext(r.Context())
	route(s, r)
	s.End()
}

// method returns the request's method, or _OTHER for one that HTTP does not define.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodTrace, http.MethodConnect:
		return r.Method
	}
	return semconv.HTTPRequestMethodOther.Value.AsString()
}

// spanName returns the name of a span without a route.
func spanName(r *http.Request) string {
	if name := method(r); name != semconv.HTTPRequestMethodOther.Value.AsString() {
		return name
	}
	return "HTTP"
}

// protocol returns the version of HTTP, as in RFC 9110: 1.0, 1.1, 2.
func protocol(r *http.Request) string {
	if r.ProtoMajor > 1 {
		return strconv.Itoa(r.ProtoMajor)
	}
	return strings.TrimPrefix(r.Proto, "HTTP/")
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// hidden replaces what a client wrote into a path.
const hidden = "REDACTED"

// route names the span after the pattern that the request matched.
func route(s trace.Span, r *http.Request) {
	pattern, path := routeOf(r), "/"+hidden
	switch {
	case pattern == r.URL.Path:
		path = pattern
	case pattern != "":
		path = strings.TrimRight(pattern[:strings.LastIndex(pattern, "/")], "/") + "/" + hidden
	}
	s.SetAttributes(semconv.URLPath(path))
	if pattern != "" {
		s.SetName(spanName(r) + " " + pattern)
		s.SetAttributes(semconv.HTTPRoute(pattern))
	}
}
