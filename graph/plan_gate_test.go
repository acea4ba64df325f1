package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"deputy/graph"
	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/web"
)

// TestPlansKnowTheWholeSchema asks for every field in every way that the walk knows: none may be handed to the
// generated executor.
func TestPlansKnowTheWholeSchema(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		n := newTenants(t, db)
		tw, walk := newDifferential(n.World), newWalk(t)
		for _, d := range walk.queries() {
			vars := apitest.Vars{}
			for _, kind := range d.kind {
				vars[kind] = n.ids[kind]
			}
			for caller, token := range map[string]string{"owner": n.A.Owner.Token, "nobody": "", "seat": n.A.Seats["审计"].Token} {
				if wrong := tw.differ(t, token, d.text, vars); wrong != "" {
					t.Errorf("%s asks %s: %s\n%s", caller, d.name, d.text, wrong)
				}
			}
		}
	})
}

// TestPlainFieldsOfAListTakeNoAllocation asks for the same columns once and five times: what is read is the same, so
// the difference is what a field takes.
func TestPlainFieldsOfAListTakeNoAllocation(t *testing.T) {
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite"))
	populate(t, w, w.Store)
	tw := newDifferential(w)
	fields := []string{"id", "name", "createdAt", "status", "phone", "lastActiveAt"}
	allocations := func(times int) float64 {
		var all []string
		for i := range times {
			for _, field := range fields {
				all = append(all, fmt.Sprintf("%s%d: %s", field, i, field))
			}
		}
		query := "query($org: ID!) { org(id: $org) { subAccounts(first: 100) { nodes { " + strings.Join(all, " ") + " } } } }"
		if wrong := tw.differ(t, w.A.Owner.Token, query, apitest.Vars{"org": w.A.ID}); wrong != "" {
			t.Fatal(wrong)
		}
		return testing.AllocsPerRun(20, func() { ask(t, tw.planned, w.A.Owner.Token, query, apitest.Vars{"org": w.A.ID}) })
	}
	once, often := allocations(1), allocations(5)
	// the fields' own share is what the document takes
	if each := (often - once) / float64(4*100*len(fields)); each > 0.1 {
		t.Errorf("%.2f allocations a field: %.0f for once, %.0f for five times", each, once, often)
	}
}

var labelled = regexp.MustCompile(`(?m)^(\d+) @[^\n]*\n# labels: \{"gate":"plan"\}`)

// TestNoGoroutineDependsOnRows counts, when a statement runs, the goroutines that the request has started.
func TestNoGoroutineDependsOnRows(t *testing.T) {
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite"))
	populate(t, w, w.Store)
	tw := newDifferential(w)
	most := func(h http.Handler, rows int) (most int) {
		query := fmt.Sprintf(
			`query($org: ID!) { org(id: $org) { subAccounts(first: %d) { nodes { name roles { name subAccounts(first: 3) { nodes
				{ name org { name } } } } } } } }`, rows)
		ctx := context.WithValue(t.Context(), watchKey{}, func(string) {
			var all bytes.Buffer
			if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
				t.Error(err)
			}
			n := 0
			for _, found := range labelled.FindAllStringSubmatch(all.String(), -1) {
				some, _ := strconv.Atoi(found[1])
				n += some
			}
			most = max(most, n)
		})
		pprof.Do(ctx, pprof.Labels("gate", "plan"), func(ctx context.Context) {
			body := strings.NewReader(fmt.Sprintf(`{"query": %q, "variables": {"org": %q}}`, query, w.A.ID))
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", body)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+w.A.Owner.Token)
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			if strings.Contains(answer.Body.String(), "errors") {
				t.Fatal(answer.Body.String())
			}
		})
		return most
	}
	// database/sql has some that end a moment after their statement
	if few, many := most(tw.planned, 2), most(tw.planned, 100); few == 0 || many > few+10 {
		t.Errorf("%d goroutines for few rows, %d for many", few, many)
	}
	if few, many := most(tw.plain, 2), most(tw.plain, 100); many <= few+50 {
		t.Errorf("the test shows nothing: %d and %d goroutines without plans", few, many)
	}
}

