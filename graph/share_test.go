package graph_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	paged "deputy/internal/page"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

// until waits for something that comes about without the test.
func (s *fixture) until(what string, so func() bool) {
	s.Helper()
	for begun := time.Now(); !so(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			s.Fatalf("%s: it did not come to that", what)
		}
	}
}

// asViewer returns a context of a request of the client.
func (s *fixture) asViewer(who *client) context.Context {
	s.Helper()
	v, err := s.Identity.Viewer(s.Context(), viewer.Origin{}, who.Token)
	if err != nil || !v.SignedIn() {
		s.Fatalf("%+v %v", v, err)
	}
	return viewer.NewContext(s.Context(), v)
}

// goesOn has others than the org A do what a console does, and what lets people in and out.
func (s *fixture) goesOn() {
	s.Helper()
	s.B.Owner.Do(`query($id: ID!) { org(id: $id) { name subAccounts(first: 5) { nodes { name roles { name } } } } }`,
		vars{"id": s.B.ID}).OK()
	s.B.Seats["客服"].Do(`query($id: ID!) { org(id: $id) { name } }`, vars{"id": s.B.ID}).OK()
	s.must(s.B.Owner, "createRole", vars{"orgId": s.B.ID, "name": "新" + s.number()[5:], "grants": []vars{}})
	s.must(s.SignIn(s.T, s.number()), "createOrg", vars{"name": "又一家"})
	if err := s.Store.Ping(s.Context()); err != nil {
		s.Errorf("the server is not ready: %v", err)
	}
}

// TestReadsOfOneAccountHoldUpNobodyElse: one account reads over as many connections as it gets, and never ends;
// everybody else goes on, and its own org can be read and changed by others.
func TestReadsOfOneAccountHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		seat := s.A.Seats["运营"]
		ctx := s.asViewer(seat.Client)
		end := make(chan struct{})
		var reading sync.WaitGroup
		for range 12 {
			reading.Go(func() {
				held, done := store.WithReads(ctx)
				defer done()
				err := s.Resolver.Store.Each(held, "SELECT 1", nil, func(paged.Record) error {
					<-end
					return nil
				})
				if err != nil {
					s.Errorf("a read of the account itself: %v", err)
				}
			})
		}
		s.until("some of the reads wait", func() bool { return s.Store.Waiting() > 0 })
		s.goesOn()
		s.A.Owner.Do(`query($id: ID!) { org(id: $id) { name } }`, vars{"id": s.A.ID}).OK()
		if s.Store.LocksRows() { // where writes and reads have the same connections
			s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{seat.ID}})
		}
		close(end)
		reading.Wait()
	})
}

// TestALockOnOneOrgHoldsUpThatOrgAlone: an operator locks the row of one org, whose owner changes roles all the time,
// whose seats work, and who reads. All other orgs go on, and so does signing in.
func TestALockOnOneOrgHoldsUpThatOrgAlone(t *testing.T) {
	t.Parallel()
	for _, confined := range []bool{true, false} {
		t.Run(fmt.Sprintf("row level security %v", confined), func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, dialect.Postgres)
			db := storetest.ConnectWith(t, url, store.Options{Conns: 10, LockTimeout: -1, NoRowSecurity: !confined})
			s := newFixture(t, db)
			s.Identity.Limits = signin.Limits{Off: true}
			operator, err := storetest.Connect(t, url).DB().BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := operator.ExecContext(t.Context(), `SELECT id FROM orgs WHERE id = $1 FOR UPDATE`, s.A.ID); err != nil {
				t.Fatal(err)
			}
			var asking sync.WaitGroup
			ends := make(chan string, 800)
			ask := func(who *client, mutation string, input vars) {
				asking.Go(func() {
					input["orgId"] = s.A.ID
					ends <- who.Do(documentOf(mutation), vars{"in": input}).Code()
				})
			}
			for i := range 60 {
				ask(s.A.Owner, "updateRole", vars{"id": s.A.Roles["客服"], "name": fmt.Sprint("客服", i)})
				ask(s.A.Seats["运营"].Client, "createTask", vars{"title": fmt.Sprint("任务", i)})
			}
			s.until("requests wait", func() bool { return s.Store.Waiting() > 100 })
			s.goesOn()
			if n := s.Store.Waiting(); n <= 100 {
				t.Errorf("%d requests of the org still wait: the test shows nothing", n)
			}
			if err := operator.Rollback(); err != nil {
				t.Fatal(err)
			}
			asking.Wait()
			close(ends)
			for code := range ends {
				if code != "" && code != "RATE_LIMITED" {
					t.Errorf("a request of the org ended with %s", code)
				}
			}
			if log := s.Server.Log.String(); strings.Contains(log, "internal error") {
				t.Error(log[max(0, len(log)-4000):])
			}
		})
	}
}

