package plan

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
	"deputy/internal/access"
	"deputy/internal/jsonappend"
)

// compiled is the plan of an operation. Requests share it, and it never changes.
type compiled struct {
	fields []*step
	// steps is the number of steps, nested ones included.
	steps int
}

// step writes one field of the response.
type step struct {
	// number is the index of the step's state in a run.
	number int
	parent *step
	// key is the JSON key of the field in the response.
	key    string
	object string
	field  graphql.CollectedField
	reads  *generated.PlanField
	rule   *fieldRule
	// typename is the JSON value of __typename; empty for every other field.
	typename string
	leaf     bool
	// nonNull and nonNullMembers report whether the value and the members of a list are non-null.
	nonNull, nonNullMembers bool
	named                   string
	// children are the steps of the value's type; childrenByType, for an abstract type, those of each possible type.
	children       []*step
	childrenByType map[string][]*step
}

// fieldRule is the authorization rule of a field.
type fieldRule struct {
	module access.Module
	action access.Action
	// signedIn lets in every signed-in viewer; there is no module then.
	signedIn bool
	// people says that apps may not ask.
	people bool
}

// compiler compiles one plan.
type compiler struct {
	plans *Plans
	op    *graphql.OperationContext
	plan  *compiled
}

// compile returns the plan of the operation; nil if plans do not support it.
func (p *Plans) compile(op *graphql.OperationContext) *compiled {
	c := compiler{p, op, &compiled{}}
	fields, ok := c.steps(nil, op.Operation.SelectionSet, p.Schema().Query)
	if !ok {
		return nil
	}
	c.plan.fields = fields
	return c.plan
}

// steps returns the steps of an object's selection.
func (c *compiler) steps(above *step, set ast.SelectionSet, on *ast.Definition) ([]*step, bool) {
	object := c.plans.objects[on.Name]
	if object == nil {
		return nil, false
	}
	var all []*step
	for _, field := range graphql.CollectFields(c.op, set, object.Satisfies) {
		s := &step{number: c.plan.steps, parent: above, key: jsonappend.Key(field.Alias), object: on.Name, field: field}
		c.plan.steps++
		if field.Name == "__typename" {
			s.typename = string(jsonappend.AppendString(nil, on.Name))
		} else if !c.complete(s, object, on.Fields.ForName(field.Name)) {
			return nil, false
		}
		all = append(all, s)
	}
	return all, true
}

// complete sets how the step reads its field, and compiles its children. It is not ok if plans do not support the
// field.
func (c *compiler) complete(s *step, object *generated.PlanObject, def *ast.FieldDefinition) (ok bool) {
	if s.reads = object.Fields[s.field.Name]; s.reads == nil || def == nil {
		return false
	}
	if s.rule, ok = ruleOf(def.Directives); !ok {
		return false
	}
	s.nonNull, s.named = def.Type.NonNull, def.Type.Name()
	if def.Type.Elem != nil {
		s.nonNullMembers = def.Type.Elem.NonNull
	}
	of := c.plans.Schema().Types[s.named]
	if s.leaf = of.IsLeafType(); s.leaf {
		return true
	}
	if def.Type.Elem != nil && (def.Type.Elem.Elem != nil || s.reads.Len == nil) ||
		!onlyDirectives(of.Directives, "inModule", "open") {
		return false
	}
	if !of.IsAbstractType() {
		s.children, ok = c.steps(s, s.field.Selections, of)
		return ok
	}
	s.childrenByType = map[string][]*step{}
	for _, kind := range c.plans.Schema().GetPossibleTypes(of) {
		if s.childrenByType[kind.Name], ok = c.steps(s, s.field.Selections, kind); !ok ||
			!onlyDirectives(kind.Directives, "inModule", "open") {
			return false
		}
	}
	return true
}

// onlyDirectives reports whether a definition has no directives other than these.
func onlyDirectives(directives ast.DirectiveList, names ...string) bool {
	return !slices.ContainsFunc(directives, func(d *ast.Directive) bool { return !slices.Contains(names, d.Name) })
}

// ruleOf returns the rule of a field; nil if every caller that got the object may read the field. It is not ok for
// directives that plans do not support.
func ruleOf(directives ast.DirectiveList) (found *fieldRule, ok bool) {
	for _, d := range directives {
		switch d.Name {
		case "goField", "deprecated":
		case "public":
			if !appsMay(d) {
				return nil, false // a mutation
			}
		case "signedIn":
			if found != nil {
				return nil, false
			}
			found = &fieldRule{signedIn: true, people: !appsMay(d)}
		case "hasModule":
			if found != nil {
				return nil, false
			}
			found = &fieldRule{people: !appsMay(d)}
			args := d.ArgumentMap(nil)
			if found.module.UnmarshalGQL(args["module"]) != nil || found.action.UnmarshalGQL(args["action"]) != nil {
				return nil, false
			}
		default:
			return nil, false
		}
	}
	return found, true
}

// appsMay reports whether a rule lets apps ask.
func appsMay(d *ast.Directive) bool { return d.ArgumentMap(nil)["apps"] == true }
