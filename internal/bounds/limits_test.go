package bounds_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
	"deputy/internal/bounds"
	"deputy/internal/fault"
)

// doubling is a chain of n fragments, each spreading the next one twice.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("{...f0}")
	for i := range n {
		fmt.Fprintf(&b, "fragment f%d on Query{...f%d ...f%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "fragment f%d on Query{name}", n)
	return b.String()
}

func repeated(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func servedSchema() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

// hostile are documents that must be refused, with the limit that refuses them.
var hostile = []struct{ name, query, limit string }{
	{"51 KiB of one repeated field", "{" + strings.Repeat("__typename ", 51<<10/11) + "}", "sameName"},
	{"51 KiB of one short field", "{" + strings.Repeat("a ", 51<<10/2) + "}", "tokens"},
	{"1 MiB of one short field", "{" + strings.Repeat("a ", 1<<19) + "}", "text"},
	{"1 MiB of block string", `{echo(text:"""` + strings.Repeat("x\n ", 340_000) + `""")}`, "text"},
	{"978 bytes of doubling fragments", doubling(24), "fields"},
	{"200 doubling fragments", doubling(199), "fields"},
	{"a name of 257 bytes", "{" + strings.Repeat("x", 257) + "}", "name"},
	{"fields 16 deep", strings.Repeat("{friend", 16) + strings.Repeat("}", 16), "depth"},
	{"fields 900 deep", strings.Repeat("{friend", 900) + strings.Repeat("}", 900), "depth"},
	{"fields 32,000 deep", strings.Repeat("{friend", 32_000) + strings.Repeat("}", 32_000), "depth"},
	{"depth through fragments", "{node{...a}} fragment a on User" + strings.Repeat("{friend", 8) + "{...b}" +
		strings.Repeat("}", 8) +
		" fragment b on User" + strings.Repeat("{friend", 7) + strings.Repeat("}", 7), "depth"},
	{"a list 100,000 deep", "{echo(ids:" + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + ")}", "depth"},
	{"a list of 5,000", "{echo(ids:[" + strings.Repeat("1 ", 5_000) + "])}", "values"},
	{"a list of 100,000", "{echo(ids:[" + strings.Repeat("1 ", 100_000) + "])}", "tokens"},
	{"a default list of 5,000", "query($a:[ID!]=[" + strings.Repeat("1 ", 5_000) + "]){echo(ids:$a)}", "values"},
	{"an object of 3,000", "{echo(text:{" + strings.Repeat("a:1 ", 3_000) + "})}", "values"},
	{"101 operations", repeated(101, "query q%d{name}"), "operations"},
	{"201 fragments", "{name}" + repeated(201, "fragment f%d on Query{name}"), "fragments"},
	{"301 variables", "query(" + repeated(301, "$v%d:Int ") + "){name}", "variables"},
	{"201 aliases", "{" + repeated(201, "a%d:name ") + "}", "aliases"},
	{
		"201 aliases through fragments", "{node{...a ...a ...a}} fragment a on User{" + repeated(67, "a%d:id ") + "}",
		"aliases",
	},
	{"31 arguments", "{echo(" + repeated(31, "a%d:1 ") + ")}", "arguments"},
	{"201 directives", "{name " + strings.Repeat("@skip(if:false)", 201) + "}", "directives"},
	{"1,001 spreads", "{" + strings.Repeat("...a ", 1_001) + "} fragment a on Query{name}", "spreads"},
	{"one name 101 times through fragments", "{...a ...b} fragment a on Query{" + strings.Repeat("name ", 50) +
		"} fragment b on Query{" + strings.Repeat("name ", 51) + "}", "sameName"},
	{
		"one name merged from many parents", "{" + strings.Repeat("node{"+strings.Repeat("id ", 10)+"}", 11) + "}",
		"sameName",
	},
	{"many names repeated", "{" + repeated(30, strings.Repeat("f%[1]d ", 50)) + "}", "comparisons"},
	{
		"repeated lists in arguments", "{" + strings.Repeat("echo(ids:["+strings.Repeat("1 ", 28)+"])", 99) + "}",
		"comparisons",
	},
	{"repeated arguments", "{" + strings.Repeat("echo("+repeated(29, "a%d:1 ")+")", 13) + "}", "comparisons"},
	{"a ladder of fragments", "{...f0}" + func() string {
		var b strings.Builder
		for i := range 199 {
			fmt.Fprintf(&b, "fragment f%d on Query{...f%d %s}", i, i+1, repeated(20, "a%d "))
		}
		return b.String() + "fragment f199 on Query{name}"
	}(), "fragmentFields"},
	{"spreads without fields", "{" + strings.Repeat("...f0 ", 100) + "}" + func() string {
		var b strings.Builder
		for i := range 180 {
			fmt.Fprintf(&b, "fragment f%d on Query{...f%d}", i, i+1)
		}
		return b.String() + "fragment f180 on Query{name}"
	}(), "selections"},
	{"the schema twelve times", "{" + repeated(12, "a%d:__schema{...s}") +
		"} fragment s on __Schema{types{name description fields{name description args{name description type{name kind " +
		"ofType{name}}}" +
		" type{name kind ofType{name kind ofType{name}}}} inputFields{name description type{name}} enumValues{name " +
		"description}}}", "introspection"},
	{"one schema whose types are listed often", "{__schema{" +
		repeated(60, "a%d:types{name description fields{name description type{name}}}") + "}}", "introspection"},
	{"an unused fragment that repeats", "{name} fragment a on Query{" + strings.Repeat("name ", 101) + "}", "sameName"},
	{"a second fragment of one name", "{...a} fragment a on Query{name} fragment a on Query{" +
		strings.Repeat("name ", 101) + "}", "sameName"},
}

func TestHostileDocumentsAreRefusedBeforeValidation(t *testing.T) {
	t.Parallel()
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var found *fault.Error
			if err := (bounds.Limits{}).Check(test.query); !errors.As(err, &found) {
				t.Fatalf("not refused: %v", err)
			}
			if found.Code != fault.LimitExceeded || found.Extra["limit"] != test.limit {
				t.Fatalf("refused with %v %v, want the limit %q", found, found.Extra, test.limit)
			}
			most, asked := found.Extra["max"].(int), found.Extra["asked"].(int)
			if most <= 0 || asked <= most {
				t.Errorf("max %d, asked %d", most, asked)
			}
			for _, lang := range []fault.Lang{fault.Zh, fault.En} {
				if text := found.Text(lang); strings.Contains(text, "%!") || text == "" {
					t.Errorf("message in %s: %q", lang, text)
				}
			}

			// Whoever validates needs the schema; nobody may have asked for it when the request is refused.
			untouched := &graphql.ExecutableSchemaMock{SchemaFunc: func() *ast.Schema {
				t.Error("the schema was asked for: validation began")
				return servedSchema()
			}}
			exec := executor.New(untouched)
			exec.Use(bounds.Limits{})
			ctx := graphql.StartOperationTrace(context.Background())
			if _, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: test.query}); len(errs) != 1 {
				t.Errorf("errors: %v", errs)
			}
		})
	}
}

