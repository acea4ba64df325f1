package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent/account"
	"deputy/internal/fault"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const year = 365 * 24 * time.Hour

// retry returns the retryAfter of an error, in seconds.
func retry(err error) int {
	var f *fault.Error
	if !errors.As(err, &f) {
		return 0
	}
	after, _ := f.Extra["retryAfter"].(int)
	return after
}

// TestClockWasAhead has each limit reached, and sessions and codes made, while the clock was a year ahead. When it is
// right again none lasts longer than its length, counted from now.
func TestClockWasAhead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Limits.SendsPerHourPerIP, d.Limits.SendsPerHour = 20, 30
		ctx, here := t.Context(), from("203.0.113.7")
		d.setPassword(here, "a@example.com", "first password")
		d.clock.pass(year)
		token, _ := d.enter(from("203.0.113.8"), "13800000001")
		flow := d.sent(here, phone("13800000002"), "SIGN_IN")
		d.day("203.0.113.9", "13800000003")
		for range 5 {
			_ = d.try(ctx, here, "a@example.com", "a wrong password")
		}
		d.clock.pass(-year)

		t.Run("a pause", func(*testing.T) {
			d.clock.pass(time.Minute)
			d.sent(here, phone("13800000002"), "SIGN_IN")
		})
		t.Run("a code", func(t *testing.T) {
			refuses(t, d.guess(flow, d.code(flow)), fault.CodeExpired, "input.code.code")
		})
		t.Run("a session", func(*testing.T) {
			d.signedIn(token, false)
			d.clock.pass(40 * 24 * time.Hour)
			d.signedIn(token, false)
			d.clock.pass(-40 * 24 * time.Hour)
		})
		t.Run("a password's pause", func(t *testing.T) {
			d.clock.pass(15 * time.Minute)
			must(t, d.try(ctx, here, "a@example.com", "first password"))
		})
		t.Run("a day", func(*testing.T) {
			d.clock.pass(24 * time.Hour)
			d.sent(from("203.0.113.9"), phone("13800000003"), "SIGN_IN")
		})
	})
}

// TestLimitsAreToldFromNow has a limit of an hour reached while the clock was ahead: nobody is told to wait longer than
// an hour.
func TestLimitsAreToldFromNow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Limits.SendsPerHourPerIP = 1
		d.clock.pass(year)
		d.sent(from("203.0.113.7"), phone("13800000001"), "SIGN_IN")
		d.clock.pass(-year)
		d.sent(from("203.0.113.7"), phone("13800000002"), "SIGN_IN")
		_, err := d.SendCode(t.Context(), from("203.0.113.7"), phone("13800000003"), "SIGN_IN")
		if after := retry(err); codeOf(err) != fault.RateLimited || after < 1 || after > 3600 {
			t.Fatalf("%v, after %d s", err, after)
		}
	})
}

// TestSettle keeps what was stamped ahead of time and shortens it to its length from now, and says so.
func TestSettle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		now := func() { d.clock.pass(time.Since(d.clock.Now())) }
		now()
		ctx := t.Context()
		d.clock.pass(-time.Hour)
		before, _ := d.enter(from("203.0.113.7"), "13800000001")
		now()
		must(t, d.Settle(ctx))
		if strings.Contains(d.log.String(), "ahead") {
			t.Fatalf("it settled what was right: %s", d.log)
		}
		d.clock.pass(year)
		token, _ := d.enter(from("203.0.113.8"), "13800000002")
		flow := d.sent(from("203.0.113.8"), phone("13800000003"), "SIGN_IN")
		s.Client.Receipt.Create().SetID("r").SetRequest([]byte("r")).SetAnswer("{}").SetCreatedAt(d.clock.Now()).ExecX(ctx)
		now()
		must(t, d.Settle(ctx))
		now()
		d.signedIn(before, true)
		d.signedIn(token, true)
		must(t, d.guess(flow, d.code(flow)))
		soon := d.clock.Now().Add(time.Minute)
		if at := s.Client.Receipt.GetX(ctx, "r").CreatedAt; at.After(soon) {
			t.Errorf("a receipt is of %s", at)
		}
		for _, row := range s.Client.Session.Query().AllX(ctx) {
			if row.CreatedAt.After(soon) || row.LastUsedAt.After(soon) || row.ExpiresAt.After(soon.Add(30*24*time.Hour)) {
				t.Errorf("a session of %s, used %s, until %s", row.CreatedAt, row.LastUsedAt, row.ExpiresAt)
			}
		}
		for _, row := range s.Client.Throttle.Query().AllX(ctx) {
			if row.EndsAt.After(soon.Add(24 * time.Hour)) {
				t.Errorf("a limit until %s", row.EndsAt)
			}
		}
		for _, told := range []string{
			"throttles.ends_at", "sessions.expires_at", "sessions.last_used_at",
			"code_flows.expires_at", "receipts.created_at",
		} {
			if !strings.Contains(d.log.String(), told) {
				t.Errorf("nobody is told of %s: %s", told, d.log)
			}
		}
		d.clock.pass(31 * 24 * time.Hour)
		d.signedIn(token, false)
	})
}

