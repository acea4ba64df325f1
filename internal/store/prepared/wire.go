package prepared

import (
	"encoding/binary"
	"io"
	"net"
)

// wire is the socket of a connection. Statements can be put ahead of what is sent next, in one write: what they answer is left out of what
// is read, so that lib/pq does not know of them. That saves a round trip. It takes a socket that lib/pq speaks PostgreSQL's protocol on;
// what it encrypts passes as it is.
// See https://www.postgresql.org/docs/current/protocol-message-formats.html.
type wire struct {
	net.Conn
	written   bool // anything yet
	asked     bool // for TLS, and not answered
	encrypted bool
	// ahead are the statements that go ahead of what is sent next.
	ahead string
	// unanswered tells that what went ahead has not answered in full.
	unanswered bool
	// header is what has come of a message's type and length, and left how much of the message is to come.
	header []byte
	left   int
}

// sslRequest is what a client that wants TLS sends first, after its length of 8.
const sslRequest = 80877103

// takes tells whether statements can go ahead.
func (w *wire) takes() bool { return w.written && !w.encrypted }

// Write implements net.Conn.
func (w *wire) Write(b []byte) (int, error) {
	if !w.written {
		w.written = true
		w.asked = len(b) == 8 && binary.BigEndian.Uint32(b[4:]) == sslRequest
	}
	if w.ahead == "" {
		return w.Conn.Write(b)
	}
	// A query in the simple protocol is a transaction of its own, whatever follows.
	all := make([]byte, 0, len(w.ahead)+6+len(b))
	all = append(all, 'Q')
	all = binary.BigEndian.AppendUint32(all, uint32(len(w.ahead)+5)) //nolint:gosec // far below 4 GiB
	all = append(append(append(all, w.ahead...), 0), b...)
	w.ahead, w.unanswered = "", true
	n, err := w.Conn.Write(all)
	return max(0, n-(len(all)-len(b))), err
}

// Read implements net.Conn.
func (w *wire) Read(b []byte) (int, error) {
	for {
		n, err := w.Conn.Read(b)
		if w.asked && n > 0 {
			w.asked, w.encrypted = false, b[0] == 'S'
		}
		if !w.unanswered || n == 0 {
			return n, err
		}
		rest, good := w.skip(b[:n])
		if !good {
			// What follows was asked of a connection that is not set up for it: nobody may read that.
			_ = w.Close()
			return 0, io.ErrUnexpectedEOF
		}
		if n = copy(b, rest); n > 0 || err != nil {
			return n, err
		}
	}
}

// skip leaves out what the statements that went ahead have answered: that each is complete, perhaps notices, and that all is. It is not
// good when they answered anything else, such as an error.
func (w *wire) skip(b []byte) (rest []byte, good bool) {
	const header = 5
	for len(b) > 0 && w.unanswered {
		if w.left == 0 {
			n := min(header-len(w.header), len(b))
			w.header, b = append(w.header, b[:n]...), b[n:]
			if len(w.header) < header {
				break
			}
			w.left = int(binary.BigEndian.Uint32(w.header[1:])) - 4
			if kind := w.header[0]; kind != 'C' && kind != 'N' && kind != 'Z' || w.left <= 0 {
				return nil, false
			}
		}
		n := min(w.left, len(b))
		w.left, b = w.left-n, b[n:]
		if w.left == 0 {
			w.unanswered = w.header[0] != 'Z'
			w.header = w.header[:0]
		}
	}
	return b, true
}
