package graph_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"deputy/graph"
	"deputy/graph/generated"
	"deputy/internal/apitest"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// TestCost is the table of what operations come to.
func TestCost(t *testing.T) {
	t.Parallel()
	exec := capture(generated.NewExecutableSchema(generated.Config{}))
	for _, test := range []struct {
		query string
		vars  apitest.Vars
		want  int
	}{
		{`{ modules { module } }`, nil, 1},
		{`{ viewer { account { id } seats { name } } orgs { totalCount } }`, nil, 3},
		{`{ orgs { nodes { id } } }`, nil, 21},
		{`{ orgs(first: 7) { nodes { id } } }`, nil, 8},
		{`{ orgs(last: 7) { edges { node { id } } totalCount } }`, nil, 9},
		{`query($n: Int) { orgs(first: $n) { nodes { id } } }`, apitest.Vars{"n": int64(9)}, 10},
		{`query($n: Int = 5) { orgs(first: $n) { nodes { id } } }`, nil, 6},
		{`query($n: Int) { orgs(first: $n) { nodes { id } } }`, nil, 21},
		{`{ orgs(first: 10) { nodes { roles(first: 10) { nodes { subAccounts(first: 10) { nodes { id } totalCount } } } } } }`, nil, 1 + 10 + 100 + 1000 + 100},
		{`{ orgs(first: 10) { nodes { id } } orgs(first: 10) { nodes { name } pageInfo { hasNextPage } } }`, nil, 11},
		{`{ a: orgs(first: 10) { nodes { id } } b: orgs(first: 10) { nodes { name } } }`, nil, 22},
		{`{ ...f ...f ... on Query { ...f } } fragment f on Query { orgs(first: 10) { nodes { id } } }`, nil, 11},
		{`query($yes: Boolean!) { orgs @skip(if: $yes) { nodes { id } } modules { module } viewer @include(if: $yes) { account { id } } }`, apitest.Vars{"yes": true}, 2},
		{`{ nodes(ids: ["a", "b", "c"]) { ... on Org { roles(first: 5) { nodes { id } } } } }`, nil, 1 + 3 + 15},
		{`{ orgs(first: 2147483647) { nodes { id } } }`, nil, 101},
	} {
		op, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: test.query, Variables: test.vars})
		if len(errs) > 0 {
			t.Fatalf("%s: %v", test.query, errs)
		}
		if told, ok := op.Stats.GetExtension("cost").(*graph.Cost); !ok || told.Requested != test.want || told.Limit != 10_000 {
			t.Errorf("%s: %+v, want %d", test.query, told, test.want)
		}
	}
}

// TestAnOperationBeyondTheCostIsRefused before anything runs, in both languages, and is told its cost.
func TestAnOperationBeyondTheCostIsRefused(t *testing.T) {
	t.Parallel()
	query := `{ orgs(first: 100) { nodes { roles(first: 100) { nodes { id } } } } }`
	exec := capture(generated.NewExecutableSchema(generated.Config{}))
	_, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: query})
	if len(errs) != 1 {
		t.Fatalf("%v", errs)
	}
	for lang, want := range map[fault.Lang]string{
		fault.Zh: "请求的行数超出上限：共 10101 行，上限为 10000 行。请减小 first 或拆分请求。",
		fault.En: "the request asks for too many rows: 10101, at most 10000; ask for smaller pages or in several requests",
	} {
		said := discard().Present(graph.WithLang(t.Context(), lang), errs[0])
		if said.Message != want || said.Extensions["code"] != "LIMIT_EXCEEDED" || said.Extensions["limit"] != "cost" {
			t.Errorf("%s %v", said.Message, said.Extensions)
		}
	}
}

