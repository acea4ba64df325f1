package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/id"
	"deputy/internal/signin"
)

// lastActive returns when a seat of A was last active, as the owner is told, to the second.
func (s *fixture) lastActive(seat string) string {
	s.Helper()
	a := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on SubAccount { lastActiveAt } } }`, vars{"id": seat}).OK()
	at, err := time.Parse(time.RFC3339, a.Text("node.lastActiveAt"))
	if err != nil {
		s.Fatal(err)
	}
	return at.Truncate(time.Second).Format(time.RFC3339) // the clock of the tests goes on by microseconds
}

// TestASeatIsActiveWhenItsOrgIsNamed: whichever way a request names the org, the owner sees it at once, also in the
// first minute of a session.
func TestASeatIsActiveWhenItsOrgIsNamed(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		who := s.seat("刚来的", s.role4(grant("ORDERS", "EXPORT", "ALL"), grant("ORDERS", "EDIT", "ALL"),
			grant("ORDERS", "VIEW", "ALL")))
		now := func() string { return s.Clock.Now().UTC().Format(time.RFC3339) }
		if got := s.lastActive(who.ID); got != now() {
			s.Errorf("active %s, and signed in at %s", got, now())
		}
		begun := now()
		org := vars{"id": s.A.ID, "ids": []string{s.A.ID}}
		s.Clock.Add(20 * time.Second)
		who.Do(`{ viewer { accountId: account { id } seats { orgName } } }`, nil).OK()
		who.Do(`query($id: ID!) { org(id: $id) { name } }`, vars{"id": s.B.ID})
		if got := s.lastActive(who.ID); got != begun {
			s.Errorf("active at %s by a request that names no org, or another one", got)
		}
		url := ""
		for name, ask := range map[string]func(){
			"org":      func() { who.Do(`query($id: ID!) { org(id: $id) { name } }`, org).OK() },
			"an alias": func() { who.Do(`query($id: ID!) { a: viewer { account { id } } b: org(id: $id) { name } }`, org).OK() },
			"a fragment": func() {
				who.Do(`query($id: ID!) { ...f } fragment f on Query { ... { org(id: $id) { name } } }`, org).OK()
			},
			"a literal": func() { who.Do(fmt.Sprintf(`{ org(id: %q) { name } }`, s.A.ID), nil).OK() },
			"a default": func() {
				who.Do(fmt.Sprintf(`query($id: ID! = %q) { org(id: $id) { name } }`, s.A.ID),
					nil).OK()
			},
			"node":            func() { who.Do(`query($id: ID!) { node(id: $id) { id } }`, org).OK() },
			"nodes":           func() { who.Do(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, org).OK() },
			"what is refused": func() { who.Do(`query($id: ID!) { org(id: $id) { roles { totalCount } } }`, org) },
			"a mutation": func() {
				who.Do(documentOf("settleOrders"), vars{"in": vars{"orgId": s.A.ID, "ids": []string{id.New(id.Order)}}}).OK()
			},
			"a mutation's literal": func() {
				who.Do(fmt.Sprintf(`mutation { settleOrders(input: {orgId: %q, ids: ["x"]}) { userErrors { code } } }`, s.A.ID),
					nil).OK()
			},
			"a subscription": func() {
				socket := who.Subscribe(`subscription($id: ID!) { ordersChanged(orgId: $id) { id } }`, org)
				s.until("the stream is noted", func() bool { return s.lastActive(who.ID) == now() })
				socket.Leave()
			},
			"a download": func() {
				s.Clock.Add(time.Minute)
				url = s.link(who.Client, "exportOrders", vars{"format": "CSV"})
				s.Clock.Add(time.Minute)
				if status, _, _ := who.Download(url); status != 200 {
					s.Errorf("download: %d", status)
				}
			},
		} {
			s.Clock.Add(time.Minute)
			ask()
			if got := s.lastActive(who.ID); got != now() {
				s.Errorf("%s at %s: last active %s", name, now(), got)
			}
		}
		last := now()
		for range 6 {
			s.Clock.Add(9 * time.Second)
			who.Do(`query($id: ID!) { org(id: $id) { name } }`, org).OK()
		}
		if got := s.lastActive(who.ID); got != last {
			s.Errorf("written %s, after %s, within a minute", got, last)
		}
		s.Clock.Add(7 * time.Second)
		who.Do(`query($id: ID!) { org(id: $id) { name } }`, org).OK()
		if got := s.lastActive(who.ID); got != now() {
			s.Errorf("a minute later %s, want %s", got, now())
		}
	})
}

const woken = `query($org: ID!) { org(id: $org) { auditEvents(filter: {operations: ["wakeSeat"]}) { nodes { ip userAgent actor { kind actorId name } outcome
	targets { nodes { targetId type label changes { field before after } } } } } } }`

// TestASeatThatWakesIsToldToTheOwner: the first use of a seat after long silence is on record, once, in each org where
// it slept.
func TestASeatThatWakesIsToldToTheOwner(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		who := s.seat("老员工")
		s.Seat(s.T, s.B, who.Phone, "兼职", s.B.Roles["客服"])
		ownerPhone := "13901000000"
		fresh := s.Clock.Now()
		count := func(owner *client, orgID string) int {
			s.Helper()
			return len(owner.Do(woken, vars{"org": orgID}).OK().List("org.auditEvents.nodes"))
		}
		s.Clock.Add(signin.Silence - time.Hour)
		s.A.Owner.Token = s.SignIn(s.T, ownerPhone).Token
		s.SignIn(s.T, who.Phone)
		if n := count(s.A.Owner, s.A.ID); n != 0 {
			s.Fatalf("%d seats woke, an hour too early", n)
		}
		slept := s.Clock.Now()
		s.Clock.Add(signin.Silence)
		s.A.Owner.Token = s.SignIn(s.T, ownerPhone).Token
		s.B.Owner.Token = s.SignIn(s.T, "13902000000").Token
		if got := s.lastActive(who.ID); got != slept.UTC().Format(time.RFC3339) {
			s.Errorf("last active %s, want %s", got, slept)
		}
		again := s.SignIn(s.T, who.Phone)
		now := s.Clock.Now()
		a := s.A.Owner.Do(woken, vars{"org": s.A.ID}).OK()
		if n := len(a.List("org.auditEvents.nodes")); n != 1 || count(s.B.Owner, s.B.ID) != 1 {
			s.Fatalf("%d events: %s", n, a.Body)
		}
		second := func(path string) string { return strings.Split(strings.TrimSuffix(a.Text(path), "Z"), ".")[0] + "Z" }
		const change = "org.auditEvents.nodes.0.targets.nodes.0.changes.0."
		if before, after := second(change+"before"), second(change+"after"); before != slept.UTC().Format(time.RFC3339) ||
			after != now.UTC().Format(time.RFC3339) {
			s.Errorf("from %s to %s", before, after)
		}
		for path, want := range map[string]any{
			"actor.kind": "SUB_ACCOUNT", "actor.actorId": who.ID, "actor.name": "老员工", "outcome": "DONE", "ip": "127.0.0.1",
			"targets.nodes.0.type": "SubAccount", "targets.nodes.0.targetId": who.ID, "targets.nodes.0.label": "老员工",
			"targets.nodes.0.changes.0.field": "lastActiveAt",
		} {
			if got := a.Get("org.auditEvents.nodes.0." + path); got != want {
				s.Errorf("%s is %v, want %v", path, got, want)
			}
		}
		again.Do(`query($id: ID!) { org(id: $id) { name } }`, vars{"id": s.A.ID}).OK()
		s.SignIn(s.T, who.Phone)
		if got := s.lastActive(who.ID); got != s.Clock.Now().UTC().Format(time.RFC3339) {
			s.Errorf("last active %s, want %s", got, s.Clock.Now())
		}
		if n := count(s.A.Owner, s.A.ID); n != 1 {
			s.Errorf("%d events after it was awake", n)
		}

		// One that nobody ever used sleeps since it was given; one that is disabled has nobody to wake.
		unused, stopped := s.seat("没来过"), s.seat("停用的")
		s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{stopped.ID}})
		for _, seat := range []string{unused.ID, stopped.ID} {
			s.Store.Client.SubAccount.UpdateOneID(seat).ClearLastActiveAt().ExecX(s.T.Context())
		}
		s.Clock.Add(signin.Silence)
		s.A.Owner.Token = s.SignIn(s.T, ownerPhone).Token
		s.SignIn(s.T, unused.Phone)
		s.SignIn(s.T, stopped.Phone)
		a = s.A.Owner.Do(woken, vars{"org": s.A.ID}).OK()
		if got := a.Texts("org.auditEvents.nodes", "actor"); len(got) != 2 ||
			a.Get("org.auditEvents.nodes.0.actor.actorId") != unused.ID ||
			a.Get("org.auditEvents.nodes.0.targets.nodes.0.changes.0.before") != nil {
			s.Errorf("%s (made at %s)", a.Body, fresh)
		}
	})
}

// TestASeatWakesOnce: of requests at the same instant, on two servers of one database, one wakes the seat.
func TestASeatWakesOnce(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		second := apitest.NewWith(s.T, s.Store, apitest.Options{Clock: s.Clock})
		var seats []*apitest.Seat
		for i := range 4 {
			seats = append(seats, s.seat(fmt.Sprintf("睡着的%d", i)))
		}
		s.Clock.Add(time.Minute)
		for _, seat := range seats {
			s.Store.Client.SubAccount.UpdateOneID(
				seat.ID).SetLastActiveAt(s.Clock.Now().Add(-signin.Silence)).ExecX(s.T.Context())
		}
		began := s.Clock.Now().UTC().Format(time.RFC3339)
		use := func() (actors []string) {
			var all sync.WaitGroup
			for _, seat := range seats {
				for _, who := range []*client{
					seat.Client, second.As(s.T, seat.Client), s.As(s.T, seat.Client),
					second.As(s.T, seat.Client),
				} {
					all.Go(func() { who.Do(`query($id: ID!) { org(id: $id) { name } }`, vars{"id": s.A.ID}).OK() })
				}
			}
			all.Wait()
			a := s.A.Owner.Do(woken, vars{"org": s.A.ID}).OK()
			for i := range a.List("org.auditEvents.nodes") {
				actors = append(actors, a.Text(fmt.Sprintf("org.auditEvents.nodes.%d.actor.actorId", i)))
			}
			return actors
		}
		actors := use()
		// A request does not wait long for a busy database: the next use wakes the seat.
		for round := 0; len(actors) < len(seats) && round < 60; round++ {
			s.Clock.Add(time.Minute)
			actors = use()
		}
		want := make([]string, len(seats))
		for i, seat := range seats {
			want[i] = seat.ID
		}
		slices.Sort(actors)
		slices.Sort(want)
		if !slices.Equal(actors, want) {
			s.Errorf("woke %s, want %s", strings.Join(actors, " "), strings.Join(want, " "))
		}
		for _, seat := range seats {
			if got := s.lastActive(seat.ID); got < began {
				s.Errorf("last active %s", got)
			}
		}
	})
}
