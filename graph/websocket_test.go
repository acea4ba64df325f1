package graph_test

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func TestHowWebSocketsAreClosed(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	hasty := apitest.NewWith(t, w.Store, apitest.Options{Clock: w.Clock})
	hasty.Streams.Init = 100 * time.Millisecond
	w.Streams.MaxStreams, w.Streams.MaxOperations = 4, 2
	in := apitest.Vars{"org": w.A.ID}
	seat := w.A.Seats["审计"]
	silent := func(first string) *apitest.Socket {
		s, err := w.Dial(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		if first != "" {
			s.Write(first)
		}
		return s
	}
	open := func() *apitest.Socket { return w.A.Owner.Subscribe(watchEvents, in) }
	then := func(s *apitest.Socket, text string) *apitest.Socket { s.Write(text); return s }
	for _, c := range []struct {
		name string
		open func() *apitest.Socket
		code int
	}{
		{"no JSON", func() *apitest.Socket { return silent("{") }, 4400},
		{"an unknown type", func() *apitest.Socket { return silent(`{"type": "start"}`) }, 4400},
		{
			"a payload of another kind", func() *apitest.Socket { return silent(`{"type": "connection_init", "payload": 1}`) },
			4400,
		},
		{"a subscription without a query", func() *apitest.Socket {
			return then(open(),
				`{"type": "subscribe", "id": "2", "payload": {}}`)
		}, 4400},
		{"a subscription without an id", func() *apitest.Socket {
			return then(open(), `{"type": "subscribe", "payload": {"query": "{viewer{account{id}}}"}}`)
		}, 4400},
		{
			"a subscription before the acknowledgement",
			func() *apitest.Socket { return silent(`{"type": "subscribe", "id": "1", "payload": {"query": "{a}"}}`) }, 4401,
		},
		{"nobody", func() *apitest.Socket { return silent(`{"type": "connection_init"}`) }, 4403},
		{"a wrong token", func() *apitest.Socket {
			return silent(`{"type": "connection_init", "payload": {"Authorization": "Bearer dps_wrong"}}`)
		}, 4403},
		{"silence", func() *apitest.Socket {
			s, err := hasty.Dial(t, nil)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}, 4408},
		{"the same id twice", func() *apitest.Socket { s := open(); s.Subscribe("1", watchEvents, in); return s }, 4409},
		{"two initialisations", func() *apitest.Socket { return then(open(), `{"type": "connection_init"}`) }, 4429},
		// By two bytes: what is larger may be cut off while it is still sent, and the code with it.
		{"too large a message", func() *apitest.Socket { return then(open(), strings.Repeat(" ", 256<<10+2)) }, 1009},
	} {
		if code := c.open().Close(); code != c.code {
			t.Errorf("%s: closed with %d, want %d", c.name, code, c.code)
		}
	}
	eventually(t, "nobody is connected", func() bool { return w.Resolver.Feed.Len() == 0 })

	socket := seat.Subscribe(watchEvents, in)
	socket.Subscribe("2", watchEvents, in)
	for id, doc := range map[string]string{
		"3": watchEvents, "4": `{ viewer { account { id } } }`,
		"5": `subscription { nothing }`,
	} {
		socket.Send(apitest.Message{ID: "2", Type: "complete"})
		if id == "3" {
			socket.Subscribe("2", watchEvents, in)
		}
		socket.Subscribe(id, doc, in)
		if code := socket.Refused(); !slices.Contains([]string{"LIMIT_EXCEEDED", "BAD_REQUEST", "GRAPHQL_VALIDATION_FAILED"},
			code) {
			t.Errorf("%s: %s", doc, code)
		}
	}
	for range 3 {
		seat.Socket().Ack()
	}
	if code := seat.Socket().Close(); code != 4429 {
		t.Errorf("one too many is closed with %d", code)
	}
	if s := seat.Stream(watchEvents, in); s.Response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one stream too many is answered %d", s.Response.StatusCode)
	}
	renamed(w, w.A.Seats["运营"], "还在")
	if a := socket.Event(); a.Text("auditEvents.targets.nodes.0.label") != "还在" {
		t.Errorf("what was refused disturbed the others: %s", a.Body)
	}
	w.Streams.Close()
	if code := socket.Close(); code != 1012 {
		t.Errorf("a stop closes with %d", code)
	}
}

