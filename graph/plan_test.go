package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"pgregory.net/rapid"

	"deputy/graph"
	"deputy/graph/generated"
	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/plan"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/web"
)

// differential are two servers on the same rows: one with plans, one with the generated executor alone.
type differential struct {
	planned, plain http.Handler
	plans          *plan.Plans
	decisions      *atomic.Int64 // of plans, about modules of orgs
	handed         *handed
}

// handed counts what plans hand to the generated executor.
type handed struct {
	graphql.ExecutableSchema
	times atomic.Int64
}

func (h *handed) Exec(ctx context.Context) graphql.ResponseHandler {
	h.times.Add(1)
	return h.ExecutableSchema.Exec(ctx)
}

func newDifferential(w *apitest.World) *differential { return differentialOf(w, w.Resolver) }

func differentialOf(w *apitest.World, resolver *graph.Resolver) *differential {
	schema := generated.NewExecutableSchema(generated.Config{
		Schema: gqlserve.Served(), Resolvers: resolver,
		Directives: resolver.Directives(),
	})
	decisions := &atomic.Int64{}
	plans := plan.New(schema, graph.RulesOfPlans(decisions))
	rest := &handed{ExecutableSchema: schema}
	plans.ExecutableSchema = rest
	errs := discard()
	door := web.Identity{Viewer: w.Identity.Viewer, Cookie: graph.CookieName, Lang: lang.Of, Broken: errs.Broken}
	serve := func(s graphql.ExecutableSchema) http.Handler {
		return door.Wrap(watched(gqlserve.NewHandler(s, errs, bounds.Limits{Cost: apitest.Cost}, graph.Around())))
	}
	return &differential{serve(plans), serve(schema), plans, decisions, rest}
}

type watchKey struct{}

// watched tells whoever asks for it every statement that returns a request, after its viewer was made.
func watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tell, asked := r.Context().Value(watchKey{}).(func(string)); asked {
			r = r.WithContext(store.Watch(r.Context(), tell))
		}
		next.ServeHTTP(w, r)
	})
}

