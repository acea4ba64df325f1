package graph_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/dialect"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlptrace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/traces/otlp"
	"deputy/internal/web"
)

// receiver takes spans over OTLP/HTTP, as a collector does.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlptrace.Span
	whose []string
}

func receive(t *testing.T) *receiver {
	t.Helper()
	c := &receiver{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
			t.Errorf("%s: no traces", r.URL.Path)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range sent.GetResourceSpans() {
			c.whose = append(c.whose, resource.GetResource().String())
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

// under returns the one span of that name, and the names of those below it. A name of two words is the kind and the
// name of an operation.
func (c *receiver) under(t *testing.T, name string) (one *otlptrace.Span, below []string) {
	t.Helper()
	for _, s := range c.spans {
		of := s.GetName()
		if operation := attributeOf(s, "graphql.operation.name"); operation != "" {
			of += " " + operation
			if kind := attributeOf(s, "graphql.operation.type"); kind != s.GetName() {
				t.Errorf("the span of a %s is called %s", kind, s.GetName())
			}
		}
		if of == name {
			if one != nil {
				t.Errorf("%s was told twice", name)
			}
			one = s
		}
	}
	if one == nil {
		t.Fatalf("%s was not told", name)
	}
	for _, s := range c.spans {
		if string(s.GetParentSpanId()) == string(one.GetSpanId()) {
			below = append(below, s.GetName())
		}
	}
	slices.Sort(below)
	return one, below
}

func attributeOf(s *otlptrace.Span, key string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// TestTraces sends the spans of every kind of operation to a receiver.
func TestTraces(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		c := receive(t)
		sending, err := otlp.Open(t.Context(), c.URL, "v1.2.3", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		proxies, err := web.ParseProxies("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		behind := apitest.NewWith(t, db, apitest.Options{Tracer: sending.Tracer(), Proxies: proxies, Clock: w.Clock})
		alone := apitest.NewWith(t, db, apitest.Options{Tracer: sending.Tracer(), Clock: w.Clock})
		const traceID, parentID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
		owner := behind.As(t, w.A.Owner)
		owner.Header.Set("Traceparent", "00-"+traceID+"-"+parentID+"-01")
		stranger := alone.Nobody(t)
		stranger.Header = owner.Header

		secret := "Geheim8431"
		owner.Do(
			`query Team($org: ID!, $first: Int) { org(id: $org) { name roles(first: $first) { nodes { name subAccounts(first: 57)
				{ nodes { name } totalCount } } } } }`,
			apitest.Vars{"org": w.A.ID, "first": 63}).OK()
		owner.Do(
			`mutation Make($org: ID!, $name: String!) { createRole(input: {orgId: $org, name: $name, grants: []}) { userErrors {
				code } } }`, apitest.Vars{"org": w.A.ID, "name": secret}).OK()
		owner.Do(`query Wrong { `+secret+` }`, nil)
		stranger.Do(`query Strange { modules { module } }`, nil).OK()
		socket := owner.Subscribe(
			`subscription Watch($org: ID!, $after: ID) { auditEvents(orgId: $org, after: $after) { id } }`, fromTheFirst(w.A))
		socket.Event()
		sending.Close()

		c.mu.Lock()
		defer c.mu.Unlock()
		team, below := c.under(t, "query Team")
		if hex.EncodeToString(team.GetTraceId()) != traceID || !slices.Equal(below, []string{"Query.org"}) ||
			attributeOf(team, "deputy.outcome") != "done" {
			t.Errorf("%v, below it %v", team, below)
		}
		if _, below := c.under(t, "Query.org"); !slices.Equal(below, []string{"Org.roles", "Role.subAccounts", "SELECT"}) {
			t.Errorf("below Query.org: %v", below)
		}
		if _, below := c.under(t, "Role.subAccounts"); !slices.Equal(below, []string{"SELECT", "SELECT"}) {
			t.Errorf("below Role.subAccounts: %v", below)
		}
		if _, below := c.under(t, "Mutation.createRole"); !slices.Contains(below, "INSERT") {
			t.Errorf("below Mutation.createRole: %v", below)
		}
		if refused, _ := c.under(t, "GraphQL Operation"); attributeOf(refused, "deputy.outcome") != "refused" ||
			refused.GetStatus().GetCode() != otlptrace.Status_STATUS_CODE_ERROR ||
			attributeOf(refused, "error.type") != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("%v", refused)
		}
		if strange, _ := c.under(t, "query Strange"); hex.EncodeToString(strange.GetTraceId()) == traceID {
			t.Error("a stranger's trace is gone on with")
		}
		if watch, _ := c.under(t, "subscription Watch"); hex.EncodeToString(watch.GetTraceId()) == traceID {
			t.Error("a socket that brought no trace goes on with one")
		}
		continued := 0
		for _, s := range c.spans {
			if hex.EncodeToString(s.GetParentSpanId()) == parentID {
				continued++
				if s.GetName() != "POST /graphql" || attributeOf(s, "http.request.method") != "POST" ||
					attributeOf(s, "url.path") != "/graphql" ||
					attributeOf(s, "http.route") != "/graphql" || attributeOf(s, "url.scheme") != "http" ||
					attributeOf(s, "client.address") == "" || attributeOf(s, "network.protocol.version") != "1.1" ||
					s.GetKind() != otlptrace.Span_SPAN_KIND_SERVER || attributeOf(s, "deputy.request_id") == "" {
					t.Errorf("%v", s)
				}
			}
			system := map[string]string{dialect.SQLite: "sqlite", dialect.Postgres: "postgresql"}[db.Dialect()]
			if sql := s.GetKind() == otlptrace.Span_SPAN_KIND_CLIENT; sql != (attributeOf(s, "db.system.name") == system) ||
				sql != (attributeOf(s, "db.operation.name") != "") {
				t.Errorf("%v", s)
			}
			if text := attributeOf(s, "db.query.text"); (text == "") != (s.GetAttributes() == nil ||
				attributeOf(s, "db.system.name") == "") {
				t.Errorf("%v", s)
			}
		}
		if continued != 3 {
			t.Errorf("%d requests go on with the trace", continued)
		}
		all := fmt.Sprint(c.spans, c.whose)
		for _, never := range []string{
			secret, w.A.Owner.Token, w.A.ID, "甲机构", "13901000000", "LIMIT 64", " 64", " 58",
			"query Team(", "createRole(",
		} {
			if strings.Contains(all, never) {
				t.Errorf("%q was told", never)
			}
		}
		if !strings.Contains(all, "LIMIT ?") || !strings.Contains(all, `"deputy"`) || !strings.Contains(all, "v1.2.3") ||
			!strings.Contains(all, "telemetry.sdk.language") {
			t.Error("neither statements nor the server's name were told")
		}
	})
}

func TestTracesAreOffByDefault(t *testing.T) {
	t.Parallel()
	if off, err := otlp.Open(t.Context(), "", "", nil); err != nil || off.Tracer() != nil {
		t.Error(off, err)
	}
	for _, wrong := range []string{"collector:4318", "ftp://collector", "http://", "http://user:hunter2@collector"} {
		if _, err := otlp.Open(t.Context(), wrong, "", nil); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
