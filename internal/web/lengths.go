package web

import (
	"bytes"
	"net"
	"net/http"
	"sync/atomic"

	"deputy/internal/fault"
)

// lengthListener makes connections that note how the length of a request is said. net/http takes a request that says it
// twice, and forgets one of the two; a proxy in front may go by the other, and take the end of the body for a request
// of somebody else.
type lengthListener struct{ net.Listener }

// Accept implements net.Listener.
func (l lengthListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // net/http knows the error
	}
	c := &lengthConn{Conn: conn}
	c.idle.Store(true)
	return c, nil
}

const (
	saysLength  = 1
	saysChunked = 2
)

// lengthConn notes which of the two stand at the beginning of a line, from the moment on when the connection waits for
// a request and has nothing left of the one before.
type lengthConn struct {
	net.Conn
	idle   atomic.Bool // waits for a request
	opaque atomic.Bool // carries no requests any more
	says   atomic.Int32
	line   [18]byte // the beginning of the line that is being read
	filled int
}

// Read implements net.Conn.
func (c *lengthConn) Read(p []byte) (int, error) {
	begins := c.idle.Load()
	n, err := c.Conn.Read(p)
	if n > 0 && !c.opaque.Load() {
		if begins {
			c.idle.Store(false)
			c.says.Store(0)
			c.filled = 0
		}
		c.countLengths(p[:n])
	}
	return n, err //nolint:wrapcheck // net/http knows the error
}

// CloseWrite lets net/http say that no more is coming, before it closes the connection.
func (c *lengthConn) CloseWrite() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// SetWriteBuffer is for Hold.
func (c *lengthConn) SetWriteBuffer(bytes int) error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.SetWriteBuffer(bytes)
	}
	return nil
}

func (c *lengthConn) countLengths(p []byte) {
	for {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		c.filled += copy(c.line[c.filled:], line)
		if !ended {
			return
		}
		switch name, _, _ := bytes.Cut(c.line[:c.filled], []byte(":")); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			c.says.Or(saysLength)
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			c.says.Or(saysChunked)
		}
		c.filled, p = 0, rest
	}
}

// noted follows what net/http does with a connection.
func noted(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*lengthConn)
	switch {
	case !ok:
	case state == http.StateIdle:
		c.idle.Store(true)
	case state == http.StateHijacked:
		c.opaque.Store(true)
	}
}

var msgLengths = fault.Message{
	Zh: "请求同时带有 Content-Length 和 Transfer-Encoding：请只保留一个",
	En: "the request has both Content-Length and Transfer-Encoding: send only one of them",
}

// lengths refuses, with BAD_REQUEST, a request that says its length twice, and ends the connection: where the next
// request begins is not sure.
func (c Chain) lengths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, ok := r.Context().Value(connKey{}).(*lengthConn)
		if !ok || conn.says.Load() != saysLength|saysChunked {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		c.problem(w, r, http.StatusBadRequest, fault.New(fault.BadRequest, msgLengths))
	})
}