func TestPermissionIsDecidedOnceAModuleAndOrg(t *testing.T) {
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite"))
	populate(t, w, w.Store)
	tw := newDifferential(w)
	query := `query($org: ID!) { org(id: $org) { orders(first: 100) { nodes { creator { name } org { creators { nodes {
		name orders { nodes { creator { name } } } } } } } } } }`
	if wrong := tw.differ(t, w.A.Owner.Token, query, apitest.Vars{"org": w.A.ID}); wrong != "" {
		t.Fatal(wrong)
	}
	if n := tw.decisions.Load(); n != 2 { // ORDERS and CREATORS
		t.Errorf("%d decisions", n)
	}
}

// TestPlansStandBackForAFieldMiddleware has a middleware change a response.
func TestPlansStandBackForAFieldMiddleware(t *testing.T) {
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite"))
	tw := newDifferential(w)
	server := gqlserve.NewHandler(tw.plans, discard(), bounds.Limits{}, graph.Around())
	server.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		if graphql.GetFieldContext(ctx).Field.Name == "name" {
			return "changed", nil
		}
		return next(ctx)
	})
	door := web.Identity{Viewer: w.Identity.Viewer, Cookie: graph.CookieName, Lang: lang.Of, Broken: discard().Broken}
	body, _ := ask(t, door.Wrap(server), w.A.Owner.Token, "query($org: ID!) { org(id: $org) { name } }",
		apitest.Vars{"org": w.A.ID})
	if !strings.Contains(body, `"changed"`) || tw.handed.times.Load() != 1 {
		t.Errorf("%s, handed over %d times", body, tw.handed.times.Load())
	}
}

func TestPlansStandBackForMutationsAndIntrospection(t *testing.T) {
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite"))
	tw := newDifferential(w)
	for i, query := range []string{
		"{ __schema { queryType { name } } }", `{ viewer { seatLimit } __type(name: "Org") { name } }`,
		"mutation { signOut { signedOut: __typename } }",
	} {
		ask(t, tw.planned, w.A.Seats["审计"].Token, query, nil)
		if n := tw.handed.times.Load(); n != int64(i+1) {
			t.Errorf("%s: handed over %d times", query, n)
		}
	}
}

func TestAPanicInAPlanIsAnErrorOfItsField(t *testing.T) {
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite"))
	resolver := *w.Resolver
	resolver.Agency = nil // which mayOpenOrg looks into
	tw := differentialOf(w, &resolver)
	query := `{ modules { module } viewer { seatLimit mayOpenOrg seats { subAccountId } } again: viewer { seatLimit } }`
	if wrong := tw.differ(t, w.A.Owner.Token, query, nil); wrong != "" {
		t.Error(wrong)
	}
	if body, _ := ask(t, tw.planned, w.A.Owner.Token, query, nil); !strings.Contains(body,
		`"path":["viewer","mayOpenOrg"]`) || !strings.Contains(body, `"viewer":null`) {
		t.Error(body)
	}
}

// TestARequestThatEndsEarlyIsNotBegunAgain ends a request at each of its statements.
func TestARequestThatEndsEarlyIsNotBegunAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		tw := newDifferential(w)
		query := fmt.Sprintf(
			`{"query": "{ org(id: %s) { name roles { nodes { name subAccounts { nodes { name roles { name } } } } } } }"}`,
			`\"`+w.A.ID+`\"`)
		for end := 1; end <= 5; end++ {
			var bodies []string
			for _, h := range []http.Handler{tw.planned, tw.plain} {
				ran := 0
				ctx, cancel := context.WithCancel(t.Context())
				ctx = context.WithValue(ctx, watchKey{}, func(string) {
					if ran++; ran == end {
						cancel()
					}
				})
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(query))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+w.A.Owner.Token)
				answer := httptest.NewRecorder()
				h.ServeHTTP(answer, r)
				cancel()
				bodies = append(bodies, answer.Body.String())
			}
			if !same(bodies[0], bodies[1]) {
				t.Errorf("ended at statement %d:\ngot  %s\nwant %s", end, bodies[0], bodies[1])
			}
		}
		if n := tw.handed.times.Load(); n != 0 {
			t.Errorf("handed over %d times", n)
		}
	})
}
