package proof

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/access"
	"deputy/internal/rule"
)

func (c *checker) typeRules(def *ast.Definition) {
	found := rule.OfType(def)
	switch {
	case len(found) > 0 && isRoot(c.schema, def):
		c.fault(def.Position, def.Name, "%s says nothing here, for each field of %s carries a rule of its own: take it off",
			describeNode(found), def.Name)
	case len(found) > 1:
		c.fault(def.Position, def.Name, "more than one rule (%s): keep one", describeNode(found))
	}
	for _, r := range found {
		if r.Name == rule.InModule {
			c.module(def.Position, def.Name, r.Module)
		}
	}
}

func (c *checker) fieldRules(def *ast.Definition, field *ast.FieldDefinition) {
	coordinate := def.Name + "." + field.Name
	found := rule.Own(field)
	switch {
	case len(found) > 1:
		c.fault(field.Position, coordinate, "more than one rule (%s): keep one", describeNode(found))
	case len(found) == 0 && isRoot(c.schema, def):
		c.fault(field.Position, coordinate, "no rule says who may ask: put @public, @signedIn or @hasModule on it")
	case len(found) == 0 && len(rule.OfType(def)) == 0:
		c.fault(field.Position, coordinate,
			"no rule says who may ask: put @public, @signedIn or @hasModule on it, or @inModule or @open on the type %s",
			def.Name)
	}
	for _, r := range found {
		if r.Name == rule.Public && r.Apps && def == c.schema.Mutation {
			c.fault(field.Position, coordinate, "a mutation with @public is for people who sign in: say @public(apps: false)")
		}
		if r.Name != rule.HasModule {
			continue
		}
		if field.Type.NonNull {
			c.fault(field.Position, coordinate, "a field with @hasModule is null when it is refused, so its type must be "+
				"nullable: %s without the last \"!\"", field.Type)
		}
		c.action(def, field, r)
		c.org(def, field)
	}
}

// interfaceRules refuses rules on an interface's fields: they look like guards but never run.
func (c *checker) interfaceRules(def *ast.Definition) {
	for _, field := range rule.Fields(def) {
		if found := rule.Own(field); len(found) > 0 {
			c.fault(field.Position, def.Name+"."+field.Name,
				"%s never runs on a field of an interface: put it on the field of each type that implements %s",
				describeNode(found),
				def.Name)
		}
	}
}

// module returns the row of the table of modules, and refuses a module that has none.
func (c *checker) module(at *ast.Position, coordinate, name string) (access.Info, bool) {
	m, err := access.ParseModule(name)
	if err != nil {
		c.fault(at, coordinate, "there is no module %q: take one of the table of modules in internal/access, or add it there",
			name)
		return access.Info{}, false
	}
	return m.Info()
}

func (c *checker) action(def *ast.Definition, field *ast.FieldDefinition, r rule.Rule) {
	coordinate := def.Name + "." + field.Name
	info, ok := c.module(field.Position, coordinate, r.Module)
	if !ok {
		return
	}
	var a access.Action
	if err := a.UnmarshalGQL(r.Action); err != nil || !info.Holds(a) {
		c.fault(field.Position, coordinate, "%s opens nothing in %s, so nobody could ever ask: take one of its actions (%s)",
			r.Action, r.Module, actions(info))
		return
	}
	if a == access.View && def == c.schema.Mutation {
		c.fault(field.Position, coordinate, "VIEW is not enough for a mutation: name another action of %s (%s)", r.Module,
			actions(info))
	}
}

func actions(info access.Info) string {
	names := make([]string, len(info.Actions))
	for i, a := range info.Actions {
		names[i] = a.String()
	}
	return strings.Join(names, ", ")
}

// checkModules refuses values of the schema's enum Module that package access does not have.
func (c *checker) checkModules(def *ast.Definition) {
	if def.Name != "Module" {
		return
	}
	for _, value := range def.EnumValues {
		c.module(value.Position, def.Name+"."+value.Name, value.Name)
	}
}

func describeNode(found []rule.Rule) string {
	words := make([]string, len(found))
	for i, r := range found {
		words[i] = "@" + r.Name
	}
	return strings.Join(words, " and ")
}