// TestNoEventIsLostOrDoubled while several write through two servers, and a client is cut off again and again.
func TestNoEventIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	there := second.Nobody(t)
	there.Token = w.A.Owner.Token
	reader := second.Nobody(t)
	reader.Token = w.A.Seats["审计"].Token
	first := w.A.Owner.Do(`query($org: ID!) { org(id: $org) { auditEvents(first: 1) { nodes { id } } } }`,
		apitest.Vars{"org": w.A.ID}).OK().Text("org.auditEvents.nodes.0.id")
	const writers, each = 6, 12
	var writing sync.WaitGroup
	for i := range writers {
		client := []*apitest.Client{w.A.Owner, there}[i%2]
		writing.Go(func() {
			for n := range each {
				client.Do(`mutation($in: CreateRoleInput!) { createRole(input: $in) { userErrors { code } } }`,
					apitest.Vars{"in": apitest.Vars{
						"orgId": w.A.ID, "name": fmt.Sprint("岗", i, "_", n),
						"grants": []apitest.Vars{{"module": "ORDERS", "actions": []string{"VIEW"}}},
					}})
			}
		})
	}
	var got []string
	for last := first; len(got) < writers*each; {
		socket := reader.Subscribe(watchEvents, apitest.Vars{"org": w.A.ID, "after": last})
		for range min(7, writers*each-len(got)) {
			last = socket.Event().Text("auditEvents.id")
			got = append(got, last)
		}
		socket.Leave()
	}
	writing.Wait()
	all := w.A.Owner.Do(`query($org: ID!) { org(id: $org) { auditEvents(first: 100) { nodes { id } } } }`,
		apitest.Vars{"org": w.A.ID}).OK().Texts("org.auditEvents.nodes", "id")
	slices.Reverse(all)
	if want := all[slices.Index(all, first)+1:]; !slices.Equal(got, want) {
		t.Errorf("%d events came, of %d:\n%v\n%v", len(got), len(want), got, want)
	}
	if code := reader.Subscribe(watchEvents, apitest.Vars{
		"org":   w.A.ID,
		"after": "evt_00000000000000000000",
	}).Refused(); code != "BAD_REQUEST" {
		t.Errorf("an unknown event: %s", code)
	}
}

// TestAReaderThatDoesNotReadHoldsNobodyUp, and gets the last state when it reads on.
func TestAReaderThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		slow := w.A.Owner.Subscribe(watchSubAccounts, apitest.Vars{"org": w.A.ID})
		following(t, w.Server, 2)
		var last string
		for i := range 60 {
			last = fmt.Sprint("名", i)
			renamed(w, w.A.Seats["运营"], last)
		}
		for n := 1; ; n++ {
			if a := slow.Event(); a.Text("subAccountsChanged.name") == last {
				t.Logf("60 changes were sent as %d", n)
				break
			}
		}
	})
}

// TestStreamsLeaveNothingBehind counts goroutines before and after.
func TestStreamsLeaveNothingBehind(t *testing.T) {
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	round := func() {
		for range 10 {
			s, e := w.A.Owner.Subscribe(watchEvents, apitest.Vars{"org": w.A.ID}),
				w.A.Owner.Stream(watchEvents, apitest.Vars{"org": w.A.ID})
			following(t, w.Server, 4)
			s.Leave()
			e.Leave()
			eventually(t, "nobody waits", func() bool { return w.Resolver.Feed.Len() == 0 })
		}
	}
	round()
	before := runtime.NumGoroutine()
	round()
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before+4 })
}
