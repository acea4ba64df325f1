package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// These are why PostgreSQL can't be connected to, in words that name no host, account or password; see ConnectError.
var (
	ErrRefused     = errors.New("nothing listens there: is PostgreSQL running, and are host and port in DATABASE_URL right")
	ErrNoHost      = errors.New("there is no host of that name: check the host in DATABASE_URL")
	ErrNoAnswer    = errors.New("no answer came in time: check the host in DATABASE_URL, firewalls and connect_timeout")
	ErrPassword    = errors.New("PostgreSQL refused the account or its password: check user and password in DATABASE_URL, and pg_hba.conf")
	ErrNoDatabase  = errors.New("the database does not exist: create it (createdb), or correct its name in DATABASE_URL")
	ErrTLS         = errors.New("PostgreSQL speaks no TLS: turn ssl on there, or say sslmode=disable in DATABASE_URL where the network is trusted")
	ErrCertificate = errors.New("PostgreSQL's certificate is not one that is trusted: name its authority with sslrootcert in DATABASE_URL, and check the host")
	ErrStarting    = errors.New("PostgreSQL is starting up or shutting down")
	ErrFull        = errors.New("PostgreSQL has no connection left: raise max_connections, or lower the connections of each server (DATABASE_CONNS)")
	ErrReadOnly    = errors.New("PostgreSQL takes no writes there: it is a standby or set to read-only")
	ErrPooler      = errors.New("a pooler stands before PostgreSQL: say so with DATABASE_POOLER=on")
	errBroken      = errors.New("the connection broke off while it was being made")
)

// ConnectError says why no connection to PostgreSQL could be made. Its text names no host: with several of them it counts them in
// the order of DATABASE_URL. It wraps the reasons and what lib/pq said.
type ConnectError struct {
	reasons []error
	cause   error
}

// Error implements error.
func (e *ConnectError) Error() string {
	if len(e.reasons) == 1 {
		return "connect to PostgreSQL: " + e.reasons[0].Error()
	}
	parts := make([]string, len(e.reasons))
	for i, reason := range e.reasons {
		parts[i] = fmt.Sprintf("host %d: %v", i+1, reason)
	}
	return "connect to PostgreSQL: " + strings.Join(parts, "; ")
}

// Unwrap answers the reasons and what lib/pq said, whose text names hosts.
func (e *ConnectError) Unwrap() []error {
	return append(e.reasons[:len(e.reasons):len(e.reasons)], e.cause)
}

// passing tells whether one of the hosts may be better soon.
func (e *ConnectError) passing() bool {
	for _, reason := range e.reasons {
		for _, passing := range []error{ErrRefused, ErrStarting, ErrReadOnly, ErrFull, errBroken} {
			if errors.Is(reason, passing) {
				return true
			}
		}
	}
	return false
}

// explaining is a connector whose errors are ConnectErrors.
type explaining struct {
	sqldriver.Connector
	several bool // hosts
}

// Connect implements driver.Connector.
func (c explaining) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err == nil {
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, &ConnectError{reasons: []error{ErrNoAnswer}, cause: ctx.Err()}
	}
	e := &ConnectError{cause: err}
	all := []error{err}
	if c.several {
		all = each(err)
	}
	for _, one := range all {
		e.reasons = append(e.reasons, reason(one))
	}
	return nil, e
}

// each answers the errors of the hosts, in their order, which lib/pq joins.
func each(err error) []error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if joined, ok := inner.(interface{ Unwrap() []error }); ok { // every level is looked at
			return joined.Unwrap()
		}
	}
	return []error{err}
}

// reason finds out why one host could not be connected to.
func reason(err error) error {
	if failure := pq.As(err); failure != nil {
		return refusal(failure)
	}
	var (
		dns     *net.DNSError
		network net.Error
		errno   syscall.Errno
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		check   *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &dns) && !dns.IsTimeout:
		return ErrNoHost
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return ErrNoAnswer
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return ErrRefused
	case errors.Is(err, pq.ErrSSLNotSupported):
		return ErrTLS
	case errors.As(err, &check), errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return ErrCertificate
	case strings.Contains(err.Error(), "session is read-only"), strings.Contains(err.Error(), "hot standby mode"):
		return ErrReadOnly
	case errors.As(err, &errno):
		return fmt.Errorf("%w: %w", errBroken, errno)
	}
	return errBroken
}

// refusal is why the server itself, or a pooler in its place, said no.
func refusal(failure *pq.Error) error {
	switch failure.Code {
	case pqerror.InvalidPassword, pqerror.InvalidAuthorizationSpecification:
		return ErrPassword
	case pqerror.InvalidCatalogName:
		return ErrNoDatabase
	case pqerror.CannotConnectNow, pqerror.AdminShutdown, pqerror.CrashShutdown:
		return ErrStarting
	case pqerror.TooManyConnections:
		return ErrFull
	case pqerror.ProtocolViolation: // what pgbouncer says whatever is wrong
		switch text := failure.Message; {
		case strings.HasPrefix(text, "unsupported startup parameter"):
			return ErrPooler
		case strings.HasPrefix(text, "no such database"), strings.HasPrefix(text, "database ") && strings.HasSuffix(text, "does not exist"):
			return ErrNoDatabase
		case strings.HasPrefix(text, "no such user"), strings.Contains(text, "auth failed"), strings.Contains(text, "authentication failed"):
			return ErrPassword
		}
	}
	return fmt.Errorf("PostgreSQL refused (SQLSTATE %s)", failure.Code)
}
