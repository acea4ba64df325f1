package rule_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"pgregory.net/rapid"

	"deputy/internal/access"
	"deputy/internal/rule"
)

const directives = `
directive @public on FIELD_DEFINITION
directive @signedIn on FIELD_DEFINITION
directive @hasModule(module: Module!, action: Action! = VIEW) on FIELD_DEFINITION
directive @inModule(module: Module!) on OBJECT
directive @open on OBJECT
enum Module { CREATORS ORDERS }
enum Action { VIEW EDIT EXPORT }
`

func load(t *testing.T, texts ...string) *ast.Schema {
	t.Helper()
	var list []*ast.Source
	for _, text := range texts {
		list = append(list, &ast.Source{Input: text})
	}
	schema, err := gqlparser.LoadSchema(list...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func realSchema(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../../graph/schema/*.graphqls")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	var texts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return load(t, texts...)
}

// holding allows what somebody may do who is signed in and has the set.
func holding(set access.Set) func(rule.Rule) bool {
	return func(r rule.Rule) bool {
		m, a, asks := r.Asks()
		return !asks || set.Allows(m, a)
	}
}

func anybody(r rule.Rule) bool { return r.Name == rule.Public || r.Name == rule.Open }

// names returns what a schema has of its own: its types, and the fields of its objects and interfaces.
func names(schema *ast.Schema) string {
	var all []string
	for _, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		var of []string
		for _, field := range rule.Fields(def) {
			of = append(of, field.Name)
		}
		of = append(of, def.Interfaces...)
		of = append(of, def.Types...)
		all = append(all, strings.Join(append([]string{def.Name}, of...), "."))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestShownIsWhatTheAllowedFieldsReach(t *testing.T) {
	for name, test := range map[string]struct{ sdl, want string }{
		"a field and its type": {
			`type Query { a: A @public b: B @hasModule(module: ORDERS) } type A @open { x: Int } type B @inModule(module: ORDERS) { x: Int }`,
			"A.x Query.a",
		},
		"inputs, enums and scalars of a hidden field": {
			`type Query { a(by: E): Int @public b(in: I!): S @hasModule(module: ORDERS) } input I { e: F! i: J } input J { x: Int } enum E { X } enum F { X } scalar S`,
			"E Query.a",
		},
		"a type that two fields reach": {
			`type Query { a: A @public b: A @hasModule(module: ORDERS) } type A @open { x: Int }`, "A.x Query.a",
		},
		"a type without fields takes the fields that hand it out along": {
			`type Query { a: A @public z: Int @public } type A @open { b: B } type B @open { c: Int @hasModule(module: ORDERS) }`, "Query.z",
		},
		"objects of an interface by their own rule": {
			`type Query { n: N @public } interface N { id: ID } type A implements N @open { id: ID } type B implements N @inModule(module: ORDERS) { id: ID }`,
			"A.id.N N.id Query.n",
		},
		"an interface that nothing hands out": {
			`type Query { a: A @public } interface N { id: ID } type A implements N @open { id: ID } type B implements N @open { id: ID }`,
			"A.id.N N.id Query.a",
		},
		"an interface without objects": {
			`type Query { n: N @public z: Int @public } interface N { id: ID } type B implements N @inModule(module: ORDERS) { id: ID }`, "Query.z",
		},
		"an object that lost a field of its interface": {
			`type Query { a: A @public } interface N { id: ID } type A implements N @open { id: ID @hasModule(module: ORDERS) x: Int }`, "A.x Query.a",
		},
		"a union": {
			`type Query { u: U @public } union U = A | B type A @open { x: Int } type B @inModule(module: ORDERS) { x: Int }`,
			"A.x Query.u U.A",
		},
		"mutations": {
			`type Query { z: Int @public } type Mutation { b: Int @hasModule(module: ORDERS, action: EDIT) }`, "Query.z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			part := rule.Shown(load(t, directives, test.sdl), anybody)
			if got, want := names(part), "Action Module "+test.want; sortWords(got) != sortWords(want) {
				t.Errorf("got %s\nwant %s", got, want)
			}
			sound(t, part)
		})
	}
}

func sortWords(s string) string {
	words := strings.Fields(s)
	slices.Sort(words)
	return strings.Join(words, " ")
}

type tester interface {
	Errorf(format string, args ...any)
}

// sound reports whatever is wrong with a schema by itself.
func sound(t tester, schema *ast.Schema) {
	var b strings.Builder
	formatter.NewFormatter(&b).FormatSchema(schema)
	again, err := gqlparser.LoadSchema(&ast.Source{Input: b.String()})
	if err != nil {
		t.Errorf("%v\n%s", err, b.String())
		return
	}
	if names(schema) != names(again) {
		t.Errorf("read again it is another schema:\n%s\n%s", names(schema), names(again))
	}
	for name, def := range schema.Types {
		if def.Name != name || def.IsCompositeType() && def.Kind != ast.Union && len(rule.Fields(def)) == 0 && !def.BuiltIn {
			t.Errorf("%s is empty", name)
		}
	}
	for name, members := range schema.PossibleTypes {
		if schema.Types[name] == nil {
			t.Errorf("%s may be something, and is no type", name)
		}
		for _, member := range members {
			if schema.Types[member.Name] != member {
				t.Errorf("%s may be %s, which is not shown", name, member.Name)
			}
		}
	}
	for name, of := range schema.Implements {
		for _, def := range of {
			if schema.Types[name] == nil || schema.Types[def.Name] != def {
				t.Errorf("%s implements %s, which is not shown", name, def.Name)
			}
		}
	}
}

// TestEveryPartIsASchema draws what somebody may do.
func TestEveryPartIsASchema(t *testing.T) {
	whole := realSchema(t)
	before := names(whole)
	rapid.Check(t, func(t *rapid.T) {
		set := access.Set(rapid.Uint64().Draw(t, "set")) & access.Owner
		sound(t, rule.Shown(whole, holding(set)))
	})
	sound(t, rule.Shown(whole, anybody))
	if names(whole) != before {
		t.Error("the whole schema was changed")
	}
}

// TestWhoMayDoAllIsShownAll: nothing in the schema is there for nobody.
func TestWhoMayDoAllIsShownAll(t *testing.T) {
	whole := realSchema(t)
	part := rule.Shown(whole, holding(access.Owner))
	if names(part) != names(whole) {
		t.Errorf("got %s\nwant %s", names(part), names(whole))
	}
	for name := range maps.Keys(whole.Types) {
		if part.Types[name] != whole.Types[name] {
			t.Errorf("%s was copied for nothing", name)
		}
	}
}
