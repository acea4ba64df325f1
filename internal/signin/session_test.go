package signin_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"deputy/ent/auditevent"
	"deputy/ent/session"
	"deputy/internal/apitoken"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

func byAt() auditevent.OrderOption { return auditevent.ByAt(sql.OrderAsc()) }

func TestTokenIsKeptAsHash(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		token, v := d.enter(from("203.0.113.7"), "13800000001")
		if !strings.HasPrefix(token, "dps_") || len(token) != 47 {
			t.Fatalf("a token of %d characters", len(token))
		}
		kept := s.Client.Session.Query().OnlyX(t.Context())
		if sum := sha256.Sum256([]byte(token)); !bytes.Equal(kept.TokenHash, sum[:]) || kept.ID != v.SessionID ||
			*kept.IP != "203.0.113.7" || *kept.UserAgent != "test/1" {
			t.Fatalf("kept %v", kept)
		}
	})
}

func TestNobodysToken(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		token, _ := d.enter(from("203.0.113.7"), "13800000001")
		for _, wrong := range []string{"", "x", "dps_", token[:46], token + "A", strings.ToUpper(token), token[4:], token +
			"\x00", strings.Repeat(token, 1000)} {
			d.signedIn(wrong, false)
		}
		d.signedIn(token, true)
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		idle, _ := d.enter(from("203.0.113.7"), "13800000001")
		d.clock.pass(7*24*time.Hour - time.Second)
		d.signedIn(idle, true) // which is a use
		d.clock.pass(7*24*time.Hour - time.Second)
		d.signedIn(idle, true)
		d.clock.pass(7 * 24 * time.Hour)
		d.signedIn(idle, false)

		used, _ := d.enter(from("203.0.113.7"), "13800000001")
		for range 29 {
			d.clock.pass(24 * time.Hour)
			d.signedIn(used, true)
		}
		d.clock.pass(24*time.Hour - time.Microsecond)
		d.signedIn(used, true)
		d.clock.pass(time.Microsecond)
		d.signedIn(used, false)
	})
}

// The 51st session ends the oldest one, also when many begin at once; one that is over does not count.
func TestFiftySessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Limits.Off = true
		ctx := t.Context()
		oldest, v := d.enter(from("203.0.113.7"), "13800000001")
		second, _ := d.enter(from("203.0.113.7"), "13800000001")
		for range 48 {
			d.enter(from("203.0.113.7"), "13800000001")
		}
		d.signedIn(oldest, true)
		d.enter(from("203.0.113.7"), "13800000001")
		d.signedIn(oldest, false)
		d.signedIn(second, true)
		flows := make([]string, 20)
		for i := range flows {
			flows[i] = d.sent(from("203.0.113.7"), phone("13800000001"), "SIGN_IN")
		}
		if got := count(20, func(i int) error { return d.guess(flows[i], d.code(flows[i])) }); got["DONE"] != 20 {
			t.Fatal(got)
		}
		if n := s.Client.Session.Query().Where(session.AccountID(v.AccountID)).CountX(ctx); n != 50 {
			t.Fatalf("%d sessions", n)
		}
		d.enter(from("203.0.113.7"), "13800000002")
		d.clock.pass(7 * 24 * time.Hour)
		d.enter(from("203.0.113.7"), "13800000001")
		if n := s.Client.Session.Query().CountX(ctx); n != 2 {
			t.Fatalf("%d sessions after the others were over", n)
		}
	})
}

