package graph_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph"
	"deputy/internal/proof"
)

func TestSDLIsTheWholeSchemaWithDescriptions(t *testing.T) {
	schema := served()
	text := graph.SDL(schema)
	read, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range proof.Check(read) {
		t.Error(fault)
	}
	before, after := descriptions(schema), descriptions(read)
	if !strings.Contains(text, "\ndirective @oneOf on INPUT_OBJECT\n") { // which older readers don't know
		t.Error("@oneOf is not declared")
	}
	delete(after, "@oneOf")
	if len(before) < 300 {
		t.Fatalf("only %d elements found", len(before))
	}
	for coordinate, description := range before {
		if got, ok := after[coordinate]; got != description {
			t.Errorf("%s (there: %t) says %q, want %q", coordinate, ok, got, description)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d elements, want %d", len(after), len(before))
	}
	// Rules, types, arguments and defaults are the same, too.
	if string(proof.Table(read)) != string(proof.Table(schema)) {
		t.Error("another table of permissions")
	}
	if again := graph.SDL(read); again != text {
		t.Error("what was printed and read is printed differently")
	}
}

func TestSDLHidesWhatIsForTheGenerator(t *testing.T) {
	schema := served()
	text := graph.SDL(schema)
	for _, hidden := range []string{"goField", "forceResolver", "omittable", "__schema", "@include"} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q is in what clients read", hidden)
		}
	}
	if schema.Directives["goField"] == nil || schema.Types["Org"].Fields.ForName("viewerIsOwner").Directives.ForName("goField") == nil {
		t.Error("the schema itself was changed")
	}
}

func TestSDLIsTheSameEveryTime(t *testing.T) {
	first := graph.SDL(served())
	for range 10 {
		if graph.SDL(written(t)) != first {
			t.Fatal("the same schema was printed differently")
		}
	}
}

// descriptions answers the description, type and default of every element that a client may see, by its coordinate.
func descriptions(schema *ast.Schema) map[string]string {
	found := map[string]string{}
	arguments := func(of string, list ast.ArgumentDefinitionList) {
		for _, a := range list {
			found[of+"("+a.Name+":)"] = a.Description + " " + a.Type.String() + " = " + a.DefaultValue.String()
		}
	}
	for _, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		found[def.Name] = def.Description + " " + string(def.Kind) + strings.Join(def.Interfaces, " & ")
		for _, field := range def.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				found[def.Name+"."+field.Name] = field.Description + " " + field.Type.String() + " = " + field.DefaultValue.String()
				arguments(def.Name+"."+field.Name, field.Arguments)
			}
		}
		for _, value := range def.EnumValues {
			found[def.Name+"."+value.Name] = value.Description
		}
	}
	for _, def := range schema.Directives {
		if !def.Position.Src.BuiltIn && def.Name != "goField" {
			found["@"+def.Name] = def.Description
			arguments("@"+def.Name, def.Arguments)
		}
	}
	return found
}
