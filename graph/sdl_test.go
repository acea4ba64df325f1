package graph_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/gqlserve"
	"deputy/internal/proof"
)

func TestSDLIsTheWholeSchemaWithDescriptions(t *testing.T) {
	schema := served()
	text := gqlserve.SDL(schema)
	read, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range proof.Check(read) {
		t.Error(fault)
	}
	before, after := descriptions(schema), descriptions(read)
	maps.DeleteFunc(after, func(coordinate, _ string) bool {
		return strings.HasPrefix(coordinate, "@oneOf") || strings.HasPrefix(coordinate, "@specifiedBy")
	})
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
	if again := gqlserve.SDL(read); again != text {
		t.Error("what was printed and read is printed differently")
	}
}

// TestSDLDeclaresWhatOlderReadersDoNotKnow has the directives that editions after the one of June 2018 brought, or
// brought to new places, declared where they are used, and those of a draft nowhere.
func TestSDLDeclaresWhatOlderReadersDoNotKnow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sdl  string
		want []string
	}{
		"nothing": {`type Query { a: Int }`, nil},
		"a scalar and an input": {
			`scalar Day @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339") input In @oneOf { a: Int } type Query { a(in: In): Day }`,
			[]string{"directive @oneOf on INPUT_OBJECT\n", "directive @specifiedBy(\n"},
		},
		"what is deprecated": {
			`input In { a: Int @deprecated(reason: "b") b: Int } type Query { a(in: In): Int }`,
			[]string{"directive @deprecated(\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := gqlserve.SDL(gqlparser.MustLoadSchema(&ast.Source{Input: c.sdl}))
			for _, want := range c.want {
				if !strings.Contains(text, "\"\"\"\n"+want) {
					t.Errorf("%q is not declared with what it is for:\n%s", want, text)
				}
			}
			if got := strings.Count(text, "directive @"); got != len(c.want) {
				t.Errorf("%d directives are declared, want %d:\n%s", got, len(c.want), text)
			}
		})
	}
	text := gqlserve.SDL(served())
	for _, want := range []string{"\ndirective @oneOf on INPUT_OBJECT\n", "\n  url: String!\n) on SCALAR\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the schema", want)
		}
	}
	if strings.Contains(text, "DIRECTIVE_DEFINITION") {
		t.Error("a place of a draft is in the schema")
	}
}

func TestSDLHidesWhatIsForTheGenerator(t *testing.T) {
	schema := served()
	text := gqlserve.SDL(schema)
	for _, hidden := range []string{"goField", "forceResolver", "omittable", "__schema", "@include"} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q is in what clients read", hidden)
		}
	}
	if schema.Directives["goField"] == nil ||
		schema.Types["Org"].Fields.ForName("viewerIsOwner").Directives.ForName("goField") == nil {
		t.Error("the schema itself was changed")
	}
}

func TestSDLIsTheSameEveryTime(t *testing.T) {
	first := gqlserve.SDL(served())
	for range 10 {
		if gqlserve.SDL(written(t)) != first {
			t.Fatal("the same schema was printed differently")
		}
	}
}

// descriptions returns the description, type and default of every element that a client may see, by its coordinate.
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
