package send_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/nettest"
	"deputy/internal/send"
)

const (
	secret    = "a secret of the gateway"
	timestamp = 1767323045
)

// gateway takes messages as a receiver should: it checks the signature and sends once for each flow.
type gateway struct {
	*httptest.Server
	// before may answer in the gateway's place; n counts the requests from 1.
	before func(w http.ResponseWriter, r *http.Request, n int) (done bool)

	mu    sync.Mutex
	asked int
	sent  map[string]map[string]any
}

func newGateway(
	t *testing.T, start func(http.Handler) *httptest.Server, before func(http.ResponseWriter, *http.Request, int) bool,
) *gateway {
	t.Helper()
	g := &gateway{before: before, sent: map[string]map[string]any{}}
	g.Server = start(g)
	g.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	if g.before != nil && g.before(w, r, g.asked) {
		return
	}
	body, err := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, r.Header.Get("Deputy-Timestamp")+"."+string(body))
	given, found := strings.CutPrefix(r.Header.Get("Deputy-Signature"), "v1=")
	signature, hexErr := hex.DecodeString(given)
	message := map[string]any{}
	switch {
	case err != nil || !found || hexErr != nil || !hmac.Equal(signature, mac.Sum(nil)) ||
		r.Header.Get("Deputy-Timestamp") != "1767323045":
		http.Error(w, "bad signature", http.StatusUnauthorized)
	case r.Method != http.MethodPost || r.URL.RequestURI() != "/v1/sms?token=t0ken" ||
		r.Header.Get("Content-Type") != "application/json":
		http.Error(w, "bad request", http.StatusBadRequest)
	case json.Unmarshal(body, &message) != nil || message["flow"] != r.Header.Get("Idempotency-Key"):
		http.Error(w, "bad body", http.StatusBadRequest)
	default:
		g.sent[r.Header.Get("Idempotency-Key")] = message
		w.WriteHeader(http.StatusAccepted)
	}
}

func (g *gateway) counts() (asked, sent int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked, len(g.sent)
}

func (g *gateway) config() send.SMSConfig {
	config := send.SMSConfig{
		URL: g.URL + "/v1/sms?token=t0ken", Secret: secret, Timeout: time.Minute,
		Now: func() time.Time { return time.Unix(timestamp, 999) },
	}
	if g.Certificate() != nil {
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AddCert(g.Certificate())
	}
	return config
}

