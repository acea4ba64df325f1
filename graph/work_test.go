package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"deputy/graph"
	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

// TestARefusalBelowAMutationIsNotOnRecord: one mutation whose response asked for a creator that the caller may not see,
// a hundred times for each of its rows, wrote a transaction for each.
func TestARefusalBelowAMutationIsNotOnRecord(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		task := s.task("直播", s.creator("阿美", nil), s.creator("阿丽", nil))
		who := s.seat("商务", s.role4(grant("TASKS", "EDIT", "ALL")))
		known := s.knownEvents()
		var a *apitest.Answer
		statements := s.Statements(func() {
			a = who.Do(
				`mutation($in: UpdateTaskInput!) { updateTask(input: $in) { task { assignments(first: 100) { nodes { `+numbered(100,
					"a%d: creator { id } ")+` } } } userErrors { code } } }`,
				vars{"in": vars{"orgId": s.A.ID, "id": task, "title": "直播二"}})
		})
		if got := len(a.List("updateTask.task.assignments.nodes")); got != 2 {
			t.Fatalf("%d assignments: %.300s", got, a.Body)
		}
		events := s.events(known)
		if len(events) != 1 || events[0].Operation != "updateTask" || events[0].Outcome != "DONE" {
			t.Errorf("%d events, the last is %s", len(events), s.event(events[len(events)-1]))
		}
		if len(statements) > 40 {
			t.Errorf("%d statements", len(statements))
		}

		// A refused root field is on record, each time that it stands in the document.
		known = s.knownEvents()
		who.Do(`mutation($in: CreateRoleInput!) { `+numbered(3, "a%d: createRole(input: $in) { role { id } } ")+` }`,
			vars{"in": vars{"orgId": s.A.ID, "name": "店长", "grants": []any{}}})
		if events := s.events(known); len(events) != 1 || events[0].Operation != "createRole" ||
			text(events[0].Code) != "FORBIDDEN" {
			t.Errorf("%d events", len(events))
		} else if tally := s.Store.Client.AuditTally.GetX(t.Context(), events[0].ID); tally.Count != 3 {
			t.Errorf("refused %d times", tally.Count)
		}
	})
}

// TestAClientThatLeavesEndsWhatItBegan: the mutation that runs ends or is undone, and no other one of the request is
// begun or put on record.
func TestAClientThatLeavesEndsWhatItBegan(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		who := s.seat("商务", s.role4(grant("TASKS", "EDIT", "ALL")))
		for name, c := range map[string]struct {
			client *apitest.Client
			most   int // of what is on record
		}{"refused": {who.Client, 1}, "done": {s.A.Owner, 1}} {
			known := s.knownEvents()
			ctx, leave := context.WithCancel(t.Context())
			resolver := *s.Resolver
			begun := 0
			resolver.Now = func() time.Time {
				if begun++; begun == 2 {
					leave()
				}
				return s.Clock.Now()
			}
			handler := gqlserve.NewHandler(graph.NewSchema(&resolver), discard(), bounds.Limits{}, graph.Around())
			body, _ := json.Marshal(vars{
				"query": `mutation($in: CreateTaskInput!, $role: CreateRoleInput!) { ` +
					map[string]string{
						"done":    numbered(100, "a%d: createTask(input: $in) { task { id } } "),
						"refused": numbered(100, "a%d: createRole(input: $role) { role { id } } "),
					}[name] + ` }`,
				"variables": vars{
					"in":   vars{"orgId": s.A.ID, "title": "直播"},
					"role": vars{"orgId": s.A.ID, "name": "店长", "grants": []any{}},
				},
			})
			body = bytes.Replace(body, []byte("$role: CreateRoleInput!"), []byte("$role: CreateRoleInput"), 1)
			if name == "done" {
				body = bytes.Replace(body, []byte(", $role: CreateRoleInput"), nil, 1)
			} else {
				body = bytes.Replace(body, []byte("$in: CreateTaskInput!, $role: CreateRoleInput"),
					[]byte("$role: CreateRoleInput!"), 1)
			}
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			v, err := s.Identity.Viewer(ctx, viewer.Origin{IP: "192.0.2.1"}, c.client.Token)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r.WithContext(viewer.NewContext(ctx, v)))
			if begun < 2 {
				t.Fatalf("%s: %.300s", name, w.Body)
			}
			count := 0
			for _, e := range s.events(known) {
				count++
				if tally, err := s.Store.Client.AuditTally.Get(t.Context(), e.ID); err == nil {
					count += tally.Count - 1
				}
			}
			if count > c.most+1 {
				t.Errorf("%s: %d are on record", name, count)
			}
			leave()
		}
	})
}

// wide asks for a text of 2,000 characters so many times.
func wide(times int) string { return numbered(times, "b%d: brief ") }

