package gqlserve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"deputy/graph/generated"
	"deputy/internal/bounds"
	"deputy/internal/fault"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/viewer"
)

// TestCost is the table of what operations come to.
func TestCost(t *testing.T) {
	t.Parallel()
	exec := capture(generated.NewExecutableSchema(generated.Config{Schema: gqlserve.Served()}))
	for _, test := range []struct {
		query string
		vars  map[string]any
		want  int
	}{
		{`{ modules { module } }`, nil, 1},
		{`{ viewer { account { id } seats { name } } orgs { totalCount } }`, nil, 1 + 1 + 20 + 1 + 1 + 100},
		{`{ viewer { seats { org { id } } sessions { id } } }`, nil, 1 + 20 + 20 + 50},
		{`{ orgs { nodes { id } } }`, nil, 21},
		{`{ orgs(first: 7) { nodes { id } } }`, nil, 8},
		{`{ orgs(last: 7) { edges { node { id } } totalCount } }`, nil, 1 + 7 + 1 + 100},
		{`query($n: Int) { orgs(first: $n) { nodes { id } } }`, map[string]any{"n": int64(9)}, 10},
		{`query($n: Int = 5) { orgs(first: $n) { nodes { id } } }`, nil, 6},
		{`query($n: Int) { orgs(first: $n) { nodes { id } } }`, nil, 21},
		{`{ orgs(first: 10) { nodes { roles(first: 10) { nodes { subAccounts(first: 10) { nodes { id } totalCount } } } } }
			}`, nil, 1 + 10 + 100 + 1000 + 100 + 100},
		{`{ orgs(first: 10) { nodes { id } } orgs(first: 10) { nodes { name } pageInfo { hasNextPage } } }`, nil, 11},
		{`{ a: orgs(first: 10) { nodes { id } } b: orgs(first: 10) { nodes { name } } }`, nil, 22},
		{`{ orgs(first: 10) { a: nodes { id } b: nodes { id } edges { cursor } } }`, nil, 31},
		{`{ ...f ...f ... on Query { ...f } } fragment f on Query { orgs(first: 10) { nodes { id } } }`, nil, 11},
		{`query($yes: Boolean!) { orgs @skip(if: $yes) { nodes { id } } modules { module } viewer @include(if: $yes) { account
			{ id } } }`, map[string]any{"yes": true}, 3},
		{`{ nodes(ids: ["a", "b", "c"]) { ... on Org { roles(first: 5) { nodes { id } } } } }`, nil, 1 + 3 + 15},
		{`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": []any{"a", "b"}}, 3},
		{`{ orgs(first: 2147483647) { nodes { id } } }`, nil, 101},
		// lists without first
		{`{ org(id: "o") { subAccounts(first: 100) { nodes { roles { name } } } } }`, nil, 1 + 100 + 1000},
		// 14 × (1 + 3 + 1) values
		{`{ org(id: "o") { roles(first: 100) { nodes { grants { module actions scope } } } } }`, nil, 101 + 100*1},
		{
			`{ previewRole(input: {orgId: "o", subAccountIds: ["a", "b"]}) { subAccounts { subAccount { id roles { id } } } } }`,
			nil, 1 + 2*5 + 2 + 2 + 20,
		},
		{`{ previewRole(input: {orgId: "o", id: "r", subAccountIds: ["a"]}) { subAccounts { subAccount { id } } } }`, nil, 1 +
			1000*5 + 1000 + 1000},
		{`{ previewRole(input: {orgId: "o", id: "r"}) { __typename } }`, nil, 1 + 1000*5},
		{`{ explainAccess(orgId: "o", subAccountId: "s", coordinate: "Order.id") { roles { role { id } } subAccount { id } }
			}`, nil, 1 + 10 + 10 + 1},
		{`{ org(id: "o") { auditEvents(first: 10) { nodes { targets(first: 10) { nodes { changes { field before after } } } }
			} } }`, nil, 1 + 10 + 100 + 100},
		// objects
		{`{ org(id: "o") { orders(first: 10) { nodes { creator { manager { name } } org { name } } } } }`, nil, 1 + 10 + 10 +
			10 + 10},
		{`{ org(id: "o") { orders(first: 10) { edges { node { ` + numbered(100, "a%d: id ") + ` } } } } }`, nil, 1 + 10 + 20},
		// reports
		{`{ org(id: "o") { data(dateFrom: "2026-01-01", dateTo: "2026-01-31") { total { orders } periods(period: DAY) { dateFrom point { orders }
			} } } }`, nil, 1 + 1 + 2*500 + 1 + 31 - 1},
		{
			`query($to: Date!) { org(id: "o") { data(dateFrom: "2026-01-01", dateTo: $to) { periods(period: DAY) { dateFrom } } } }`,
			map[string]any{"to": "2026-01-31"},
			1 + 1 + 500 + 31,
		},
		{`{ org(id: "o") { data(dateFrom: "2026-01-01", dateTo: "1999-01-31") { periods(period: DAY) { dateFrom } topCreators { creator { id } }
			topProducts(first: 3) { productName } } } }`, nil, 1 + 1 + 3*500 + 366 + 20 + 3},
		// searches, and what no index finds
		{`{ org(id: "o") { orders(first: 1, filter: {search: "q"}) { nodes { id } } } }`, nil, 1 + 1 + 1000},
		{`{ org(id: "o") { orders(first: 1, filter: {search: "q"}) { totalCount } } }`, nil, 1 + 1 + 100 + 1000},
		{
			`query($f: OrderFilter) { org(id: "o") { orders(first: 1, filter: $f) { nodes { id } totalCount } } }`,
			map[string]any{"f": map[string]any{"search": "q"}},
			1 + 1 + 1000 + 1 + 100 + 1000,
		},
		{`{ org(id: "o") { orders(first: 1, filter: {search: " "}) { nodes { id } } roles(first: 1, filter: {search: ""}) {
			nodes { id } } } }`, nil, 3},
		{`{ org(id: "o") { orders(first: 1, filter: {search: null, statuses: [PAID], paidFrom: "2026-01-01T00:00:00Z"}) {
			nodes { id } } } }`, nil, 2},
		{`{ org(id: "o") { orders(first: 1, filter: {statuses: []}) { nodes { id } } } }`, nil, 2},
		{`{ org(id: "o") { orders(first: 1, filter: {statuses: [PAID, SETTLED]}) { nodes { id } } } }`, nil, 1002},
		{
			`query($of: [TaskStatus!]) { org(id: "o") { tasks(first: 1, filter: {statuses: $of}) { nodes { id } } } }`,
			map[string]any{"of": []any{"OPEN", "CLOSED"}},
			1002,
		},
		{
			`query($of: [TaskStatus!]) { org(id: "o") { tasks(first: 1, filter: {statuses: $of}) { nodes { id } } } }`,
			map[string]any{"of": "OPEN"},
			2,
		},
		{`{ org(id: "o") { orders(first: 1, orderBy: {field: AMOUNT}, filter: {paidFrom: "2026-01-01T00:00:00Z"}) { nodes {
			id } } } }`, nil, 1002},
		{`{ org(id: "o") { orders(first: 1, orderBy: {field: UPDATED_AT}, filter:
			{statuses: [PAID], updatedFrom: "2026-01-01T00:00:00Z"}) { nodes { id } } } }`, nil, 2},
		{`{ org(id: "o") { orders(first: 1, filter: {updatedFrom: "2026-01-01T00:00:00Z"}) { nodes { id } } } }`, nil, 1002},
		{`{ org(id: "o") { orders(first: 1, orderBy: {field: UPDATED_AT}, filter: {paidFrom: "2026-01-01T00:00:00Z"}) { nodes
			{ id } } } }`, nil, 1002},
		{`{ org(id: "o") { orders(first: 1, filter: {numbers: ["1", "2"]}) { nodes { id } } } }`, nil, 2},
		{`{ org(id: "o") { creators(first: 1, filter: {categories: ["x"]}) { nodes { id } } } }`, nil, 2},
		{
			`{ org(id: "o") { creators(first: 1, filter: {categories: ["x"], statuses: [ENDED]}) { nodes { id } } } }`, nil,
			1002,
		},
		{`{ org(id: "o") { auditEvents(first: 1, filter: {operations: ["x"]}) { nodes { id } } } }`, nil, 2},
		{`{ org(id: "o") { auditEvents(first: 1, filter: {operations: ["x", "y"]}) { nodes { id } } } }`, nil, 1002},
		// mutations
		{`mutation { signOut { endedId } }`, nil, 10},
		{`mutation { settleOrders(input: {orgId: "o", ids: ["a", "b", "c"]}) { orders { creator { id } } userErrors { code } }
			}`, nil, 10 + 12 + 3 + 3},
		{`mutation($o: [OrderInput!]!) { a: importOrders(input: {orgId: "o", orders: $o}) { created } b: importOrders(input:
			{orgId: "o", orders: $o}) { created } }`, map[string]any{"o": orders(50)}, 2 * (10 + 200)},
		{`subscription { ordersChanged(orgId: "o") { creator { orders(first: 9) { nodes { id } } } } }`, nil, 1 + 1 + 9},
	} {
		op, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()),
			&graphql.RawParams{Query: test.query, Variables: test.vars})
		if len(errs) > 0 {
			t.Fatalf("%s: %v", test.query, errs)
		}
		if told, ok := op.Stats.GetExtension("cost").(*bounds.Cost); !ok || told.Requested != test.want ||
			told.Limit != 20_000 {
			t.Errorf("%s: %+v, want %d", test.query, told, test.want)
		}
	}
}

// TestAnOperationBeyondTheCostIsRefused before anything runs, in both languages, and is told its cost.
func TestAnOperationBeyondTheCostIsRefused(t *testing.T) {
	t.Parallel()
	query := `{ orgs(first: 100) { nodes { roles(first: 100) { nodes { org { id } } } } } }`
	exec := capture(generated.NewExecutableSchema(generated.Config{Schema: gqlserve.Served()}))
	_, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: query})
	if len(errs) != 1 {
		t.Fatalf("%v", errs)
	}
	for spoken, want := range map[fault.Lang]string{
		fault.Zh: "请求的行数超出上限：共 20101 行，上限为 20000 行。请减小 first 或拆分请求。",
		fault.En: "the request reads too many rows: 20101, at most 20000; use a smaller first, or split the request",
	} {
		said := discard().Present(lang.With(t.Context(), spoken), errs[0])
		if said.Message != want || said.Extensions["code"] != "LIMIT_EXCEEDED" || said.Extensions["limit"] != "cost" {
			t.Errorf("%s %v", said.Message, said.Extensions)
		}
	}
}

// orders are so many members of a list.
func orders(n int) (list []any) {
	for i := range n {
		list = append(list, map[string]any{
			"number": fmt.Sprint(i), "creatorPlatformId": "c", "productName": "p", "amount": 1, "commission": 0,
			"status": "PAID", "paidAt": "2026-01-01T00:00:00Z",
		})
	}
	return list
}

// TestBudgets are one a session, four times that for the account, and one for each address without either.
func TestBudgets(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var c captured
	handler := gqlserve.NewHandler(generated.NewExecutableSchema(generated.Config{Schema: gqlserve.Served()}), discard(),
		bounds.Limits{Budget: bounds.NewBudget(1_000, 100, clock.Now)}, gqlserve.Extensions{}, &c)
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

// TestTheCostIsToldOverHTTP with every response, and when to come back with a refusal: in the error and as Retry-After,
// for clients that know HTTP alone.
func TestTheCostIsToldOverHTTP(t *testing.T) {
	t.Parallel()
	clock := newClock()
	api := gqlserve.NewHandler(newSchema(), discard(), bounds.Limits{Budget: bounds.NewBudget(20, 5, clock.Now)},
		gqlserve.Extensions{})
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.ServeHTTP(w, r.WithContext(viewer.NewContext(r.Context(),
			&viewer.Viewer{AccountID: "acc_1", SessionID: "ses_1"})))
	}))
	t.Cleanup(ts.Close)
	for i, step := range []struct {
		accept     string
		wait       time.Duration
		status     int
		retry      string
		extensions string
	}{
		{strictly, 0, 200, "", `{"cost":{"requested":11,"limit":20000,"remaining":9}}`},
		{strictly, 0, 429, "1", `{"cost":{"requested":11,"limit":20000,"remaining":8}}`},
		{plainJSON, 0, 200, "1", `{"cost":{"requested":11,"limit":20000,"remaining":7}}`},
		{strictly, 0, 429, "1", `{"cost":{"requested":11,"limit":20000,"remaining":6}}`},
		{strictly, time.Second, 200, "", `{"cost":{"requested":11,"limit":20000,"remaining":0}}`}, // as it was told
	} {
		clock.Add(step.wait)
		g := send(t, ts, post(`{"query": "{ node { ... on User { friends(first: 10) { id } } } }"}`, step.accept))
		if g.status != step.status || g.header.Get("Retry-After") != step.retry ||
			string(g.body["extensions"]) != step.extensions {
			t.Errorf("%d: %d, Retry-After %q: %s", i, g.status, g.header.Get("Retry-After"), g.text)
		}
		if refused := g.code() == "RATE_LIMITED"; refused != (step.retry != "") || refused &&
			fmt.Sprint(g.errors[0].Extensions["retryAfter"]) != step.retry {
			t.Errorf("%d: %s", i, g.text)
		}
	}
}

// TestARequestBeyondTheBudgetPassesWhenItIsFull, and then waits until what it owes has come back.
func TestARequestBeyondTheBudgetPassesWhenItIsFull(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var c captured
	gqlserve.NewHandler(generated.NewExecutableSchema(generated.Config{Schema: gqlserve.Served()}), discard(),
		bounds.Limits{Budget: bounds.NewBudget(50, 10, clock.Now)}, gqlserve.Extensions{}, &c).ServeHTTP(discarded{},
		&http.Request{Method: http.MethodPost})
	ctx := viewer.NewContext(graphql.StartOperationTrace(t.Context()),
		&viewer.Viewer{AccountID: "acc_1", SessionID: "ses_1"})
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

// TestHonestDocumentsAreWithinTheCost: the examples of the playground and of the documents, as they stand.
func TestHonestDocumentsAreWithinTheCost(t *testing.T) {
	t.Parallel()
	exec := capture(generated.NewExecutableSchema(generated.Config{}))
	asked := map[string]map[string]any{}
	files, err := filepath.Glob("../../playground/operations/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		query, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		given := map[string]any{}
		if text, err := os.ReadFile(strings.TrimSuffix(file, "graphql") + "json"); err == nil {
			if err := json.Unmarshal(text, &given); err != nil {
				t.Fatal(file, err)
			}
		}
		asked[string(query)] = given
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	documents := ""
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		documents += string(text)
	}
	for _, part := range strings.Split(documents, "```graphql\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		for _, query := range regexp.MustCompile(`(?m)^(?:query|mutation|subscription|\{)`).FindAllStringIndex(block, -1) {
			if doc, err := parser.ParseQuery(&ast.Source{Input: block[query[0]:]}); err == nil && len(doc.Operations) == 1 {
				asked[block[query[0]:]] = nil
			}
		}
	}
	dearest := 0
	for query, given := range asked {
		op, errs := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()),
			&graphql.RawParams{Query: query, Variables: given})
		for _, err := range errs {
			if code := discard().Present(t.Context(), err).Extensions["code"]; code == "LIMIT_EXCEEDED" {
				t.Errorf("%s: %v", query, err)
			}
		}
		if told, ok := op.Stats.GetExtension("cost").(*bounds.Cost); ok {
			t.Logf("%6d %.60q", told.Requested, query)
			dearest = max(dearest, told.Requested)
		}
	}
	if dearest < 10_000 {
		t.Errorf("the dearest comes to %d: the example of nested lists is gone", dearest)
	}
}
