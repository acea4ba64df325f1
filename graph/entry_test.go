package graph_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/id"
)

func TestFiftyWrongGuessesAtOnce(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		code := s.signInCode()
		guess := wrong(code)
		got := s.atOnce(func(int) (*client, string, vars) { return s.Nobody(s.T), "signIn", vars{"code": guess} })
		s.ends(got, map[string]int{"signIn CODE_WRONG": 5, "signIn TOO_MANY_ATTEMPTS": crowd - 5})
		// The right one comes too late.
		a := s.Nobody(s.T).Do(documentOf("signIn"), vars{"in": vars{"code": code}})
		if got := userErrorsOf(a, "signIn"); got != "TOO_MANY_ATTEMPTS input.code.code" {
			s.Errorf("%s", a.Body)
		}
	})
}

func TestARightCodeSignsInOnce(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		code := s.signInCode()
		got := s.atOnce(func(int) (*client, string, vars) { return s.Nobody(s.T), "signIn", vars{"code": code} })
		if got["signIn "] != 1 || got["signIn "]+got["signIn CODE_EXPIRED"]+got["signIn TOO_MANY_ATTEMPTS"] != crowd {
			s.Errorf("%v", got)
		}
	})
}

func TestGuessesOnAnotherFlowAreNoneOnMine(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		to := vars{"phone": s.number()}
		theirs := s.code("SIGN_IN", to)
		mine := s.code("SIGN_IN", to)
		guessedOut(theirs, func(code vars) { s.Nobody(s.T).Do(documentOf("signIn"), vars{"in": vars{"code": code}}) })
		s.must(s.Nobody(s.T), "signIn", vars{"code": mine})
		// Nor is a right code good with another flow.
		fresh := s.signInCode()
		a := s.Nobody(s.T).Do(documentOf("signIn"), vars{"in": vars{"code": vars{
			"flow": id.New(id.Flow),
			"code": fresh["code"],
		}}})
		if got := userErrorsOf(a, "signIn"); got != "CODE_EXPIRED input.code.code" {
			s.Errorf("%s", a.Body)
		}
	})
}

func TestSignInStandsOnceInADocument(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		code := s.signInCode()
		guess := `signIn(input: {code: {flow: $flow, code: "000000"}}) { userErrors { code } }`
		for name, doc := range map[string]string{
			"aliases":          `mutation($flow: ID!) { a: ` + guess + ` b: ` + guess + ` }`,
			"a fragment":       `mutation($flow: ID!) { ...F a: ` + guess + ` } fragment F on Mutation { b: ` + guess + ` }`,
			"a fragment twice": `mutation($flow: ID!) { ...G ...H } fragment G on Mutation { ...F } fragment H on Mutation { ...F a: ` + guess + ` } fragment F on Mutation { b: ` + guess + ` }`,
			"inline":           `mutation($flow: ID!) { ... { a: ` + guess + ` } ... on Mutation { b: ` + guess + ` } }`,
		} {
			a := s.Nobody(s.T).Do(doc, vars{"flow": code["flow"]})
			if a.Code() != "BAD_REQUEST" || a.Data != nil {
				s.Errorf("%s: %s", name, a.Body)
			}
		}
		s.must(s.Nobody(s.T), "signIn", vars{"code": code}) // not one guess was counted
	})
}

var flowID = regexp.MustCompile(`flw_[0-9a-z]{20}`)

