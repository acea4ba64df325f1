// Package rule reads the permissions in the GraphQL schema. The proof and the table of permissions, the authorization
// of mutations, the schema that is shown to a viewer, and explanations of access all use it.
//
// A field's own rule is @public, @signedIn or @hasModule, which are enforced. A type's rule is @inModule or @open,
// which only document the fields that have no rule of their own.
package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/access"
)

// The names of the rules, and of their arguments.
const (
	Public    = "public"
	SignedIn  = "signedIn"
	HasModule = "hasModule"
	InModule  = "inModule"
	Open      = "open"

	moduleArg = "module"
	actionArg = "action"
	appsArg   = "apps"

	// appType is the type of apps. A field of it with @signedIn returns the app that asks.
	appType = "App"
)

// Rule is a directive that controls access. The zero value denies it.
type Rule struct {
	Name string
	// Module of HasModule and InModule, Action of HasModule; names as in the schema, empty for the other rules.
	Module, Action string
	// Apps says that an app may ask too, with its token, as far as the rule lets it. Of a rule of a type it is true.
	Apps bool
	// OnlyApps says that the field returns the app that asks, which is null for people.
	OnlyApps bool
}

// String returns the rule as in the schema, with the action only if the rule has one.
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

// Guards reports whether the rule requires an action in the module.
func (r Rule) Guards(module string) bool { return r.Name == HasModule && r.Module == module }

// Asks returns the module and the action that the rule requires, and false when it requires none. Objects of a module
// require VIEW. A module or an action that does not exist is returned as zero, which nobody is granted.
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

// TakesAll reports whether a field of a module with scopes requires the scope ALL. Such mutations create, hand over or
// remove objects that belong to no single sub-account; package backoffice refuses them for OWN.
func TakesAll(coordinate string) bool {
	return slices.Contains([]string{
		"Mutation.assignCreators", "Mutation.createCreator", "Mutation.importCreators",
		"Mutation.voidOrders",
	},
		coordinate)
}

// Own returns the field's own rules: at most one in a schema that is proven.
func Own(field *ast.FieldDefinition) []Rule {
	rules := findRules(field.Directives, Public, SignedIn, HasModule)
	for i, r := range rules {
		rules[i].OnlyApps = r.Name == SignedIn && field.Type.Name() == appType
	}
	return rules
}

// OfType returns the type's rules: at most one in a schema that is proven.
func OfType(def *ast.Definition) []Rule { return findRules(def.Directives, InModule, Open) }

// Of returns the rule that applies to the field of the type: its own rule, else its type's, else the zero value.
func Of(def *ast.Definition, field *ast.FieldDefinition) Rule {
	for _, r := range append(Own(field), OfType(def)...) {
		return r
	}
	return Rule{}
}

// Module returns the module of the type's objects, and "" if they are in none.
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

// Introspects reports whether the field belongs to introspection.
func Introspects(field *ast.FieldDefinition) bool { return strings.HasPrefix(field.Name, "__") }

func findRules(directives ast.DirectiveList, names ...string) []Rule {
	var rules []Rule
	for _, d := range directives {
		if slices.Contains(names, d.Name) {
			apps := d.Name == InModule || d.Name == Open || argument(d, appsArg) == "true"
			rules = append(rules, Rule{
				Name: d.Name, Module: argument(d, moduleArg), Action: argument(d, actionArg), Apps: apps,
			})
		}
	}
	return rules
}

// argument returns the value of the directive's argument, or its default, or "".
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
