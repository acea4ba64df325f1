package graph_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"deputy/internal/id"
	sending "deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// internal checks a response that says no more than that something broke, and where to look for it.
func (s *fixture) internal(a *answer, logged ...string) {
	s.Helper()
	requestID := a.Header.Get("X-Request-Id")
	if len(a.Errors) != 1 || a.Code() != "INTERNAL" || a.Errors[0].Message != "服务器内部错误" || requestID == "" ||
		!maps.Equal(a.Errors[0].Extensions, map[string]any{"code": "INTERNAL", "requestId": requestID}) {
		s.Errorf("%v %s", a.Header, a.Body)
	}
	said := strings.ReplaceAll(a.Body, requestID, "") // its letters are drawn
	for _, word := range []string{
		"sql", "SQL", "select", "SELECT", "database", "closed", "pq:", ".go", "/", "nil",
		"panic",
	} {
		if strings.Contains(said, word) {
			s.Errorf("the answer says %q: %s", word, a.Body)
		}
	}
	if !s.Server.Log.Has(append(logged, requestID)...) {
		s.Errorf("no line of the log has %q", append(logged, requestID))
	}
}

// TestAPanicIsInternal: it is logged with its stack, and the server lives on.
func TestAPanicIsInternal(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		input := vars{"orgId": s.A.ID, "name": "新", "grants": []any{}}
		business, cursors := s.Resolver.Agency, s.Resolver.Cursors
		s.Resolver.Agency = nil
		s.internal(s.A.Owner.Do(documentOf("createRole"), vars{"in": input}), "nil pointer", "stack=", "CreateRole")
		s.Resolver.Agency, s.Resolver.Cursors = business, nil
		a := s.A.Owner.Do(`query($id: ID!) { org(id: $id) { name roles(first: 1) { pageInfo { endCursor } } } }`,
			vars{"id": s.A.ID})
		s.internal(a, "stack=")
		if a.Text("org.name") != "甲机构" {
			s.Errorf("the sibling is not answered: %s", a.Body)
		}
		s.Resolver.Cursors = cursors
		s.must(s.A.Owner, "createRole", input)
	})
}

// closing is a sender during which the database goes away.
type closing struct {
	sending.Sender
	db *store.Store
}

func (c closing) Send(ctx context.Context, code sending.Code) error {
	if err := c.db.Close(); err != nil {
		return err
	}
	return c.Sender.Send(ctx, code)
}

// TestTheDatabaseGoesAway in the middle of a request, and stays away.
func TestTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			db, err := store.Open(t.Context(), storetest.URL(t, d), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := newFixture(t, db)
			s.Identity.Sender = closing{s.Codes, db}
			a := s.A.Owner.Do(documentOf("sendBindCode"), vars{"in": vars{"orgId": s.A.ID, "to": vars{"phone": s.number()}}})
			s.internal(a, "internal error", "path=sendBindCode")
			for _, who := range []*client{s.A.Owner, s.Stranger} {
				s.internal(who.Do(`{ viewer { account { id } } }`, nil), "internal error")
			}
			s.internal(s.Nobody(t).Do(documentOf("sendCode"), vars{"in": vars{
				"to":      vars{"phone": s.number()},
				"purpose": "SIGN_IN",
			}}), "internal error")
			// What needs no database is answered.
			if a := s.Nobody(t).Do(`{ modules { module } }`, nil).OK(); len(a.List("modules")) != 7 {
				s.Errorf("%s", a.Body)
			}
		})
	}
}

