package graph_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"

	"deputy/internal/bounds"
)

// neverAlone are the rules that no document can show, and why.
var neverAlone = map[string]string{
	"Typenames":              "it refuses nothing: it corrects a type for OverlappingFieldsCanBeMerged",
	"NoFragmentCycles":       "Limits refuses a fragment that spreads itself before the rules are asked",
	"KnownRootType":          "the schema has all three operations",
	"UniqueVariableNames":    "NoUnusedVariables refuses the second one as well",
	"VariablesAreInputTypes": "a variable that is used has a place, and no place takes one",
}

// reach is what generated documents, on which both sides agree, are able to show.
type reach struct {
	wrong   map[string]int   // refused documents in which one step went wrong, by its kind
	refused map[string]twice // a document that one rule alone refuses, by the rule
	alone   map[string]int   // how many such there are

	uncoerced graphql.GraphExecutor // our side without coercion
	// documents in which one value went wrong that coercion alone refuses, by the kind of the step
	coerced map[string]int
}

// coercedAlone are the kinds of wrong values that gqlparser takes.
var coercedAlone = []string{
	"whole number in a value", "number for a text", "case of a value",
	"both members in a value",
}

func newReach(schema graphql.ExecutableSchema) *reach {
	var c captured
	server := handler.New(schema)
	server.AddTransport(&c)
	server.SetValidationRulesFn(bounds.ValidationRules)
	server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil))
	return &reach{
		wrong: map[string]int{}, refused: map[string]twice{}, alone: map[string]int{}, uncoerced: c.exec,
		coerced: map[string]int{},
	}
}

func (r *reach) add(ctx context.Context, d twice, went []string, said judgement) {
	if said.valid() {
		return
	}
	if len(went) == 1 {
		r.wrong[went[0]]++
		if slices.Contains(coercedAlone, went[0]) && validateDocument(ctx, r.uncoerced, d).valid() {
			r.coerced[went[0]]++
		}
	}
	if said.rule != "" {
		r.refused[said.rule] = d
		r.alone[said.rule]++
	}
}

// check plants a defect for each rule: when it is forgotten, a document is valid here that graphql-js refuses.
func (r *reach) check(t *testing.T, schema *ast.Schema) {
	t.Helper()
	for _, kind := range wrongs {
		t.Logf("%5d refused for %s", r.wrong[kind], kind)
		if r.wrong[kind] == 0 {
			t.Errorf("no document shows a wrong %s", kind)
		}
	}
	for _, kind := range coercedAlone {
		t.Logf("%5d refused by coercion alone for %s", r.coerced[kind], kind)
		if r.coerced[kind] == 0 {
			t.Errorf("no document shows that values are coerced: %s", kind)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(bounds.ValidationRules().GetInner())) {
		t.Logf("%5d refused by %s alone", r.alone[rule], rule)
		d, shown := r.refused[rule]
		if shown == (neverAlone[rule] != "") {
			t.Errorf("%s alone refuses a document: %t", rule, shown)
		}
		if !shown {
			continue
		}
		forgetful := bounds.ValidationRules()
		forgetful.ReplaceRule(rule, func(*core.Events, core.AddErrFunc) {})
		if _, errs := gqlparser.LoadQueryWithRules(schema, d.Query, forgetful); len(errs) > 0 {
			t.Errorf("without %s: %v\n%s", rule, errs, d.Query)
		}
	}
}
