package graph_test

import (
	"strings"
	"testing"

	"deputy/graph/generated"
	"deputy/internal/gqlserve"
)

// pairs are documents by hand that both sides judge, and what becomes of them.
var pairs = []struct {
	query     string
	variables map[string]any
	valid     bool
}{
	{"{ viewer { seatLimit } }", nil, true},
	{"{ viewer { nowhere } }", nil, false},
	{"{ viewer }", nil, false},
	{"{ orgs(first: 2147483647) { totalCount } }", nil, true},
	{"{ orgs(first: 2147483648) { totalCount } }", nil, false},
	{"{ orgs(first: -2147483649) { totalCount } }", nil, false},
	{"query($n: Int) { orgs(first: $n) { totalCount } }", map[string]any{"n": 2147483647}, true},
	{"query($n: Int) { orgs(first: $n) { totalCount } }", map[string]any{"n": 2147483648}, false},
	{"query($n: Int) { orgs(first: $n) { totalCount } }", map[string]any{"n": "1"}, false},
	{"query($n: Int) { orgs(first: $n) { totalCount } }", map[string]any{"n": 1.5}, false},
	{"query($n: Int) { orgs(first: $n) { totalCount } }", map[string]any{"n": nil}, true},
	{"query($n: Int) { orgs(first: $n) { totalCount } }", nil, true},
	{"query($n: Int!) { orgs(first: $n) { totalCount } }", nil, false},
	{"query($n: Int! = 1) { orgs(first: $n) { totalCount } }", nil, true},
	{"query($n: Int = 2147483648) { orgs(first: $n) { totalCount } }", nil, false},
	{"query($id: ID!) { node(id: $id) { id } }", map[string]any{"id": 7}, true},
	{"query($id: ID!) { node(id: $id) { id } }", map[string]any{"id": true}, false},
	{"query($id: ID) { node(id: $id) { id } }", map[string]any{"id": "x"}, false},
	{"{ node(id: {}) { id } }", nil, false},
	{"query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": "x"}, true},
	{"query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": []any{"x", nil}}, false},
	{`{ org(id: "x") { roles(filter: {modules: ORDERS}) { totalCount } } }`, nil, true},
	{`{ org(id: "x") { roles(filter: {modules: ["ORDERS"]}) { totalCount } } }`, nil, false},
	{`{ org(id: "x") { roles(filter: {modules: {}}) { totalCount } } }`, nil, false},
	{
		`query($m: [Module!]) { org(id: "x") { roles(filter: {modules: $m}) { totalCount } } }`,
		map[string]any{"m": "ORDERS"},
		true,
	},
	{
		`query($m: [Module!]) { org(id: "x") { roles(filter: {modules: $m}) { totalCount } } }`,
		map[string]any{"m": "orders"},
		false,
	},
	{
		`query($f: RoleFilter) { org(id: "x") { roles(filter: $f) { totalCount } } }`,
		map[string]any{"f": map[string]any{"nowhere": 1}},
		false,
	},
	{
		"mutation($to: ContactInput!) { sendCode(input: {to: $to, purpose: SIGN_IN}) { flow } }",
		map[string]any{"to": map[string]any{"phone": "1"}},
		true,
	},
	{
		"mutation($to: ContactInput!) { sendCode(input: {to: $to, purpose: SIGN_IN}) { flow } }",
		map[string]any{"to": map[string]any{"phone": "1", "email": nil}},
		false,
	},
	{
		"mutation($to: ContactInput!) { sendCode(input: {to: $to, purpose: SIGN_IN}) { flow } }",
		map[string]any{"to": map[string]any{"phone": nil}},
		false,
	},
	{`mutation { sendCode(input: {to: {phone: "1", email: "2"}, purpose: SIGN_IN}) { flow } }`, nil, false},
	{`subscription { auditEvents(orgId: "x") { id } }`, nil, true},
	{`subscription { a: auditEvents(orgId: "x") { id } a: auditEvents(orgId: "x") { at } }`, nil, true},
	{`subscription { a: auditEvents(orgId: "x") { id } b: auditEvents(orgId: "x") { id } }`, nil, false},
	{`subscription { ...two } fragment two on Subscription { a: auditEvents(orgId: "x") { id } ... {
		b: auditEvents(orgId: "x") { id } } }`, nil, false},
	{"subscription { __typename }", nil, false},
	{`{ nodes(ids: ["x"]) { ... on Role { name } ... on SubAccount { name: __typename } } }`, nil, true},
	{`{ nodes(ids: ["x"]) { ... on Role { name } ... on SubAccount { name: email } } }`, nil, false},
}

// TestDifferencesAreSeen judges the pairs on both sides, and then again with one field that graphql-js knows by another
// name.
func TestDifferencesAreSeen(t *testing.T) {
	t.Parallel()
	dir := packages(t, "audit")
	schema := generated.NewExecutableSchema(generated.Config{Schema: gqlserve.Served()})
	ours, sdl := capture(schema), gqlserve.SDL(schema.Schema())
	documents := make([]twice, len(pairs))
	for i, pair := range pairs {
		documents[i] = twice{Query: pair.query, Variables: pair.variables}
	}
	for i, theirs := range judgedByGraphQLJS(t, dir, sdl, documents) {
		said := validateDocument(t.Context(), ours, documents[i])
		if (theirs == nil) != pairs[i].valid || said.valid() != pairs[i].valid || differs(theirs, said) {
			t.Errorf("graphql-js: %s\nours: %s\n%s\n%v", localize(theirs), said.message, documents[i].Query,
				documents[i].Variables)
		}
	}
	documents = []twice{
		{Query: "{ viewer { seatLimit } }"},
		{Query: "{ viewer { places } }"},
		{Query: "{ viewer { mayOpenOrg } }"},
		{Query: "{ viewer { nowhere } }"},
	}
	renamed := strings.Replace(sdl, "\n  seatLimit: Int!\n", "\n  places: Int!\n", 1)
	for i, theirs := range judgedByGraphQLJS(t, dir, renamed, documents) {
		if got, want := differs(theirs, validateDocument(t.Context(), ours, documents[i])), i < 2; got != want {
			t.Errorf("%s: differs %t", documents[i].Query, got)
		}
	}
}
