package graph_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

// TestWhoMaySubscribe asks for every subscription as every caller, of their own org, a foreign one and one that does
// not exist.
func TestWhoMaySubscribe(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		docs := map[string]string{
			"auditEvents": watchEvents, "subAccountsChanged": watchSubAccounts,
			"creatorsChanged": watchCreators, "tasksChanged": watchTasks, "ordersChanged": watchOrders,
		}
		for _, c := range []struct {
			name   string
			client *apitest.Client
			may    []string
		}{
			{"the owner", w.A.Owner, []string{
				"auditEvents", "subAccountsChanged", "creatorsChanged", "tasksChanged",
				"ordersChanged",
			}},
			{"who reads the trail", w.A.Seats["审计"].Client, []string{"auditEvents"}},
			{"who reads orders", w.A.Seats["客服"].Client, []string{"ordersChanged"}},
			{"who sees creators and tasks", w.A.Seats["商务"].Client, []string{"creatorsChanged", "tasksChanged"}},
			{"a disabled seat", w.A.Disabled.Client, nil},
			{"the other org's owner", w.B.Owner, nil},
			{"a stranger", w.Stranger, nil},
		} {
			for name, doc := range docs {
				socket := c.client.Subscribe(doc, apitest.Vars{"org": w.A.ID})
				if slices.Contains(c.may, name) {
					socket.Send(apitest.Message{Type: "ping"})
					if m := socket.Next(); m.Type != "pong" {
						t.Errorf("%s, %s: %+v", c.name, name, m)
					}
				} else if code := socket.Refused(); code != "FORBIDDEN" {
					t.Errorf("%s, %s: %s", c.name, name, code)
				}
				// An org that does not exist looks like a foreign one.
				socket.Subscribe("2", doc, apitest.Vars{"org": "org_00000000000000000000"})
				if code := socket.Refused(); code != "FORBIDDEN" {
					t.Errorf("%s, %s of no org: %s", c.name, name, code)
				}
				socket.Leave()
			}
			// Whoever is signed in sees oneself.
			socket := c.client.Subscribe(watchViewer, nil)
			if a := socket.Event(); a.Text("viewerChanged.id") == "" {
				t.Errorf("%s: %s", c.name, a.Body)
			}
			socket.Leave()
		}
		docs["viewerChanged"] = watchViewer
		for name, doc := range docs {
			if a := w.Nobody(t).Stream(doc, apitest.Vars{"org": w.A.ID}).Event(); a.Code() != "UNAUTHENTICATED" {
				t.Errorf("nobody, %s: %s", name, a.Body)
			}
		}
	})
}

// TestOrdersUnderOwnAreThoseOfOwnCreators, as they are managed when the event is sent.
func TestOrdersUnderOwnAreThoseOfOwnCreators(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		eventually(t, "the server hears", db.Listening)
		role := w.A.Owner.Do(
			`mutation($org: ID!) { createRole(input:
				{orgId: $org, name: "自己的", grants: [{module: ORDERS, actions: [VIEW], scope: OWN}]}) { role { id } userErrors {
				message } } }`, apitest.Vars{"org": w.A.ID}).OK()
		seat := w.Seat(t, w.A, "13901000077", "经纪人", role.Text("createRole.role.id"))
		var ids []string
		for _, name := range []string{"自己的", "别人的"} {
			in := apitest.Vars{"orgId": w.A.ID, "name": name, "platformId": name}
			if name == "自己的" {
				in["managerId"] = seat.ID
			}
			made := w.A.Owner.Do(
				`mutation($in: CreateCreatorInput!) { createCreator(input: $in) { creator { id } userErrors { message } } }`,
				apitest.Vars{"in": in}).OK()
			ids = append(ids, made.Text("createCreator.creator.id"))
		}
		bring := func(of string, numbers ...string) {
			var rows []apitest.Vars
			for _, number := range numbers {
				rows = append(rows, apitest.Vars{
					"number": number, "creatorPlatformId": of, "productName": "口红", "amount": 100,
					"commission": 1, "status": "PAID", "paidAt": "2026-02-28T00:00:00Z",
				})
			}
			w.A.Owner.Do(`mutation($in: ImportOrdersInput!) { importOrders(input: $in) { created userErrors { message } } }`,
				apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "orders": rows}}).OK()
		}
		own, all := seat.Subscribe(watchOrders, apitest.Vars{"org": w.A.ID}),
			w.A.Owner.Subscribe(watchOrders, apitest.Vars{"org": w.A.ID})
		following(t, w.Server, 4)
		want := func(s *apitest.Socket, numbers ...string) {
			t.Helper()
			var got []string
			for range numbers {
				got = append(got, s.Event().Text("ordersChanged.number"))
			}
			if slices.Sort(got); !slices.Equal(got, numbers) {
				t.Errorf("orders %v, want %v", got, numbers)
			}
		}
		bring("别人的", "B1", "B2")
		bring("自己的", "A1")
		want(all, "A1", "B1", "B2")
		want(own, "A1")
		w.A.Owner.Do(
			`mutation($org: ID!, $ids: [ID!]!) { assignCreators(input: {orgId: $org, ids: $ids, managerId: null}) { userErrors {
				message } } }`, apitest.Vars{"org": w.A.ID, "ids": ids[:1]}).OK()
		bring("自己的", "A2")
		w.A.Owner.Do(
			`mutation($org: ID!, $ids: [ID!]!, $to: ID!) { assignCreators(input: {orgId: $org, ids: $ids, managerId: $to}) {
				userErrors { message } } }`, apitest.Vars{"org": w.A.ID, "ids": ids[1:], "to": seat.ID}).OK()
		bring("别人的", "B3")
		want(all, "A2", "B3")
		want(own, "B3")
	})
}

