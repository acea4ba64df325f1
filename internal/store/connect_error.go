package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"deputy/internal/fileerr"
)

// Reasons why PostgreSQL can't be connected to. They contain no host, user or password; see ConnectError.
var (
	ErrRefused = errors.New(
		"the connection was refused: check that PostgreSQL is running, and the host and port in DATABASE_URL")
	ErrNoHost   = errors.New("the host name does not exist: check the host in DATABASE_URL")
	ErrNoAnswer = errors.New("the connection timed out: check the host in DATABASE_URL, firewalls and connect_timeout")
	ErrPassword = errors.New("PostgreSQL rejected the user name or the password: check both in DATABASE_URL, and " +
		"pg_hba.conf")
	ErrConnect = errors.New("the user is not allowed to connect to the database: run GRANT CONNECT ON DATABASE the " +
		"database TO the user")
	ErrNoDatabase = errors.New("the database does not exist: create it (createdb), or correct its name in DATABASE_URL")
	ErrTLS        = errors.New("PostgreSQL does not support TLS: enable ssl in PostgreSQL, or set sslmode=disable in " +
		"DATABASE_URL if the network is trusted")
	ErrCertificate = errors.New("PostgreSQL's certificate is not trusted: set sslrootcert in DATABASE_URL to its " +
		"certificate authority, and check the host")
	ErrStarting = errors.New("PostgreSQL is starting up or shutting down")
	ErrFull     = errors.New("PostgreSQL has no free connection: raise max_connections, or lower DATABASE_CONNS on each " +
		"server")
	ErrReadOnly   = errors.New("PostgreSQL does not accept writes: it is a standby or set to read-only")
	ErrPooler     = errors.New("DATABASE_URL leads to a pooler: set DATABASE_POOLER=on")
	ErrPoolerMode = errors.New("the pooler is in statement mode, which does not support transactions: set it to " +
		"transaction mode (pool_mode)")
	// These concern DATABASE_LISTEN_URL.
	ErrListenPooler = errors.New("DATABASE_LISTEN_URL leads to a pooler, which does not forward notifications: set it " +
		"to PostgreSQL itself")
	ErrListenElsewhere = errors.New("DATABASE_LISTEN_URL and DATABASE_URL lead to different databases: set both to the " +
		"same one")
	ErrNoResolver = errors.New("host names can't be resolved: check the network and the DNS server")
	ErrKey        = errors.New("the sslkey file in DATABASE_URL is readable by other users: restrict its permissions " +
		"(chmod 600)")
	ErrPair = errors.New("the sslcert and sslkey files in DATABASE_URL can't be used: check that they are PEM files and " +
		"belong together")
	errBroken = errors.New("the connection was closed while it was being established")
	errOdd    = errors.New("the connection failed for an unknown reason")
)

// ConnectError is returned when no connection to PostgreSQL could be established. Its text contains no host: several
// hosts are numbered in the order of DATABASE_URL. It wraps the reasons and lib/pq's error.
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

// Unwrap returns the reasons and lib/pq's error, whose text contains hosts.
func (e *ConnectError) Unwrap() []error {
	return append(e.reasons[:len(e.reasons):len(e.reasons)], e.cause)
}

// Passing reports whether an error of the database is temporary: PostgreSQL is unavailable, is starting, or has no
// connection left.
func Passing(err error) bool {
	var connecting *ConnectError
	if errors.As(err, &connecting) {
		return connecting.passing()
	}
	switch pqerror.Code(sqlState(err)) {
	case pqerror.CannotConnectNow, pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.TooManyConnections:
		return true
	}
	return false
}

