package graph_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
	"deputy/internal/proof"
)

// sources are the files of graph/schema.
func sources(t *testing.T) []*ast.Source {
	t.Helper()
	files, err := filepath.Glob("schema/*.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	var list []*ast.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, &ast.Source{Name: "graph/" + filepath.ToSlash(file), Input: string(text)})
	}
	return list
}

// written is the schema as it is written in graph/schema.
func written(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(sources(t)...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// served is the schema that the generated code executes.
func served() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

func TestPermissionsAreProvenAndWrittenDown(t *testing.T) {
	table, err := os.ReadFile("permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	machine, err := os.ReadFile("permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range map[string]*ast.Schema{"written": written(t), "served": served()} {
		for _, fault := range proof.Check(schema) {
			t.Errorf("%s schema: %s", name, fault)
		}
		if !bytes.Equal(table, proof.Table(schema)) {
			t.Errorf("permissions.md is not that of the %s schema: run `go generate ./graph` and read what changed", name)
		}
		if made, err := proof.Permissions(schema); err != nil || !bytes.Equal(machine, made) {
			t.Errorf("permissions.json is not that of the %s schema: run `go generate ./graph` (%v)", name, err)
		}
	}
}

// Every object with a guarded field tells the org that the guard judges it in. Without that the guard would look for an
// org in the arguments.
func TestGuardedObjectsTellTheirOrg(t *testing.T) {
	guarded, wrong := judged(served())
	for _, problem := range wrong {
		t.Error(problem)
	}
	if guarded < 6 {
		t.Errorf("only %d guarded fields of objects found", guarded)
	}
}

func TestGuardedObjectThatCannotTellItsOrgIsFound(t *testing.T) {
	for name, want := range map[string]string{
		"Account": "Account.planted is guarded, and no resolver answers a field of Account: add @goField(forceResolver: " +
			"true) to it",
		"Actor": "Actor.planted is guarded, and no resolver answers a field of Actor: add @goField(forceResolver: true) " +
			"to it",
	} {
		list := append(sources(t), &ast.Source{
			Name:  "planted",
			Input: "extend type " + name + " { \"A guarded field.\" planted: String @hasModule(module: SUB_ACCOUNTS) }",
		})
		schema, err := gqlparser.LoadSchema(list...)
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong := judged(schema); !slices.Equal(wrong, []string{want}) {
			t.Errorf("got %q, want %q", wrong, want)
		}
	}
}

// judged returns how many guarded fields objects have, and those whose Go object can't tell its org.
func judged(schema *ast.Schema) (guarded int, wrong []string) {
	root := reflect.TypeFor[generated.ResolverRoot]()
	tenant := reflect.TypeFor[interface{ TenantID() string }]()
	for _, def := range schema.Types {
		if def.Kind != ast.Object || def == schema.Query || def == schema.Mutation || def == schema.Subscription {
			continue
		}
		for _, field := range def.Fields {
			if field.Directives.ForName("hasModule") == nil {
				continue
			}
			guarded++
			resolvers, ok := root.MethodByName(def.Name)
			if !ok {
				wrong = append(wrong, fmt.Sprintf("%s.%s is guarded, and no resolver answers a field of %s: add "+
					"@goField(forceResolver: true) to it",
					def.Name, field.Name, def.Name))
				continue
			}
			// Every method of a resolver takes the context and the object.
			if object := resolvers.Type.Out(0).Method(0).Type.In(1); !object.Implements(tenant) {
				wrong = append(wrong, fmt.Sprintf("%s.%s is guarded, and %s has no TenantID() string to judge it by", def.Name,
					field.Name, object))
			}
		}
	}
	return guarded, wrong
}
