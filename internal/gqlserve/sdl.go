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

// bindingDirective configures how the generator binds a field. It means nothing to clients.
const bindingDirective = "goField"

// SDL returns the schema for clients, as text: every directive and type with its description, sorted by name, without
// directives for the generator. It does not change the schema.
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

// specified are the descriptions of the specification's directives for schemas.
var specified = map[string]string{
	"deprecated":  "No longer wanted: the reason names what to use in its place.",
	"oneOf":       "Exactly one field of the input is given, and it is not null.",
	"specifiedBy": "Where the form of the scalar is described.",
}

// used returns the names of the specification's directives that the schema uses. A parser of an older edition of
// GraphQL does not support them, or not in that location, unless the schema declares them, which the specification
// allows.
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

// declared returns a directive of the specification as a declaration of the schema.
func declared(directive *ast.DirectiveDefinition) *ast.DirectiveDefinition {
	own := *directive
	own.Position = &ast.Position{Src: &ast.Source{}}
	own.Description = specified[directive.Name]
	return &own
}

// formatted returns the schema as text, without the parts that are built in.
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

// ServeSDL returns a handler that serves the schema as a file, for people and code generators.
func ServeSDL(schema *ast.Schema) http.Handler {
	text := SDL(schema)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = io.WriteString(w, text) // a client that left reads nothing
	})
}
