package gqlserve

import (
	"context"
	"maps"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
	"deputy/internal/access"
	"deputy/internal/lru"
	"deputy/internal/plan"
	"deputy/internal/rule"
	"deputy/internal/viewer"
)

// maxViews is the maximum number of cached parts of the schema, of some 50 KB each. There is one for each combination
// of grants.
const maxViews = 128

// Schema executes the whole schema, and limits introspection to the part that the viewer may use in any of its orgs. A
// hidden field still validates, and is null with FORBIDDEN while its siblings have their values. It is safe for
// concurrent use; make it with NewSchema.
type Schema struct {
	graphql.ExecutableSchema
	begun  func(context.Context)
	config generated.Config
	views  *lru.Cache[Asker, *view]
}

var _ graphql.ExecutableSchema = (*Schema)(nil)

// NewSchema returns a schema that plans with the rules execute. Begun is called when an operation begins.
func NewSchema(config generated.Config, rules plan.Rules, begun func(context.Context)) *Schema {
	return &Schema{
		ExecutableSchema: plan.New(generated.NewExecutableSchema(config), rules), begun: begun, config: config,
		views: lru.New[Asker, *view](maxViews),
	}
}

// Served returns the schema that the server executes: that of the files, without the directives that clients can't use.
// @defer comes with gqlgen, but the server never sends a response in parts.
func Served() *ast.Schema { return served(generated.NewExecutableSchema(generated.Config{}).Schema()) }

func served(schema *ast.Schema) *ast.Schema {
	served := *schema
	served.Directives = maps.Clone(served.Directives)
	delete(served.Directives, "defer")
	delete(served.Directives, bindingDirective)
	ofTheEdition(&served)
	return &served
}

// drafted is a location of directives that gqlparser defines and no edition of GraphQL has. Clients that parse
// locations into an enum, such as generators in Kotlin and Rust, fail on an unknown one.
const drafted = "DIRECTIVE_DEFINITION"

// ofTheEdition removes the drafted location from the schema. The caller must have cloned the map of directives.
func ofTheEdition(schema *ast.Schema) {
	for name, directive := range schema.Directives {
		known := *directive
		known.Locations = slices.DeleteFunc(slices.Clone(directive.Locations),
			func(at ast.DirectiveLocation) bool { return at == drafted })
		schema.Directives[name] = &known
	}
	const places = "__DirectiveLocation"
	if def := schema.Types[places]; def != nil {
		known := *def
		known.EnumValues = slices.DeleteFunc(slices.Clone(def.EnumValues),
			func(v *ast.EnumValueDefinition) bool { return v.Name == drafted })
		schema.Types = maps.Clone(schema.Types)
		schema.Types[places] = &known
	}
}

// Asker determines the fields that a viewer may select: whether it is signed in, whether it is an app,
// and its actions in any org.
type Asker struct {
	SignedIn bool
	App      bool
	actions  access.Set
}

// AskerOf returns the Asker of a viewer.
func AskerOf(v *viewer.Viewer) Asker {
	return Asker{v.SignedIn(), v.App != nil, v.AllGrants().Actions()}
}

// Allows reports whether the rule allows the Asker. A field for apps alone is also shown to whoever manages apps: they
// generate the clients of partner systems from it.
func (a Asker) Allows(r rule.Rule) bool {
	manages := a.actions.Allows(access.Integrations, access.View)
	if a.App && !r.Apps || r.OnlyApps && !a.App && !manages {
		return false
	}
	if m, action, asks := r.Asks(); asks {
		return a.SignedIn && a.actions.Allows(m, action)
	}
	switch r.Name {
	case rule.SignedIn:
		return a.SignedIn
	case rule.Public, rule.Open:
		return true
	}
	return false
}

// view is the part of the schema that an Asker may see.
type view struct {
	schema *ast.Schema
	// exec executes introspection from the part.
	exec graphql.ExecutableSchema
}

// Exec implements graphql.ExecutableSchema.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	s.begun(ctx)
	op := graphql.GetOperationContext(ctx).Operation
	if op.Operation != ast.Query || !introspects(op.SelectionSet) {
		return s.ExecutableSchema.Exec(ctx)
	}
	v, err := viewer.FromContext(ctx)
	if err != nil {
		graphql.AddError(ctx, err)
		return nil
	}
	return s.view(AskerOf(v)).exec.Exec(ctx)
}

// introspects reports whether the selection has an introspection field.
func introspects(set ast.SelectionSet) bool {
	for _, selection := range set {
		below := ast.SelectionSet(nil)
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name == "__schema" || s.Name == "__type" {
				return true
			}
		case *ast.InlineFragment:
			below = s.SelectionSet
		case *ast.FragmentSpread:
			below = s.Definition.SelectionSet
		}
		if introspects(below) {
			return true
		}
	}
	return false
}

// Part returns the part of the schema that the Asker may see.
func (s *Schema) Part(a Asker) *ast.Schema { return s.view(a).schema }

// Cached returns the number of cached parts.
func (s *Schema) Cached() int { return s.views.Len() }

// view returns the part for the Asker, from the cache if it is there.
func (s *Schema) view(a Asker) *view {
	if known, ok := s.views.Get(a); ok {
		return known
	}
	part := rule.Shown(s.Schema(), a.Allows)
	config := s.config
	config.Schema = part
	return s.views.Add(a, &view{part, generated.NewExecutableSchema(config)})
}