// TestSums are counted where they stand, however many rows they stand under.
func TestSums(t *testing.T) {
	t.Parallel()
	exec := capture(generated.NewExecutableSchema(generated.Config{}))
	times := func(n int, field string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " a%d: %s", i, field)
		}
		return ` org(id: "org_1") {` + b.String() + ` } `
	}
	const (
		count  = `roles { totalCount }`
		search = `roles(filter: {search: "x"}) { totalCount }`
		report = `data(from: "2026-01-01", to: "2026-01-31") { total { orders } days { date } topCreators { creatorName } topProducts { productName } }`
		orgs   = ` orgs { totalCount nodes { roles { totalCount } } } `
	)
	for query, refused := range map[string]bool{
		`{` + times(198, count) + orgs + `}`:                                                  false,
		`{` + times(199, count) + orgs + `}`:                                                  true,
		`{` + times(66, search) + orgs + `}`:                                                  false,
		`{` + times(66, search) + orgs + `b:` + orgs + `}`:                                    true,
		`{` + times(10, report) + `}`:                                                         false,
		`{` + times(10, report) + orgs + `}`:                                                  true,
		`{ ...f } fragment f on Query {` + times(10, report) + orgs + `}`:                     true,
		`{` + times(10, report) + `...f @skip(if: true) } fragment f on Query {` + orgs + `}`: false,
	} {
		_, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: query})
		if (len(errs) > 0) != refused {
			t.Fatalf("%s: %v", query, errs)
		}
		if !refused {
			continue
		}
		said := discard().Present(graph.WithLang(t.Context(), fault.En), errs[0])
		if said.Extensions["code"] != "LIMIT_EXCEEDED" || said.Extensions["limit"] != "sums" || said.Extensions["max"] != 200 ||
			!strings.HasPrefix(said.Message, "the request is over a limit: counts and parts of reports 20") {
			t.Errorf("%s %v", said.Message, said.Extensions)
		}
	}
}

