package gqlserve_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
	"deputy/internal/fault"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
)

// coerced are values of variables: the type, the value as JSON, and where it is refused, if it is: in the variable
// itself (var), a path below it, or in an argument that it is read for (argument).
var coerced = []struct{ kind, json, wrong string }{
	{"Int", `1`, ""},
	{"Int", `-2147483648`, ""},
	{"Int", `2147483647`, ""},
	{"Int", `2147483648`, "v"},
	{"Int", `-2147483649`, "v"},
	{"Int", `99999999999999999999`, "v"},
	{"Int", `"1"`, "v"},
	{"Int", `1.5`, "v"},
	{"Int", `1.0`, ""},
	{"Int", `-2.5e1`, ""},
	{"Int", `2147483648.0`, "v"},
	{"Int", `1e-1`, "v"},
	{"Int", `1e400`, "v"},
	{"Int", `true`, "v"},
	{"Int", `{}`, "v"},
	{"Int", `[1]`, "v"},
	{"Int", `null`, ""},
	{"Int!", `null`, "v"},
	{"String", `"1"`, ""},
	{"String", `""`, ""},
	{"String", `1`, "v"},
	{"String", `1.5`, "v"},
	{"String", `false`, "v"},
	{"String", `["x"]`, "v"},
	{"String", `{"a": 1}`, "v"},
	{"Boolean", `true`, ""},
	{"Boolean", `"true"`, "v"},
	{"Boolean", `1`, "v"},
	{"Boolean", `0`, "v"},
	{"ID", `"x"`, ""},
	{"ID", `7`, ""},
	{"ID", `-7`, ""},
	{"ID", `1.5`, "v"},
	{"ID", `true`, "v"},
	{"ID", `["x"]`, "v"},
	{"[ID!]", `["x", 7]`, ""},
	{"[ID!]", `"x"`, ""},
	{"[ID!]", `7`, ""},
	{"[ID!]", `["x", 7.0]`, ""},
	{"[ID!]", `["x", null]`, "v[1]"},
	{"[ID!]", `["x", 1.5]`, "v[1]"},
	{"[ID!]", `true`, "v[0]"},
	{"[ID]", `["x", null]`, ""},
	{"Module", `"ORDERS"`, ""},
	{"Module", `"orders"`, "v"},
	{"Module", `"NONE"`, "v"},
	{"Module", `1`, "v"},
	{"Module", `true`, "v"},
	{"[Action!]", `["VIEW", "EDIT"]`, ""},
	{"[Action!]", `["VIEW", "edit"]`, "v[1]"},
	{"ContactInput", `{"phone": "1"}`, ""},
	{"ContactInput", `{"phone": 1}`, "v.phone"},
	{"ContactInput", `{}`, "v"},
	{"ContactInput", `{"phone": "1", "email": "x"}`, "v"},
	{"ContactInput", `{"phone": "1", "email": null}`, "v"},
	{"ContactInput", `{"phone": null}`, "v"},
	{"ContactInput", `"1"`, "v"},
	{"ContactInput", `[{"phone": "1"}]`, "v"},
	{"ContactInput", `{"phone": "1", "__typename": "ContactInput"}`, "v.__typename"},
	{"SignInInput", `{"code": {"flow": "x", "code": "1"}}`, ""},
	{"SignInInput", `{"code": {"flow": "x", "code": 1}}`, "v.code.code"},
	{"SignInInput", `{"code": {"flow": "x", "code": "1"}, "password": {"email": "x", "password": "x"}}`, "v"},
	{"GrantInput", `{"module": "ORDERS"}`, ""},
	{"GrantInput", `{"module": "ORDERS", "actions": "VIEW"}`, ""},
	{"GrantInput", `{"module": "ORDERS", "actions": null}`, "v.actions"},
	{"GrantInput", `{"module": "orders"}`, "v.module"},
	{"GrantInput", `{"module": "SUB_ACCOUNTS"}`, ""},
	{"GrantInput", `{}`, "v.module"},
	{"GrantInput", `{"module": "ORDERS", "more": 1}`, "v.more"},
	{"RoleFilter", `{"search": "x"}`, ""},
	{"RoleFilter", `{"search": 1}`, "v.search"},
	{"EnableSubAccountsInput", `{"orgId": 1, "ids": "x"}`, ""},
	{"EnableSubAccountsInput", `{"orgId": "x", "ids": [["x"]]}`, "v.ids[0]"},
	{"Time", `"2026-03-01T08:00:00Z"`, ""},
	{"Date", `"2026-03-01"`, ""},
	{"Int64", `9007199254740991`, ""},
}

// TestVariablesAreCoercedAsTheSpecificationSays holds every kind of input of the schema against values that are of it
// and that are not.
func TestVariablesAreCoercedAsTheSpecificationSays(t *testing.T) {
	t.Parallel()
	for _, test := range coerced {
		t.Run(test.kind+" "+test.json, func(t *testing.T) {
			t.Parallel()
			more := newSchema()
			var err error
			served := generated.NewExecutableSchema(generated.Config{}).Schema()
			more.sdl, err = gqlparser.LoadSchema(&ast.Source{Input: gqlserve.SDL(served) +
				"extend type Query { takes(v: " + test.kind + "): String }"})
			if err != nil {
				t.Fatal(err)
			}
			params := graphql.RawParams{Query: "query($v: " + test.kind + ") { takes(v: $v) }"}
			decoder := json.NewDecoder(strings.NewReader(`{"v": ` + test.json + `}`))
			decoder.UseNumber()
			if err := decoder.Decode(&params.Variables); err != nil {
				t.Fatal(err)
			}
			_, errs := capture(more).CreateOperationContext(graphql.StartOperationTrace(t.Context()), &params)
			if test.wrong == "" {
				if len(errs) > 0 {
					t.Errorf("refused: %v", errs)
				}
				return
			}
			if len(errs) != 1 {
				t.Fatalf("%d errors", len(errs))
			}
			said := discard().Present(lang.With(t.Context(), fault.En), errs[0])
			if said.Extensions["code"] != "GRAPHQL_VALIDATION_FAILED" || said.Extensions["variable"] != test.wrong {
				t.Errorf("%s %v, want it refused at %s", said.Message, said.Extensions, test.wrong)
			}
		})
	}
}
