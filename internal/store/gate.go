package store

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"sync"
	"time"
)

// gatePace is how often a connection is tried at most while none can be made.
const gatePace = 50 * time.Millisecond

// gate is a connector that keeps a server from storming a database that is away: once a connection could not be made,
// one is tried every gatePace, and whoever wants one meanwhile is answered as that one is. Otherwise hundreds of
// attempts a second would wait in PostgreSQL's queue when it is back, before the first that can succeed.
type gate struct {
	sqldriver.Connector

	mu     sync.Mutex
	closed bool
	opened time.Time     // when it was last opened
	began  time.Time     // the latest attempt
	ended  chan struct{} // closed when the next attempt ends
	err    error         // of the attempt that ended last
}

func newGate(c sqldriver.Connector) *gate { return &gate{Connector: c, ended: make(chan struct{})} }

// fullPatience is how long a connection is waited for while PostgreSQL has none left.
const fullPatience = 5 * time.Second

// Connect implements driver.Connector. While PostgreSQL has no connection left it waits for one.
func (g *gate) Connect(ctx context.Context) (sqldriver.Conn, error) {
	for deadline := time.Now().Add(fullPatience); ; {
		conn, err := g.once(ctx)
		if err == nil || !errors.Is(err, ErrFull) || time.Now().After(deadline) {
			return conn, err
		}
		select {
		case <-time.After(2 * gatePace):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// once returns a connection, or why there is none now.
func (g *gate) once(ctx context.Context) (sqldriver.Conn, error) {
	for {
		ended, rest := g.enter()
		if rest <= 0 {
			return g.attempt(ctx)
		}
		timer := time.NewTimer(rest)
		select {
		case <-ended:
			timer.Stop()
			if err := g.said(); err != nil {
				return nil, err
			}
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, &ConnectError{reasons: []error{ErrNoAnswer}, cause: ctx.Err()}
		}
	}
}

// enter returns how long to wait before trying, and what tells that somebody else's attempt has ended.
func (g *gate) enter() (ended <-chan struct{}, rest time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.closed {
		if rest = gatePace - now.Sub(g.began); rest > 0 {
			return g.ended, rest
		}
	}
	g.began = now
	return nil, 0
}

// said returns how the latest attempt ended.
func (g *gate) said() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

func (g *gate) attempt(ctx context.Context) (sqldriver.Conn, error) {
	began := time.Now()
	conn, err := g.Connector.Connect(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, err // nobody else's failure
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.closed, g.opened = false, time.Now()
	case began.Before(g.opened):
		return nil, err // it is older than what is known
	default:
		g.closed = true
	}
	g.err = err
	close(g.ended)
	g.ended = make(chan struct{})
	return conn, err
}