// Who asks costs two statements, and one more of each kind once a minute.
func TestViewerStatements(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		token, _ := d.enter(from("203.0.113.7"), "13800000001")
		ask := func() int {
			return len(statements(t.Context(), func(ctx context.Context) {
				v, err := d.Viewer(ctx, from("203.0.113.7").Origin, token)
				must(t, err)
				if !v.SignedIn() {
					t.Fatal("not signed in")
				}
			}))
		}
		d.clock.pass(59 * time.Second)
		if n := ask(); n != 2 {
			t.Fatalf("%d statements", n)
		}
		d.clock.pass(time.Second)
		if n := ask(); n != 3 {
			t.Fatalf("%d statements after a minute", n)
		}
		if n := ask(); n != 2 {
			t.Fatalf("%d statements after those", n)
		}
		if last := s.Client.Session.Query().OnlyX(t.Context()).LastUsedAt; !last.Equal(d.clock.Now()) {
			t.Fatalf("last used at %v", last)
		}
	})
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx := t.Context()
		other, _ := d.enter(from("203.0.113.7"), "13800000001")
		token, v := d.enter(from("203.0.113.7"), "13800000001")
		ended, err := d.SignOut(ctx, v)
		must(t, err)
		if ended != v.SessionID {
			t.Fatalf("ended %s", ended)
		}
		d.signedIn(token, false)
		d.signedIn(other, true)
		for _, again := range []*viewer.Viewer{v, from("203.0.113.7")} {
			if _, err := d.SignOut(ctx, again); codeOf(err) != fault.Unauthenticated {
				t.Fatal(err)
			}
		}
		if n := s.Client.AuditEvent.Query().Where(auditevent.Operation("signOut"),
			auditevent.AccountID(v.AccountID)).CountX(ctx); n != 1 {
			t.Fatalf("%d events on record", n)
		}
	})
}

func TestEndSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx := t.Context()
		strangers, stranger := d.enter(from("203.0.113.7"), "13800000002")
		a, first := d.enter(from("203.0.113.7"), "13800000001")
		b, _ := d.enter(from("203.0.113.7"), "13800000001")
		c, v := d.enter(from("203.0.113.7"), "13800000001")

		ids := []string{stranger.SessionID, first.SessionID, id.New(id.Session), first.SessionID}
		ended, refused, err := d.EndSessions(ctx, v, &ids)
		must(t, err)
		if len(ended) != 1 || ended[0] != first.SessionID || len(refused) != 2 {
			t.Fatalf("ended %v, refused %v", ended, refused)
		}
		for i, field := range []string{"input.ids.0", "input.ids.2"} { // another's, and nobody's: the two look the same
			refuses(t, refused[i], fault.NotFound, field)
		}
		d.signedIn(a, false)
		ended, refused, err = d.EndSessions(ctx, v, nil)
		if must(t, err); len(ended) != 1 || refused != nil {
			t.Fatalf("ended %v, refused %v", ended, refused)
		}
		d.signedIn(b, false)
		d.signedIn(c, true)
		d.signedIn(strangers, true)
		ended, _, err = d.EndSessions(ctx, v, nil)
		if must(t, err); len(ended) != 0 {
			t.Fatalf("ended %v", ended)
		}
		if n := s.Client.AuditEvent.Query().Where(auditevent.Operation("endSessions"),
			auditevent.AccountID(v.AccountID)).CountX(ctx); n != 2 {
			t.Fatalf("%d events on record", n)
		}
	})
}

func TestEndSessionsRefused(t *testing.T) {
	t.Parallel()
	d := open(t, storetest.Open(t, dialect.SQLite))
	_, v := d.enter(from("203.0.113.7"), "13800000001")
	ids := make([]string, 101)
	_, _, err := d.EndSessions(t.Context(), v, &ids)
	refuses(t, err, fault.TooMany, "input.ids")
	if _, _, err := d.EndSessions(t.Context(), from("203.0.113.7"), nil); codeOf(err) != fault.Unauthenticated {
		t.Fatal(err)
	}
}

