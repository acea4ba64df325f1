// Package send sends verification codes to people: by mail ([SMTP]), by text message through a gateway ([SMS]) or a
// cloud ([Cloud]), or, for tests and demos, to the log ([Log]). [ByChannel] combines them.
//
// No error and no log line of this package contains a code, a password or a secret, except the line of Log; nor does it
// repeat a server's response, which may contain them. A failure is an ordinary error, not a refusal; only a channel
// that is not set up is refused.
//
// # Text messages: the request to the gateway
//
// [SMS] sends one request for each message:
//
//	POST <the configured address>
//	Content-Type: application/json
//	Idempotency-Key: <flow>
//	Deputy-Timestamp: <Unix time in seconds, decimal>
//	Deputy-Signature: v1=<lower-case hex of HMAC-SHA256(secret, timestamp + "." + body)>
//
//	{
//	  "to": "+8613800000001",        E.164
//	  "text": "验证码 123456，用于…",  the whole message, ready to be sent
//	  "lang": "zh-CN",               or "en": the language of text
//	  "purpose": "SIGN_IN",          or "SET_PASSWORD" or "BIND"
//	  "orgName": "星河传媒",           the org that asks somebody to join, as text shows it; absent for other purposes
//	  "code": "123456",              for gateways that fill templates of their own
//	  "expiresInSeconds": 300,       how long the code is good
//	  "flow": "…"                    which message this is
//	}
//
// The receiver computes the signature over the bytes of the body as received, compares it in constant time, refuses
// timestamps that are more than five minutes off, and sends one message for each flow, however often it gets the
// request. With the secret 0123456789abcdef, the timestamp 1700000000 and the body {"to":"+8613800000001"}, the
// signature is
//
//	v1=10574c81b7763e8bdf0f23338e2133beeeebfa5b67e239a3c8e4095b48ada959
//
// A status from 200 to 299 means that the gateway has accepted the message; any other, redirects included, is an error.
// The body of the response is ignored. When the connection is lost before the status arrived, the request is repeated
// once.
package send

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"deputy/internal/contact"
	"deputy/internal/fault"
)

// Channel is the channel by which a code is sent.
type Channel string

// The channels.
const (
	Phone Channel = "PHONE"
	Email Channel = "EMAIL"
)

// Purpose is the purpose of a code.
type Purpose string

// The purposes. Bind joins an account to an org as a sub-account; the other two concern the account alone.
const (
	SignIn      Purpose = "SIGN_IN"
	SetPassword Purpose = "SET_PASSWORD"
	Bind        Purpose = "BIND"
)

// Code is a verification code to be sent to a person. However it is formatted or logged, the code itself is not shown.
type Code struct {
	// Flow identifies the code; no two codes have the same.
	Flow string
	// To is a phone number in E.164 or an e-mail address, in the canonical form of package contact.
	To      string
	Channel Channel
	Purpose Purpose
	// OrgName is the name of the org that the person is to join; only for Bind.
	OrgName string
	Code    string
	// Expires is the lifetime of the code from now on.
	Expires time.Duration
	// Lang is the language of the message: English, else Chinese.
	Lang fault.Lang
}

// Sender sends a code to a person. Send returns when the message was handed over, could not be, or ctx ended; a message
// that was handed over may still get lost. A Sender is safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, c Code) error
}

// Format implements fmt.Formatter for every verb.
func (c Code) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, string(c.Purpose)+" code for "+c.mask())
}

// LogValue implements slog.LogValuer.
func (c Code) LogValue() slog.Value {
	return slog.GroupValue(slog.String("purpose", string(c.Purpose)), slog.String("to", c.mask()))
}

func (c Code) mask() string {
	if c.Channel == Email {
		return contact.MaskEmail(c.To)
	}
	return contact.MaskPhone(c.To)
}

// ByChannel sends each code through the sender of its channel. A nil sender means that the channel is not set up.
type ByChannel struct{ Phone, Email Sender }

// Send implements [Sender]. It refuses with INVALID when the channel is not set up.
func (b ByChannel) Send(ctx context.Context, c Code) error {
	switch {
	case c.Channel == Phone && b.Phone != nil:
		return b.Phone.Send(ctx, c)
	case c.Channel == Email && b.Email != nil:
		return b.Email.Send(ctx, c)
	case c.Channel == Phone:
		return fault.New(fault.Invalid, fault.Message{
			Zh: "这里还没有开通短信，无法向手机号发送验证码，请改用邮箱。",
			En: "Text messages are not set up here, so no code can be sent to a phone number. Use an e-mail address instead.",
		})
	case c.Channel == Email:
		return fault.New(fault.Invalid, fault.Message{
			Zh: "这里还没有开通邮件，无法向邮箱发送验证码，请改用手机号。",
			En: "E-mail is not set up here, so no code can be sent to an e-mail address. Use a phone number instead.",
		})
	}
	return fmt.Errorf("send code: no such channel %q", c.Channel)
}

// Log writes codes to the log instead of sending them. Anybody who reads the log can sign in as anybody, so it must not
// be used in production.
type Log struct{ Logger *slog.Logger }

// Send implements [Sender]: one line with the message "verification code" and the attributes flow, to, purpose and
// code.
func (l Log) Send(ctx context.Context, c Code) error {
	l.Logger.LogAttrs(ctx, slog.LevelInfo, "verification code",
		slog.String("flow", c.Flow), slog.String("to", c.To), slog.String("purpose", string(c.Purpose)),
		slog.String("code", c.Code))
	return nil
}