// TestAnswersTellNothingOfAccounts: byte for byte the same answer for an account and for none, and the same statements.
func TestAnswersTellNothingOfAccounts(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		_, email := s.person()
		owner, seated := "13901000000", s.A.Seats["运营"].Phone
		s.Clock.Add(24 * time.Hour)
		// The networks that an account signed in from have codes of their own; ask from another one.
		if _, err := s.Store.Client.KnownNetwork.Delete().Exec(t.Context()); err != nil {
			s.Fatal(err)
		}
		for name, c := range map[string]struct {
			mutation       string
			known, unknown func() vars
		}{
			"a code to an owner": {
				"sendCode", func() vars { return vars{"to": vars{"phone": owner}, "purpose": "SIGN_IN"} },
				func() vars { return vars{"to": vars{"phone": s.number()}, "purpose": "SIGN_IN"} },
			},
			"a code for a password": {
				"sendCode", func() vars { return vars{"to": vars{"email": email}, "purpose": "SET_PASSWORD"} },
				func() vars { return vars{"to": vars{"email": s.email()}, "purpose": "SET_PASSWORD"} },
			},
			"a wrong code": {
				"signIn", func() vars { return vars{"code": wrong(s.code("SIGN_IN", vars{"phone": seated}))} },
				func() vars { return vars{"code": wrong(s.signInCode())} },
			},
			"a wrong password": {
				"signIn", func() vars { return vars{"password": vars{"email": email, "password": "another password"}} },
				func() vars { return vars{"password": vars{"email": s.email(), "password": "another password"}} },
			},
			"a wrong code for a password": {
				"setPassword", func() vars {
					return vars{"code": wrong(s.code("SET_PASSWORD", vars{"email": email})), "password": goodPassword}
				},
				func() vars { return vars{"code": wrong(s.passwordCode()), "password": goodPassword} },
			},
			"a bind code to an owner": {
				"sendBindCode", func() vars { return vars{"orgId": s.A.ID, "to": vars{"phone": "13902000000"}} },
				func() vars { return vars{"orgId": s.A.ID, "to": vars{"phone": s.number()}} },
			},
		} {
			ask := func(input vars) (body string, statements []string) {
				who := s.Nobody(s.T)
				if c.mutation == "sendBindCode" {
					who = s.A.Owner
				}
				statements = s.Statements(func() {
					body = flowID.ReplaceAllString(who.Do(documentOf(c.mutation), vars{"in": input}).OK().Body, "flow")
				})
				return body, statements
			}
			known, did := ask(c.known())
			unknown, does := ask(c.unknown())
			if known != unknown {
				s.Errorf("%s:\n%s\n%s", name, known, unknown)
			}
			if !slices.Equal(did, does) {
				s.Errorf("%s takes other work:\n%s\n\n%s", name, strings.Join(did, "\n"), strings.Join(does, "\n"))
			}
		}
	})
}

