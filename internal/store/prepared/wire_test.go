package prepared

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"

	"deputy/internal/store/pgproxy"
)

// said is a message of the server.
func said(kind byte, body string) string {
	return string(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))) + body
}

// TestWhatGoesAheadIsLeftOut however its answer comes apart.
func TestWhatGoesAheadIsLeftOut(t *testing.T) {
	t.Parallel()
	var (
		done  = said('C', "SET\x00") + said('N', "note") + said('C', "SET\x00") + said('Z', "I")
		after = said('2', "") + said('D', "rows") + said('C', "SELECT 1\x00") + said('Z', "I")
	)
	for name, c := range map[string]struct {
		answer, want string
		err          error
	}{
		"good":         {done + after, after, io.EOF},
		"an error":     {said('C', "SET\x00") + said('E', "no") + said('Z', "I") + after, "", io.ErrUnexpectedEOF},
		"rows":         {said('T', "columns") + said('Z', "I") + after, "", io.ErrUnexpectedEOF},
		"no message":   {"\x43\x00\x00\x00\x01" + after, "", io.ErrUnexpectedEOF},
		"broken off":   {done[:len(done)-1], "", io.EOF},
		"nothing else": {done, "", io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for size := 1; size <= len(c.answer); size++ {
				if got, err := through(t, c.answer, size); got != c.want || !errors.Is(err, c.err) {
					t.Errorf("in parts of %d: %q, %v; want %q, %v", size, got, err, c.want, c.err)
				}
			}
		})
	}
}

// through answers what of an answer that comes in parts is seen, and how it ends.
func through(t *testing.T, answer string, size int) (string, error) {
	t.Helper()
	client, server := net.Pipe()
	w := &wire{Conn: client, ahead: "SET a"}
	sent := make(chan string)
	go func() {
		const want = len("Q\x00\x00\x00\x0aSET a\x00") + len("bind")
		got := make([]byte, want)
		_, _ = io.ReadFull(server, got)
		for rest := answer; rest != ""; {
			n := min(size, len(rest))
			if _, err := server.Write([]byte(rest[:n])); err != nil {
				break // the client is gone
			}
			rest = rest[n:]
		}
		_ = server.Close()
		sent <- string(got)
	}()
	if n, err := w.Write([]byte("bind")); n != len("bind") || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	var seen []byte
	for part := make([]byte, 64); ; {
		n, err := w.Read(part)
		seen = append(seen, part[:n]...)
		if err != nil {
			if got := <-sent; got != "Q\x00\x00\x00\x0aSET a\x00bind" {
				t.Errorf("it sent %q", got)
			}
			return string(seen), err
		}
	}
}

// TestSessionsOfAnEncryptedConnection are set up by messages of their own.
func TestSessionsOfAnEncryptedConnection(t *testing.T) {
	t.Parallel()
	p, address := pgproxy.Through(t, fresh(t))
	db := open(t, encrypted(t, address), Options{})
	db.SetMaxOpenConns(1)
	for range 3 {
		belongs(t, db, of("a"), "a")
		belongs(t, db, of("b"), "b")
		belongs(t, db, Session{}, "nobody")
	}
	if n := p.Simple.Load(); n != 9 {
		t.Errorf("they took %d messages", n)
	}
}

// encrypted answers the address of the same server, which takes TLS and nothing else.
func encrypted(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	server := u.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go pass(client, server, config)
		}
	}()
	u.Host, u.RawQuery = listener.Addr().String(), "sslmode=require"
	return u.String()
}

// pass decrypts a connection to the server.
func pass(client net.Conn, server string, config *tls.Config) {
	defer client.Close() //nolint:errcheck // a test's
	to, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer to.Close() //nolint:errcheck // a test's
	request := make([]byte, 8)
	if _, err := io.ReadFull(client, request); err != nil {
		return
	}
	_, _ = client.Write([]byte("S"))
	plain := tls.Server(client, config)
	go func() {
		_, _ = io.Copy(to, plain)
		_ = to.Close()
	}()
	_, _ = io.Copy(plain, to)
}
