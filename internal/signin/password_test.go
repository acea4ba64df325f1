package signin_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent/account"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func TestSetPassword(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx, v := t.Context(), from("203.0.113.7")
		made := d.setPassword(v, "Li@Example.com", "first password")
		must(t, d.try(ctx, v, "li@EXAMPLE.com", "first password"))
		if again := d.setPassword(v, "li@example.com", "second password"); again != made {
			t.Fatalf("account %s, then %s", made, again)
		}
		refuses(t, d.try(ctx, v, "li@example.com", "first password"), fault.SignInFailed, "input.password")
		must(t, d.try(ctx, v, "li@example.com", "second password"))

		var operations []string
		for _, event := range s.Client.AuditEvent.Query().Order(byAt()).AllX(ctx) {
			operations = append(operations, event.Operation)
			if *event.ActorID != made || *event.AccountID != made || event.ActorName != "l***@example.com" {
				t.Errorf("on record: %v", event)
			}
		}
		if want := []string{"setPassword", "signIn", "setPassword", "signIn"}; !slices.Equal(operations, want) {
			t.Fatalf("on record: %v", operations)
		}
		changes, err := audit.Changes(s.Client.AuditTarget.Query().FirstX(ctx))
		must(t, err)
		if len(changes) != 1 || changes[0].Field != "hasPassword" || *changes[0].Before != "false" ||
			*changes[0].After != "true" {
			t.Fatalf("changes on record: %v", changes)
		}
	})
}

func TestPasswordLength(t *testing.T) {
	t.Parallel()
	d := open(t, storetest.Open(t, dialect.SQLite))
	d.Hasher = signin.NewHasher(light, 0, rand.Reader)
	d.Limits.Off = true
	flow := d.sent(from("203.0.113.7"), email("a@example.com"), send.SetPassword)
	set := func(flow, password string) error {
		_, err := d.SetPassword(t.Context(), from("203.0.113.7"), signin.Code{Flow: flow, Code: d.code(flow)},
			d.keep(password))
		return err
	}
	for _, bad := range []string{
		"", "123456789", strings.Repeat("密", 9), strings.Repeat("x", 129), strings.Repeat("x", 1<<20), "with\x00a control",
		"not utf8 \xff\xff\xff",
		strings.Repeat("e\u0301", 9), // nine characters, however they are written
	} {
		// before the code counts, or the sixth were TOO_MANY_ATTEMPTS
		refuses(t, set(flow, bad), fault.Invalid, "input.password")
	}
	for _, good := range []string{"1234567890", strings.Repeat("密", 10), strings.Repeat("🔑", 128), "         x"} {
		must(t, set(d.sent(from("203.0.113.7"), email("a@example.com"), send.SetPassword), good))
		must(t, d.try(t.Context(), from("203.0.113.7"), "a@example.com", good))
	}
	refuses(t, set(flow, "caf\u00e9 au lait"), fault.CodeExpired, "input.code.code") // the ones that were set ended it
	must(t, set(d.sent(from("203.0.113.7"), email("a@example.com"), send.SetPassword), "caf\u00e9 au lait"))
	// from another keyboard
	must(t, d.try(t.Context(), from("203.0.113.7"), "a@example.com", "cafe\u0301\u00a0au\u3000lait"))
	refuses(t, d.try(t.Context(), from("203.0.113.7"), "a@example.com", "Caf\u00e9 au lait"), fault.SignInFailed,
		"input.password")
}

// An address that somebody has, one with an account but no password, and one that nobody has: the same answers, the
// same statements, the same number of hashes.
func TestPasswordTellsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.setPassword(from("203.0.113.7"), "has@example.com", "right password")
		s.Client.Account.Create().SetEmail("none@example.com").SetCreatedAt(d.clock.Now()).ExecX(t.Context())
		var ran [3][]string
		var computed [3]uint64
		for i, address := range []string{"has@example.com", "none@example.com", "nobody@example.com"} {
			before := d.Hasher.Computed()
			for _, password := range []string{
				"wrong password", "", "short", "wrong password", "wrong password",
				"wrong password",
			} {
				ran[i] = append(ran[i], statements(t.Context(), func(ctx context.Context) {
					err := d.try(ctx, from("198.51.100.1"), address, password)
					ran[i] = append(ran[i], err.Error())
				})...)
			}
			computed[i] = d.Hasher.Computed() - before
		}
		if !slices.Equal(ran[0], ran[1]) || !slices.Equal(ran[0], ran[2]) {
			t.Fatalf("has: %q\nno password: %q\nnobody: %q", ran[0], ran[1], ran[2])
		}
		if computed != [3]uint64{3, 3, 3} {
			t.Fatalf("hashes: %v", computed)
		}
		if n := s.Client.AuditEvent.Query().CountX(t.Context()); n != 1 { // setPassword
			t.Fatalf("%d events on record", n)
		}
		if log := d.log.String(); strings.Count(log, `"code":"SIGN_IN_FAILED"`) != 15 ||
			strings.Count(log, `"code":"TOO_MANY_ATTEMPTS"`) != 3 {
			t.Fatal(log)
		}
	})
}

