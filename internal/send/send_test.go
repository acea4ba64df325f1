package send_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/send"
)

const theCode = "481516"

func toPhone() send.Code {
	return send.Code{
		Flow: "flw_7Hq2", To: "+8613800000001", Channel: send.Phone, Purpose: send.SignIn, Code: theCode,
		Expires: 5 * time.Minute, Lang: fault.Zh,
	}
}

func toEmail() send.Code {
	c := toPhone()
	c.To, c.Channel = "lilei@example.com", send.Email
	return c
}

// checkSilent wants an error that says none of the words.
func checkSilent(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, word := range append(words, theCode, toPhone().To, toEmail().To) {
			if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, word) {
				t.Errorf("the error says %q: %s", word, text)
			}
		}
	}
}

func TestLog(t *testing.T) {
	var out bytes.Buffer
	if err := (send.Log{Logger: slog.New(slog.NewTextHandler(&out, nil))}).Send(t.Context(), toPhone()); err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(out.String(), " ")
	if want := `level=INFO msg="verification code" flow=flw_7Hq2 to=+8613800000001 purpose=SIGN_IN code=481516` +
		"\n"; line != want {
		t.Errorf("got  %q\nwant %q", line, want)
	}
}

// kept is a sender that keeps what it is given.
type kept []send.Code

func (k *kept) Send(_ context.Context, c send.Code) error {
	*k = append(*k, c)
	return nil
}

func TestByChannel(t *testing.T) {
	var phone, email kept
	both := send.ByChannel{Phone: &phone, Email: &email}
	if err := errors.Join(both.Send(t.Context(), toPhone()), both.Send(t.Context(), toEmail())); err != nil {
		t.Fatal(err)
	}
	if len(phone) != 1 || phone[0] != toPhone() || len(email) != 1 || email[0] != toEmail() {
		t.Errorf("phone got %v, email got %v", phone, email)
	}
	for _, c := range []send.Code{toPhone(), toEmail()} {
		err := send.ByChannel{}.Send(t.Context(), c)
		var refusal *fault.Error
		if !errors.As(err, &refusal) || refusal.Code != fault.Invalid || refusal.Text(fault.Zh) == refusal.Text(fault.En) {
			t.Errorf("%s: got %v, want INVALID", c.Channel, err)
		}
		checkSilent(t, err)
	}
	pigeon := toPhone()
	pigeon.Channel = "PIGEON"
	checkSilent(t, both.Send(t.Context(), pigeon))
}

func TestNothingShowsTheCode(t *testing.T) {
	var out bytes.Buffer
	for _, c := range []send.Code{toPhone(), toEmail()} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %d %v\n", c, c, c, c, c, c, []send.Code{c})
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "c", c)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "c", c)
	}
	mailer, err := send.NewSMTP(send.SMTPConfig{
		Host: "mail.example.com", From: "a@example.com", User: "u",
		Password: "s3cret-password",
	})
	if err != nil {
		t.Fatal(err)
	}
	texter, err := send.NewSMS(send.SMSConfig{
		URL:    "https://sms.example.com/?token=t0ken",
		Secret: "s3cret-password-of-the-gateway",
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%v %+v %#v %v %+v %#v\n", mailer, mailer, mailer, texter, texter, texter)
	for _, word := range []string{theCode, toPhone().To, toEmail().To, "s3cret", "t0ken"} {
		if strings.Contains(out.String(), word) {
			t.Errorf("%q shows in %s", word, out.String())
		}
	}
	if !strings.Contains(out.String(), "+86 138****0001") {
		t.Errorf("the masked number is missing: %s", out.String())
	}
}

// Senders refuse what they cannot put into words, or cannot address.
func TestIncompleteCodes(t *testing.T) {
	mailer, err := send.NewSMTP(send.SMTPConfig{Host: "127.0.0.1", Port: 1, TLS: send.NoTLS, From: "a@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	texter, err := send.NewSMS(send.SMSConfig{URL: "http://127.0.0.1:1", Secret: "0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*send.Code){
		"purpose":       func(c *send.Code) { c.Purpose = "GREETING" },
		"code":          func(c *send.Code) { c.Code = "" },
		"flow":          func(c *send.Code) { c.Flow = "" },
		"lifetime":      func(c *send.Code) { c.Expires = 0 },
		"org":           func(c *send.Code) { c.Purpose = send.Bind },
		"no recipient":  func(c *send.Code) { c.To = "" },
		"other channel": func(c *send.Code) { c.Channel = "" },
		"line end":      func(c *send.Code) { c.To += "\r\nBcc: eve@example.com" },
		"two":           func(c *send.Code) { c.To += ",eve@example.com" },
		"display name":  func(c *send.Code) { c.To = "x <" + c.To + ">" },
	} {
		byMail, byText := toEmail(), toPhone()
		spoil(&byMail)
		spoil(&byText)
		for _, err := range []error{mailer.Send(t.Context(), byMail), texter.Send(t.Context(), byText)} {
			checkSilent(t, err, "eve")
			if err != nil && !strings.HasPrefix(err.Error(), "write ") {
				t.Errorf("%s: went as far as %v", name, err)
			}
		}
	}
}
