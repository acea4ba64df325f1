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

// Server serves HTTP until it is told to stop. A duration or size of zero is the default.
type Server struct {
	// ReadHeader is how long a client may take for the headers; 5 s by default.
	ReadHeader time.Duration
	// Read is how long it may take for the whole request; 30 s by default.
	Read time.Duration
	// Write is how long handling and answering may take together, from the end of the headers on; 60 s by default. A
	// handler that streams moves this deadline itself, with http.ResponseController.
	Write time.Duration
	// Idle is how long a connection may wait for its next request; 120 s by default.
	Idle time.Duration
	// MaxHeader is the size of the headers with the request line, in bytes; 64 KiB by default.
	MaxHeader int
	// Drain is how long running requests may go on after the stop; 10 s by default.
	Drain time.Duration
	// Health turns unready when the stop begins; it may be nil.
	Health *Health
	// OnStop is called in a goroutine of its own when the stop begins, to end connections that were hijacked or stream;
	// it may be nil.
	OnStop func()
	// Log gets what net/http complains about, at debug level: most of it is clients that went away.
	Log *slog.Logger
}

// Serve serves requests from the listener until ctx is done. Then it turns unready, accepts no more, lets running
// requests finish for at most Drain, and cuts off the rest, whose contexts end. It returns nil after a stop in which
// all finished. It closes the listener.
func (s Server) Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	// A request outlives the order to stop, but not the stop.
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
		err = fmt.Errorf("requests still ran after %s and were cut off", drain)
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

// WithConn returns a context that knows the connection its requests came over: http.Server.ConnContext.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Hold keeps at most so many bytes of a response, or a few times that, in the connection of the request that ctx
// belongs to: whoever reads slowly is sent the rest later. Where the connection is not known, as much lies in it as the
// system likes.
func Hold(ctx context.Context, size int) {
	if c, ok := ctx.Value(connKey{}).(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = c.SetWriteBuffer(size) // where it can't be set, it is as if the connection were not known
	}
}
