package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestAPasswordThatIsSetEndsEveryCode sets a password while codes of every purpose are under way to the account's
// address and number.
func TestAPasswordThatIsSetEndsEveryCode(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		email, other := s.email(), s.email()
		to := vars{"email": email}
		older, newer, elsewhere := s.code("SET_PASSWORD", to), s.code("SET_PASSWORD", to),
			s.code("SET_PASSWORD", vars{"email": other})
		binds := s.bindCode(s.A, to)
		set := func(code vars) string {
			return userErrorsOf(s.Nobody(t).Do(documentOf("setPassword"),
				vars{"in": vars{"code": code, "password": goodPassword}}).OK(), "setPassword")
		}
		if got := set(newer); got != "" {
			t.Fatal(got)
		}
		if got := set(older); got != "CODE_EXPIRED input.code.code" {
			t.Errorf("an older code: %q", got)
		}
		a := s.A.Owner.Do(documentOf("createSubAccount"), vars{"in": vars{
			"orgId": s.A.ID, "name": "新人",
			"roleIds": []string{s.A.Roles["客服"]}, "code": binds,
		}}).OK()
		if got := userErrorsOf(a, "createSubAccount"); got != "CODE_EXPIRED input.code.code" {
			t.Errorf("a code that binds: %q", got)
		}
		if got := set(elsewhere); got != "" {
			t.Errorf("a code of somebody else: %q", got)
		}
		s.Clock.Add(25 * time.Hour) // a day has only so many codes
		if got := set(s.code("SET_PASSWORD", to)); got != "" {
			t.Errorf("a code that was sent later: %q", got)
		}
		s.must(s.A.Owner, "createSubAccount", vars{
			"orgId": s.A.ID, "name": "新人", "roleIds": []string{s.A.Roles["客服"]},
			"code": s.bindCode(s.A, to),
		})
	})
}

// TestEverySessionThatEndsIsOnRecord: signing in beyond fifty sessions, a new password and signing out end sessions,
// each by its id.
func TestEverySessionThatEndsIsOnRecord(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		first, email := s.person()
		sessions := func(who *client) []string {
			return who.Do(`{ viewer { sessions { id } } }`, nil).OK().Texts("viewer.sessions", "id")
		}
		oldest := sessions(first)[0]
		var last *client
		for range 50 {
			last = s.signInAgain(email)
		}
		gone := func(who *client, operation string) (ids []string) {
			a := who.Do(
				`{ viewer { auditEvents(first: 1) { nodes { operation targets(first: 100) { nodes { targetId type changes {
					field before after } } } } } } }`, nil).OK()
			if got := a.Text("viewer.auditEvents.nodes.0.operation"); got != operation {
				t.Errorf("%s: %s", operation, a.Body)
			}
			for i, kind := range a.Texts("viewer.auditEvents.nodes.0.targets.nodes", "type") {
				at := fmt.Sprintf("viewer.auditEvents.nodes.0.targets.nodes.%d.", i)
				if kind == "Session" && strings.HasPrefix(a.Text(at+"changes.0.before"), "2026-") &&
					a.Get(at+"changes.0.after") == nil {
					ids = append(ids, a.Text(at+"targetId"))
				}
			}
			return ids
		}
		if got := gone(last, "signIn"); len(got) != 1 || got[0] != oldest {
			t.Errorf("beyond fifty: %v, want %s", got, oldest)
		}
		if len(sessions(last)) != 50 {
			t.Errorf("%d sessions", len(sessions(last)))
		}
		s.must(last, "setPassword", vars{"code": s.code("SET_PASSWORD", vars{"email": email}), "password": goodPassword})
		if got := gone(last, "setPassword"); len(got) != 49 {
			t.Errorf("a password ended %d sessions on record", len(got))
		}
		ended := sessions(last)
		s.must(last, "signOut", nil)
		if got := gone(s.signInAgain(email), "signIn"); len(got) != 0 {
			t.Errorf("signing in ended %v", got)
		}
		a := s.signInAgain(
			email).Do(`{ viewer { auditEvents(first: 3) { nodes { operation targets { nodes { targetId } } } } } }`,
			nil).OK()
		if got := a.Texts("viewer.auditEvents.nodes.2.targets.nodes",
			"targetId"); a.Text("viewer.auditEvents.nodes.2.operation") != "signOut" || len(got) != 2 || got[1] != ended[0] {
			t.Errorf("%s", a.Body)
		}
	})
}
