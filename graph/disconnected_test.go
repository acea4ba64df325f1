package graph_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/pgproxy"
	"deputy/internal/store/storetest"
)

// disconnectedServer returns a world, and a second server on the same PostgreSQL whose notifications come through the
// proxy.
func disconnectedServer(t testing.TB) (w *apitest.World, second *apitest.Server, p *pgproxy.Proxy) {
	t.Helper()
	url := storetest.URL(t, dialect.Postgres)
	w = apitest.NewWorld(t, storetest.Connect(t, url))
	p, through := pgproxy.Through(t, url)
	second = apitest.NewWith(t, storetest.ConnectWith(t, url, store.Options{ListenURL: through}),
		apitest.Options{Clock: w.Clock})
	for _, s := range []*apitest.Server{w.Server, second} {
		eventually(t, "a server hears the other", s.Store.Listening)
	}
	return w, second, p
}

// faults are what happens to a connection that listens.
var faults = map[string]func(p *pgproxy.Proxy){
	"good":      func(*pgproxy.Proxy) {},
	"silent":    func(p *pgproxy.Proxy) { p.Stalled.Store(true) },
	"slow":      func(p *pgproxy.Proxy) { p.Delay.Store(int64(1500 * time.Millisecond)) },
	"late":      func(p *pgproxy.Proxy) { p.Delay.Store(int64(500 * time.Millisecond)) },
	"reset":     func(p *pgproxy.Proxy) { p.Sever() },
	"reset for": func(p *pgproxy.Proxy) { p.Refuse.Store(true); p.Sever() },
}

// TestARevocationIsFeltWhateverListens: the other server refuses within a second and ends the streams that are open,
// and rightful owners go on getting events. It holds a hole that was closed: a server went by its memory for two
// seconds after it had heard something.
func TestARevocationIsFeltWhateverListens(t *testing.T) {
	t.Parallel()
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, second, p := disconnectedServer(t)
			seat, owner := second.As(t, w.A.Seats["审计"].Client), second.As(t, w.A.Owner)
			eventually(t, "the seat works", func() bool { return sees(seat, w.A.ID) })
			cut := seat.Subscribe(watchEvents, apitest.Vars{"org": w.A.ID})
			goesOn := owner.Subscribe(watchEvents, apitest.Vars{"org": w.A.ID})
			orders := owner.Subscribe(watchSubAccounts, apitest.Vars{"org": w.A.ID})
			following(t, second, 6)
			fault(p)
			ended := make(chan struct{})
			go func() {
				for m := cut.Next(); m.Closed == 0 && m.Type != "error"; m = cut.Next() {
				}
				close(ended)
			}()
			for round := range 3 {
				disable(w, "disableSubAccounts")
				done, last := time.Now(), time.Time{}
				for begun := done; time.Since(done) < 2*promptly; begun = time.Now() {
					if sees(seat, w.A.ID) {
						last = begun
					}
				}
				// What a server may go by is bounded in time, and judged after the request has begun: how slow the machine is does
				// not count.
				if took := last.Sub(done); !last.IsZero() && took > promptly {
					t.Errorf("served for %v", took)
				}
				if round == 0 {
					select {
					case <-ended: // BenchmarkRevocationWhateverListens measures when
					case <-time.After(time.Minute):
						t.Fatalf("the stream stays open: %s", second.Log.String())
					}
				}
				disable(w, "enableSubAccounts")
				if m := goesOn.Next(); m.Type != "next" {
					t.Fatalf("%+v", m)
				}
				if m := orders.Next(); m.Type != "next" {
					t.Fatalf("%+v", m)
				}
				eventually(t, "the seat works again", func() bool { return sees(seat, w.A.ID) })
			}
		})
	}
}