// TestALockThatLastsIsToldAsUnavailable: a lock of an operator that nobody waits for to its end, of the org's row, of
// other rows that a mutation changes, and of a whole table that is read, ends requests of that org with a code, when to
// come again, and no word in the trail.
func TestALockThatLastsIsToldAsUnavailable(t *testing.T) {
	t.Parallel()
	for _, confined := range []bool{true, false} {
		t.Run(fmt.Sprintf("row level security %v", confined), func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, dialect.Postgres)
			s := newFixture(t, storetest.ConnectWith(t, url, store.Options{
				LockTimeout:   100 * time.Millisecond,
				NoRowSecurity: !confined,
			}))
			creator := s.creator("某", nil)
			operator := storetest.Connect(t, url).DB()
			for lock, c := range map[string]struct {
				args []any
				ask  func() *apitest.Answer
			}{
				`SELECT id FROM orgs WHERE id = $1 FOR UPDATE`: {[]any{s.A.ID}, func() *apitest.Answer {
					return s.A.Owner.Do(documentOf("updateRole"), vars{"in": vars{
						"orgId": s.A.ID, "id": s.A.Roles["客服"],
						"name": "新名",
					}})
				}},
				`SELECT id FROM creators WHERE id = $1 FOR UPDATE`: {[]any{creator}, func() *apitest.Answer {
					return s.A.Owner.Do(documentOf("updateCreator"), vars{"in": vars{"orgId": s.A.ID, "id": creator, "name": "新名"}})
				}},
				`LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE`: {nil, func() *apitest.Answer {
					return s.A.Owner.Do(`query($org: ID!) { org(id: $org) { tasks { nodes { title } } } }`, vars{"org": s.A.ID})
				}},
			} {
				known := s.knownEvents()
				tx, err := operator.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tx.ExecContext(t.Context(), lock, c.args...); err != nil {
					t.Fatal(err)
				}
				a := c.ask()
				if a.Code() != "UNAVAILABLE" || a.Errors[0].Extensions["retryAfter"] == nil {
					t.Errorf("%s: %d %s", lock, a.Status, a.Body)
				}
				if err := tx.Rollback(); err != nil {
					t.Fatal(err)
				}
				if events := s.events(known); len(events) > 0 {
					t.Errorf("%s: %d events are on record", lock, len(events))
				}
				c.ask().OK()
			}
		})
	}
}

// TestWhoWaitsInVainMayComeAgain is told so with a code, and when; nothing goes on record, for nothing was judged.
func TestWhoWaitsInVainMayComeAgain(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			vain(newFixture(t, storetest.ConnectWith(t, storetest.URL(t, d), store.Options{ShareWait: time.Millisecond})))
		})
	}
}

func vain(s *fixture) {
	known := s.knownEvents()
	ctx, end := s.asViewer(s.A.Owner), make(chan struct{})
	var holding sync.WaitGroup
	hold := func(n int, on func(context.Context, func()) error) {
		inside := make(chan struct{}, n)
		for range n {
			holding.Go(func() {
				if err := on(ctx, func() { inside <- struct{}{}; <-end }); err != nil {
					s.Errorf("%v", err)
				}
			})
		}
		for range n {
			<-inside
		}
	}
	read := func(ctx context.Context, f func()) error {
		return s.Resolver.Store.Each(ctx, "SELECT 1", nil, func(paged.Record) error { f(); return nil })
	}
	write := func(ctx context.Context, f func()) error {
		return s.Resolver.Store.Write(ctx, func(context.Context, *store.Tx) error { f(); return nil })
	}
	hold(3, read)
	if !s.Store.LocksRows() {
		hold(1, write)
	}
	for _, a := range []*apitest.Answer{
		s.A.Owner.Do(`query($id: ID!) { org(id: $id) { name } }`, vars{"id": s.A.ID}),
		s.A.Owner.Do(documentOf("createTask"), vars{"in": vars{"orgId": s.A.ID, "title": "任务"}}),
	} {
		if a.Code() != "RATE_LIMITED" || a.Errors[0].Extensions["retryAfter"] != 2.0 ||
			!strings.HasPrefix(a.Errors[0].Message, "您的请求太多，正在排队：请 2 秒后") {
			s.Errorf("%s", a.Body)
		}
	}
	close(end)
	holding.Wait()
	if events := s.events(known); len(events) > 0 {
		s.Errorf("%d events are on record", len(events))
	}
	s.A.Owner.Do(`query($id: ID!) { org(id: $id) { name } }`, vars{"id": s.A.ID}).OK()
}
