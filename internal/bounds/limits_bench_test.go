package bounds_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/bounds"
)

// benchSDL has friends of friends, and arguments.
const benchSDL = `
type Query { name: String!  echo(text: String, n: Int, ids: [ID!]): String  node: Node }
interface Node { id: ID! }
type User implements Node { id: ID! friend: User friends(first: Int): [User!] }
`

// costly are documents just inside the limits, which go on to validation.
var costly = []struct{ name, query string }{
	{"one name 100 times", "{" + strings.Repeat("name ", 100) + "}"},
	{"names repeated up to the comparisons", "{" + repeated(22, strings.Repeat("f%[1]d ", 50)) + "}"},
	{"names repeated deep", "{" + strings.Repeat("node{... on User{friend{friend{friend{id}}}}}", 100) + "}"},
	{"binary tree", func() string {
		s := "id"
		for range 6 {
			s = "friend{" + s + "}friend{" + s + "}"
		}
		return "{node{... on User{" + s + "}}}"
	}()},
	{"arguments repeated", "{" + strings.Repeat("echo("+repeated(30, "a%d:1 ")+")", 11) + "}"},
	{"4,900 names", "{" + repeated(4900, "f%d ") + "}"},
	{"4,900 known fields apart", func() string {
		return "{node{... on User{" + strings.Repeat("friend{id}", 100) + "}}}"
	}()},
	{"100 operations with 48 fields of one fragment", repeated(100, "query q%d{...f}") + "fragment f on Query{" +
		repeated(48, "f%d ") + "}"},
	{"ladder of fragments", "{...f0}" + func() string {
		var b strings.Builder
		for i := range 120 {
			fmt.Fprintf(&b, "fragment f%d on Query{...f%d name}", i, i+1)
		}
		return b.String() + "fragment f120 on Query{name}"
	}()},
	{"all fragments in one place", "{" + repeated(199, "...f%d ") + "}" + repeated(199, "fragment f%d on Query{name}")},
	{"199 fragments of 20 names in one place", "{" + repeated(199, "...f%d ") + "}" +
		repeated(199, "fragment f%d on Query{f%[1]d g%[1]d h%[1]d i%[1]d j%[1]d k%[1]d l%[1]d m%[1]d n%[1]d o%[1]d}")},
	{"sets that each spread 100 fragments", func() string {
		return "{node{... on User{" +
			repeated(20, "a%d:friend{...f0 ...f1 ...f2 ...f3 ...f4 ...f5 ...f6 ...f7 ...f8 ...f9}") + "}}}" +
			repeated(10, "fragment f%d on User{id friend{id}}")
	}()},
	{"300 variables used often", "query(" + repeated(300, "$v%d:Int ") + "){" + strings.Repeat("echo(n:$v299)", 60) +
		repeated(190, "a%d:echo(n:$v%[1]d) ") + "}"},
	{"2,900 values", "{echo(ids:[" + strings.Repeat("1 ", 2_900) + "])}"},
	{"objects", "{echo(text:{" + repeated(2900, "a%d:1 ") + "})}"},
	{"same object names", "{echo(text:{" + strings.Repeat("a:1 ", 2900) + "})}"},
	{"200 directives", "{name " + strings.Repeat("@skip(if:false)", 200) + "}"},
	{"conflicts of long names", "{" + repeated(100, strings.Repeat("x", 2_500)+"(n:%d)") + "}"},
	{"deep conflicts", "{" + repeated(10, "node{... on "+
		"User{friend{friend{friend{friend{friend{friend{friend{friend{friends(first:%d){id}}}}}}}}}}}") + "}"},
	{"99 fragments in two places", "{node{... on User{a:friend{" + repeated(99, "...f%d ") + "} b:friend{" +
		repeated(99, "...f%d ") + "}}}}" +
		repeated(99, "fragment f%d on User{friend{friends{id}} f%[1]d g%[1]d h%[1]d i%[1]d j%[1]d k%[1]d l%[1]d m%[1]d}")},
	{"introspection", introspection},
}

func BenchmarkDocuments(b *testing.B) {
	for _, test := range hostile {
		b.Run("refused/"+test.name, func(b *testing.B) { createOperations(b, test.query) })
	}
	for _, test := range costly {
		b.Run("validated/"+test.name, func(b *testing.B) { createOperations(b, test.query) })
	}
	for _, test := range []struct{ name, query string }{
		{"256 KiB of comment", "#" + strings.Repeat("x", 1<<18-40) + "\n{name}"},
		{"256 KiB of comments", strings.Repeat("#\n", 1<<17-20) + "{name}"},
		{"256 KiB of string", `{echo(text:"` + strings.Repeat("x", 1<<18-40) + `")}`},
		{"256 KiB of escapes", `{echo(text:"` + strings.Repeat(`\u0041`, 43_000) + `")}`},
		{"256 KiB of block string", `{echo(text:"""` + strings.Repeat("x\n ", 87_000) + `""")}`},
		{"256 KiB of quotes in a block string", `{echo(text:"""` + strings.Repeat(`\"""`, 65_000) + `""")}`},
		{"256 KiB of spaces", strings.Repeat(" ", 1<<18-40) + "{name}"},
		{"256 KiB of new lines", strings.Repeat("\n", 1<<18-40) + "{name}"},
		{"256 KiB of commas", strings.Repeat(",", 1<<18-40) + "{name}"},
		{"256 KiB of one name", "{" + strings.Repeat("x", 1<<18-40) + "}"},
		{"256 KiB of digits", "{echo(n:" + strings.Repeat("9", 1<<18-40) + ")}"},
		{"256 KiB of byte order marks", strings.Repeat("\ufeff", 1<<18/3-20) + "{name}"},
	} {
		b.Run("long/"+test.name, func(b *testing.B) { createOperations(b, test.query) })
	}
}

func createOperations(b *testing.B, query string) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: benchSDL})
	exec := executor.New(&graphql.ExecutableSchemaMock{SchemaFunc: func() *ast.Schema { return schema }})
	exec.SetParserTokenLimit(bounds.Limits{}.Tokens())
	exec.SetDisableSuggestion(true)
	exec.SetDefaultRulesFn(bounds.ValidationRules)
	exec.Use(bounds.Limits{})
	for b.Loop() {
		ctx := graphql.StartOperationTrace(context.Background())
		_, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query + " "})
		b.ReportMetric(float64(len(errs)), "errors")
	}
}