// TestWhoMayDoWhat is the table of callers and what they are told. A word is a code; a dash is a response without
// errors, a null one without errors and with a null.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	const signIn, no, not, ok, null = "UNAUTHENTICATED", "FORBIDDEN", "null", "-", "null"
	const people = "FORBIDDEN apps: false"
	names := []string{"nobody", "stranger", "other owner", "desk", "auditor", "disabled", "owner", "app"}
	table := map[string][]string{
		"{ viewer { account { id } } }":                    {null, ok, ok, ok, ok, ok, ok, null},
		"{ modules { module } }":                           {ok, ok, ok, ok, ok, ok, ok, ok},
		"{ orgs { totalCount } }":                          {signIn, ok, ok, ok, ok, ok, ok, ok},
		"{ org(id: $org) { name } }":                       {signIn, not, not, ok, ok, not, ok, ok},
		"{ org(id: $org) { owner { id } } }":               {signIn, not, not, no, no, not, ok, no},
		"{ org(id: $org) { roles { totalCount } } }":       {signIn, not, not, no, no, not, ok, no},
		"{ org(id: $org) { subAccounts { totalCount } } }": {signIn, not, not, no, no, not, ok, no},
		"{ org(id: $org) { auditEvents { totalCount } } }": {signIn, not, not, no, ok, not, ok, no},
		"{ org(id: $org) { auditActors { totalCount } } }": {signIn, not, not, no, ok, not, ok, no},
		"{ org(id: $org) { creators { totalCount } } }":    {signIn, not, not, no, no, not, ok, no},
		"{ org(id: $org) { colleagues { totalCount } } }":  {signIn, not, not, no, no, not, ok, people},
		"{ org(id: $org) { creatorCategories } }":          {signIn, not, not, no, no, not, ok, no},
		"{ org(id: $org) { tasks { totalCount } } }":       {signIn, not, not, no, no, not, ok, no},
		"{ org(id: $org) { orders { totalCount } } }":      {signIn, not, not, ok, no, not, ok, ok},
		`{ org(id: $org) { data(dateFrom: "2026-02-01", dateTo: "2026-02-28") { total { orders } } } }`: {
			signIn, not, not,
			no, no, not, ok, no,
		},
		"{ node(id: $org) { id } }":  {signIn, not, not, ok, ok, not, ok, ok},
		"{ node(id: $role) { id } }": {signIn, not, not, not, not, not, ok, not},
		"{ node(id: $seat) { id } }": {signIn, not, not, not, not, not, ok, not},
	}
	for _, mutation := range guarded() {
		table[mutation] = []string{signIn, no, no, no, no, no, ok, no}
	}
	table["exportAuditEvents"] = []string{signIn, no, no, no, ok, no, ok, no}
	for _, mutation := range []string{"endSessions", "createOrg", "releaseSeat"} {
		table[mutation] = []string{signIn, ok, ok, ok, ok, ok, ok, people}
	}
	for _, mutation := range []string{"sendCode", "signIn", "setPassword"} {
		table[mutation] = []string{ok, ok, ok, ok, ok, ok, ok, people}
	}
	eachFixture(t, func(s *fixture) {
		callers := []*client{
			s.Nobody(s.T), s.Stranger, s.B.Owner, s.A.Seats["客服"].Client, s.A.Seats["审计"].Client,
			s.A.Disabled.Client, s.A.Owner, s.App(s.T, s.A, "应用", "ORDERS VIEW", nil).Client,
		}
		whats := slices.Sorted(maps.Keys(table))
		slices.SortStableFunc(whats, func(a, b string) int { return nth(a) - nth(b) })
		for _, what := range whats {
			for i, who := range callers {
				path := what
				var (
					a   *answer
					got string
				)
				if strings.HasPrefix(what, "{") {
					a = who.Do("query($org: ID! = \"\", $role: ID! = \"\", $seat: ID! = \"\") "+strings.Replace(what, "{",
						"{ __typename a: viewer { __typename } b: node(id: $role) @skip(if: true) { id } c: node(id: $seat) @skip(if: "+
							"true) { id } d: org(id: $org) @skip(if: true) { id }", 1),
						vars{"org": s.A.ID, "role": s.A.Roles["客服"], "seat": s.A.Seats["客服"].ID})
					path = strings.FieldsFunc(what, func(r rune) bool { return strings.ContainsRune("{ (", r) })[0]
				} else {
					in := plain(what, s.A.ID)
					if !asksForOrg(what) {
						delete(in, "orgId")
					}
					if what == "sendCode" {
						in["purpose"] = "SIGN_IN"
					}
					a = who.Do(documentOf(what), vars{"in": in})
				}
				switch {
				case len(a.Errors) > 0:
					if got = a.Code(); a.Errors[0].Extensions["apps"] == false {
						got += " apps: false"
					}
				case a.Get(path) == nil:
					got = null
				default:
					got = ok
				}
				if got != table[what][i] {
					s.Errorf("%s of %s: %s, want %s: %s", what, names[i], got, table[what][i], a.Body)
				}
				if got == no {
					e := a.Errors[0].Extensions
					if len(a.Errors) != 1 || e["module"] == nil || e["action"] == nil || e["orgId"] != s.A.ID ||
						e["coordinate"] == nil || len(e) != 5 || len(a.Errors[0].Path) == 0 {
						s.Errorf("%s of %s: %s", what, names[i], a.Body)
					}
				}
			}
		}
	})
}

// nth puts queries first, then what is refused to all but the owner, then what changes who is asking.
func nth(what string) int {
	switch {
	case strings.HasPrefix(what, "{"):
		return 0
	case slices.Contains(guarded(), what):
		return 1
	}
	return 2
}

func asksForOrg(mutation string) bool {
	input := schemaOfServer().Mutation.Fields.ForName(mutation).Arguments.ForName("input")
	return schemaOfServer().Types[input.Type.Name()].Fields.ForName("orgId") != nil
}

