package gqlserve

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// bindingDirective tells the generator how to bind a field. It means nothing to clients.
const bindingDirective = "goField"

// SDL returns the schema as clients may read it: every directive and type with its description, in the order of names,
// without what is there for the generator alone. The schema is left as it is.
func SDL(schema *ast.Schema) string {
	schema = served(schema)
	roots := *schema
	roots.Directives, roots.Types = nil, nil
	parts := []string{formatted(&roots)}
	uses := used(schema)
	for _, name := range slices.Sorted(maps.Keys(schema.Directives)) {
		directive := schema.Directives[name]
		if uses[name] {
			directive = declared(directive)
		}
		parts = append(parts, formatted(&ast.Schema{Directives: map[string]*ast.DirectiveDefinition{name: directive}}))
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		parts = append(parts,
			formatted(&ast.Schema{Types: map[string]*ast.Definition{name: withoutBinding(schema.Types[name])}}))
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(parts, "\n")
}

// specified says what the directives of the specification are for that stand in schemas.
var specified = map[string]string{
	"deprecated":  "No longer wanted: the reason names what to use in its place.",
	"oneOf":       "Exactly one field of the input is given, and it is not null.",
	"specifiedBy": "Where the form of the scalar is described.",
}

// used returns the names of the specification's directives that stand in the schema. A reader of an older edition of
// GraphQL knows none of them, or not in that place, unless the schema declares them; the specification allows that.
func used(schema *ast.Schema) map[string]bool {
	names := map[string]bool{}
	note := func(list ast.DirectiveList) {
		for _, directive := range list {
			names[directive.Name] = specified[directive.Name] != ""
		}
	}
	arguments := func(list ast.ArgumentDefinitionList) {
		for _, argument := range list {
			note(argument.Directives)
		}
	}
	for _, directive := range schema.Directives {
		arguments(directive.Arguments)
	}
	for _, def := range schema.Types {
		note(def.Directives)
		for _, field := range def.Fields {
			note(field.Directives)
			arguments(field.Arguments)
		}
		for _, value := range def.EnumValues {
			note(value.Directives)
		}
	}
	return names
}

// declared returns a directive of the specification as one that the schema declares.
func declared(directive *ast.DirectiveDefinition) *ast.DirectiveDefinition {
	own := *directive
	own.Position = &ast.Position{Src: &ast.Source{}}
	own.Description = specified[directive.Name]
	return &own
}

// formatted returns nothing for what every schema has.
func formatted(schema *ast.Schema) string {
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(schema)
	return b.String()
}

func withoutBinding(def *ast.Definition) *ast.Definition {
	published := *def
	published.Fields = make(ast.FieldList, len(def.Fields))
	for i, field := range def.Fields {
		clean := *field
		clean.Directives = slices.DeleteFunc(slices.Clone(field.Directives), func(d *ast.Directive) bool {
			return d.Name == bindingDirective
		})
		published.Fields[i] = &clean
	}
	return &published
}

// ServeSDL returns the schema as a file, for people and for what generates code from it.
func ServeSDL(schema *ast.Schema) http.Handler {
	text := SDL(schema)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = io.WriteString(w, text) // a client that left reads nothing
	})
}
