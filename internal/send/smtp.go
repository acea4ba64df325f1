package send

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"deputy/internal/contact"
	"deputy/internal/crash"
)

// TLSPolicy is the use of TLS on a connection to a mail server.
type TLSPolicy string

// The policies. The empty one is StartTLS.
const (
	// StartTLS requires STARTTLS before anything else; port 587 by default.
	StartTLS TLSPolicy = "starttls"
	// ImplicitTLS uses TLS from the first byte; port 465 by default.
	ImplicitTLS TLSPolicy = "implicit"
	// NoTLS is for a server on this machine only; port 25 by default.
	NoTLS TLSPolicy = "none"
)

// defaultTimeout bounds one message when no other timeout is set.
const defaultTimeout = 15 * time.Second

// SMTPConfig configures the mail server.
type SMTPConfig struct {
	// Host is a host name or an IP address; the server's certificate must be for it.
	Host string
	// Port is 0 for the default port of the policy.
	Port int
	// User and Password authenticate at the server; both are empty when it needs none.
	User, Password string
	// From is an address, with a display name or without: Deputy <no-reply@example.com>.
	From string
	TLS  TLSPolicy
	// Timeout bounds one message from dialling to the server's receipt; 15 s when 0.
	Timeout time.Duration
	// RootCAs are trusted instead of the system's; nil for the system's.
	RootCAs *x509.CertPool
	// Now returns the date of a message; nil for the system's clock.
	Now func() time.Time
}

// SMTP sends codes by mail. Make it with [NewSMTP].
type SMTP struct {
	config SMTPConfig
	from   *netmail.Address
	tls    *tls.Config
}

// NewSMTP checks the configuration; it does not connect. It refuses NoTLS for a host that is not this machine.
func NewSMTP(config SMTPConfig) (*SMTP, error) {
	ports := map[TLSPolicy]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}
	if config.TLS == "" {
		config.TLS = StartTLS
	}
	if config.Port == 0 {
		config.Port = ports[config.TLS]
	}
	if config.Timeout == 0 {
		config.Timeout = defaultTimeout
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	from, err := netmail.ParseAddress(config.From)
	switch {
	case config.Host == "" || strings.ContainsAny(config.Host, "/ @\r\n[]") || strings.Contains(config.Host, ":") &&
		net.ParseIP(config.Host) == nil:
		return nil, errors.New("smtp: the host is missing or not a host name")
	case ports[config.TLS] == 0:
		return nil, fmt.Errorf("smtp: the TLS policy must be one of %s, %s, %s", StartTLS, ImplicitTLS, NoTLS)
	case config.TLS == NoTLS && !isLoopback(config.Host):
		return nil, fmt.Errorf("smtp: the TLS policy %s is for a server on this machine only", NoTLS)
	case config.Port < 1 || config.Port > 65535 || config.Timeout < 0:
		return nil, errors.New("smtp: the port or the timeout is out of range")
	case (config.User == "") != (config.Password == ""):
		return nil, errors.New("smtp: user and password must be set together")
	case err != nil || strings.ContainsFunc(from.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return nil, errors.New("smtp: the sender is missing or not an e-mail address")
	}
	return &SMTP{
		config: config, from: from,
		tls: &tls.Config{ServerName: config.Host, RootCAs: config.RootCAs, MinVersion: tls.VersionTLS12},
	}, nil
}

// Format implements fmt.Formatter: the password does not show.
func (s *SMTP) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "smtp sender") }

// Send implements [Sender]. It returns nil once the server has taken the message.
func (s *SMTP) Send(ctx context.Context, c Code) error {
	letter, err := s.letter(c)
	if err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	// an error while closing the connection is no failure
	if err := s.deliver(ctx, letter); err != nil && !letter.IsDelivered() {
		return fmt.Errorf("send mail: %w", reason(ctx, err))
	}
	return nil
}

// deliver sends the message.
func (s *SMTP) deliver(ctx context.Context, letter *mail.Msg) error {
	return s.connect(ctx, func(client *mail.Client) error { return client.DialAndSendWithContext(ctx, letter) })
}

// Check connects to the mail server, authenticates if a user is set, and sends nothing.
func (s *SMTP) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	err := s.connect(ctx, func(client *mail.Client) error {
		if err := client.DialWithContext(ctx); err != nil {
			return err
		}
		_ = client.Close() // an error while closing the connection is no failure
		return nil
	})
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", reason(ctx, err))
	}
	return nil
}

// connect opens the connection itself and closes it at the end, or when ctx ends: the library sets deadlines by its own
// clock and leaves connections open after errors.
func (s *SMTP) connect(ctx context.Context, use func(*mail.Client) error) error {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(s.config.Host, strconv.Itoa(s.config.Port)))
	if err != nil {
		return err
	}
	defer raw.Close() //nolint:errcheck // closing does not change whether the message was accepted
	defer crash.OnDone(ctx, func() { _ = raw.Close() })()
	conn := raw
	if s.config.TLS == ImplicitTLS {
		secured := tls.Client(raw, s.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = secured
	}
	client, err := mail.NewClient(s.config.Host, append(s.options(),
		mail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }))...)
	if err != nil {
		return err
	}
	return use(client)
}

func (s *SMTP) options() []mail.Option {
	options := []mail.Option{
		mail.WithTimeout(s.config.Timeout), mail.WithHELO(s.domain()), mail.WithTLSConfig(s.tls.Clone()), mail.WithoutNoop(),
	}
	plain, login := mail.SMTPAuthPlain, mail.SMTPAuthLogin
	switch s.config.TLS {
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case ImplicitTLS:
		options = append(options, mail.WithSSL())
	case NoTLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
		plain, login = mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc
	}
	if s.config.User != "" {
		options = append(options, mail.WithUsername(s.config.User), mail.WithPassword(s.config.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, plain, login))
	}
	return options
}

// letter returns the message. The recipient must be in canonical form, which can't contain a header.
func (s *SMTP) letter(c Code) (*mail.Msg, error) {
	if to, err := contact.ParseEmail(c.To); err != nil || to != c.To || c.Channel != Email {
		return nil, errors.New("the recipient is not an e-mail address in canonical form")
	}
	words, err := word(c)
	if err != nil {
		return nil, err
	}
	m := mail.NewMsg(mail.WithEncoding(mail.EncodingB64), mail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	if err := m.To(c.To); err != nil {
		return nil, errors.New("the recipient was not accepted")
	}
	m.Subject(words.subject)
	m.SetDateWithValue(s.config.Now())
	m.SetMessageIDWithValue(rand.Text() + "@" + s.domain())
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, words.letter)
	return m, nil
}

// domain returns the part of the sender's address after the @.
func (s *SMTP) domain() string { return s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:] }
