package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"deputy/bench/fill"
	"deputy/bench/workload"
)

// request is one as it goes over the wire. It belongs to one connection.
type request struct {
	bytes []byte
	// serials are the places of a number that is another one each time.
	serials []int
}

var serial atomic.Int64

// next returns the bytes with a number that they did not have before.
func (r *request) next() []byte {
	if len(r.serials) > 0 {
		number := fmt.Sprintf("%0*d", len(workload.Serial), serial.Add(1))
		for _, at := range r.serials {
			copy(r.bytes[at:], number)
		}
	}
	return r.bytes
}

// newRequest returns how the server is asked about the org; nil when it can't be.
func newRequest(s *server, l workload.Load, o fill.Org) (*request, error) {
	path, document, ok := s.asks(l)
	if !ok {
		return nil, nil //nolint:nilnil // it can't be asked
	}
	var asked any = l.Variables(o)
	if document != "" {
		asked = map[string]any{"query": document, "variables": asked}
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	account, token := l.Asker(o)
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\n"+
		"Authorization: Bearer %s\r\nX-Account: %s\r\nContent-Length: %d\r\n\r\n",
		path, s.addr, token, account, len(body))
	b.Write(body)
	r := &request{bytes: b.Bytes()}
	for from := 0; ; {
		at := bytes.Index(r.bytes[from:], []byte(workload.Serial))
		if at < 0 {
			return r, nil
		}
		r.serials = append(r.serials, from+at)
		from += at + len(workload.Serial)
	}
}

// client is one connection that is kept alive.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

// slow is how long a response may take.
const slow = 30 * time.Second

func dial(addr string) (*client, error) {
	conn, err := net.DialTimeout("tcp", addr, slow) //nolint:noctx // it has a time limit
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

var errAnswer = errors.New("this is not the answer of a server that works")

// do sends the request and returns the body, which is good until the next one.
func (c *client) do(request []byte) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(slow)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	fine := bytes.HasPrefix(status, []byte("HTTP/1.1 200 "))
	length, err := c.headers()
	if err != nil {
		return nil, err
	}
	c.body = c.body[:0]
	if length >= 0 {
		err = c.more(length)
	} else {
		err = c.chunks()
	}
	if err == nil && (!fine || bytes.Contains(c.body, []byte(`"errors":[`))) {
		err = fmt.Errorf("%w: %.2000s", errAnswer, c.body)
	}
	return c.body, err
}

// headers reads them, and returns the length of the body; -1 when it comes in chunks.
func (c *client) headers() (length int, err error) {
	length = -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			return length, nil
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
}

// more reads so many bytes of the body.
func (c *client) more(n int) error {
	at := len(c.body)
	if at+n > cap(c.body) {
		c.body = append(make([]byte, 0, 2*(at+n)), c.body...)
	}
	c.body = c.body[:at+n]
	_, err := io.ReadFull(c.in, c.body[at:])
	return err
}

func (c *client) chunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if err := c.more(int(n)); err != nil {
			return err
		}
		if _, err := c.in.Discard(2); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}
