package send_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"deputy/internal/send"
)

const (
	user     = "deputy"
	password = "correct horse battery"
)

// envelope is a message as it arrived.
type envelope struct {
	user, from string
	to         []string
	data       []byte
	secured    bool
}

// mailServer is an SMTP server on the loopback; its hooks may refuse, or keep the client waiting.
type mailServer struct {
	addr    *net.TCPAddr
	roots   *x509.CertPool
	noAuth  bool
	onRcpt  func() error
	onData  func() error
	onReset func(*smtp.Conn)

	mu    sync.Mutex
	tried int // how often a password came
	got   []envelope
}

// certificate returns a key pair for 127.0.0.1 and the roots that trust it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS.Certificates[0], roots
}

// serve starts the server and stops it with the test.
func (m *mailServer) serve(t *testing.T, policy send.TLSPolicy) *mailServer {
	t.Helper()
	cert, roots := certificate(t)
	m.roots = roots
	s := smtp.NewServer(m)
	s.Domain, s.ReadTimeout, s.WriteTimeout = "127.0.0.1", time.Minute, time.Minute
	s.ErrorLog = log.New(io.Discard, "", 0)
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = listener.Addr().(*net.TCPAddr)
	switch policy {
	case send.StartTLS:
		s.TLSConfig = config
	case send.ImplicitTLS:
		listener = tls.NewListener(listener, config)
	case send.NoTLS:
		s.AllowInsecureAuth = true
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(listener)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil { // it waits for the clients to go
			t.Errorf("a client left its connection open: %v", err)
			_ = s.Close()
		}
		<-done
	})
	return m
}

// config is how to reach the server as it wants to be reached.
func (m *mailServer) config(policy send.TLSPolicy) send.SMTPConfig {
	return send.SMTPConfig{
		Host: "127.0.0.1", Port: m.addr.Port, User: user, Password: password, From: "Deputy 帐号 <no-reply@deputy.example>",
		TLS: policy, Timeout: time.Minute, RootCAs: m.roots,
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	}
}

func (m *mailServer) messages() []envelope {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.got
}

func (m *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &mailSession{server: m, conn: c}, nil
}

type mailSession struct {
	server *mailServer
	conn   *smtp.Conn
	envelope
}

func (s *mailSession) AuthMechanisms() []string {
	if s.server.noAuth {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, u, p string) error {
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.tried++
		if u != user || p != password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no such user " + u + " with " +
				p}
		}
		s.user = u
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.onRcpt != nil {
		if err := s.server.onRcpt(); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return errors.New("read message")
	}
	if s.server.onData != nil {
		if err := s.server.onData(); err != nil {
			return err
		}
	}
	_, secured := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.got = append(s.server.got, envelope{user: s.user, from: s.from, to: s.to, data: data, secured: secured})
	return nil
}

func (s *mailSession) Reset() {
	s.from, s.to = "", nil
	if s.server.onReset != nil {
		s.server.onReset(s.conn)
	}
}

func (s *mailSession) Logout() error { return nil }
