package graph_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"deputy/graph"
	"deputy/graph/generated"
	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/feed"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/web"
)

const orderNews = `subscription($org: ID!) { ordersChanged(orgId: $org) { number } }`

// TestNullForTheConditionOfAnEvent once ended the process. The operation is refused, and the connection stays.
func TestNullForTheConditionOfAnEvent(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		query := `subscription($b: Boolean = true) { ... @include(if: $b) { ordersChanged(orgId: "x") { number } } }`
		vars := apitest.Vars{"b": nil}
		s := w.Stranger.Socket()
		s.Ack()
		s.Subscribe("1", query, vars)
		if code := s.Refused(); code != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("over a WebSocket: %q", code)
		}
		s.Subscribe("2", orderNews, apitest.Vars{"org": w.A.ID})
		if code := s.Refused(); code != "FORBIDDEN" {
			t.Errorf("the socket answers afterwards: %q", code)
		}
		if a := w.Stranger.Stream(query, vars).Event(); a.Code() != "GRAPHQL_VALIDATION_FAILED" || a.Data != nil {
			t.Errorf("over an event stream: %s", a.Body)
		}
		for _, c := range []*apitest.Client{w.Nobody(t), w.Stranger} {
			a := c.Do(`query($b: Boolean = true) { modules { name @skip(if: $b) module } }`, vars)
			if a.Code() != "GRAPHQL_VALIDATION_FAILED" || a.Data != nil || a.Status != http.StatusOK {
				t.Errorf("over HTTP: %d %s", a.Status, a.Body)
			}
		}
	})
}

// TestConditionsOfAnEvent are refused, whatever they come to: a subscription without its event answers nothing.
func TestConditionsOfAnEvent(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		s := w.A.Owner.Socket()
		s.Ack()
		for query, code := range map[string]string{
			`subscription($org: ID!, $b: Boolean!) { ordersChanged(orgId: $org) @include(if: $b) { number }
				}`: "BAD_REQUEST",
			`subscription($org: ID!, $b: Boolean!) { ordersChanged(orgId: $org) @skip(if: $b) { number }
				}`: "BAD_REQUEST",
			`subscription($org: ID!, $b: Boolean!) { ... @include(if: $b) { ordersChanged(orgId: $org) { number } }
				}`: "BAD_REQUEST",
			`subscription($org: ID!, $b: Boolean!) { ...f } fragment f on Subscription { ... { ordersChanged(orgId: $org)
				@include(if: $b) { number } } }`: "BAD_REQUEST",
			`subscription($org: ID!, $b: Boolean!) { ...f @skip(if: $b) } fragment f on Subscription { ordersChanged(orgId: $org)
				{ number } }`: "BAD_REQUEST",
			`subscription($org: ID!) { ordersChanged(orgId: $org) @include(if: null) { number }
				}`: "GRAPHQL_VALIDATION_FAILED",
		} {
			for _, b := range []bool{true, false} {
				vars := apitest.Vars{"org": w.A.ID, "b": b}
				s.Subscribe("1", query, vars)
				if got := s.Refused(); got != code {
					t.Errorf("over a WebSocket: %q for %s", got, query)
				}
				if a := w.A.Owner.Stream(query, vars).Event(); a.Code() != code || a.Data != nil {
					t.Errorf("over an event stream: %s for %s", a.Body, query)
				}
			}
		}
	})
}