// TestNobodySeesTheEventThatTookTheirAccess: the event can be read before the server is told of the change.
func TestNobodySeesTheEventThatTookTheirAccess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		seat := w.A.Seats["审计"]
		renamed(w, seat, "看日志的")
		w.Identity.Cache = &viewer.Cache{Now: w.Clock.Now, Trusted: func() bool { return true }} // nobody tells it of changes
		last := seat.Do(`query($org: ID!) { org(id: $org) { auditEvents(first: 1) { nodes { id } } } }`,
			apitest.Vars{"org": w.A.ID}).OK().Text("org.auditEvents.nodes.0.id")
		disabled(w, seat)
		if a := seat.Stream(watchEvents, apitest.Vars{"org": w.A.ID, "after": last}).Event(); a.Code() != "FORBIDDEN" ||
			a.Data != nil {
			t.Errorf("the stream tells %s", a.Body)
		}
	})
}

// TestWhatIsLostEndsTheStream, on the server where it is lost and on the other one.
func TestWhatIsLostEndsTheStream(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	for i, c := range []struct {
		name, role string
		lose       func(*apitest.Seat)
	}{
		{"the seat is disabled", "审计", func(s *apitest.Seat) { disabled(w, s) }},
		{"the seat is deleted", "审计", func(s *apitest.Seat) {
			w.A.Owner.Do(
				`mutation($org: ID!, $ids: [ID!]!) { deleteSubAccounts(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
				apitest.Vars{"org": w.A.ID, "ids": []string{s.ID}}).OK()
		}},
		{"the seat is released", "审计", func(s *apitest.Seat) {
			s.Do(`mutation($org: ID!) { releaseSeat(input: {orgId: $org}) { userErrors { code } } }`,
				apitest.Vars{"org": w.A.ID}).OK()
		}},
		{"the session ends", "审计", func(s *apitest.Seat) { s.Do(`mutation { signOut { endedId } }`, nil).OK() }},
		{"another role is given", "审计", func(s *apitest.Seat) {
			w.A.Owner.Do(`mutation($in: UpdateSubAccountInput!) { updateSubAccount(input: $in) { userErrors { code } } }`,
				apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "id": s.ID, "roleIds": []string{w.A.Roles["客服"]}}}).OK()
		}},
		{"the role is narrowed", "审计", func(*apitest.Seat) {
			w.A.Owner.Do(`mutation($in: UpdateRoleInput!) { updateRole(input: $in) { userErrors { code } } }`,
				apitest.Vars{"in": apitest.Vars{
					"orgId": w.A.ID, "id": w.A.Roles["审计"],
					"grants": []apitest.Vars{{"module": "ORDERS", "actions": []string{"VIEW"}}},
				}}).OK()
		}},
	} {
		seat := w.Seat(t, w.A, fmt.Sprintf("1390108%04d", i), "看日志", w.A.Roles[c.role])
		there := second.Nobody(t)
		there.Token = seat.Token
		var sockets []*apitest.Socket
		for _, client := range []*apitest.Client{seat.Client, there} {
			sockets = append(sockets, client.Subscribe(watchEvents, apitest.Vars{"org": w.A.ID}))
		}
		following(t, w.Server, 2)
		following(t, second, 2)
		begun := time.Now()
		c.lose(seat)
		done := time.Now()
		for i, socket := range sockets {
			if c.name == "the session ends" {
				if code := socket.Close(); code != 4403 {
					t.Errorf("%s: server %d closes with %d", c.name, i+1, code)
				}
			} else if code := socket.Refused(); code != "FORBIDDEN" {
				t.Errorf("%s: server %d ends with %s", c.name, i+1, code)
			}
			t.Logf("%s: server %d ended %s after the answer, %s after the request", c.name, i+1,
				time.Since(done).Round(time.Millisecond), time.Since(begun).Round(time.Millisecond))
			socket.Leave()
		}
		eventually(t, "nobody waits any more", func() bool { return w.Resolver.Feed.Len()+second.Resolver.Feed.Len() == 0 })
	}
}

// TestALostOrgLeavesTheOthersOpen: every subscription to the org that is lost ends, on every server and with its
// reason, and those to another org go on over the same sockets.
func TestALostOrgLeavesTheOthersOpen(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	const phone = "13901080088"
	here := w.Seat(t, w.A, phone, "看两家", w.A.Roles["审计"], w.A.Roles["财务"])
	w.Clock.Add(time.Minute) // between two codes to one person
	there := w.Seat(t, w.B, phone, "看两家", w.B.Roles["审计"])
	a, b := apitest.Vars{"org": w.A.ID}, apitest.Vars{"org": w.B.ID}
	type reader struct {
		*apitest.Socket
		lost, kept *apitest.Stream
	}
	var readers []reader
	for _, client := range []*apitest.Client{here.Client, second.As(t, here.Client)} {
		client.Lang = "en"
		r := reader{client.Subscribe(watchEvents, a), client.Stream(watchEvents, a), client.Stream(watchEvents, b)}
		r.Subscribe("orders", watchOrders, a)
		r.Subscribe("other", watchEvents, b)
		readers = append(readers, r)
	}
	following(t, w.Server, 7)
	following(t, second, 7)
	w.A.Owner.Do(`mutation($in: UpdateSubAccountInput!) { updateSubAccount(input: $in) { userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "id": here.ID, "roleIds": []string{w.A.Roles["财务"]}}}).OK()
	refused := func(name string, a *apitest.Answer) {
		t.Helper()
		if e := a.Errors; len(e) != 1 || e[0].Extensions["code"] != "FORBIDDEN" || e[0].Extensions["orgId"] != w.A.ID ||
			!strings.Contains(e[0].Message, "You can't view") {
			t.Errorf("%s ends with %s", name, a.Body)
		}
	}
	for i, r := range readers {
		id, why := r.Refusal()
		if refused(fmt.Sprint("server ", i+1), why); id != "1" {
			t.Errorf("server %d: a role that opened the trail alone ends %s", i+1, id)
		}
		refused("the stream", r.lost.Event())
		if event, _ := r.lost.Next(); event != "complete" {
			t.Errorf("the stream ends with %q", event)
		}
	}
	disabled(w, here)
	w.B.Owner.Do(`mutation($in: UpdateSubAccountInput!) { updateSubAccount(input: $in) { userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": w.B.ID, "id": there.ID, "name": "看一家"}}).OK()
	for i, r := range readers {
		var got []string
		for range 2 { // in either order
			switch m := r.Next(); {
			case m.Type == "error" && m.ID == "orders" && strings.Contains(string(m.Payload), w.A.ID), m.Type == "next" &&
				m.ID == "other" && strings.Contains(string(m.Payload), "看一家"):
				got = append(got, m.ID)
			default:
				t.Fatalf("server %d: %s %s %s %d", i+1, m.ID, m.Type, m.Payload, m.Closed)
			}
		}
		if slices.Sort(got); !slices.Equal(got, []string{"orders", "other"}) {
			t.Errorf("server %d: %v", i+1, got)
		}
		if event := r.kept.Event(); event.Text("auditEvents.targets.nodes.0.label") != "看一家" {
			t.Errorf("the other org's stream: %s", event.Body)
		}
		r.Subscribe("1", watchEvents, a) // the id is free again
		if code := r.Refused(); code != "FORBIDDEN" {
			t.Errorf("what was lost is answered with %s", code)
		}
	}
}

// TestASocketSpeaksTheLanguageOfItsInit, before that of the request.
func TestASocketSpeaksTheLanguageOfItsInit(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	const zh, en = "没有", "You can't"
	for _, c := range []struct {
		header  string
		payload apitest.Vars
		want    string
	}{
		{"", nil, zh},
		{"en", nil, en},
		{"zh", apitest.Vars{"acceptLanguage": "en"}, en},
		{"", apitest.Vars{"Accept-Language": "en-GB,en;q=0.9"}, en},
		{"", apitest.Vars{"accept-language": "fr, en;q=0.5, zh;q=0.4"}, en},
		{"en", apitest.Vars{"acceptLanguage": "zh-CN"}, zh},
		{"en", apitest.Vars{"acceptLanguage": 7}, en},
	} {
		header := http.Header{}
		if c.header != "" {
			header.Set("Accept-Language", c.header)
		}
		socket, err := w.Dial(t, header)
		if err != nil {
			t.Fatal(err)
		}
		payload := apitest.Vars{"Authorization": "Bearer " + w.Stranger.Token}
		for name, value := range c.payload {
			payload[name] = value
		}
		socket.Send(apitest.Message{Type: "connection_init", Payload: payload})
		socket.Ack()
		socket.Subscribe("1", watchEvents, apitest.Vars{"org": w.A.ID})
		if _, a := socket.Refusal(); !strings.Contains(a.Errors[0].Message, c.want) {
			t.Errorf("%q and %v: %s", c.header, c.payload, a.Body)
		}
		socket.Leave()
	}
}

// TestASessionThatExpiresEndsTheStream, without anybody saying so.
func TestASessionThatExpiresEndsTheStream(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		w.Streams.Beat, w.Streams.Pong = 100*time.Millisecond, time.Hour
		socket := w.A.Owner.Subscribe(watchEvents, apitest.Vars{"org": w.A.ID})
		stream := w.A.Owner.Stream(watchEvents, apitest.Vars{"org": w.A.ID})
		w.Clock.Add(31 * 24 * time.Hour)
		if code := socket.Close(); code != 4403 {
			t.Errorf("closed with %d", code)
		}
		if a := stream.Event(); a.Code() != "UNAUTHENTICATED" {
			t.Errorf("the stream ends with %s", a.Body)
		}
	})
}

// TestOtherOriginsOpenNoWebSocket: a page elsewhere would come with the cookie.
func TestOtherOriginsOpenNoWebSocket(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	host := strings.TrimSuffix(strings.TrimPrefix(w.URL, "http://"), "/graphql")
	cookie := "__Host-deputy=" + w.A.Owner.Token
	for origin, in := range map[string]bool{
		"": true, "http://" + host: true, apitest.Origin: true,
		"https://evil.example": false, "null": false, apitest.Origin + ".evil.example": false, "http" +
			strings.TrimPrefix(apitest.Origin, "https"): false,
	} {
		for _, header := range []http.Header{{"Cookie": {cookie}}, {}} {
			if origin != "" {
				header.Set("Origin", origin)
			}
			socket, err := w.Dial(t, header)
			if (err == nil) != in || err != nil && !strings.Contains(err.Error(), "403") {
				t.Errorf("%q: %v", origin, err)
			}
			if err != nil {
				continue
			}
			if socket.Send(apitest.Message{Type: "connection_init"}); header.Get("Cookie") != "" {
				socket.Ack()
				socket.Leave()
			} else if code := socket.Close(); code != 4403 {
				t.Errorf("%q without a cookie: %d", origin, code)
			}
		}
	}
}
