package signin_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// guess signs in with a code.
func (d *desk) guess(flow, code string) error {
	token, _, err := d.SignIn(context.Background(), from("203.0.113.7"),
		signin.SignIn{Code: &signin.Code{Flow: flow, Code: code}})
	if err == nil {
		d.keep(token)
	}
	return err
}

func TestCodeIsBoundToItsFlow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx, v := t.Context(), from("203.0.113.7")
		flow := d.sent(v, phone("13800000001"), send.SignIn)
		right := signin.Code{Flow: flow, Code: d.code(flow)}
		check := func(purpose send.Purpose, orgID string, c signin.Code) error {
			_, err := d.Check(ctx, v, purpose, orgID, c)
			return err
		}
		const at = "input.code.code"
		refuses(t, check(send.SetPassword, "", right), fault.CodeExpired, at)
		refuses(t, check(send.Bind, "", right), fault.CodeExpired, at)
		refuses(t, check(send.SignIn, "org_1", right), fault.CodeExpired, at)
		refuses(t, check(send.SignIn, "", signin.Code{Flow: id.New(id.Flow), Code: right.Code}), fault.CodeExpired, at)
		refuses(t, check(send.SignIn, "", signin.Code{Flow: "x\x00", Code: right.Code}), fault.CodeExpired, at)
		other := d.sent(v, phone("13800000002"), send.SignIn)
		refuses(t, check(send.SignIn, "", signin.Code{Flow: other, Code: d.wrong(other)}), fault.CodeWrong, at)

		number, err := d.Destination(phone("13800000003"))
		must(t, err)
		sent, err := d.SendBindCode(ctx, v, "org_1", "星河传媒", number)
		must(t, err)
		bind := signin.Code{Flow: sent.Flow, Code: d.code(sent.Flow)}
		refuses(t, check(send.Bind, "org_2", bind), fault.CodeExpired, at)
		refuses(t, check(send.SignIn, "", bind), fault.CodeExpired, at)
		checked, err := d.Check(ctx, v, send.Bind, "org_1", bind)
		must(t, err)
		if checked.Destination != number || *checked.Destination.Phone() != "+8613800000003" ||
			checked.Destination.Email() != nil {
			t.Fatalf("checked %+v", checked)
		}

		must(t, check(send.SignIn, "", right)) // not used up by any of these
		d.clock.pass(5 * time.Minute)
		refuses(t, check(send.SignIn, "", right), fault.CodeExpired, at)
	})
}

func TestCodeAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	d := open(t, storetest.Open(t, dialect.SQLite))
	flow := d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
	for _, typed := range []string{
		"", "12345", "1234567", "12345a", "１２３４５", "-12345", "٠١٢٣٤٥", "123/456", "123456\x00",
		"\xff23456",
	} {
		// counts for nothing, or the sixth were TOO_MANY_ATTEMPTS
		refuses(t, d.guess(flow, typed), fault.Invalid, "input.code.code")
	}
	wide := []rune(d.code(flow))
	for i := range wide {
		wide[i] += '０' - '0'
	}
	must(t, d.guess(flow, " "+string(wide)+"\u3000"))
	for _, form := range []string{
		"%s %s", "%s-%s", "%s\u2013%s", "%s\u200b%s", "\u2060%s%s", "\u202a%s%s\u202c", "\ufeff%s\u00a0%s\n",
		"\u2068%s%s\u2069",
	} {
		d.clock.pass(time.Minute)
		flow := d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
		code := d.code(flow)
		must(t, d.guess(flow, fmt.Sprintf(form, code[:3], code[3:])))
	}
}

// 50 wrong guesses at once are five guesses, and the right code comes too late.
func TestFiveGuesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		mine := d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
		d.clock.pass(time.Minute)
		strangers := d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
		got := count(50, func(int) error { return d.guess(strangers, d.wrong(strangers)) })
		if got[fault.CodeWrong] != 5 || got[fault.TooManyAttempts] != 45 {
			t.Fatal(got)
		}
		refuses(t, d.guess(strangers, d.code(strangers)), fault.TooManyAttempts, "input.code.code")
		must(t, d.guess(mine, d.code(mine))) // a stranger's flow is not mine
	})
}

func TestRightCodeSignsInOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		flow := d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
		got := count(5, func(int) error { return d.guess(flow, d.code(flow)) })
		if got["DONE"] != 1 || got[fault.CodeExpired] != 4 {
			t.Fatal(got)
		}
		refuses(t, d.guess(flow, d.code(flow)), fault.CodeExpired, "input.code.code")
		if n := s.Client.Session.Query().CountX(t.Context()); n != 1 {
			t.Fatalf("%d sessions", n)
		}
	})
}

// A code is used when the transaction it was for commits, and not when that is rolled back, unless it is burnt.
func TestCodeIsUsedWithItsTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx, v := t.Context(), from("203.0.113.7")
		flow := d.sent(v, phone("13800000001"), send.SignIn)
		checked, err := d.Check(ctx, v, send.SignIn, "", signin.Code{Flow: flow, Code: d.code(flow)})
		must(t, err)
		err = s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			must(t, d.Spend(ctx, tx, checked))
			refuses(t, d.Spend(ctx, tx, checked), fault.CodeExpired, "input.code.code")
			return fault.New(fault.OrgLimitReached, fault.Message{Zh: "否", En: "no"})
		})
		if codeOf(err) != fault.OrgLimitReached {
			t.Fatal(err)
		}
		must(t, d.Burn(ctx, checked))
		refuses(t, d.Burn(ctx, checked), fault.CodeExpired, "input.code.code")
		refuses(t, d.guess(flow, d.code(flow)), fault.CodeExpired, "input.code.code")
	})
}

func TestAttemptsAnHour(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Limits.AttemptsPerHourPerIP = 3
		flow := d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
		refuses(t, d.guess(flow, d.wrong(flow)), fault.CodeWrong, "input.code.code")
		refuses(t, d.try(t.Context(), from("203.0.113.7"), "a@example.com", "wrong password"), fault.SignInFailed,
			"input.password")
		refuses(t, d.guess(id.New(id.Flow), "000000"), fault.CodeExpired, "input.code.code")
		if code := codeOf(d.guess(flow, d.code(flow))); code != fault.RateLimited {
			t.Fatal(code)
		}
		if code := codeOf(d.try(t.Context(), from("203.0.113.7"), "a@example.com",
			"wrong password")); code != fault.RateLimited {
			t.Fatal(code)
		}
		d.clock.pass(time.Hour)
		refuses(t, d.guess(flow, d.code(flow)), fault.CodeExpired, "input.code.code")
	})
}
