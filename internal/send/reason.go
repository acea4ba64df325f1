package send

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"

	"github.com/wneessen/go-mail"
)

// reason returns a network error without the text of the library's error, which may contain an address with a token, or
// the server's response with the code or the password. Errors of ctx, and timeouts as [context.DeadlineExceeded], can
// be matched with errors.Is.
func reason(ctx context.Context, err error) error {
	var (
		refused *textproto.Error
		unsent  *mail.SendError
		dns     *net.DNSError
		op      *net.OpError
		header  tls.RecordHeaderError
	)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case isTimeout(err):
		return context.DeadlineExceeded
	case errors.As(err, &refused):
		return fmt.Errorf("the server rejected it with %d", refused.Code)
	case errors.As(err, &unsent) && unsent.ErrorCode() != 0:
		return fmt.Errorf("%s: the server rejected it with %d", unsent.Reason, unsent.ErrorCode())
	case errors.As(err, &unsent):
		return fmt.Errorf("%s: the connection was lost", unsent.Reason)
	case isUntrusted(err):
		return errors.New("the server's certificate is not trusted for this host")
	case errors.As(err, &header):
		return errors.New("the server does not use TLS on this port")
	case errors.As(err, &dns):
		return errors.New("the host name can't be resolved")
	case errors.As(err, &op):
		return fmt.Errorf("%s: %w", op.Op, bare(op.Err))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the server closed the connection")
	case strings.Contains(err.Error(), "does not support STARTTLS"): // the library has no error value for these two
		return errors.New("the server does not support STARTTLS")
	case strings.Contains(err.Error(), "does not support SMTP AUTH"), errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		return errors.New("the server has no supported authentication method")
	}
	return errors.New("the server's response is invalid")
}

// bare returns the system's error, such as "connection refused", without the operation and the address.
func bare(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

func isTimeout(err error) bool {
	var timed net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
}

func isUntrusted(err error) bool {
	var (
		failed    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	return errors.As(err, &failed) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// isLoopback reports whether a host is this machine, so that nobody can eavesdrop.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
