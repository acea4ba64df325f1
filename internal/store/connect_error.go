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

	"deputy/internal/whose"
)

// These are why PostgreSQL can't be connected to, in words that name no host, account or password; see ConnectError.
var (
	ErrRefused = errors.New(
		"nothing listens there: is PostgreSQL running, and are host and port in DATABASE_URL right")
	ErrNoHost   = errors.New("there is no host of that name: check the host in DATABASE_URL")
	ErrNoAnswer = errors.New("no answer came in time: check the host in DATABASE_URL, firewalls and connect_timeout")
	ErrPassword = errors.New("PostgreSQL refused the account or its password: check user and password in " +
		"DATABASE_URL, and pg_hba.conf")
	ErrConnect = errors.New("the account may not connect to the database: GRANT CONNECT ON DATABASE the database TO " +
		"the account")
	ErrNoDatabase = errors.New("the database does not exist: create it (createdb), or correct its name in DATABASE_URL")
	ErrTLS        = errors.New("PostgreSQL speaks no TLS: turn ssl on there, or say sslmode=disable in DATABASE_URL " +
		"where the network is trusted")
	ErrCertificate = errors.New("PostgreSQL's certificate is not one that is trusted: name its authority with " +
		"sslrootcert in DATABASE_URL, and check the host")
	ErrStarting = errors.New("PostgreSQL is starting up or shutting down")
	ErrFull     = errors.New("PostgreSQL has no connection left: raise max_connections, or lower the connections of " +
		"each server (DATABASE_CONNS)")
	ErrReadOnly   = errors.New("PostgreSQL takes no writes there: it is a standby or set to read-only")
	ErrPooler     = errors.New("a pooler stands before PostgreSQL: say so with DATABASE_POOLER=on")
	ErrPoolerMode = errors.New("the pooler before PostgreSQL is in statement mode, which has no transactions: put it " +
		"into transaction mode (pool_mode)")
	// These are about DATABASE_LISTEN_URL.
	ErrListenPooler = errors.New("DATABASE_LISTEN_URL leads to a pooler, through which notifications don't pass: it " +
		"must lead to PostgreSQL itself")
	ErrListenElsewhere = errors.New("DATABASE_LISTEN_URL leads to another database than DATABASE_URL: it must lead to " +
		"the same one")
	ErrNoResolver = errors.New("names of hosts can't be looked up: is the network up, and is there a DNS server")
	ErrKey        = errors.New("the file that sslkey in DATABASE_URL names can be read by others: take that from " +
		"them (chmod 600)")
	ErrPair = errors.New("the files that sslcert and sslkey in DATABASE_URL name can't be used: are they " +
		"PEM, and do they belong together")
	errBroken = errors.New("the connection broke off while it was being made")
	errOdd    = errors.New("the connection can't be made, for a reason that is not known here")
)

// ConnectError says why no connection to PostgreSQL could be made. Its text names no host: with several of them it
// counts them in the order of DATABASE_URL. It wraps the reasons and what lib/pq said.
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

// Unwrap returns the reasons and what lib/pq said, whose text names hosts.
func (e *ConnectError) Unwrap() []error {
	return append(e.reasons[:len(e.reasons):len(e.reasons)], e.cause)
}

// Passing reports whether what an error says about the database may be over soon without anybody's doing: PostgreSQL is
// away, is starting, or has no connection left.
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

// Misconfigured reports whether an error says that the database is not one that this program can serve until somebody
// changes it, or the rights of its account.
func Misconfigured(err error) bool {
	for _, cause := range []error{
		ErrRequestRole, ErrMisfit, ErrPooler, ErrEncoding, ErrSchemaRight, ErrNoWall, ErrNoBackup, ErrSecret, ErrNotSQLite,
		ErrNoLocks, ErrNetworkDisk, ErrSecondName, ErrMountedFile, ErrNoSecret, ErrLeadsNowhere,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// passing reports whether one of the hosts may be better soon.
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
	// settings are the names of those that are sent to PostgreSQL, which may refuse one.
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

// each returns the errors of the hosts, in their order, which lib/pq joins.
func each(err error) []error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if joined, ok := inner.(interface{ Unwrap() []error }); ok { // every level is looked at
			return joined.Unwrap()
		}
	}
	return []error{err}
}

// reason finds out why one host could not be connected to.
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
		return whose.Explain("read a file that DATABASE_URL names,", file.Path, err)
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

// SettingError is a setting in DATABASE_URL that PostgreSQL refuses.
type SettingError struct{ name, why string }

// Error implements error.
func (e *SettingError) Error() string { return e.name + " in DATABASE_URL " + e.why }

// setting tells which setting it is that PostgreSQL does not know, or whose value it does not take, by the names that
// were sent alone.
func (c explaining) setting(failure *pq.Error) error {
	e := &SettingError{name: "a setting, or options,"}
	for _, name := range c.settings {
		if strings.Contains(strings.ToLower(failure.Message), `"`+strings.ToLower(name)+`"`) {
			e.name = name
		}
	}
	switch {
	case failure.Code == pqerror.InsufficientPrivilege && !slices.Contains(c.settings, e.name):
		return ErrConnect
	case failure.Code == pqerror.UndefinedObject:
		e.why = "is neither a parameter of libpq's nor a setting of PostgreSQL's: leave it out, or correct its name"
	case failure.Code == pqerror.InvalidParameterValue:
		e.why = "has a value that PostgreSQL does not take: correct it, or leave it out"
	default:
		e.why = "can't be set by this account, or not while PostgreSQL runs: leave it out"
	}
	return e
}

// refusal is why the server itself, or a pooler in its place, said no.
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
	case pqerror.ProtocolViolation: // what pgbouncer says whatever is wrong
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
	return fmt.Errorf("PostgreSQL refused (SQLSTATE %s): see its log, and what else is set in DATABASE_URL", failure.Code)
}
