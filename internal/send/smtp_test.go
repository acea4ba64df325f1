package send_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"deputy/internal/fault"
	"deputy/internal/nettest"
	"deputy/internal/send"
)

func newSMTP(t *testing.T, config send.SMTPConfig) *send.SMTP {
	t.Helper()
	s, err := send.NewSMTP(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read returns the headers, decoded subject and decoded body of a message.
func read(t *testing.T, data []byte) (header mail.Header, subject, body string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Content-Transfer-Encoding") != "base64" ||
		!strings.Contains(strings.ToLower(m.Header.Get("Content-Type")), "charset=utf-8") {
		t.Fatalf("headers %v", m.Header)
	}
	text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header, subject, strings.ReplaceAll(string(text), "\r\n", "\n")
}

func TestSMTPDelivers(t *testing.T) {
	for _, policy := range []send.TLSPolicy{send.StartTLS, send.ImplicitTLS, send.NoTLS} {
		t.Run(string(policy), func(t *testing.T) {
			server := new(mailServer).serve(t, policy)
			if err := newSMTP(t, server.config(policy)).Send(t.Context(), toEmail()); err != nil {
				t.Fatal(err)
			}
			got := server.messages()
			if len(got) != 1 {
				t.Fatalf("%d messages", len(got))
			}
			m := got[0]
			if m.user != user || m.from != "no-reply@deputy.example" || !slices.Equal(m.to, []string{"lilei@example.com"}) {
				t.Errorf("user %q, from %q, to %q", m.user, m.from, m.to)
			}
			if m.secured != (policy != send.NoTLS) {
				t.Errorf("secured: %v", m.secured)
			}
			header, subject, body := read(t, m.data)
			from, err := mail.ParseAddress(header.Get("From"))
			if err != nil || from.Name != "Deputy 帐号" || from.Address != "no-reply@deputy.example" {
				t.Errorf("From: %v, %v", from, err)
			}
			if date, err := header.Date(); err != nil || date.Unix() != 1767323045 {
				t.Errorf("Date: %v, %v", date, err)
			}
			if id := header.Get("Message-Id"); !strings.HasSuffix(id, "@deputy.example>") {
				t.Errorf("Message-ID: %q", id)
			}
			if header.Get("Auto-Submitted") != "auto-generated" || header.Get("To") != "<lilei@example.com>" {
				t.Errorf("headers %v", header)
			}
			if strings.Contains(subject, theCode) || !strings.Contains(body, "\n    "+theCode+"\n") {
				t.Errorf("subject %q, body %q", subject, body)
			}
		})
	}
}

func TestSMTPWording(t *testing.T) {
	server := new(mailServer).serve(t, send.StartTLS)
	sender := newSMTP(t, server.config(send.StartTLS))
	for _, c := range []struct {
		purpose send.Purpose
		lang    fault.Lang
		subject string
		says    []string
	}{
		{send.SignIn, fault.Zh, "Deputy 登录验证码", []string{"用途：登录 Deputy。", "5 分钟", "请勿把验证码告诉任何人"}},
		{
			send.SignIn, fault.En, "Your Deputy sign-in code",
			[]string{"signing in to Deputy", "5 minutes", "Never share this code with anyone"},
		},
		{send.SetPassword, "", "Deputy 设置密码的验证码", []string{"用途：设置 Deputy 的登录密码。", "5 分钟", "请勿把验证码告诉任何人"}},
		{
			send.SetPassword, fault.En, "Your code to set your Deputy password",
			[]string{"setting your Deputy password", "5 minutes", "Never share this code with anyone"},
		},
		{send.Bind, fault.Zh, "加入机构的验证码", []string{"用途：加入机构成为其子帐号。", "\n该机构自称：「星河 100% 传媒」", "5 分钟", "主帐号", "绝不会向您索要"}},
		{send.Bind, fault.En, "Your code to join an org", []string{
			"joining an org as a sub-account",
			"\nThe org calls itself: 「星河 100% 传媒」", "5 minutes", "to no one else",
		}},
	} {
		code := toEmail()
		code.Purpose, code.Lang, code.OrgName = c.purpose, c.lang, "星河 100% 传媒"
		if err := sender.Send(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		messages := server.messages()
		_, subject, body := read(t, messages[len(messages)-1].data)
		if subject != c.subject {
			t.Errorf("%s %s: subject %q", c.purpose, c.lang, subject)
		}
		for _, words := range append(c.says, theCode) {
			if !strings.Contains(body, words) {
				t.Errorf("%s %s: %q is not in %q", c.purpose, c.lang, words, body)
			}
		}
		if strings.Contains(body, "%!") || strings.Contains(body, "星河") != (c.purpose == send.Bind) {
			t.Errorf("%s %s: body %q", c.purpose, c.lang, body)
		}
	}
}

// TestAnOldNameSaysNothingInAMessage: names from before they were refused end no sentence, imitate no sender and lead
// nowhere, in any message.
func TestAnOldNameSaysNothingInAMessage(t *testing.T) {
	server := new(mailServer).serve(t, send.StartTLS)
	mail := newSMTP(t, server.config(send.StartTLS))
	g := newGateway(t, httptest.NewTLSServer, nil)
	phone := newSMS(t, g.config())
	for i, name := range []string{
		"”的验证码。【招商银行】您的卡被冻结请致电 95588 或回复验证码“", "星河」的验证码。【招商银行】", "[bank] call 95588", "１２３４５６星河", "localhost:8080",
		"example·com", "星河\n【招商银行】",
		"t.cn/abc 领红包", "http://evil.example", "九五五八八", "a@b.cn", "www.星河", "……「」", "",
	} {
		for _, lang := range []fault.Lang{fault.Zh, fault.En} {
			code, flow := toEmail(), fmt.Sprint(i, lang)
			code.Purpose, code.OrgName, code.Lang = send.Bind, name, lang
			err := mail.Send(t.Context(), code)
			text := toPhone()
			text.Flow, text.Purpose, text.OrgName, text.Lang = flow, send.Bind, name, lang
			if err2 := phone.Send(t.Context(), text); err != nil || err2 != nil {
				if name == "" {
					continue
				}
				t.Fatal(err, err2)
			}
			messages := server.messages()
			_, subject, body := read(t, messages[len(messages)-1].data)
			said, _ := g.sent[flow]["text"].(string)
			_, shown, _ := strings.Cut(said, "「")
			shown, end, _ := strings.Cut(shown, "」")
			if end != "" || !strings.Contains(body, "「"+shown+"」") || g.sent[flow]["orgName"] != shown ||
				strings.Contains(subject, shown) {
				t.Errorf("%q: %q, %q, %q", name, subject, body, said)
			}
			if strings.ContainsAny(shown, "【】[]“”\"「」@\n") || strings.Contains(shown, "95588") ||
				strings.Contains(shown, "localhost") || strings.Contains(shown, "example·com") {
				t.Errorf("%q is shown as %q", name, shown)
			}
		}
	}
}

func TestSMTPHeadersCannotBeInjected(t *testing.T) {
	server := new(mailServer).serve(t, send.StartTLS)
	sender := newSMTP(t, server.config(send.StartTLS))
	for _, name := range []string{
		"星河\r\nBcc: eve@example.com\r\n\r\n<b>", "星河\nX-Evil: 1", "星河\rX-Evil: 1",
		"x\u2028X-Evil: 1", strings.Repeat("=?utf-8?q?=0d=0aX-Evil:_1?= ", 9),
	} {
		code := toEmail()
		code.Purpose, code.OrgName = send.Bind, name
		if err := sender.Send(t.Context(), code); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range server.messages() {
		header, subject, body := read(t, m.data)
		if header.Get("Bcc") != "" || header.Get("X-Evil") != "" || !slices.Equal(m.to, []string{"lilei@example.com"}) {
			t.Errorf("headers %v, to %v", header, m.to)
		}
		if strings.ContainsAny(subject, "\r\n\u2028") || strings.Contains(body, "\nX-Evil") ||
			strings.Contains(body, "\nBcc") {
			t.Errorf("subject %q, body %q", subject, body)
		}
	}
}

func TestSMTPRefusals(t *testing.T) {
	repeat := func() error {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "spam: " + theCode +
			" for lilei@example.com"}
	}
	for name, c := range map[string]struct {
		server *mailServer
		policy send.TLSPolicy
		change func(*send.SMTPConfig)
		says   string
	}{
		"recipient": {server: &mailServer{onRcpt: repeat}, says: "RCPT TO command: the server rejected it with 554"},
		"message":   {server: &mailServer{onData: repeat}, says: "the server rejected it with 554"},
		"password": {
			change: func(s *send.SMTPConfig) { s.Password = "wrong horse battery" },
			says:   "the server rejected it with 535",
		},
		"no sign-in": {
			change: func(s *send.SMTPConfig) { s.User, s.Password = "", "" },
			says:   "MAIL FROM command: the server rejected it with 502",
		},
		"untrusted": {change: func(s *send.SMTPConfig) { s.RootCAs = nil }, says: "certificate is not trusted"},
		"other name": {
			change: func(s *send.SMTPConfig) { s.Host = "localhost" },
			says:   "certificate is not trusted",
		},
		"untrusted, implicit": {
			policy: send.ImplicitTLS, change: func(s *send.SMTPConfig) { s.RootCAs = nil },
			says: "certificate is not trusted",
		},
		"plain for implicit": {
			policy: send.StartTLS, change: func(s *send.SMTPConfig) { s.TLS = send.ImplicitTLS },
			says: "does not use TLS",
		},
		"no AUTH": {policy: send.NoTLS, server: &mailServer{noAuth: true}, says: "no supported authentication method"},
		"no STARTTLS": {
			policy: send.NoTLS, change: func(s *send.SMTPConfig) { s.TLS = send.StartTLS },
			says: "does not support STARTTLS",
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy := c.policy
			if policy == "" {
				policy = send.StartTLS
			}
			server := c.server
			if server == nil {
				server = new(mailServer)
			}
			server.serve(t, policy)
			config := server.config(policy)
			if c.change != nil {
				c.change(&config)
			}
			err := newSMTP(t, config).Send(t.Context(), toEmail())
			checkSilent(t, err, "horse", "spam", "127.0.0.1", "no such user")
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if len(server.messages()) != 0 {
				t.Error("a message was taken")
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if insecure := name == "no STARTTLS" || strings.HasPrefix(name, "untrusted") || name == "other name"; insecure &&
				server.tried != 0 {
				t.Error("the password was sent")
			}
		})
	}
}

// stall returns a listener that takes connections, says the words and then nothing more.
func stall(t *testing.T, words string) *net.TCPAddr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var held sync.WaitGroup
	held.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			held.Go(func() {
				_, _ = io.WriteString(conn, words)
				_, _ = io.Copy(io.Discard, conn) // until the client goes
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		held.Wait() // a client that left its connection open would hang the test here
	})
	return listener.Addr().(*net.TCPAddr)
}

func TestSMTPStalls(t *testing.T) {
	release := make(chan struct{})
	wait := func() error {
		<-release
		return errors.New("too late")
	}
	inData := (&mailServer{onData: wait}).serve(t, send.StartTLS)
	inRcpt := (&mailServer{onRcpt: wait}).serve(t, send.StartTLS)
	t.Cleanup(func() { close(release) })
	for name, config := range map[string]send.SMTPConfig{
		"before greeting": (&mailServer{addr: stall(t, "")}).config(send.StartTLS),
		"in greeting":     (&mailServer{addr: stall(t, "220-hello\r\n")}).config(send.StartTLS),
		"after greeting":  (&mailServer{addr: stall(t, "220 hello\r\n")}).config(send.StartTLS),
		"before STARTTLS": (&mailServer{addr: stall(t, "220 hello\r\n250-hello\r\n250 STARTTLS\r\n")}).config(send.StartTLS),
		"in handshake": (&mailServer{addr: stall(t,
			"220 hello\r\n250-hello\r\n250 STARTTLS\r\n220 go\r\n")}).config(send.StartTLS),
		"before handshake": (&mailServer{addr: stall(t, "")}).config(send.ImplicitTLS),
		"plain":            (&mailServer{addr: stall(t, "")}).config(send.NoTLS),
		"in RCPT":          inRcpt.config(send.StartTLS),
		"in DATA":          inData.config(send.StartTLS),
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("deadline", func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				err := newSMTP(t, config).Send(ctx, toEmail())
				checkSilent(t, err, "127.0.0.1")
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
			t.Run("timeout", func(t *testing.T) {
				config := config
				config.Timeout = 200 * time.Millisecond
				if err := newSMTP(t, config).Send(t.Context(), toEmail()); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
			t.Run("cancelled", func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if err := newSMTP(t, config).Send(ctx, toEmail()); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
	if len(inData.messages())+len(inRcpt.messages()) != 0 {
		t.Error("a message was taken")
	}
}

func TestSMTPNobodyThere(t *testing.T) {
	address, _ := nettest.Refusing(t)
	config := (&mailServer{addr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))}).config(send.StartTLS)
	err := newSMTP(t, config).Send(t.Context(), toEmail())
	checkSilent(t, err, "127.0.0.1")
	if err == nil || err.Error() != "send mail: dial: connection refused" {
		t.Errorf("got %v", err)
	}
}

// A message that the server took is sent, even when the connection breaks right after.
func TestSMTPBreaksAfterReceipt(t *testing.T) {
	server := &mailServer{onReset: func(c *smtp.Conn) { _ = c.Conn().Close() }}
	server.serve(t, send.StartTLS)
	if err := newSMTP(t, server.config(send.StartTLS)).Send(t.Context(), toEmail()); err != nil {
		t.Errorf("got %v", err)
	}
	if len(server.messages()) != 1 {
		t.Errorf("%d messages", len(server.messages()))
	}
}

func TestSMTPServesSeveral(t *testing.T) {
	server := new(mailServer).serve(t, send.StartTLS)
	sender := newSMTP(t, server.config(send.StartTLS))
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if err := sender.Send(t.Context(), toEmail()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(server.messages()) != 20 {
		t.Errorf("%d messages", len(server.messages()))
	}
}

func TestNewSMTP(t *testing.T) {
	good := send.SMTPConfig{Host: "mail.example.com", From: "Deputy <a@example.com>", User: "u", Password: "horse"}
	newSMTP(t, good)
	for name, spoil := range map[string]func(*send.SMTPConfig){
		"no host":           func(c *send.SMTPConfig) { c.Host = "" },
		"a socket":          func(c *send.SMTPConfig) { c.Host = "unix:///tmp/x" },
		"line end in host":  func(c *send.SMTPConfig) { c.Host = "a\r\nb" },
		"policy":            func(c *send.SMTPConfig) { c.TLS = "opportunistic" },
		"plain elsewhere":   func(c *send.SMTPConfig) { c.TLS = send.NoTLS },
		"plain, looks near": func(c *send.SMTPConfig) { c.TLS, c.Host = send.NoTLS, "127.0.0.1.example.com" },
		"port":              func(c *send.SMTPConfig) { c.Port = 65536 },
		"timeout":           func(c *send.SMTPConfig) { c.Timeout = -1 },
		"user only":         func(c *send.SMTPConfig) { c.Password = "" },
		"password only":     func(c *send.SMTPConfig) { c.User = "" },
		"no sender":         func(c *send.SMTPConfig) { c.From = "" },
		"bad sender":        func(c *send.SMTPConfig) { c.From = "Deputy" },
		"line end in from":  func(c *send.SMTPConfig) { c.From = "a@example.com\r\nBcc: b@example.com" },
		"encoded line end":  func(c *send.SMTPConfig) { c.From = "=?utf-8?q?x=0d=0aBcc:_b?= <a@example.com>" },
	} {
		config := good
		spoil(&config)
		if s, err := send.NewSMTP(config); err == nil || s != nil || strings.Contains(err.Error(), "horse") {
			t.Errorf("%s: got %v, %v", name, s, err)
		}
	}
}
