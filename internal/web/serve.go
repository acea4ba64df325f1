package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"deputy/internal/crash"
)

// Server serves HTTP until its context ends. A duration or size of zero is the default.
type Server struct {
	// ReadHeader bounds reading the headers; 5 s by default.
	ReadHeader time.Duration
	// Read bounds reading the whole request; 30 s by default.
	Read time.Duration
	// Write bounds handling and responding together, from the end of the headers on; 60 s by default. A streaming handler
	// extends this deadline itself, with http.ResponseController.
	Write time.Duration
	// Idle is how long an idle connection is kept; 120 s by default.
	Idle time.Duration
	// MaxHeader is the maximum size of the headers with the request line, in bytes; 64 KiB by default.
	MaxHeader int
	// Drain is how long running requests may continue after the stop; 10 s by default.
	Drain time.Duration
	// Health becomes unready when the stop begins; it may be nil.
	Health *Health
	// OnStop is called in a goroutine of its own when the stop begins, to end hijacked and streaming connections; it may
	// be nil.
	OnStop func()
	// Log gets the errors of net/http at debug level: most of them are clients that disconnected.
	Log *slog.Logger
}

// Serve serves requests from the listener until ctx is done. Then it becomes unready, accepts no more connections, lets
// running requests finish for at most Drain, and cancels the rest. It returns nil after a stop in which all requests
// finished. It closes the listener.
func (s Server) Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	// A request may outlive ctx, but not the stop.
	running, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := s.server(running, h)
	if s.OnStop != nil {
		server.RegisterOnShutdown(func() { crash.Start(s.OnStop) })
	}
	failed := make(chan error, 1)
	crashes := crash.Reporter{Log: s.Log}
	crashes.Start(nil, func() { failed <- server.Serve(lengthListener{ln}) }, func(err error) { failed <- err })
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	if s.Health != nil {
		s.Health.Stop()
	}
	drain := cmp.Or(s.Drain, 10*time.Second)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := server.Shutdown(draining)
	<-failed //nolint:errcheck // always http.ErrServerClosed now
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("requests were still running after %s and were cancelled", drain)
	}
	return fmt.Errorf("stop: %w", errors.Join(err, server.Close()))
}

func (s Server) server(base context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: cmp.Or(s.ReadHeader, 5*time.Second),
		ReadTimeout:       cmp.Or(s.Read, 30*time.Second),
		WriteTimeout:      cmp.Or(s.Write, 60*time.Second),
		IdleTimeout:       cmp.Or(s.Idle, 120*time.Second),
		MaxHeaderBytes:    cmp.Or(s.MaxHeader, 64<<10),
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       WithConn,
		ConnState:         noted,
	}
}

type connKey struct{}

// WithConn returns a context with the connection of its requests, for http.Server.ConnContext.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Hold limits the send buffer of the request's connection to size bytes, or a few times that, so that a slow client
// does not buffer a whole response. Without a known connection, the system's default remains.
func Hold(ctx context.Context, size int) {
	if c, ok := ctx.Value(connKey{}).(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = c.SetWriteBuffer(size) // on failure the default remains
	}
}
