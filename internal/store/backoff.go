package store

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"sync"
	"time"
)

// backoffInterval is the minimum interval between attempts to connect while they fail.
const backoffInterval = 50 * time.Millisecond

// backoff is a connector that limits attempts to reach an unavailable database: after a failure, it tries one
// connection every backoffInterval, and all other callers get the result of that attempt. Otherwise hundreds of
// attempts a second would fill PostgreSQL's queue when it is back, ahead of the first that can succeed.
type backoff struct {
	sqldriver.Connector

	mu     sync.Mutex
	closed bool
	opened time.Time     // when an attempt last succeeded
	began  time.Time     // the latest attempt
	ended  chan struct{} // closed when the next attempt ends
	err    error         // of the attempt that ended last
}

func newBackoff(c sqldriver.Connector) *backoff {
	return &backoff{Connector: c, ended: make(chan struct{})}
}

// fullPatience bounds the wait for a connection while PostgreSQL has none left.
const fullPatience = 5 * time.Second

// Connect implements driver.Connector. While PostgreSQL has no connection left it waits for one.
func (b *backoff) Connect(ctx context.Context) (sqldriver.Conn, error) {
	for deadline := time.Now().Add(fullPatience); ; {
		conn, err := b.connectOnce(ctx)
		if err == nil || !errors.Is(err, ErrFull) || time.Now().After(deadline) {
			return conn, err
		}
		select {
		case <-time.After(2 * backoffInterval):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// connectOnce returns a connection, or the error of the latest attempt.
func (b *backoff) connectOnce(ctx context.Context) (sqldriver.Conn, error) {
	for {
		ended, rest := b.nextAttempt()
		if rest <= 0 {
			return b.attempt(ctx)
		}
		timer := time.NewTimer(rest)
		select {
		case <-ended:
			timer.Stop()
			if err := b.lastError(); err != nil {
				return nil, err
			}
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, &ConnectError{reasons: []error{ErrNoAnswer}, cause: ctx.Err()}
		}
	}
}

// nextAttempt returns how long to wait before the next attempt, and a channel that is closed when the attempt of
// another caller ends.
func (b *backoff) nextAttempt() (ended <-chan struct{}, rest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.closed {
		if rest = backoffInterval - now.Sub(b.began); rest > 0 {
			return b.ended, rest
		}
	}
	b.began = now
	return nil, 0
}

// lastError returns the error of the latest attempt.
func (b *backoff) lastError() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

func (b *backoff) attempt(ctx context.Context) (sqldriver.Conn, error) {
	began := time.Now()
	conn, err := b.Connector.Connect(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, err // the caller gave up: no failure for others
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.closed, b.opened = false, time.Now()
	case began.Before(b.opened):
		return nil, err // an attempt that began later has succeeded
	default:
		b.closed = true
	}
	b.err = err
	close(b.ended)
	b.ended = make(chan struct{})
	return conn, err
}