// introspection is what GraphiQL asks first (getIntrospectionQuery of graphql-js 16 with every option).
var introspection = `query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind }
  subscriptionType { name kind } types { ...FullType }
  directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef }
    isDeprecated deprecationReason }
  inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type { kind name ` + strings.Repeat("ofType { name kind ", 9) + strings.Repeat("}", 9) + ` }`

func TestWhatClientsSendPasses(t *testing.T) {
	t.Parallel()
	passing := map[string]string{
		"introspection":       introspection,
		"fields 15 deep":      strings.Repeat("{friend", 15) + strings.Repeat("}", 15),
		"one name 100 times":  "{" + strings.Repeat("name ", 100) + "}",
		"200 aliases":         "{" + repeated(200, "a%d:name ") + "}",
		"100 operations":      repeated(100, "query q%d{name}"),
		"100 ids in a list":   "{echo(ids:[" + strings.Repeat(`"sub_0123456789abcdefghjk" `, 100) + "])}",
		"each sign-in once":   "mutation a{sendCode} mutation b{signIn} mutation c{setPassword} mutation d{sendBindCode}",
		"what is no document": "{",
		"nothing":             "",
		"an unknown fragment": "{...nowhere}",
		"a long comment":      "#" + strings.Repeat("x", 200<<10) + "\n{name}",
		"a long string":       `{echo(text:"` + strings.Repeat("x", 200<<10) + `")}`,
	}
	for name, query := range passing {
		if err := (bounds.Limits{}).Check(query); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIntrospectionIsReckonedByTheSchema holds what limits reckon with against the lists of the schema as it is.
func TestIntrospectionIsReckonedByTheSchema(t *testing.T) {
	t.Parallel()
	whole := servedSchema()
	var fields, inputs, values int
	for _, def := range whole.Types {
		switch {
		case def.Kind == ast.InputObject:
			inputs += len(def.Fields)
		default:
			fields += len(def.Fields)
			values += len(def.EnumValues)
		}
	}
	types := len(whole.Types)
	for name, n := range map[string]float64{
		"types": float64(types), "directives": float64(len(whole.Directives)), "fields": float64(fields) / float64(types),
		"inputFields": float64(inputs) / float64(types), "enumValues": float64(values) / float64(types),
	} {
		if reckoned := float64(bounds.Lengths[name]); n > reckoned*1.25 {
			t.Errorf("%s: %.1f on average, reckoned with %.0f: make lengths longer, and the limit higher", name, n, reckoned)
		}
	}
}

func TestWhatStandsOnceInADocument(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{
		"twice":              `mutation{signIn signIn}`,
		"aliased":            `mutation{a:signIn(code:"1") b:signIn(code:"2")}`,
		"in two operations":  `mutation a{signIn} mutation b{signIn}`,
		"through a fragment": `mutation{signIn ...f} fragment f on Mutation{signIn}`,
		"a fragment twice":   `mutation{...f ...f} fragment f on Mutation{signIn}`,
		"a fragment of fragment": `mutation{...f ... on Mutation{...g}} fragment f on Mutation{...g}
			fragment g on Mutation{signIn}`,
		"in an unused fragment": `mutation{signIn} fragment f on Mutation{signIn}`,
		"setPassword":           `mutation{a:setPassword b:setPassword}`,
		"sendCode":              `mutation{a:sendCode b:sendCode}`,
		"sendBindCode":          `mutation{a:sendBindCode b:sendBindCode}`,
		"previewRole":           `{a:previewRole b:previewRole}`,
	} {
		var found *fault.Error
		if err := (bounds.Limits{}).Check(query); !errors.As(err, &found) || found.Code != fault.BadRequest {
			t.Errorf("%s: %v, want BAD_REQUEST", name, err)
		}
	}
}

func TestFragmentCyclesEnd(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		`{...a} fragment a on Query{...a}`,
		`{...a} fragment a on Query{node{...b}} fragment b on User{friend{...c}} fragment c on User{...b}`,
		`{name} fragment a on Query{...b} fragment b on Query{...a}`,
	} {
		var found *fault.Error
		if err := (bounds.Limits{}).Check(query); !errors.As(err, &found) || found.Code != fault.ValidationFailed {
			t.Errorf("%s: %v, want GRAPHQL_VALIDATION_FAILED", query, err)
		}
	}
}

func TestCachedDocumentsAreNotMeasuredAgain(t *testing.T) {
	t.Parallel()
	documents := bounds.NewDocuments()
	limits := bounds.LimitsOf(map[string]int{"depth": 1})
	limits.Documents = documents
	query := "{node{id}}"
	if err := limits.MutateOperationParameters(t.Context(), &graphql.RawParams{Query: query}); err == nil {
		t.Fatal("a document two deep passed a depth of one")
	}
	documents.Add(t.Context(), query, &ast.QueryDocument{})
	if err := limits.MutateOperationParameters(t.Context(), &graphql.RawParams{Query: query}); err != nil {
		t.Errorf("a cached document was measured: %v", err)
	}
}

func TestDocumentsAreBoundedByText(t *testing.T) {
	t.Parallel()
	documents := bounds.NewDocuments()
	has := func(query string) bool { _, ok := documents.Get(t.Context(), query); return ok }
	documents.Add(t.Context(), strings.Repeat("x", 64<<10+1), nil)
	if has(strings.Repeat("x", 64<<10+1)) {
		t.Error("a document of more than 64 KiB was kept")
	}
	name := func(i int) string { return fmt.Sprintf("%065436d", i) }
	for i := range 16 {
		documents.Add(t.Context(), name(i), nil)
		documents.Add(t.Context(), name(i), nil) // counts once
	}
	if !has(name(0)) { // which also makes it the latest used
		t.Error("16 documents of 64 KiB were not kept")
	}
	documents.Add(t.Context(), name(16), nil)
	if !has(name(0)) || has(name(1)) || !has(name(16)) {
		t.Error("it was not the least recently used one that left")
	}
}

// TestDocuments holds what documents of all kinds come to, and what is said of each where limits are low. A limit that
// a document does not name is beyond it.
func TestDocuments(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/documents.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it is read
	said := map[string]int{}
	for lines := json.NewDecoder(file); lines.More(); {
		var document struct {
			Query  string
			Counts map[string]int
			Limits map[string]int
			Want   string
		}
		if err := lines.Decode(&document); err != nil {
			t.Fatal(err)
		}
		if counts, err := bounds.CountsOf(document.Query); err != nil || !maps.Equal(counts, document.Counts) {
			t.Errorf("%s: comes to %v (%v), want %v", document.Query, counts, err, document.Counts)
		}
		got, found := "passes", (*fault.Error)(nil)
		switch err := bounds.LimitsOf(document.Limits).Check(document.Query); {
		case errors.As(err, &found) && found.Code == fault.LimitExceeded:
			got = fmt.Sprintf("%s %d of %d", found.Extra["limit"], found.Extra["asked"], found.Extra["max"])
		case found != nil:
			got = fmt.Sprint(found.Code, " ", found.Args[0])
		case err != nil:
			t.Fatal(err)
		}
		if got != document.Want {
			t.Errorf("%s: %s, want %s", document.Query, got, document.Want)
		}
		what, _, _ := strings.Cut(got, " ")
		said[what]++
	}
	if len(said) != 21 {
		t.Errorf("documents of %d kinds: %v", len(said), said)
	}
}
