// Package plan runs queries by compiled plans; see PLANS.md. It depends on the generated code and package load; the
// caller passes the rules.
package plan

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
	"deputy/internal/access"
	"deputy/internal/bounds"
	"deputy/internal/lru"
	"deputy/internal/viewer"
)

// maxPlans is the maximum number of cached plans: an operation has one for each combination of the values of its
// Boolean variables.
const maxPlans = 1000

// Plans runs queries by compiled plans, and passes everything else to the generated executor. A plan calls the same
// resolvers in the same places, so that it returns the same bytes with the same statements. It starts no goroutine for
// each row, calls no middleware around each field, and writes JSON directly to one buffer. Make it with New.
type Plans struct {
	// ExecutableSchema runs the operations without a plan.
	graphql.ExecutableSchema
	generated graphql.ExecutableSchema
	objects   map[string]*generated.PlanObject
	cache     *lru.Cache[planKey, *compiled]
	rules     Rules
	// defaultMiddleware is the address of the resolver middleware of an executor without field middleware. Plans do not
	// support any other.
	defaultMiddleware uintptr
	disabled          bool
	// runs keeps the buffers of finished runs.
	runs sync.Pool
}

// Rules authorize fields that have a rule, like the directives of the schema.
type Rules struct {
	// Allow returns nil if the viewer may take the action in the module of the org, and the refusal otherwise.
	Allow func(v *viewer.Viewer, orgID string, m access.Module, a access.Action) error
	// OrgOf returns the org in which the field of the context is authorized, for an object.
	OrgOf func(ctx context.Context, obj any) (string, error)
	// Passed is called when a rule has allowed the viewer at a place of the document; see load.PlaceOf.
	Passed func(ctx context.Context, place string)
}

// New wraps a schema of generated.NewExecutableSchema.
func New(schema graphql.ExecutableSchema, rules Rules) *Plans {
	p := &Plans{
		ExecutableSchema: schema,
		generated:        schema,
		objects:          generated.PlanObjects(),
		cache:            lru.New[planKey, *compiled](maxPlans),
		rules:            rules,
		disabled:         hasOtherDirectives(schema.Schema()),
	}
	ctx := graphql.StartOperationTrace(context.Background())
	if op, errs := executor.New(schema).CreateOperationContext(ctx,
		&graphql.RawParams{Query: "{ __typename }"}); len(errs) == 0 {
		p.defaultMiddleware = codeOf(op.ResolverMiddleware)
	}
	return p
}

func codeOf(function any) uintptr { return reflect.ValueOf(function).Pointer() }

// hasOtherDirectives reports whether documents may contain directives that plans do not support.
func hasOtherDirectives(schema *ast.Schema) bool {
	for name, directive := range schema.Directives {
		if slices.ContainsFunc(directive.Locations, isExecutable) && !slices.Contains([]string{"skip", "include"}, name) {
			return true
		}
	}
	return false
}

func isExecutable(at ast.DirectiveLocation) bool {
	return slices.Contains([]ast.DirectiveLocation{
		ast.LocationQuery, ast.LocationField, ast.LocationFragmentDefinition, ast.LocationFragmentSpread,
		ast.LocationInlineFragment,
	}, at)
}

// Exec implements graphql.ExecutableSchema.
func (p *Plans) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	c := p.plan(op)
	if c == nil {
		return bounds.Bounded(op, func() graphql.ResponseHandler { return p.ExecutableSchema.Exec(ctx) })
	}
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		return c.run(ctx, p, op)
	}
}

// planKey is the key of a plan in the cache. Valid documents are parsed once and never change, so the pointer
// identifies an operation.
type planKey struct {
	operation *ast.OperationDefinition
	booleans  uint64
}

// plan returns the plan of an operation; nil for one that the generated executor must run.
func (p *Plans) plan(op *graphql.OperationContext) *compiled {
	if p.disabled || op.Operation.Operation != ast.Query || codeOf(op.ResolverMiddleware) != p.defaultMiddleware {
		return nil
	}
	steer, ok := booleanVariables(op)
	if !ok {
		return nil
	}
	key := planKey{op.Operation, steer}
	if c, known := p.cache.Get(key); known {
		return c
	}
	c := p.compile(op)
	p.cache.Add(key, c)
	return c
}

// booleanVariables returns the values of the operation's Boolean variables, in two bits each: 0 is false, 1 is true, 2
// is null or absent. It is not ok for more than 32 of them.
func booleanVariables(op *graphql.OperationContext) (bits uint64, ok bool) {
	n := 0
	for _, v := range op.Operation.VariableDefinitions {
		if v.Type.NamedType != "Boolean" {
			continue
		}
		if n++; n > 32 {
			return 0, false
		}
		bits <<= 2
		if is, known := op.Variables[v.Variable].(bool); !known {
			bits |= 2
		} else if is {
			bits |= 1
		}
	}
	return bits, true
}
