package signin_test

import (
	"testing"

	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func TestFirstSignInMakesAccount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		token, first := d.enter(from("203.0.113.7"), "138 0000 0001")
		if !first.SignedIn() || first.Label != "+86 138****0001" || first.SessionID == "" {
			t.Fatalf("signed in as %+v", first)
		}
		found, err := d.Viewer(t.Context(), first.Origin, token)
		must(t, err)
		if found.AccountID != first.AccountID || found.SessionID != first.SessionID || found.Label != first.Label {
			t.Fatalf("the token is %+v's, want %+v", found, first)
		}
		_, again := d.enter(found, "+8613800000001") // from a session, which is not used again
		if again.AccountID != first.AccountID || again.SessionID == first.SessionID {
			t.Fatalf("signed in again as %+v, want account %s and another session", again, first.AccountID)
		}
		if n := s.Client.Account.Query().CountX(t.Context()); n != 1 {
			t.Fatalf("%d accounts", n)
		}
		events := s.Client.AuditEvent.Query().AllX(t.Context())
		if len(events) != 2 || events[0].Operation != "signIn" || *events[0].ActorID != first.AccountID ||
			events[0].ActorName != first.Label || events[0].Outcome != fault.OutcomeDone || events[0].OrgID != nil ||
			*events[0].IP != "203.0.113.7" {
			t.Fatalf("on record: %v", events)
		}
		target := s.Client.AuditTarget.Query().FirstX(t.Context())
		if target.TargetID != first.AccountID || target.Type != "Account" || *target.AccountID != first.AccountID ||
			target.Label != first.Label {
			t.Fatalf("target on record: %v", target)
		}
	})
}

func TestSignInIsOneOf(t *testing.T) {
	t.Parallel()
	d := open(t, storetest.Open(t, "sqlite3"))
	for _, in := range []signin.SignIn{{}, {Code: &signin.Code{}, Password: &signin.Password{}}} {
		_, _, err := d.SignIn(t.Context(), from("203.0.113.7"), in)
		refuses(t, err, fault.Invalid, "input")
	}
}

// Two first sign-ins of one phone number at once make one account.
func TestAccountIsMadeOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Limits.Off = true
		flows := make([]string, 20)
		for i := range flows {
			flows[i] = d.sent(from("203.0.113.7"), phone("13800000001"), send.SignIn)
		}
		got := count(len(flows), func(i int) error {
			_, _, err := d.SignIn(t.Context(), from("203.0.113.7"),
				signin.SignIn{Code: &signin.Code{Flow: flows[i], Code: d.code(flows[i])}})
			return err
		})
		if got["DONE"] != len(flows) || s.Client.Account.Query().CountX(t.Context()) != 1 {
			t.Fatalf("%v, %d accounts", got, s.Client.Account.Query().CountX(t.Context()))
		}
	})
}