func newSMS(t *testing.T, config send.SMSConfig) *send.SMS {
	t.Helper()
	s, err := send.NewSMS(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drop breaks the connection before anything is answered.
func drop(http.ResponseWriter, *http.Request, int) bool { panic(http.ErrAbortHandler) }

func TestSMSDelivers(t *testing.T) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"https": httptest.NewTLSServer,
		"http":  httptest.NewServer,
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t, start, nil)
			if err := newSMS(t, g.config()).Send(t.Context(), toPhone()); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"to": "+8613800000001", "lang": "zh-CN", "purpose": "SIGN_IN", "code": theCode, "expiresInSeconds": 300.0,
				"flow": "flw_7Hq2",
				"text": "验证码 481516，用于登录 Deputy，5 分钟内有效。请勿把验证码告诉任何人，我们绝不会向您索要。如非本人操作，请忽略。",
			}
			got := g.sent["flw_7Hq2"]
			for key, value := range want {
				if got[key] != value {
					t.Errorf("%s: got %v, want %v", key, got[key], value)
				}
			}
			if len(got) != len(want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestSMSWording(t *testing.T) {
	g := newGateway(t, httptest.NewTLSServer, nil)
	sender := newSMS(t, g.config())
	for flow, c := range map[string]struct {
		purpose send.Purpose
		lang    fault.Lang
		expires time.Duration
		text    string
	}{
		"a": {send.Bind, fault.Zh, 5 * time.Minute, "验证码 481516，用于加入机构成为其子帐号，5 分钟内有效。" +
			"同意加入才把它告诉该机构的主帐号，切勿告诉其他任何人，我们绝不会向您索要。如不认识该机构，请忽略。 该机构自称：「星河」"},
		"b": {send.Bind, fault.En, time.Minute, "Your verification code is 481516, for joining an org as a sub-account. " +
			"It is valid for 1 minute. If you agree to join, give this code only to the owner of that org, and to no one " +
			"else. We will never ask for it. If you don't know the org, ignore this message. The org calls itself: 「星河」"},
		"c": {
			send.SetPassword, fault.En, 30 * time.Second,
			"Your verification code is 481516, for setting your Deputy password. It is valid for 30 seconds. Never share " +
				"this code with anyone. We will never ask for it. If you didn't request it, ignore this message.",
		},
	} {
		code := toPhone()
		code.Flow, code.Purpose, code.Lang, code.Expires, code.OrgName = flow, c.purpose, c.lang, c.expires, "星河"
		if err := sender.Send(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		got := g.sent[flow]
		if got["text"] != c.text || got["lang"] != string(c.lang) || got["expiresInSeconds"] != c.expires.Seconds() {
			t.Errorf("%s: got %v", flow, got)
		}
		if _, named := got["orgName"]; named != (c.purpose == send.Bind) {
			t.Errorf("%s: orgName %v", flow, got["orgName"])
		}
	}
}

// The example of the package comment, word for word.
func TestSMSSignatureIsAsDocumented(t *testing.T) {
	mac := hmac.New(sha256.New, []byte("0123456789abcdef"))
	_, _ = io.WriteString(mac, `1700000000.{"to":"+8613800000001"}`)
	if got := hex.EncodeToString(mac.Sum(nil)); got != "10574c81b7763e8bdf0f23338e2133beeeebfa5b67e239a3c8e4095b48ada959" {
		t.Errorf("got %s", got)
	}
}

func TestSMSRefusals(t *testing.T) {
	elsewhere := newGateway(t, httptest.NewTLSServer, nil)
	for name, c := range map[string]struct {
		before func(http.ResponseWriter, *http.Request, int) bool
		change func(*send.SMSConfig)
		asked  int
		says   string
	}{
		"500": {before: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, r.URL.String())
			_, _ = io.Copy(w, r.Body)
			return true
		}, asked: 1, says: "send sms: the gateway responded with status 500"},
		"redirect to GET": {before: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, elsewhere.URL+"/v1/sms?token=t0ken", http.StatusFound)
			return true
		}, asked: 1, says: "send sms: the gateway responded with status 302"},
		"redirect": {before: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, elsewhere.URL+"/v1/sms?token=t0ken", http.StatusTemporaryRedirect)
			return true
		}, asked: 1, says: "send sms: the gateway responded with status 307"},
		"wrong secret": {
			change: func(s *send.SMSConfig) { s.Secret = "another secret of the gateway" }, asked: 1,
			says: "send sms: the gateway responded with status 401",
		},
		"untrusted": {change: func(s *send.SMSConfig) { s.RootCAs = nil }, says: "certificate is not trusted"},
		"not http": {
			before: answerRaw("481516 +8613800000001 t0ken\r\n\r\n"), asked: 2,
			says: "response is invalid",
		},
		"bad header": {
			before: answerRaw("HTTP/1.1 200 OK\r\n481516 +8613800000001 t0ken\r\n\r\n"), asked: 2,
			says: "response is invalid",
		},
		"always broken": {before: drop, asked: 2, says: "the server closed the connection"},
		"plain": {change: func(s *send.SMSConfig) {
			s.URL = newGateway(t, httptest.NewServer, nil).URL
			s.URL = strings.Replace(s.URL, "http:", "https:", 1)
		}, says: "response is invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t, httptest.NewTLSServer, c.before)
			config := g.config()
			if c.change != nil {
				c.change(&config)
			}
			err := newSMS(t, config).Send(t.Context(), toPhone())
			checkSilent(t, err, "t0ken", "127.0.0.1", "/v1/sms", "secret")
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if asked, sent := g.counts(); asked != c.asked || sent != 0 {
				t.Errorf("asked %d times, want %d; %d sent", asked, c.asked, sent)
			}
		})
	}
	if asked, _ := elsewhere.counts(); asked != 0 {
		t.Error("a redirect was followed")
	}
}