// TestSurvey tells of events that were stamped ahead of time.
func TestSurvey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx := t.Context()
		must(t, d.Survey(ctx))
		if d.log.String() != "" {
			t.Fatalf("it says %s", d.log)
		}
		owner := s.Client.Account.Create().SetCreatedAt(
			d.clock.Now()).SetPhone("+8613800000001").SetSide(account.SideOWNER).SaveX(ctx)
		org := s.Client.Org.Create().SetCreatedAt(
			d.clock.Now()).SetUpdatedAt(d.clock.Now()).SetName("机构").SetOwnerID(owner.ID).SetOwnerName("主").SaveX(ctx)
		for _, at := range []time.Time{time.Now().Add(-time.Hour), time.Now().Add(year), time.Now().Add(2 * year)} {
			s.Client.AuditEvent.Create().SetOrgID(
				org.ID).SetAt(at).SetActorKind("SYSTEM").SetActorName("Deputy").SetOperation("x").
				SetOutcome(fault.OutcomeDone).SetRequestID("r").ExecX(ctx)
		}
		must(t, d.Survey(ctx))
		if told := d.log.String(); !strings.Contains(told, org.ID) || !strings.Contains(told, `"events":2`) ||
			!strings.Contains(told, time.Now().Add(2*year).UTC().Format("2006-01-02")) {
			t.Errorf("it says %s", told)
		}
	})
}

// TestServersWithWrongClocks has servers start on one database whose clocks are ahead: each says so and is not ready,
// and their sweeps delete nothing that is not old. What they sign in is good everywhere.
func TestServersWithWrongClocks(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-24 * time.Hour, 10 * time.Second, time.Hour, 24 * time.Hour, 170 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, dialect.Postgres)
			right := open(t, storetest.Connect(t, url))
			right.Now = right.Store.Clock().Now
			must(t, right.Store.Attend(t.Context(), right.log.logger()))
			token, _ := right.enter(from("203.0.113.7"), "13800000001")
			flow := right.sent(from("203.0.113.7"), phone("13800000002"), "SIGN_IN")
			right.Store.Client.Receipt.Create().SetID(
				"r").SetRequest([]byte("r")).SetAnswer("{}").SetCreatedAt(right.Now()).ExecX(t.Context())

			machine := func() time.Time { return time.Now().Add(ahead) }
			wrong := open(t, storetest.ConnectWith(t, url, store.Options{Machine: machine}))
			must(t, wrong.Store.Attend(t.Context(), wrong.log.logger()))
			// as it is, and as if it went by its own clock
			for _, now := range []func() time.Time{wrong.Store.Clock().Now, machine} {
				wrong.Now = now
				must(t, wrong.Settle(t.Context()))
				must(t, wrong.Sweep(t.Context()))
			}
			wrong.Now = wrong.Store.Clock().Now
			if off := time.Since(wrong.Now()).Abs(); off > 5*time.Second {
				t.Errorf("it is %s off", off)
			}
			if err := wrong.Store.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "clock") {
				t.Errorf("it is ready: %v", err)
			}
			if !strings.Contains(wrong.log.String(), "this server's clock is") {
				t.Errorf("it says %s", wrong.log)
			}
			must(t, right.Store.Ready(t.Context()))
			right.signedIn(token, true)
			right.Store.Client.Receipt.GetX(t.Context(), "r")
			must(t, right.guess(flow, right.code(flow)))
			theirs, _ := wrong.enter(from("203.0.113.8"), "13800000003")
			right.signedIn(theirs, true)
		})
	}
}