// Sweep removes what is over, in more than one batch, and nothing else.
func TestSweep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx := t.Context()
		d.clock.pass(time.Since(d.clock.Now()) - 32*24*time.Hour) // what is old is so by the database's clock too
		d.enter(from("203.0.113.7"), "13800000001")
		for i := range 3 {
			for j := range 300 {
				s.Client.Throttle.Create().SetID(strconv.Itoa(i*1000 + j)).SetEndsAt(d.clock.Now()).ExecX(ctx)
			}
		}
		d.clock.pass(31 * 24 * time.Hour)
		token, _ := d.enter(from("203.0.113.7"), "13800000002")
		flow := d.sent(from("203.0.113.7"), phone("13800000003"), "SIGN_IN")
		must(t, d.Sweep(ctx))
		d.signedIn(token, true)
		refuses(t, d.guess(flow, d.wrong(flow)), fault.CodeWrong, "input.code.code")
		_, err := d.SendCode(ctx, from("203.0.113.7"), phone("13800000003"), "SIGN_IN")
		refuses(t, err, fault.CodeTooSoon, "input.to.phone")
		if n := s.Client.Session.Query().CountX(ctx); n != 1 {
			t.Errorf("%d sessions", n)
		}
		if n := s.Client.CodeFlow.Query().CountX(ctx); n != 2 {
			t.Errorf("%d flows", n)
		}
		if n := s.Client.KnownNetwork.Query().CountX(ctx); n != 1 {
			t.Errorf("%d networks", n)
		}
		if n := s.Client.Throttle.Query().CountX(ctx); n > 15 {
			t.Errorf("%d limits", n)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if d.Sweep(ended) == nil {
			t.Error("swept after the end")
		}
	})
}

// apiToken makes an app of an org of somebody's, and returns its token.
func (d *desk) apiToken(number string) string {
	d.t.Helper()
	secret, err := apitoken.New(d.Random)
	must(d.t, err)
	now := d.clock.Now()
	must(d.t, d.Store.Write(d.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		owner := tx.Account.Create().SetPhone(number).SetSide("OWNER").SetCreatedAt(now).SaveX(ctx)
		org := tx.Org.Create().SetName(
			"星河传媒").SetOwnerID(owner.ID).SetOwnerName("主帐号").SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
		app := tx.App.Create().SetOrgID(org.ID).SetName("应用").SetDescription("").SetContacts("").SetIPRanges("").SetGrants(0).
			SetStatus("ENABLED").SetCreatedAt(now).SetUpdatedAt(now).SaveX(ctx)
		return tx.ApiToken.Create().SetOrgID(org.ID).SetAppID(app.ID).SetName("令牌").SetHint(apitoken.Hint(secret)).
			SetTokenHash(apitoken.Hash(secret)).SetCreatedByName("主帐号").SetCreatedAt(now).SetEndsAt(now.Add(time.Hour)).Exec(ctx)
	}))
	return secret
}

// TestEndAll ends what a restored backup brought back: all sessions, codes and API tokens, on record, and felt by
// caches at once.
func TestEndAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		token, _ := d.enter(from("203.0.113.7"), "13800000001")
		flow := d.sent(from("203.0.113.7"), phone("13800000002"), "SIGN_IN")
		d.signedIn(token, true)
		secret := d.apiToken("+8613800000003")
		works := func() bool {
			v, err := d.Viewer(t.Context(), viewer.Origin{IP: "203.0.113.9"}, secret)
			must(t, err)
			return v.App != nil
		}
		if !works() {
			t.Fatal("the API token does not work")
		}
		sessions, codes, tokens, err := d.EndAll(t.Context())
		if must(t, err); works() {
			t.Error("an API token still works")
		}
		if sessions != 1 || codes != 2 || tokens != 1 {
			t.Errorf("ended %d sessions, %d codes and %d tokens", sessions, codes, tokens)
		}
		d.signedIn(token, false)
		_, _, err = d.SignIn(t.Context(), from("203.0.113.7"),
			signin.SignIn{Code: &signin.Code{Flow: flow, Code: d.code(flow)}})
		refuses(t, err, fault.CodeExpired, "input.code.code")
		if n := s.Client.AuditEvent.Query().Where(auditevent.Operation("endSessions"),
			auditevent.ActorKindEQ(auditevent.ActorKindSYSTEM)).CountX(t.Context()); n != 1 {
			t.Errorf("%d events on record", n)
		}
	})
}
