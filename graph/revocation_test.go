package graph_test

import (
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

const seesEvents = `query($org: ID!) { org(id: $org) { auditEvents(first: 1) { nodes { id } } } }`

// sees reports whether the server lets the client read what its role opens.
func sees(c *apitest.Client, org string) bool {
	answer := c.Do(seesEvents, apitest.Vars{"org": org})
	return len(answer.Errors) == 0 && answer.Get("org.auditEvents") != nil
}

// eventually asks until the response is yes; it fails after a time that no healthy machine needs.
func eventually(t testing.TB, what string, ask func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ask(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// twoServers returns a world, and a second server on the same PostgreSQL.
func twoServers(t testing.TB) (w *apitest.World, second *apitest.Server) {
	url := storetest.URL(t, dialect.Postgres)
	w = apitest.NewWorld(t, storetest.Connect(t, url))
	second = apitest.NewWith(t, storetest.Connect(t, url), apitest.Options{Clock: w.Clock})
	for _, s := range []*apitest.Server{w.Server, second} {
		eventually(t, "a server hears the other", s.Store.Listening)
	}
	return w, second
}

func TestRevocationReachesTheOtherServer(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	seat := w.A.Seats["审计"]
	there := second.Nobody(t)
	there.Token = seat.Token
	set := func(mutation string) {
		w.A.Owner.Do(
			`mutation($org: ID!, $ids: [ID!]!) { `+mutation+`(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
			apitest.Vars{"org": w.A.ID, "ids": []string{seat.ID}}).OK()
	}
	for range 3 {
		eventually(t, "the seat works on both servers", func() bool {
			return sees(seat.Client, w.A.ID) &&
				sees(there, w.A.ID)
		})
		set("disableSubAccounts")
		if sees(seat.Client, w.A.ID) {
			t.Fatal("the server that disabled the seat answers it")
		}
		eventually(t, "the other server stops answering", func() bool { return !sees(there, w.A.ID) })
		if sees(there, w.A.ID) {
			t.Fatal("the other server began to answer again")
		}
		set("enableSubAccounts")
	}
}

func TestASignOutReachesTheOtherServer(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	here := w.A.Owner
	there := second.Nobody(t)
	there.Token = here.Token
	if !sees(there, w.A.ID) {
		t.Fatal("the session is unknown to the other server")
	}
	here.Do(`mutation { signOut { endedId } }`, nil).OK()
	eventually(t, "the session ends on the other server", func() bool { return !sees(there, w.A.ID) })
}

func TestAServerThatHearsNothingTrustsNoCache(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	seat := w.A.Seats["审计"]
	there := second.Nobody(t)
	there.Token = seat.Token
	if !sees(there, w.A.ID) {
		t.Fatal("the seat does not work")
	}
	// All connections that listen are cut, and none comes back while the seat is disabled.
	cut := func() {
		rows, err := w.Store.Client.QueryContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE 'LISTEN%'`)
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cut()
	w.A.Owner.Do(
		`mutation($org: ID!, $ids: [ID!]!) { disableSubAccounts(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
		apitest.Vars{"org": w.A.ID, "ids": []string{seat.ID}}).OK()
	eventually(t, "the other server stops answering", func() bool { return !sees(there, w.A.ID) })
	eventually(t, "the other server hears again", second.Store.Listening)
	if sees(there, w.A.ID) {
		t.Fatal("the other server answers the disabled seat again")
	}
}
