package store_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/nettest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// served returns the address of a server that does something with each connection.
func served(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return l.Addr().String()
}

// nobody returns an address that refuses.
func nobody(t *testing.T) string {
	t.Helper()
	address, _ := nettest.Refusing(t)
	return address
}

// impostor speaks TLS with a certificate that nobody has signed.
func impostor(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}},
	}
	return served(t, func(conn net.Conn) {
		request := make([]byte, 8)
		if _, err := io.ReadFull(conn, request); err == nil {
			_, _ = conn.Write([]byte("S"))
			_ = tls.Server(conn, config).Handshake()
		}
		_ = conn.Close()
	})
}

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	good, err := url.Parse(storetest.URL(t, dialect.Postgres))
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := good.User.Password()
	change := func(f func(*url.URL)) string {
		u := *good
		f(&u)
		return u.String()
	}
	silent := served(t, hold)
	for name, c := range map[string]struct {
		url  string
		want []error
	}{
		"refused": {change(func(u *url.URL) { u.Host = nobody(t) }), []error{store.ErrRefused}},
		"socket":  {change(func(u *url.URL) { u.Host, u.RawQuery = "", "host="+t.TempDir() }), []error{store.ErrRefused}},
		"no host": {change(func(u *url.URL) { u.Host = "deputy-nowhere.invalid" }), []error{store.ErrNoHost}},
		"silent": {
			change(func(u *url.URL) { u.Host, u.RawQuery = silent, "sslmode=disable&connect_timeout=1" }),
			[]error{store.ErrNoAnswer},
		},
		"password": {
			change(func(u *url.URL) { u.User = url.UserPassword(good.User.Username(), "wrong-"+secret) }),
			[]error{store.ErrPassword},
		},
		"account": {
			change(func(u *url.URL) { u.User = url.UserPassword("no-such-account", secret) }),
			[]error{store.ErrPassword},
		},
		"database": {change(func(u *url.URL) { u.Path = "/no-such-database" }), []error{store.ErrNoDatabase}},
		"no TLS":   {change(func(u *url.URL) { u.RawQuery = "sslmode=require" }), []error{store.ErrTLS}},
		"impostor": {
			change(func(u *url.URL) { u.Host, u.RawQuery = impostor(t), "sslmode=verify-full" }),
			[]error{store.ErrCertificate},
		},
		"read only": {
			change(func(u *url.URL) { u.RawQuery += "&default_transaction_read_only=on" }),
			[]error{store.ErrReadOnly},
		},
		"two hosts": {change(func(u *url.URL) {
			u.Host, u.RawQuery = "", "sslmode=disable&host=127.0.0.1,"+good.Hostname()+"&port="+port(nobody(t))+","+good.Port()
			u.Path = "/no-such-database"
		}), []error{store.ErrRefused, store.ErrNoDatabase}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			s, err := store.Open(t.Context(), c.url, store.Options{})
			if err == nil {
				_ = s.Close()
				t.Fatal("it opened")
			}
			var connect *store.ConnectError
			if !errors.As(err, &connect) {
				t.Errorf("%T: %v", err, err)
			}
			for _, want := range c.want {
				if !errors.Is(err, want) || !strings.Contains(err.Error(), want.Error()) {
					t.Errorf("%v, want %v", err, want)
				}
			}
			for _, hidden := range []string{secret, good.User.Username() + `"`, "127.0.0.1", "no-such", "nowhere", good.Port()} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("%v tells %s", err, hidden)
				}
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

func TestConnectingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	address := "postgres://a@" + served(t, hold) + "/d?connect_timeout=60"
	if _, err := store.Open(ctx, address, store.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestLimitsOfASession(t *testing.T) {
	t.Parallel()
	s := storetest.ConnectWith(t, storetest.URL(t, dialect.Postgres),
		store.Options{StatementTimeout: 200 * time.Millisecond})
	for name, want := range map[string]string{
		"statement_timeout": "200ms", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s",
		"application_name": "deputy", "TimeZone": "UTC", "client_connection_check_interval": "1s",
		"random_page_cost": "1.1",
	} {
		var got string
		if err := s.DB().QueryRowContext(t.Context(), "SHOW "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := s.DB().ExecContext(t.Context(), "SELECT pg_sleep(60)"); err == nil ||
		!strings.Contains(err.Error(), "statement timeout") {
		t.Errorf("%v", err)
	}
}

// hold reads and returns nothing until the other side goes.
func hold(conn net.Conn) {
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
}