// TestBudgets are one a session, four times that for the account, and one for each address without either.
func TestBudgets(t *testing.T) {
	t.Parallel()
	clock := &apitest.Clock{}
	clock.Set(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	var c captured
	handler := graph.NewHandler(generated.NewExecutableSchema(generated.Config{}), discard(), graph.Limits{Budget: graph.NewBudget(1_000, 100, clock.Now)}, &c)
	handler.ServeHTTP(discarded{}, &http.Request{Method: http.MethodPost})
	ask := func(v viewer.Viewer, rows int) (code any, wait any) {
		t.Helper()
		ctx := viewer.NewContext(graphql.StartOperationTrace(t.Context()), &v)
		query := fmt.Sprintf("{ %s }", numbered(rows/101, "a%d: orgs(first: 100) { nodes { id } } "))
		_, errs := c.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
		if len(errs) == 0 {
			return nil, nil
		}
		said := discard().Present(ctx, errs[0])
		return said.Extensions["code"], said.Extensions["retryAfter"]
	}
	session := func(n int) viewer.Viewer { return viewer.Viewer{AccountID: "acc_1", SessionID: fmt.Sprint("ses_", n)} }
	nobody := func(ip string) viewer.Viewer { return viewer.Viewer{Origin: viewer.Origin{IP: ip, Network: ip}} }
	for i, step := range []struct {
		who  viewer.Viewer
		rows int
		code any
	}{
		{session(1), 808, nil},
		{session(1), 808, "RATE_LIMITED"},
		{session(2), 808, nil},
		{session(3), 808, nil},
		{session(4), 808, nil},
		{session(5), 808, "RATE_LIMITED"}, // the account's
		{viewer.Viewer{AccountID: "acc_2", SessionID: "ses_9"}, 808, nil},
		{nobody("192.0.2.1"), 808, nil},
		{nobody("192.0.2.1"), 808, "RATE_LIMITED"},
		{nobody("192.0.2.2"), 808, nil},
	} {
		code, wait := ask(step.who, step.rows)
		if code != step.code || (code != nil) != (wait != nil) {
			t.Errorf("step %d: %v, retry after %v, want %v", i, code, wait, step.code)
		}
		if seconds, ok := wait.(int); ok && i == 1 {
			clock.Add(time.Duration(seconds) * time.Second)
			if code, _ := ask(step.who, step.rows); code != nil {
				t.Errorf("refused after the %d s it was told: %v", seconds, code)
			}
			clock.Add(-time.Duration(seconds) * time.Second)
		}
	}
}

type discarded struct{}

func (discarded) Header() http.Header         { return http.Header{} }
func (discarded) Write(b []byte) (int, error) { return len(b), nil }
func (discarded) WriteHeader(int)             {}

// TestTheCostIsToldOverHTTP with every answer, and when to come back with a refusal: in the error and as Retry-After, for clients that know
// HTTP alone.
func TestTheCostIsToldOverHTTP(t *testing.T) {
	t.Parallel()
	clock := &apitest.Clock{}
	clock.Set(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	api := graph.NewHandler(newSchema(), discard(), graph.Limits{Budget: graph.NewBudget(20, 5, clock.Now)})
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.ServeHTTP(w, r.WithContext(viewer.NewContext(r.Context(), &viewer.Viewer{AccountID: "acc_1", SessionID: "ses_1"})))
	}))
	t.Cleanup(ts.Close)
	for i, step := range []struct {
		accept     string
		wait       time.Duration
		status     int
		retry      string
		extensions string
	}{
		{strictly, 0, 200, "", `{"cost":{"requested":11,"limit":10000,"remaining":9}}`},
		{strictly, 0, 429, "1", `{"cost":{"requested":11,"limit":10000,"remaining":8}}`},
		{plainJSON, 0, 200, "1", `{"cost":{"requested":11,"limit":10000,"remaining":7}}`},
		{strictly, 0, 429, "1", `{"cost":{"requested":11,"limit":10000,"remaining":6}}`},
		{strictly, time.Second, 200, "", `{"cost":{"requested":11,"limit":10000,"remaining":0}}`}, // as it was told
	} {
		clock.Add(step.wait)
		g := send(t, ts, post(`{"query": "{ node { ... on User { friends(first: 10) { id } } } }"}`, step.accept))
		if g.status != step.status || g.header.Get("Retry-After") != step.retry || string(g.body["extensions"]) != step.extensions {
			t.Errorf("%d: %d, Retry-After %q: %s", i, g.status, g.header.Get("Retry-After"), g.text)
		}
		if refused := g.code() == "RATE_LIMITED"; refused != (step.retry != "") || refused && fmt.Sprint(g.errors[0].Extensions["retryAfter"]) != step.retry {
			t.Errorf("%d: %s", i, g.text)
		}
	}
}

// TestARequestBeyondTheBudgetPassesWhenItIsFull, and then waits until what it owes has come back.
func TestARequestBeyondTheBudgetPassesWhenItIsFull(t *testing.T) {
	t.Parallel()
	clock := &apitest.Clock{}
	clock.Set(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	var c captured
	graph.NewHandler(generated.NewExecutableSchema(generated.Config{}), discard(), graph.Limits{Budget: graph.NewBudget(50, 10, clock.Now)}, &c).ServeHTTP(discarded{}, &http.Request{Method: http.MethodPost})
	ctx := viewer.NewContext(graphql.StartOperationTrace(t.Context()), &viewer.Viewer{AccountID: "acc_1", SessionID: "ses_1"})
	ask := func() any {
		_, errs := c.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: "{ orgs(first: 100) { nodes { id } } }"})
		if len(errs) == 0 {
			return nil
		}
		return discard().Present(ctx, errs[0]).Extensions["retryAfter"]
	}
	for range 3 {
		if wait := ask(); wait != nil {
			t.Fatalf("refused for %v s with a full budget", wait)
		}
		wait, refused := ask().(int)
		if !refused || wait < 5 {
			t.Fatalf("asked again at once: %d s", wait)
		}
		clock.Add(time.Hour)
	}
}
