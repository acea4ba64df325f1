// Package rule reads from the GraphQL schema who may ask for what. It is the one reading: the proof and the table of
// permissions, the judging of mutations, the schema that a viewer is shown, and what explains a decision all go by it.
//
// A field's own rule is @public, @signedIn or @hasModule; it runs. A type's rule is @inModule or @open; it never runs,
// and counts for the fields that have no rule of their own.
package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/access"
)

// The names of the rules, and of the two arguments that they have.
const (
	Public    = "public"
	SignedIn  = "signedIn"
	HasModule = "hasModule"
	InModule  = "inModule"
	Open      = "open"

	moduleArg = "module"
	actionArg = "action"
)

// Rule is a directive that says who may ask. The zero value lets nobody in.
type Rule struct {
	Name string
	// Module of HasModule and InModule, Action of HasModule; names as in the schema, empty for the other rules.
	Module, Action string
}

// String returns the rule as it stands in the schema, the action only where the rule has one.
func (r Rule) String() string {
	switch r.Name {
	case HasModule:
		return fmt.Sprintf("@hasModule(module: %s, action: %s)", r.Module, r.Action)
	case InModule:
		return fmt.Sprintf("@inModule(module: %s)", r.Module)
	default:
		return "@" + r.Name
	}
}

// Guards reports whether the rule lets nobody through but who holds something in the module.
func (r Rule) Guards(module string) bool { return r.Name == HasModule && r.Module == module }

// Asks returns the action that the rule asks for in a module, and false when it asks for none. Whoever was handed an
// object of a module may VIEW it. A module or an action that does not exist is the zero one, which nobody has.
func (r Rule) Asks() (m access.Module, a access.Action, asks bool) {
	switch r.Name {
	case InModule:
		a = access.View
	case HasModule:
		if a.UnmarshalGQL(r.Action) != nil {
			return 0, 0, true
		}
	default:
		return 0, 0, false
	}
	if m.UnmarshalGQL(r.Module) != nil {
		return 0, 0, true
	}
	return m, a, true
}

// TakesAll reports whether a field of a module with scopes takes all of its rows. Such mutations make, hand over or
// take away what is nobody's own; package backoffice refuses them.
func TakesAll(coordinate string) bool {
	return slices.Contains([]string{
		"Mutation.assignCreators", "Mutation.createCreator", "Mutation.importCreators",
		"Mutation.voidOrders",
	},
		coordinate)
}

// Own returns the field's own rules: exactly one, or none, in a schema that is proven.
func Own(field *ast.FieldDefinition) []Rule {
	return findRules(field.Directives, Public, SignedIn, HasModule)
}

// OfType returns the type's rules: exactly one, or none, in a schema that is proven.
func OfType(def *ast.Definition) []Rule { return findRules(def.Directives, InModule, Open) }

// Of returns the rule that applies to the field of the type: its own before its type's, and the zero one where there is
// none.
func Of(def *ast.Definition, field *ast.FieldDefinition) Rule {
	for _, r := range append(Own(field), OfType(def)...) {
		return r
	}
	return Rule{}
}

// Module returns the module that objects of the type live in, and nothing for one that lives in none.
func Module(def *ast.Definition) string {
	for _, r := range OfType(def) {
		if r.Name == InModule {
			return r.Module
		}
	}
	return ""
}

// Fields returns the fields of the type without those of introspection.
func Fields(def *ast.Definition) []*ast.FieldDefinition {
	return slices.DeleteFunc(slices.Clone(def.Fields), Introspects)
}

// Introspects reports whether the field is one that every schema has, to tell of itself.
func Introspects(field *ast.FieldDefinition) bool { return strings.HasPrefix(field.Name, "__") }

func findRules(directives ast.DirectiveList, names ...string) []Rule {
	var rules []Rule
	for _, d := range directives {
		if slices.Contains(names, d.Name) {
			rules = append(rules, Rule{d.Name, argument(d, moduleArg), argument(d, actionArg)})
		}
	}
	return rules
}

// argument returns what the directive is given, or the argument's default, or nothing.
func argument(d *ast.Directive, name string) string {
	if given := d.Arguments.ForName(name); given != nil {
		return given.Value.Raw
	}
	if d.Definition != nil {
		if arg := d.Definition.Arguments.ForName(name); arg != nil && arg.DefaultValue != nil {
			return arg.DefaultValue.Raw
		}
	}
	return ""
}