// disable disables or enables the seat that reads the trail, at the first server.
func disable(w *apitest.World, mutation string) {
	w.A.Owner.Do(
		`mutation($org: ID!, $ids: [ID!]!) { `+mutation+`(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
		apitest.Vars{"org": w.A.ID, "ids": []string{w.A.Seats["审计"].ID}}).OK()
}

// TestARevocationWithoutAnAnswerIsFelt: the response to the commit never comes. The server that has taken the right
// away refuses as soon as all others do. It holds a hole that was closed: it was the last to know.
func TestARevocationWithoutAnAnswerIsFelt(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.Postgres)
	p, through := pgproxy.Through(t, url)
	first := storetest.ConnectWith(t, through, store.Options{ListenURL: url})
	w := apitest.NewWorld(t, first)
	direct := storetest.Connect(t, url)
	eventually(t, "the server hears", first.Listening)
	seat := w.A.Seats["审计"]
	eventually(t, "the seat works", func() bool { return sees(seat.Client, w.A.ID) })
	p.SwallowAfter("COMMIT")
	told := make(chan string, 1)
	go func() {
		told <- w.A.Owner.Do(
			`mutation($org: ID!, $ids: [ID!]!) { disableSubAccounts(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
			apitest.Vars{"org": w.A.ID, "ids": []string{seat.ID}}).Code()
	}()
	eventually(t, "it is committed", func() bool {
		s, err := direct.Client.SubAccount.Get(t.Context(), seat.ID)
		return err == nil && s.Status == "DISABLED"
	})
	committed, last := time.Now(), time.Time{}
	eventually(t, "the server that did it refuses", func() bool {
		begun := time.Now()
		served := sees(seat.Client, w.A.ID)
		if served {
			last = begun
		}
		return !served
	})
	if took := last.Sub(committed); !last.IsZero() && took > promptly {
		t.Errorf("served for %v", took)
	}
	p.Sever() // what waits for the answer learns that there is none
	if code := <-told; code != "OUTCOME_UNKNOWN" {
		t.Errorf("told %q", code)
	}
}

// TestAnUnknownOutcomeIsToldAsSuch: the connection is lost over the commit, before and after it was carried out.
func TestAnUnknownOutcomeIsToldAsSuch(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.Postgres)
	p, through := pgproxy.Through(t, url)
	w := apitest.NewWorld(t, storetest.ConnectWith(t, through, store.Options{ListenURL: url}))
	for n, said := range map[string]string{
		"": "与数据库的连接在提交时中断，操作可能已经完成：请用同一个 Idempotency-Key 重试；没有的话，请先查看结果再重试。",
		"en": "The connection to the database was lost during the commit, so the operation may have been carried out. Try " +
			"again with the same Idempotency-Key; without one, check the result before you try again.",
	} {
		owner := w.As(t, w.A.Owner)
		owner.Lang = n
		owner.Header.Set("Idempotency-Key", "key"+n)
		p.CutAfter("COMMIT")
		role := apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "name": "岗位" + n, "grants": []any{}}}
		a := owner.Do(documentOf("createRole"), role)
		if a.Code() != "OUTCOME_UNKNOWN" || a.Status != http.StatusOK || a.Errors[0].Message != said ||
			a.Errors[0].Extensions["requestId"] != a.Header.Get("X-Request-Id") || a.Get("createRole") != nil {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		again := owner.Do(documentOf("createRole"), role).OK()
		names := w.A.Owner.Do(`query($id: ID!) { org(id: $id) { roles { nodes { id name } } } }`,
			apitest.Vars{"id": w.A.ID}).OK()
		same := func(name string) bool { return name == "岗位"+n }
		made := slices.DeleteFunc(names.Texts("org.roles.nodes", "name"), func(s string) bool { return !same(s) })
		if again.Text("createRole.role.id") == "" || len(made) != 1 {
			t.Errorf("%s %s", again.Body, names.Body)
		}
	}
	// A mutation of one's own account tells it too.
	p.CutAfter("COMMIT")
	if a := w.Stranger.Do(`mutation { signOut { endedId } }`, nil); a.Code() != "OUTCOME_UNKNOWN" {
		t.Error(a.Body)
	}
}