// answerRaw returns with bytes that need not be HTTP.
func answerRaw(text string) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
		return true
	}
}

func TestSMSTriesTwice(t *testing.T) {
	g := newGateway(t, httptest.NewTLSServer, func(w http.ResponseWriter, r *http.Request, n int) bool {
		return n == 1 && drop(w, r, n)
	})
	if err := newSMS(t, g.config()).Send(t.Context(), toPhone()); err != nil {
		t.Fatal(err)
	}
	if asked, sent := g.counts(); asked != 2 || sent != 1 {
		t.Errorf("asked %d times, %d sent", asked, sent)
	}
}

// A connection that was kept and then broke counts as the first try, and nobody else tries beside Send.
func TestSMSTriesTwiceOnAKeptConnection(t *testing.T) {
	g := newGateway(t, httptest.NewTLSServer, func(w http.ResponseWriter, r *http.Request, n int) bool {
		return n > 1 && drop(w, r, n)
	})
	sender := newSMS(t, g.config())
	if err := sender.Send(t.Context(), toPhone()); err != nil {
		t.Fatal(err)
	}
	checkSilent(t, sender.Send(t.Context(), toPhone()))
	if asked, _ := g.counts(); asked != 3 {
		t.Errorf("asked %d times, want 1 and 2", asked)
	}
}

func TestSMSStalls(t *testing.T) {
	release := make(chan struct{})
	g := newGateway(t, httptest.NewTLSServer, func(http.ResponseWriter, *http.Request, int) bool {
		<-release
		return true
	})
	t.Cleanup(func() { close(release) })
	handshake := g.config()
	// stall waits for connections to end
	handshake.URL, handshake.Timeout = "https://"+stall(t, "").String(), 2*time.Second
	for name, config := range map[string]send.SMSConfig{"in the answer": g.config(), "in the handshake": handshake} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			err := newSMS(t, config).Send(ctx, toPhone())
			checkSilent(t, err, "127.0.0.1", "t0ken")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("deadline: got %v", err)
			}
			config.Timeout = 200 * time.Millisecond
			if err := newSMS(t, config).Send(t.Context(), toPhone()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("timeout: got %v", err)
			}
			ctx, cancel = context.WithCancel(t.Context())
			cancel()
			if err := newSMS(t, config).Send(ctx, toPhone()); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: got %v", err)
			}
		})
	}
}

func TestSMSNobodyThere(t *testing.T) {
	address, _ := nettest.Refusing(t)
	err := newSMS(t, send.SMSConfig{
		URL:    "https://" + address + "/?token=t0ken",
		Secret: secret,
	}).Send(t.Context(), toPhone())
	checkSilent(t, err, "127.0.0.1", "t0ken")
	if err == nil || err.Error() != "send sms: dial: connection refused" {
		t.Errorf("got %v", err)
	}
}

func TestNewSMS(t *testing.T) {
	for _, address := range []string{
		"https://sms.example.com", "https://sms.example.com:8443/a?b=c", "http://127.0.0.1:8080/sms", "http://localhost/",
		"http://[::1]:8080",
	} {
		newSMS(t, send.SMSConfig{URL: address, Secret: secret})
	}
	for _, address := range []string{
		"", "sms.example.com", "http://sms.example.com/t0ken", "http://127.0.0.1.example.com/t0ken", "ftp://127.0.0.1/t0ken",
		"https:///t0ken",
		"https://user:t0ken@sms.example.com", "https://sms.example.com/#t0ken", "https://sms.example.com/%zzt0ken",
		"https://sms.example.com/\r\nt0ken",
	} {
		if s, err := send.NewSMS(send.SMSConfig{URL: address, Secret: secret}); err == nil || s != nil ||
			strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%q: got %v, %v", address, s, err)
		}
	}
	for _, config := range []send.SMSConfig{{Secret: "0123456789abcde"}, {Secret: secret, Timeout: -1}} {
		config.URL = "https://sms.example.com"
		if s, err := send.NewSMS(config); err == nil || s != nil {
			t.Errorf("got %v, %v", s, err)
		}
	}
}
