package signin_test

import (
	"testing"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

// A kept viewer is nobody's as soon as its session was ended, in whatever way.
func TestEndedSessionIsNotKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		d.Cache = &viewer.Cache{Now: d.clock.Now, Trusted: func() bool { return true }}
		s.OnChange(func(c store.Change) { d.Cache.Forget(c.Orgs, c.Accounts, c.Everybody) })
		ctx := t.Context()
		for name, end := range map[string]func(v *viewer.Viewer) error{
			"signOut": func(v *viewer.Viewer) error { return second(d.SignOut(ctx, v)) },
			"endSessions": func(v *viewer.Viewer) error {
				_, _,
					err := d.EndSessions(ctx, v, &[]string{v.SessionID})
				return err
			},
			"setPassword": func(*viewer.Viewer) error {
				d.setPassword(from("203.0.113.7"), "a@example.com", "another password")
				return nil
			},
		} {
			d.setPassword(from("203.0.113.7"), "a@example.com", "first password")
			must(t, d.try(ctx, from("203.0.113.7"), "a@example.com", "first password"))
			token := d.secret[len(d.secret)-1]
			d.signedIn(token, true)
			d.signedIn(token, true) // kept
			v, err := d.Viewer(ctx, from("203.0.113.7").Origin, token)
			must(t, err)
			must(t, end(v))
			if again, err := d.Viewer(ctx, from("203.0.113.7").Origin, token); err != nil || again.SignedIn() {
				t.Fatalf("after %s still signed in: %v, %v", name, again.SignedIn(), err)
			}
		}
	})
}