func TestWrongPasswordsPauseThePair(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx, v := t.Context(), from("198.51.100.1")
		d.setPassword(from("203.0.113.7"), "a@example.com", "right password")
		d.setPassword(from("203.0.113.7"), "b@example.com", "right password")
		for range 4 {
			refuses(t, d.try(ctx, v, "a@example.com", "wrong password"), fault.SignInFailed, "input.password")
		}
		must(t, d.try(ctx, v, "a@example.com", "right password")) // begins anew
		for range 5 {
			refuses(t, d.try(ctx, v, "a@example.com", "wrong password"), fault.SignInFailed, "input.password")
		}
		refuses(t, d.try(ctx, from("198.51.100.2"), "A@example.com", "right password"), fault.TooManyAttempts,
			"input.password")
		must(t, d.try(ctx, from("203.0.113.7"), "a@example.com", "right password")) // another network
		must(t, d.try(ctx, v, "b@example.com", "right password"))                   // another account
		d.clock.pass(15 * time.Minute)
		must(t, d.try(ctx, v, "a@example.com", "right password"))
		for range 5 {
			refuses(t, d.try(ctx, v, "a@example.com", "wrong password"), fault.SignInFailed, "input.password")
		}
		d.setPassword(v, "a@example.com", "another password")
		must(t, d.try(ctx, v, "a@example.com", "another password")) // who forgot it may go on
	})
}

// 50 wrong passwords at once are five that are looked at.
func TestFivePasswords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.setPassword(from("203.0.113.7"), "a@example.com", "right password")
		before := d.Hasher.Computed()
		for _, address := range []string{"a@example.com", "nobody@example.com"} {
			got := count(50, func(int) error { return d.try(t.Context(), from("198.51.100.1"), address, "wrong password") })
			if got[fault.SignInFailed] != 5 || got[fault.TooManyAttempts] != 45 {
				t.Fatal(got)
			}
		}
		if n := d.Hasher.Computed() - before; n != 10 {
			t.Fatalf("%d hashes", n)
		}
	})
}

// Setting the password ends the account's sessions, but the one that asks for it, and nobody else's.
func TestSetPasswordEndsOtherSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		ctx := t.Context()
		d.setPassword(from("203.0.113.7"), "a@example.com", "first password")
		in := func() (string, bool) {
			token, _, err := d.SignIn(ctx, from("203.0.113.7"),
				signin.SignIn{Password: &signin.Password{Email: "a@example.com", Password: "first password"}})
			must(t, err)
			return d.keep(token), true
		}
		current, _ := in()
		other, _ := in()
		strangers, stranger := d.enter(from("198.51.100.1"), "13800000001")
		v, err := d.Viewer(ctx, from("203.0.113.7").Origin, current)
		must(t, err)
		d.setPassword(v, "a@example.com", "second password")
		d.signedIn(current, true)
		d.signedIn(other, false)
		d.setPassword(stranger, "a@example.com", "third password") // told the code, but signed in as somebody else
		d.signedIn(current, false)
		d.signedIn(strangers, true)
	})
}

// signedIn checks whether the token is somebody's.
func (d *desk) signedIn(token string, want bool) {
	d.t.Helper()
	v, err := d.Viewer(d.t.Context(), from("203.0.113.7").Origin, token)
	must(d.t, err)
	if v.SignedIn() != want {
		d.t.Fatalf("signed in: %v, want %v", v.SignedIn(), want)
	}
}

// meanwhile is randomness that lets something happen when it is first asked for.
type meanwhile struct{ happens func() }

func (m *meanwhile) Read(p []byte) (int, error) {
	if m.happens != nil {
		m.happens()
		m.happens = nil
	}
	return rand.Read(p)
}

// A password that is kept with little work is kept with more once somebody signs in with it.
func TestStaleHashIsRenewed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		strong := d.Hasher
		d.Hasher = signin.NewHasher(light, 1, rand.Reader)
		d.setPassword(from("203.0.113.7"), "a@example.com", "right password")
		d.Hasher = strong
		must(t, d.try(t.Context(), from("203.0.113.7"), "a@example.com", "right password"))
		kept := *s.Client.Account.Query().OnlyX(t.Context()).PasswordHash
		if !strings.HasPrefix(kept, "$argon2id$v=19$m=32768,t=2,p=1$") {
			t.Fatal("the hash is still the weak one")
		}
		must(t, d.try(t.Context(), from("203.0.113.7"), "a@example.com", "right password"))
	})
}

// Who signs in with the old password while it is being changed does not get in after the change has ended the sessions.
func TestOldPasswordAtTheMomentOfChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Hasher = signin.NewHasher(light, 1, rand.Reader)
		d.setPassword(from("203.0.113.7"), "a@example.com", "old password")
		weak := *s.Client.Account.Query().OnlyX(t.Context()).PasswordHash
		changed := false
		d.Hasher = signin.NewHasher(signin.StandardWork(), 1, &meanwhile{func() { // after the old one was found right
			changed = true
			s.Client.Account.Update().Where(account.PasswordHash(weak)).SetPasswordHash("changed").ExecX(context.Background())
		}})
		refuses(t, d.try(t.Context(), from("203.0.113.7"), "a@example.com", "old password"), fault.SignInFailed,
			"input.password")
		if !changed || s.Client.Session.Query().CountX(t.Context()) != 0 {
			t.Fatal("a session began")
		}
	})
}
