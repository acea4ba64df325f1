package web

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// maxMethod is the maximum length of a logged method, in bytes.
const maxMethod = 20

// access logs one line for each request. Its route is the pattern that the path matched, such as /downloads/, or empty.
// Paths, query strings, headers and bodies are never logged: they contain links, tokens and names.
func (c Chain) access(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := c.Now()
		seen := &recorder{ResponseWriter: w}
		defer func() { // also when the handler aborts the connection
			about := fromContext(r.Context())
			attrs := []slog.Attr{
				slog.String("method", r.Method[:min(len(r.Method), maxMethod)]),
				slog.String("route", loaded(&about.route)),
				slog.Int("status", seen.result()),
				slog.Int64("bytes", seen.bytes),
				slog.Float64("duration_ms", float64(c.Now().Sub(start))/float64(time.Millisecond)),
				slog.String("operation", loaded(&about.operation)),
				slog.String("outcome", loaded(&about.outcome)),
				slog.String("request_id", about.id),
				slog.String("client_ip", about.ip),
			}
			if omitted := about.omittedLines(); omitted > 0 {
				attrs = append(attrs, slog.Int("omitted_lines", omitted))
			}
			c.Log.LogAttrs(trace.ContextWithSpanContext(r.Context(), about.span), seen.level(r), "request", attrs...)
		}()
		next.ServeHTTP(seen, r)
	})
}

// routed records the pattern that a request matched. It must wrap the mux directly, which sets the pattern on the
// request that it gets.
func routed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			route := routeOf(r)
			fromContext(r.Context()).route.Store(&route)
		}()
		next.ServeHTTP(w, r)
	})
}

// routeOf returns the pattern that the request matched, without a method; empty when it matched none.
func routeOf(r *http.Request) string {
	if _, path, method := strings.Cut(r.Pattern, " "); method {
		return path
	}
	return r.Pattern
}

// recorder records the status and the size of a response. It supports flushing and hijacking, which streams and
// WebSockets need.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

var (
	_ http.Flusher  = (*recorder)(nil)
	_ http.Hijacker = (*recorder)(nil)
)

func (s *recorder) result() int {
	if s.status == 0 {
		return http.StatusOK
	}
	return s.status
}

func (s *recorder) level(r *http.Request) slog.Level {
	switch {
	case s.result() >= http.StatusInternalServerError:
		return slog.LevelError
	case r.URL.Path == LivePath || r.URL.Path == ReadyPath:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// WriteHeader implements http.ResponseWriter.
func (s *recorder) WriteHeader(status int) {
	if s.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (s *recorder) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	n, err := s.ResponseWriter.Write(b)
	s.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (s *recorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Flush implements http.Flusher.
func (s *recorder) Flush() {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	_ = http.NewResponseController(s.ResponseWriter).Flush() // Flush can't return an error
}

// Hijack implements http.Hijacker; the request is logged as 101 when it ends.
func (s *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err == nil && s.status == 0 {
		s.status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}
