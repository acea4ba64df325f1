// Package pgproxy is a proxy between a test's client and PostgreSQL: it counts the messages of the client, and can
// delay and drop messages and close connections.
package pgproxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy forwards messages between client and server. It counts the messages of clients by type.
type Proxy struct {
	Unnamed  atomic.Int64 // Parse of the unnamed statement
	Named    atomic.Int64 // Parse of a named one
	Closed   atomic.Int64 // Close
	Simple   atomic.Int64 // Query
	Executed atomic.Int64 // Execute
	Opened   atomic.Int64 // connections, including those that only carry a cancel request
	Stalled  atomic.Bool  // nothing is forwarded any more, in either direction
	Cut      atomic.Bool  // the next response is not forwarded, and its connection is closed
	Delay    atomic.Int64 // the delay of responses, in nanoseconds
	Refuse   atomic.Bool  // new connections are closed at once
	cutAfter atomic.Pointer[string]
	swallow  atomic.Pointer[string]
	mu       sync.Mutex
	open     map[net.Conn]struct{} // of clients
	// Parsed, when set before the first connection, is called with the name and the text of every Parse; calls are
	// concurrent.
	Parsed   func(name, text string)
	listener net.Listener
	server   string
	ended    chan struct{}
	group    sync.WaitGroup
}

// Through starts a proxy for the server of the URL, which has one host, and returns the URL of the proxy. The proxy
// ends with the test.
func Through(t testing.TB, serverURL string) (*Proxy, string) {
	t.Helper()
	u, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: u.Host, ended: make(chan struct{})}
	p.listener, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	p.group.Go(p.accept)
	t.Cleanup(func() {
		close(p.ended)
		_ = p.listener.Close()
		p.group.Wait()
	})
	return p, u.String()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.Refuse.Load() {
			_ = client.Close()
			continue
		}
		p.Opened.Add(1)
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		done := make(chan struct{})
		p.group.Go(func() {
			select {
			case <-p.ended:
			case <-done:
			}
			_, _ = client.Close(), server.Close()
		})
		p.keep(client, true)
		var (
			both sync.WaitGroup
			lost losing
		)
		both.Go(func() { p.clientToServer(server, client, &lost); _ = server.Close() })
		both.Go(func() { p.serverToClient(client, server, &lost); _ = client.Close() })
		p.group.Go(func() { both.Wait(); p.keep(client, false); close(done) })
	}
}

// losing states whether the responses of one connection are dropped.
type losing struct{ cut, swallowed atomic.Bool }

func (p *Proxy) keep(client net.Conn, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[net.Conn]struct{}{}
	}
	if p.open[client] = struct{}{}; !open {
		delete(p.open, client)
	}
}

// Sever closes all connections.
func (p *Proxy) Sever() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for client := range p.open {
		_ = client.Close()
	}
}

// serverToClient forwards responses, each after the Delay at its arrival.
func (p *Proxy) serverToClient(client io.Writer, server io.Reader, lost *losing) {
	type answer struct {
		due  time.Time
		text []byte
	}
	answers, gone := make(chan answer, 1024), make(chan struct{})
	p.group.Go(func() {
		defer close(answers)
		for {
			text := make([]byte, 32<<10)
			n, err := server.Read(text)
			select {
			case answers <- answer{time.Now().Add(time.Duration(p.Delay.Load())), text[:n]}:
			case <-gone:
				return
			}
			if err != nil {
				return
			}
		}
	})
	defer close(gone)
	to := cutter{p.stalling(client), p}
	for a := range answers {
		if late := time.Until(a.due); late > 0 {
			select {
			case <-time.After(late):
			case <-p.ended:
				return
			}
		}
		if len(a.text) == 0 || lost.swallowed.Load() {
			continue
		}
		if lost.cut.Load() {
			return
		}
		if _, err := to.Write(a.text); err != nil {
			return
		}
	}
}

type stallingWriter struct {
	io.Writer
	proxy *Proxy
}

func (p *Proxy) stalling(w io.Writer) io.Writer { return stallingWriter{w, p} }

func (g stallingWriter) Write(b []byte) (int, error) {
	if g.proxy.Stalled.Load() {
		return len(b), nil
	}
	return g.Writer.Write(b)
}

type cutter struct {
	io.Writer
	proxy *Proxy
}

func (c cutter) Write(b []byte) (int, error) {
	if c.proxy.Cut.CompareAndSwap(true, false) {
		return 0, net.ErrClosed
	}
	return c.Writer.Write(b)
}

// clientToServer forwards messages one by one: first the startup message, which has no type, and then messages with a
// type.
func (p *Proxy) clientToServer(server io.Writer, client io.Reader, lost *losing) {
	server = p.stalling(server)
	first := true
	for {
		var kind []byte
		if !first {
			kind = make([]byte, 1)
			if _, err := io.ReadFull(client, kind); err != nil {
				return
			}
		}
		first = false
		length := make([]byte, 4)
		if _, err := io.ReadFull(client, length); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(length)-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		p.count(kind, body, lost)
		if text := p.swallow.Load(); text != nil && string(kind) == "Q" && strings.HasPrefix(string(body), *text) &&
			p.swallow.CompareAndSwap(text, nil) {
			lost.swallowed.Store(true)
		}
		if _, err := server.Write(bytes.Join([][]byte{kind, length, body}, nil)); err != nil &&
			!errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

func (p *Proxy) count(kind, body []byte, lost *losing) {
	switch string(kind) {
	case "P":
		name, rest, _ := bytes.Cut(body, []byte{0})
		if text, _, _ := bytes.Cut(rest, []byte{0}); p.Parsed != nil {
			p.Parsed(string(name), string(text))
		}
		if len(name) == 0 {
			p.Unnamed.Add(1)
		} else {
			p.Named.Add(1)
		}
	case "C":
		p.Closed.Add(1)
	case "Q":
		p.Simple.Add(1)
		if text := p.cutAfter.Load(); text != nil && strings.HasPrefix(string(body), *text) &&
			p.cutAfter.CompareAndSwap(text, nil) {
			lost.cut.Store(true)
		}
	case "E":
		p.Executed.Add(1)
	}
}

// CutAfter makes the proxy drop the response to the next query without arguments that begins with the text, and close
// its connection.
func (p *Proxy) CutAfter(text string) { p.cutAfter.Store(&text) }

// SwallowAfter makes the proxy drop all responses on the connection of the next query without arguments that begins
// with the text, including its own.
func (p *Proxy) SwallowAfter(text string) { p.swallow.Store(&text) }

// Reset sets all counters to 0.
func (p *Proxy) Reset() {
	for _, n := range []*atomic.Int64{&p.Unnamed, &p.Named, &p.Closed, &p.Simple, &p.Executed, &p.Opened} {
		n.Store(0)
	}
}