// TestCookies: a session in a cookie that no script reads, that no other site borrows, and that signing out clears.
func TestCookies(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		in := s.Nobody(s.T).Do(documentOf("signIn"), vars{"in": vars{"code": s.signInCode()}, "session": "COOKIE"}).OK()
		set, err := http.ParseSetCookie(in.Header.Get("Set-Cookie"))
		if err != nil || in.Get("signIn.token") != nil || in.Text("signIn.viewer.account.id") == "" {
			s.Fatalf("%v: %s", err, in.Body)
		}
		if set.Name != "__Host-deputy" || !set.HttpOnly || !set.Secure || set.SameSite != http.SameSiteStrictMode ||
			set.Path != "/" || set.Domain != "" || set.MaxAge != 30*24*3600 {
			s.Errorf("%s", set.Raw)
		}
		if strings.Contains(in.Body, set.Value) {
			s.Error("the token is in the answer")
		}
		who := func(marks ...string) *client {
			c := s.Nobody(s.T)
			c.Header.Set("Cookie", "__Host-deputy="+set.Value)
			for i := 0; i < len(marks); i += 2 {
				c.Header.Set(marks[i], marks[i+1])
			}
			return c
		}
		const me = `{ viewer { account { id } } }`
		for name, c := range map[string]struct {
			who    *client
			status int
			known  bool
		}{
			"no browser":          {who(), 200, true},
			"our own page":        {who("Sec-Fetch-Site", "same-origin"), 200, true},
			"an address bar":      {who("Sec-Fetch-Site", "none"), 200, true},
			"a listed origin":     {who("Sec-Fetch-Site", "same-site", "Origin", apitest.Origin), 200, true},
			"another site":        {who("Sec-Fetch-Site", "cross-site"), 403, false},
			"a sister site":       {who("Sec-Fetch-Site", "same-site", "Origin", "https://blog.agency.example"), 403, false},
			"another origin":      {who("Origin", "https://evil.example"), 403, false},
			"a hidden origin":     {who("Origin", "null"), 403, false},
			"a listed one's port": {who("Origin", apitest.Origin+":8443"), 403, false},
			"a bearer beside":     {who("Authorization", "Bearer nonsense"), 200, false},
		} {
			a := c.who.Do(me, nil)
			if a.Status != c.status || (a.Get("viewer") != nil) != c.known || c.status == 403 && a.Code() != "BAD_REQUEST" {
				s.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		out := who().Do(`mutation { signOut { endedId userErrors { code } } }`, nil).OK()
		cleared, err := http.ParseSetCookie(out.Header.Get("Set-Cookie"))
		if err != nil || cleared.Name != "__Host-deputy" || cleared.MaxAge >= 0 || cleared.Value != "" || !cleared.Secure ||
			cleared.Path != "/" {
			s.Errorf("%v %v", err, out.Header)
		}
		if a := who().Do(me, nil).OK(); a.Get("viewer") != nil {
			s.Errorf("signed out, and yet %s", a.Body)
		}
		// A refused sign-in sets none, nor does one that returns the token.
		for _, input := range []vars{
			{"in": vars{"code": wrong(s.signInCode())}, "session": "COOKIE"},
			{"in": vars{"code": s.signInCode()}},
		} {
			if a := s.Nobody(s.T).Do(documentOf("signIn"), input).OK(); a.Header.Get("Set-Cookie") != "" {
				s.Errorf("%s sets %s", a.Body, a.Header.Get("Set-Cookie"))
			}
		}
	})
}

// TestSessionsEnd: a token that ended is nobody's from the very next request on.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		signedIn := func(clients ...*client) (which string) {
			for _, c := range clients {
				which += fmt.Sprint(c.Do(`{ viewer { account { id } } }`, nil).OK().Get("viewer") != nil, " ")
			}
			return strings.TrimSpace(which)
		}
		first, email := s.person()
		second, third, fourth := s.signInAgain(email), s.signInAgain(email), s.signInAgain(email)
		s.must(second, "signOut", nil)
		if got := signedIn(first, second, third, fourth); got != "true false true true" {
			s.Errorf("after signOut: %s", got)
		}
		if a := second.Do(documentOf("signOut"), nil); a.Code() != "UNAUTHENTICATED" {
			s.Errorf("%s", a.Body)
		}
		current := third.Do(`{ viewer { sessions { id current } } }`, nil).OK()
		var others []string
		for i, sessionID := range current.Texts("viewer.sessions", "id") {
			if current.Get(fmt.Sprintf("viewer.sessions.%d.current", i)) == false {
				others = append(others, sessionID)
			}
		}
		if len(others) != 2 {
			s.Fatalf("%s", current.Body)
		}
		s.must(third, "endSessions", vars{"ids": others[:1]}) // the newest first: the fourth
		if got := signedIn(first, third, fourth); got != "true true false" {
			s.Errorf("after endSessions: %s", got)
		}
		s.must(third, "endSessions", vars{})
		if got := signedIn(first, third); got != "false true" {
			s.Errorf("after endSessions of all: %s", got)
		}
		fifth := s.signInAgain(email)
		code := s.code("SET_PASSWORD", vars{"email": email})
		s.must(fifth, "setPassword", vars{"code": code, "password": goodPassword})
		if got := signedIn(third, fifth); got != "false true" {
			s.Errorf("after setPassword: %s", got)
		}
		s.must(s.Nobody(s.T), "setPassword", vars{
			"code":     s.code("SET_PASSWORD", vars{"email": email}),
			"password": goodPassword,
		})
		if got := signedIn(fifth); got != "false" {
			s.Errorf("after setPassword by who was told the code: %s", got)
		}
	})
}