// Misconfigured reports whether an error means that this program can't serve the database until an operator changes it,
// or the rights of its user.
func Misconfigured(err error) bool {
	for _, cause := range []error{
		ErrRequestRole, ErrMisfit, ErrPooler, ErrEncoding, ErrSchemaRight, ErrNoRowSecurity, ErrNoBackup, ErrSecret,
		ErrNotSQLite, ErrNoLocks, ErrNetworkDisk, ErrSecondName, ErrMountedFile, ErrNoSecret, ErrLeadsNowhere,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// passing reports whether the error of one of the hosts is temporary.
func (e *ConnectError) passing() bool {
	for _, reason := range e.reasons {
		for _, passing := range []error{
			ErrRefused, ErrStarting, ErrReadOnly, ErrFull, ErrNoResolver, ErrNoAnswer,
			errBroken,
		} {
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
	// settings are the names of the settings that are sent to PostgreSQL, which may reject one.
	settings []string
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
		e.reasons = append(e.reasons, c.reason(one))
	}
	return nil, e
}

// each returns the errors of the hosts, in their order. lib/pq joins them.
func each(err error) []error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if joined, ok := inner.(interface{ Unwrap() []error }); ok { // every level is looked at
			return joined.Unwrap()
		}
	}
	return []error{err}
}

// reason returns why one host could not be connected to.
func (c explaining) reason(err error) error {
	if failure := pq.As(err); failure != nil {
		return c.refusal(failure)
	}
	var (
		dns     *net.DNSError
		network net.Error
		errno   syscall.Errno
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		check   *tls.CertificateVerificationError
		file    *fs.PathError
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return ErrNoHost
	case errors.As(err, &dns):
		return ErrNoResolver
	case errors.As(err, &file):
		return fileerr.Explain("read a file of DATABASE_URL:", file.Path, err)
	case errors.Is(err, pq.ErrSSLKeyHasWorldPermissions), errors.Is(err, pq.ErrSSLKeyUnknownOwnership):
		return ErrKey
	case strings.Contains(err.Error(), "tls: failed to find"), strings.Contains(err.Error(), "tls: private key"),
		strings.Contains(err.Error(), "couldn't parse pem"):
		return ErrPair
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
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, sqldriver.ErrBadConn),
		errors.As(err, &network):
		return errBroken
	}
	return errOdd
}

// SettingError is returned for a setting in DATABASE_URL that PostgreSQL rejects.
type SettingError struct{ name, why string }

// Error implements error.
func (e *SettingError) Error() string { return e.name + " in DATABASE_URL " + e.why }

// setting returns which setting PostgreSQL does not know, or whose value it rejects. It looks only for the names that
// were sent.
func (c explaining) setting(failure *pq.Error) error {
	e := &SettingError{name: "a setting or options"}
	for _, name := range c.settings {
		if strings.Contains(strings.ToLower(failure.Message), `"`+strings.ToLower(name)+`"`) {
			e.name = name
		}
	}
	switch {
	case failure.Code == pqerror.InsufficientPrivilege && !slices.Contains(c.settings, e.name):
		return ErrConnect
	case failure.Code == pqerror.UndefinedObject:
		e.why = "is neither a libpq parameter nor a PostgreSQL setting: remove it, or correct its name"
	case failure.Code == pqerror.InvalidParameterValue:
		e.why = "has a value that PostgreSQL rejects: correct it, or remove it"
	default:
		e.why = "can't be set by this user, or not while PostgreSQL is running: remove it"
	}
	return e
}

// refusal returns why the server, or a pooler in its place, rejected the connection.
func (c explaining) refusal(failure *pq.Error) error {
	switch failure.Code {
	case pqerror.UndefinedObject, pqerror.InvalidParameterValue, pqerror.CantChangeRuntimeParam,
		pqerror.InsufficientPrivilege:
		return c.setting(failure)
	case pqerror.InvalidPassword, pqerror.InvalidAuthorizationSpecification:
		return ErrPassword
	case pqerror.InvalidCatalogName:
		return ErrNoDatabase
	case pqerror.CannotConnectNow, pqerror.AdminShutdown, pqerror.CrashShutdown:
		return ErrStarting
	case pqerror.TooManyConnections:
		return ErrFull
	case pqerror.ProtocolViolation: // pgbouncer's code for everything
		switch text := failure.Message; {
		case strings.HasPrefix(text, "unsupported startup parameter"):
			return ErrPooler
		case strings.HasPrefix(text, "no such database"), strings.HasPrefix(text, "database ") &&
			strings.HasSuffix(text, "does not exist"):
			return ErrNoDatabase
		case strings.HasPrefix(text, "no such user"), strings.Contains(text, "auth failed"),
			strings.Contains(text, "authentication failed"):
			return ErrPassword
		}
	}
	return fmt.Errorf("PostgreSQL rejected the connection (SQLSTATE %s): check its log, and the other parameters of "+
		"DATABASE_URL", failure.Code)
}
