package web

import (
	"bytes"
	"net"
	"net/http"
	"sync/atomic"

	"deputy/internal/fault"
)

// lengthListener returns connections that record how requests state their length. net/http accepts a request with both
// headers and ignores one of them; a proxy in front may use the other one, and take the end of the body for another
// client's request (request smuggling).
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

// lengthConn records which of the two headers appear at the beginning of a line, from when the connection is idle and
// has nothing left of the previous request.
type lengthConn struct {
	net.Conn
	idle   atomic.Bool // waiting for a request
	opaque atomic.Bool // hijacked: carries no requests any more
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

// CloseWrite lets net/http send a FIN before it closes the connection.
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

// noted tracks the state of a connection in net/http.
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

// lengths refuses, with BAD_REQUEST, a request that states its length twice, and closes the connection: it is unclear
// where the next request begins.
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