// TestAResponseHasAGreatestSize, by plans and by the generated executor, and what is beyond it is not built.
func TestAResponseHasAGreatestSize(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorldWith(t, db, apitest.Options{Limits: bounds.Limits{Response: 256 << 10}})
		s := &fixture{T: t, World: w, orgs: map[string]string{}}
		brief := strings.Repeat("长", 2000)
		var id string
		for range 5 {
			id = s.must(s.A.Owner, "createTask", vars{"orgId": s.A.ID, "title": "直播", "brief": brief}).Text("createTask.task.id")
		}
		for name, c := range map[string]struct {
			query string
			in    vars
			code  string
		}{
			"a page": {`query($org: ID!) { org(id: $org) { tasks(first: 5) { nodes { brief } } } }`, nil, ""},
			"a wide page": {
				`query($org: ID!) { org(id: $org) { tasks(first: 5) { nodes { ` + wide(50) + ` } } } }`, nil,
				"LIMIT_EXCEEDED",
			},
			"a wide object": {`query($org: ID!) { a: org(id: $org) { tasks(first: 1) { nodes { ` + wide(90) +
				` } } } b: org(id: $org) { name roles(first: 100) { nodes { name } } } }`, nil, "LIMIT_EXCEEDED"},
			"a mutation": {
				`mutation($in: UpdateTaskInput!) { updateTask(input: $in) { task { brief } userErrors { code } } }`,
				vars{"orgId": s.A.ID, "id": id, "title": "一"},
				"",
			},
			"a wide mutation": {`mutation($in: UpdateTaskInput!) { updateTask(input: $in) { task { ` + wide(90) +
				` } userErrors { code } } }`, vars{"orgId": s.A.ID, "id": id, "title": "二"}, "LIMIT_EXCEEDED"},
			"an introspection": {
				`{ __schema { types { name fields { name description args { name description } } } } }`, nil,
				"",
			},
		} {
			given := vars{}
			if strings.Contains(c.query, "$org") {
				given["org"] = s.A.ID
			}
			if c.in != nil {
				given["in"] = c.in
			}
			a := s.A.Owner.Do(c.query, given)
			if a.Code() != c.code || len(a.Body) > 300<<10 {
				t.Errorf("%s: %q, %d bytes: %.300s", name, a.Code(), len(a.Body), a.Body)
			}
			if c.code == "" {
				continue
			}
			if !strings.Contains(a.Body, `"limit":"response"`) || !strings.Contains(a.Body, `"max":2`) ||
				!strings.Contains(a.Body, `"data":null`) {
				t.Errorf("%s: %.300s", name, a.Body)
			}
		}
		if done := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Task { title } } }`,
			vars{"id": id}).OK(); done.Text("node.title") == "直播" {
			t.Error("the mutation that was done is undone")
		}
	})
}

// TestACheapAnswerIsShort: what a response may be long follows its cost.
func TestACheapAnswerIsShort(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.must(s.A.Owner, "createTask", vars{"orgId": s.A.ID, "title": "直播", "brief": strings.Repeat("长", 2000)})
		ask := func(times int) *apitest.Answer {
			return s.A.Owner.Do(`query($org: ID!) { org(id: $org) { tasks(first: 1) { nodes { `+wide(times)+` } } } }`,
				vars{"org": s.A.ID})
		}
		if a := ask(10); a.Code() != "" {
			t.Errorf("%.300s", a.Body)
		}
		if a := ask(100); a.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("%d bytes: %.300s", len(a.Body), a.Body)
		}
	})
}

// TestEachEventIsCharged: a stream was charged once, whatever came.
func TestEachEventIsCharged(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorldWith(t, db, apitest.Options{Budget: 5_000})
		s := &fixture{T: t, World: w, orgs: map[string]string{}}
		sees := s.role4(grant("ORDERS", "VIEW", "ALL"), grant("CREATORS", "VIEW", "ALL"))
		// 1 + 1 + 100 + 100 + 1000
		query := `subscription($org: ID!) { ordersChanged(orgId: $org) { number creator { orders(first: 100) { nodes { creator
			{ orders(first: 10) { nodes { id } } } } } } } }`
		comes := func(i int) {
			s.Helper()
			s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row(fmt.Sprint("N", i), nil)}})
		}
		socket := s.seat("财务", sees).Subscribe(query, vars{"org": s.A.ID})
		following(t, w.Server, 2)
		for events := 0; ; events++ {
			comes(events)
			if m := socket.Next(); m.Type != "next" {
				if m.Type != "error" || !strings.Contains(string(m.Payload), "RATE_LIMITED") ||
					!strings.Contains(string(m.Payload), "retryAfter") || events < 1 || events > 4 {
					t.Fatalf("after %d events: %s %s", events, m.Type, m.Payload)
				}
				break
			}
		}
		stream := s.seat("财务", sees).Stream(query, vars{"org": s.A.ID})
		following(t, w.Server, 3)
		for events := 0; ; events++ {
			comes(events + 100)
			if a := stream.Event(); a.Code() != "" {
				if a.Code() != "RATE_LIMITED" || events < 1 || events > 4 {
					t.Fatalf("after %d events: %s", events, a.Body)
				}
				break
			}
		}
		if event, _ := stream.Next(); event != "complete" {
			t.Errorf("then came %q", event)
		}
	})
}

// TestAnEventHasAnEnd: one that takes longer than a request may ends its subscription, and says so.
func TestAnEventHasAnEnd(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		w.Streams.Limits.Time = time.Nanosecond // a busy machine looks at the timer after an event or two
		first := w.A.Owner.Do(`query($org: ID!) { org(id: $org) { auditEvents(last: 1) { nodes { id } } } }`,
			vars{"org": w.A.ID}).OK().Text("org.auditEvents.nodes.0.id")
		in := vars{"org": w.A.ID, "after": first}
		socket, stream := w.A.Owner.Subscribe(watchEvents, in), w.A.Owner.Stream(watchEvents, in)
		m := socket.Next()
		for m.Type == "next" {
			m = socket.Next()
		}
		if m.Type != "error" || !strings.Contains(string(m.Payload), `"LIMIT_EXCEEDED"`) {
			t.Errorf("%s %s", m.Type, m.Payload)
		}
		a := stream.Event()
		for a.Code() == "" {
			a = stream.Event()
		}
		if a.Code() != "LIMIT_EXCEEDED" || !strings.Contains(a.Body, `"limit":"time"`) {
			t.Errorf("%s", a.Body)
		}
		if event, _ := stream.Next(); event != "complete" {
			t.Errorf("then came %q", event)
		}
	})
}
