package send

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"deputy/internal/fault"
)

// MinSecret is the least length of a shared secret, in bytes.
const MinSecret = 16

// maxAnswer is how much of a response is read, in bytes, so that its connection can be reused.
const maxAnswer = 64 << 10

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// SMSConfig configures the gateway of text messages.
type SMSConfig struct {
	// URL is the address of the gateway: https, or http when the host is this machine. It contains no user or password.
	URL string
	// Secret signs the requests; at least 16 bytes.
	Secret string
	// Timeout bounds one message, second try included; 15 s when 0.
	Timeout time.Duration
	// RootCAs are trusted instead of the system's; nil for the system's.
	RootCAs *x509.CertPool
	// Now returns the time of a request; nil for the system's clock.
	Now func() time.Time
}

// SMS sends codes through a gateway for text messages, as the package comment describes. Make it with [NewSMS].
type SMS struct {
	config SMSConfig
	client *http.Client
}

// NewSMS checks the configuration; it does not connect.
func NewSMS(config SMSConfig) (*SMS, error) {
	if config.Timeout == 0 {
		config.Timeout = defaultTimeout
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if err := CheckAddress(config.URL); err != nil {
		return nil, err
	}
	switch {
	case len(config.Secret) < MinSecret:
		return nil, fmt.Errorf("sms: the secret has fewer than %d bytes", MinSecret)
	case config.Timeout < 0:
		return nil, errors.New("sms: the timeout is negative")
	}
	return &SMS{config: config, client: newClient(config.Timeout, config.RootCAs)}, nil
}

// CheckAddress returns an error when the address can't be that of a gateway.
func CheckAddress(text string) error {
	address, err := url.Parse(text)
	switch { // no error repeats the address: people put tokens into its query
	case err != nil || address.Hostname() == "" || address.Scheme != "https" && address.Scheme != "http":
		return errors.New("sms: the gateway's address is missing or not an https address")
	case address.Scheme == "http" && !isLoopback(address.Hostname()):
		return errors.New("sms: http is for a gateway on this machine only, use https")
	case address.User != nil || address.Fragment != "":
		return errors.New("sms: the gateway's address must not contain a user, a password or a fragment")
	}
	return nil
}

// newClient returns an HTTP client for a gateway. It does not follow redirects.
func newClient(timeout time.Duration, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			IdleConnTimeout: time.Minute,
			// the transport continues to dial after the request has ended, so it needs a limit of its own
			DialContext:         (&net.Dialer{Timeout: timeout}).DialContext,
			TLSHandshakeTimeout: timeout,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Format implements fmt.Formatter: secret and address do not show.
func (s *SMS) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sms sender") }

// request is the body, as the package comment documents it.
type request struct {
	To               string  `json:"to"`
	Text             string  `json:"text"`
	Lang             string  `json:"lang"`
	Purpose          Purpose `json:"purpose"`
	OrgName          string  `json:"orgName,omitempty"`
	Code             string  `json:"code"`
	ExpiresInSeconds int     `json:"expiresInSeconds"`
	Flow             string  `json:"flow"`
}

// Send implements [Sender]. It returns nil once the gateway has responded with a status from 200 to 299.
func (s *SMS) Send(ctx context.Context, c Code) error {
	body, err := compose(c)
	if err != nil {
		return fmt.Errorf("write sms: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	status, err := s.post(ctx, c.Flow, body)
	if err != nil && ctx.Err() == nil && !isTimeout(err) && !isUntrusted(err) {
		status, err = s.post(ctx, c.Flow, body)
	}
	if err != nil {
		return fmt.Errorf("send sms: %w", reason(ctx, err))
	}
	if status < 200 || status > 299 {
		return fmt.Errorf("send sms: the gateway responded with status %d", status)
	}
	return nil
}

func compose(c Code) ([]byte, error) {
	if c.Channel != Phone || !e164.MatchString(c.To) {
		return nil, errors.New("the recipient is not a phone number in canonical form")
	}
	words, err := word(c)
	if err != nil {
		return nil, err
	}
	lang := fault.Zh
	if c.Lang == fault.En {
		lang = fault.En
	}
	return json.Marshal(request{
		To: c.To, Text: words.short, Lang: string(lang), Purpose: c.Purpose, OrgName: orgName(c),
		Code: c.Code, ExpiresInSeconds: int(c.Expires / time.Second), Flow: c.Flow,
	})
}

// post makes the request once and returns the status.
func (s *SMS) post(ctx context.Context, flow string, body []byte) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.GetBody = nil // keeps the transport from trying again by itself, beside Send
	stamp := strconv.FormatInt(s.config.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "deputy")
	r.Header.Set("Idempotency-Key", flow)
	r.Header.Set("Deputy-Timestamp", stamp)
	r.Header.Set("Deputy-Signature", "v1="+sign(s.config.Secret, stamp, body))
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()                                          //nolint:errcheck // only the status counts
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection can be reused
	return answer.StatusCode, nil
}

func sign(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