// TestDeferIsUnknown in documents, to introspection and in the SDL.
func TestDeferIsUnknown(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		owner := w.A.Owner
		for _, query := range []string{
			`{ modules { ... @defer { name } } }`,
			`query($b: Boolean!) { modules { ...f @defer(if: $b, label: "x") } } fragment f on ModuleInfo { name }`,
			`mutation { ... @defer { signOut { endedId } } }`,
			`mutation { signOut { ... @defer { endedId } } }`,
			`{ modules { name @stream } }`,
			`{ modules { name @goField(forceResolver: true) } }`,
		} {
			if a := owner.Do(query, apitest.Vars{"b": true}); a.Code() != "GRAPHQL_VALIDATION_FAILED" || a.Data != nil {
				t.Errorf("%s: %s", query, a.Body)
			}
		}
		s := owner.Subscribe(`subscription($org: ID!) { ordersChanged(orgId: $org) { ... @defer { number } } }`,
			apitest.Vars{"org": w.A.ID})
		if code := s.Refused(); code != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("subscription: %q", code)
		}
		a := owner.Do(`{ __schema { directives { name } } }`, nil).OK()
		for _, name := range a.Texts("__schema.directives", "name") {
			if name == "defer" || name == "stream" || name == "goField" {
				t.Errorf("introspection knows @%s", name)
			}
		}
	})
	for _, schema := range []string{
		gqlserve.SDL(gqlserve.Served()),
		gqlserve.SDL(generated.NewExecutableSchema(generated.Config{}).Schema()),
	} {
		if strings.Contains(schema, "defer") {
			t.Error("the SDL knows @defer")
		}
	}
}

// brokenSchema is a schema whose subscriptions break where their operations are called after.
type brokenSchema struct{ graphql.ExecutableSchema }

func (b brokenSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	switch graphql.GetOperationContext(ctx).Operation.Name {
	case "Begin":
		panic("broken at the beginning")
	case "Go":
		return func(context.Context) *graphql.Response { panic("broken on the way") }
	}
	return b.ExecutableSchema.Exec(ctx)
}

// TestAPanicOfAnOperationEndsItAlone: it is answered INTERNAL, logged once, and the connection goes on.
func TestAPanicOfAnOperationEndsItAlone(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		var lines apitest.Log
		log := slog.New(slog.NewJSONHandler(&lines, nil))
		errs := gqlserve.Errors{Log: log, Crashes: &crash.Reporter{Log: log}}
		streams := &gqlserve.Streams{Errors: errs, Identity: w.Identity, Feed: &feed.Feed{}, Log: log}
		handler := gqlserve.NewHandler(brokenSchema{graph.NewSchema(w.Resolver)}, errs, bounds.Limits{}, graph.Around(),
			gqlserve.WebSocket{Streams: streams}, gqlserve.EventStream{Streams: streams})
		door := web.Identity{Viewer: w.Identity.Viewer, Cookie: graph.CookieName, Lang: lang.Of, Broken: errs.Broken}
		at := httptest.NewServer(web.Chain{Log: slog.New(slog.DiscardHandler)}.Wrap(door.Wrap(handler)))
		defer at.Close()
		defer streams.Close()
		w.Server.URL = at.URL
		s := w.A.Owner.Socket()
		s.Ack()
		for _, name := range []string{"Begin", "Go"} {
			query := strings.Replace(orderNews, "subscription", "subscription "+name, 1)
			for range 3 {
				s.Subscribe("1", query, apitest.Vars{"org": w.A.ID})
				if code := s.Refused(); code != "INTERNAL" {
					t.Errorf("%s over a WebSocket: %q", name, code)
				}
			}
			stream := w.A.Owner.Stream(query, apitest.Vars{"org": w.A.ID})
			if a := stream.Event(); a.Code() != "INTERNAL" || a.Data != nil {
				t.Errorf("%s over an event stream: %s", name, a.Body)
			}
			if event, _ := stream.Next(); event != "complete" {
				t.Errorf("%s over an event stream ends with %q", name, event)
			}
		}
		stacks := 0
		for text := range strings.Lines(lines.String()) {
			var line map[string]any
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
			if line["request_id"] == "" || line["msg"] != "internal error" {
				t.Errorf("logged %v", line)
			}
			if line["stack"] != nil {
				stacks++
			}
		}
		if stacks != 2 {
			t.Errorf("%d stacks for panics in two places", stacks)
		}
	})
}
