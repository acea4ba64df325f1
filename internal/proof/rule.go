package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/access"
)

// The names of the rules, and of the two arguments that they have.
const (
	public    = "public"
	signedIn  = "signedIn"
	hasModule = "hasModule"
	inModule  = "inModule"
	open      = "open"

	moduleArg = "module"
	actionArg = "action"
)

// rule is a directive that says who may ask.
type rule struct {
	name string
	// module of hasModule and inModule, action of hasModule; names as in the schema, empty for the other rules.
	module, action string
}

// String answers the rule as it stands in the schema, the action only where the rule has one.
func (r rule) String() string {
	switch r.name {
	case hasModule:
		return fmt.Sprintf("@hasModule(module: %s, action: %s)", r.module, r.action)
	case inModule:
		return fmt.Sprintf("@inModule(module: %s)", r.module)
	default:
		return "@" + r.name
	}
}

// guards tells whether the rule lets nobody through but who holds something in the module.
func (r rule) guards(module string) bool { return r.name == hasModule && r.module == module }

// own answers the field's own rules: exactly one, or none, in a schema without faults.
func own(schema *ast.Schema, field *ast.FieldDefinition) []rule {
	return rules(schema, field.Directives, public, signedIn, hasModule)
}

// ofType answers the type's rules: exactly one, or none, in a schema without faults.
func ofType(schema *ast.Schema, def *ast.Definition) []rule {
	return rules(schema, def.Directives, inModule, open)
}

func rules(schema *ast.Schema, directives ast.DirectiveList, names ...string) []rule {
	var found []rule
	for _, d := range directives {
		if slices.Contains(names, d.Name) {
			found = append(found, rule{d.Name, argument(schema, d, moduleArg), argument(schema, d, actionArg)})
		}
	}
	return found
}

// argument answers what the directive is given, or the argument's default, or nothing.
func argument(schema *ast.Schema, d *ast.Directive, name string) string {
	if given := d.Arguments.ForName(name); given != nil {
		return given.Value.Raw
	}
	if def := schema.Directives[d.Name]; def != nil {
		if arg := def.Arguments.ForName(name); arg != nil && arg.DefaultValue != nil {
			return arg.DefaultValue.Raw
		}
	}
	return ""
}

// moduleOf answers the module that objects of the type live in, and nothing for one that lives in none.
func moduleOf(schema *ast.Schema, def *ast.Definition) string {
	for _, r := range ofType(schema, def) {
		if r.name == inModule {
			return r.module
		}
	}
	return ""
}

func (c *checker) typeRules(def *ast.Definition) {
	found := ofType(c.schema, def)
	switch {
	case len(found) > 0 && isRoot(c.schema, def):
		c.fault(def.Position, def.Name, "%s says nothing here, for each field of %s carries a rule of its own: take it off", said(found), def.Name)
	case len(found) > 1:
		c.fault(def.Position, def.Name, "more than one rule (%s): keep one", said(found))
	}
	for _, r := range found {
		if r.name == inModule {
			c.module(def.Position, def.Name, r.module)
		}
	}
}

func (c *checker) fieldRules(def *ast.Definition, field *ast.FieldDefinition) {
	coordinate := def.Name + "." + field.Name
	found := own(c.schema, field)
	switch {
	case len(found) > 1:
		c.fault(field.Position, coordinate, "more than one rule (%s): keep one", said(found))
	case len(found) == 0 && isRoot(c.schema, def):
		c.fault(field.Position, coordinate, "no rule says who may ask: put @public, @signedIn or @hasModule on it")
	case len(found) == 0 && len(ofType(c.schema, def)) == 0:
		c.fault(field.Position, coordinate,
			"no rule says who may ask: put @public, @signedIn or @hasModule on it, or @inModule or @open on the type %s", def.Name)
	}
	for _, r := range found {
		if r.name != hasModule {
			continue
		}
		if field.Type.NonNull {
			c.fault(field.Position, coordinate, "a field with @hasModule is null when it is refused, so its type must be nullable: %s without the last \"!\"", field.Type)
		}
		c.action(def, field, r)
		c.org(def, field)
	}
}

// interfaceRules refuses rules on an interface's fields: they look like a guard, and never run.
func (c *checker) interfaceRules(def *ast.Definition) {
	for _, field := range fields(def) {
		if found := own(c.schema, field); len(found) > 0 {
			c.fault(field.Position, def.Name+"."+field.Name,
				"%s never runs on a field of an interface: put it on the field of each type that implements %s", said(found), def.Name)
		}
	}
}

// module refuses a module that the table of modules does not have, and answers its row.
func (c *checker) module(at *ast.Position, coordinate, name string) (access.Info, bool) {
	m, err := access.ParseModule(name)
	if err != nil {
		c.fault(at, coordinate, "there is no module %q: take one of the table of modules in internal/access, or add it there", name)
		return access.Info{}, false
	}
	return m.Info()
}

func (c *checker) action(def *ast.Definition, field *ast.FieldDefinition, r rule) {
	coordinate := def.Name + "." + field.Name
	info, ok := c.module(field.Position, coordinate, r.module)
	if !ok {
		return
	}
	var a access.Action
	if err := a.UnmarshalGQL(r.action); err != nil || !info.Holds(a) {
		c.fault(field.Position, coordinate, "%s opens nothing in %s, so nobody could ever ask: take one of its actions (%s)", r.action, r.module, actions(info))
		return
	}
	if a == access.View && def == c.schema.Mutation {
		c.fault(field.Position, coordinate, "VIEW is not enough for a mutation: name another action of %s (%s)", r.module, actions(info))
	}
}

func actions(info access.Info) string {
	names := make([]string, len(info.Actions))
	for i, a := range info.Actions {
		names[i] = a.String()
	}
	return strings.Join(names, ", ")
}

// known refuses values of the schema's enum Module that package access does not have.
func (c *checker) known(def *ast.Definition) {
	if def.Name != "Module" {
		return
	}
	for _, value := range def.EnumValues {
		c.module(value.Position, def.Name+"."+value.Name, value.Name)
	}
}

func said(found []rule) string {
	words := make([]string, len(found))
	for i, r := range found {
		words[i] = "@" + r.name
	}
	return strings.Join(words, " and ")
}