// ask returns the body and the statements of an operation.
func ask(t testing.TB, h http.Handler, token, query string, vars apitest.Vars) (body string, statements []string) {
	raw, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ctx := context.WithValue(t.Context(), watchKey{}, func(query string) {
		mu.Lock()
		defer mu.Unlock()
		statements = append(statements, query)
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String(), statements
}

// same compares two answers byte by byte. The generated executor resolves fields side by side, so where there are
// several errors their order is its own.
func same(a, b string) bool {
	if a == b {
		return true
	}
	var one, other struct {
		Data       json.RawMessage   `json:"data"`
		Errors     []json.RawMessage `json:"errors"`
		Extensions json.RawMessage   `json:"extensions"`
	}
	if json.Unmarshal([]byte(a), &one) != nil || json.Unmarshal([]byte(b), &other) != nil {
		return false
	}
	order := func(a, b json.RawMessage) int { return bytes.Compare(a, b) }
	slices.SortFunc(one.Errors, order)
	slices.SortFunc(other.Errors, order)
	equal := func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }
	if bytes.Contains(one.Extensions, []byte("omittedErrors")) { // which ones were left out is chance, too
		equal = func(json.RawMessage, json.RawMessage) bool { return true }
	}
	return len(one.Errors) > 1 && bytes.Equal(one.Data, other.Data) && bytes.Equal(one.Extensions, other.Extensions) &&
		slices.EqualFunc(one.Errors, other.Errors, equal)
}

// differ asks both servers and returns what is not the same.
func (tw *differential) differ(t testing.TB, token, query string, vars apitest.Vars) string {
	before := tw.handed.times.Load()
	got, ran := ask(t, tw.planned, token, query, vars)
	if tw.handed.times.Load() != before {
		return "the plan handed it over"
	}
	want, would := ask(t, tw.plain, token, query, vars)
	if !same(got, want) {
		return fmt.Sprintf("got  %s\nwant %s", got, want)
	}
	slices.Sort(ran)
	slices.Sort(would)
	if !slices.Equal(ran, would) {
		return fmt.Sprintf("%d statements, not %d:\n%s\n\n%s", len(ran), len(would), strings.Join(ran, "\n"),
			strings.Join(would, "\n"))
	}
	return ""
}

// awkward are texts that are hard to write.
var awkward = []string{
	"\x00x"[1:], "tab\tline\nreturn\rquote\"back\\slash", "\x01\x1f\x7f", "中文字，全角", "👩‍👩‍👧 emoji",
	"<&>\u2028\u2029", "\uffff\u00a0",
}

// TestPlansAnswerAsTheGeneratedExecutor draws selections over the whole schema, for callers with all kinds of grants.
func TestPlansAnswerAsTheGeneratedExecutor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		db.DB().SetMaxOpenConns(1) // a query that waits for another connection never ends
		n := newTenants(t, db)
		r := &rows{t: t, db: db}
		var roles []insertRole
		for i, text := range awkward {
			roles = append(roles, insertRole{name: fmt.Sprint(i, text), description: text, createdAt: noon})
		}
		ids := r.roles(n.A.ID, roles...)
		for i, text := range awkward {
			r.seats(n.A.ID, newSeat{
				name: fmt.Sprint(i, text), roles: []string{ids[i], ids[(i+1)%len(ids)], n.A.Roles["审计"]},
				createdAt: noon,
			})
		}
		furnish(t, n.World, 3)
		r.event(n.A.ID, n.Clock.Now(), "FORBIDDEN", n.A.Roles["审计"])
		drawn := n.A.Owner.Do(
			`mutation($org: ID!) { createRole(input: {orgId: $org, name: "抽取", grants: []}) { role { id } userErrors { code } }
				}`,
			apitest.Vars{"org": n.A.ID}).OK().Text("createRole.role.id")
		somebody := n.Seat(t, n.A, "13901000077", "某人", drawn)
		callers := map[string]string{
			"owner": n.A.Owner.Token, "the other owner": n.B.Owner.Token, "disabled": n.A.Disabled.Token,
			"stranger": n.Stranger.Token, "nobody": "",
			"by e-mail": n.byEmail.Token, "somebody": somebody.Token,
		}
		for name, seat := range n.A.Seats {
			callers[name] = seat.Token
		}
		tw, walk := newDifferential(n.World), newWalk(t)
		names := sortedKeys(callers)
		rapid.Check(t, func(rt *rapid.T) {
			caller := rapid.OneOf(rapid.Just("owner"), rapid.SampledFrom(names)).Draw(rt, "caller")
			if caller == "somebody" {
				n.A.Owner.Do(`mutation($in: UpdateRoleInput!) { updateRole(input: $in) { userErrors { code } } }`,
					apitest.Vars{"in": apitest.Vars{"orgId": n.A.ID, "id": drawn, "grants": drawGrants(rt)}}).OK()
			}
			d := &drawing{T: rt, walk: walk, room: 40}
			query, vars := d.document()
			for name := range vars {
				if ids := n.ids[name]; ids != "" {
					vars[name] = ids
				}
			}
			if wrong := tw.differ(t, callers[caller], query, vars); wrong != "" {
				rt.Fatalf("%s asks %s\nwith %v\n%s", caller, query, vars, wrong)
			}
		})
	})
}

// drawGrants draws what a role gives.
func drawGrants(t *rapid.T) []any {
	grants := []any{}
	for _, module := range []string{"CREATORS", "TASKS", "ORDERS", "DATA", "AUDIT_LOG"} {
		scopes := []string{"", "ALL", "OWN"}
		if module == "AUDIT_LOG" {
			scopes = scopes[:2]
		}
		if scope := rapid.SampledFrom(scopes).Draw(t, module); scope != "" {
			grants = append(grants, apitest.Vars{"module": module, "scope": scope, "actions": []string{"VIEW"}})
		}
	}
	return grants
}