// TestWhatTheClientDidWrong is answered with its code, and where a field is wrong its siblings are answered.
func TestWhatTheClientDidWrong(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.Identity.Limits.SendsPerHourPerIP = 1
		s.Nobody(s.T).Do(documentOf("sendCode"), vars{"in": vars{"to": vars{"phone": s.number()}, "purpose": "SIGN_IN"}})
		for _, c := range []struct {
			query string
			vars  vars
			want  string // the code, and the extension beside it
		}{
			{"{ viewer { nothing } }", nil, "GRAPHQL_VALIDATION_FAILED"},
			{"{ viewer { account ", nil, "GRAPHQL_PARSE_FAILED"},
			{"mutation { createRole(input: {orgId: \"x\"}) { role { id } } }", nil, "GRAPHQL_VALIDATION_FAILED"},
			{documentOf("createRole"), vars{"in": vars{"orgId": s.A.ID}}, "GRAPHQL_VALIDATION_FAILED variable"},
			{documentOf("createRole"), nil, "GRAPHQL_VALIDATION_FAILED variable"},
			{"mutation { signIn(input: {code: null, password: null}) { token } }", nil, "GRAPHQL_VALIDATION_FAILED"},
			{"mutation { sendCode(input: {to: {}, purpose: SIGN_IN}) { flow } }", nil, "GRAPHQL_VALIDATION_FAILED"},
			{"", nil, "BAD_REQUEST"},
			{"{ orgs(first: 0) { totalCount } }", nil, "BAD_REQUEST"},
			{"{ orgs(first: 101) { totalCount } }", nil, "LIMIT_EXCEEDED limit"},
			{"{ orgs(first: 1, last: 1) { nodes { id } } }", nil, "BAD_REQUEST"},
			{"{ orgs(after: \"nonsense\") { nodes { id } } }", nil, "BAD_REQUEST"},
			{"{ nodes(ids: []) { id } }", nil, "BAD_REQUEST"},
			{"query($ids: [ID!]!) { nodes(ids: $ids) { id } }", vars{"ids": manyIDs(id.Org, 101)}, "LIMIT_EXCEEDED limit"},
			{
				"{ viewer { ownedOrg { " + manyTimes("roles { nodes { org { ", 5) + "id" + manyTimes(" } } }", 5) + " } } }", nil,
				"LIMIT_EXCEEDED limit",
			},
			{
				documentOf("sendCode"),
				vars{"in": vars{"to": vars{"phone": s.number()}, "purpose": "SIGN_IN"}},
				"RATE_LIMITED retryAfter",
			},
			{
				documentOf("sendBindCode"),
				vars{"in": vars{"orgId": s.A.ID, "to": vars{"phone": s.number()}}},
				"RATE_LIMITED retryAfter",
			},
		} {
			a := s.A.Owner.Do(c.query, c.vars)
			code, extension, more := strings.Cut(c.want, " ")
			if a.Code() != code || more && a.Errors[0].Extensions[extension] == nil {
				s.Errorf("%.80s: %s, want %s", c.query, a.Body, c.want)
			}
		}
	})
}

// TestNoOrgIsOpenedWhileSignupIsClosed: not by who could open one otherwise, and who runs the server may open it again.
func TestNoOrgIsOpenedWhileSignupIsClosed(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		for _, closed := range []bool{true, false} {
			s.Agency.SignupClosed = closed
			if a := s.Stranger.Do(`{ viewer { mayOpenOrg } }`, nil).OK(); a.Get("viewer.mayOpenOrg") == closed {
				s.Errorf("%s", a.Body)
			}
			a := s.Stranger.Do(documentOf("createOrg"), vars{"in": vars{"name": "新机构"}})
			if closed && (a.Code() != "FORBIDDEN" || a.Errors[0].Message != "暂不开放新机构入驻，请联系管理员。") || !closed &&
				len(a.Errors) > 0 {
				s.Errorf("%s", a.Body)
			}
		}
	})
}

// TestRateLimitedMutationsAreOnRecord: every refused mutation of somebody who has a seat is.
func TestRateLimitedMutationsAreOnRecord(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.Identity.Limits.SendsPerHourPerIP = 1
		known := s.knownEvents()
		for range 3 {
			s.A.Owner.Do(documentOf("sendBindCode"), vars{"in": vars{"orgId": s.A.ID, "to": vars{"phone": s.number()}}})
		}
		var told []string
		for _, e := range s.events(known) {
			told = append(told, s.event(e))
		}
		if want := "OWNER 主帐号 @甲 sendBindCode REFUSED RATE_LIMITED"; fmt.Sprint(told) != "["+want+"]" {
			s.Errorf("%q, want %q", told, want)
		}
	})
}
