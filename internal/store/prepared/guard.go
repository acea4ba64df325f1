package prepared

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"deputy/internal/crash"
)

// guard closes the connection when ctx has ended and release is not called within the grace period. release may be
// called more than once.
func (c *conn) guard(ctx context.Context) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	g := &guarding{}
	stop := crash.OnDone(ctx, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.over {
			g.timer = crash.After(c.dialer.grace, c.dialer.cut)
		}
	})
	return func() {
		if stop() {
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.over = true
		if g.timer != nil {
			g.timer.Stop()
		}
	}
}

type guarding struct {
	mu    sync.Mutex
	over  bool
	timer *time.Timer
}

// dialer opens the sockets of one connection: first its own, possibly after those to other hosts, and later those of
// cancel requests, which lib/pq reads without a timeout.
type dialer struct {
	grace   time.Duration
	mu      sync.Mutex
	settled bool
	own     net.Conn
	cancel  net.Conn
	gone    bool
}

// alive makes a connection fail within half a minute after its host has disappeared, when nothing is being sent on it.
//
//nolint:gochecknoglobals // constant
var alive = net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}

var errCut = errors.New("the connection has been cut")

// DialContext implements pq.DialerContext.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	cancelling, gone := d.settled, d.gone
	d.mu.Unlock()
	if gone {
		return nil, errCut
	}
	if cancelling {
		limited, cancel := context.WithTimeout(ctx, d.grace)
		defer cancel()
		ctx = limited
	}
	made, err := (&net.Dialer{KeepAliveConfig: alive}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone {
		return nil, errors.Join(errCut, made.Close())
	}
	if cancelling {
		d.cancel = made
		return made, nil
	}
	d.own = made
	return made, nil
}

// Dial implements pq.Dialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout implements pq.Dialer.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// settle marks the connection as established: the last socket is its own.
func (d *dialer) settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = true
}

// cut closes all sockets, so that pending reads return.
func (d *dialer) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = true
	if d.own != nil {
		_ = d.own.Close() // it may be closed already
	}
	if d.cancel != nil {
		_ = d.cancel.Close()
	}
}
