package proof

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/rule"
)

// viewerType is the type with the viewer's own objects.
const viewerType = "Viewer"

// judges reports whether the field returns objects of any type and checks access to each of them: the two fields of the
// interface Node, which return null for an object that the viewer may not see.
func judges(schema *ast.Schema, def *ast.Definition, field *ast.FieldDefinition) bool {
	return def == schema.Query && field.Type.Name() == "Node" && (field.Name == "node" || field.Name == "nodes")
}

// handsOut returns the object types that the field can return: more than one for an interface or a union.
func handsOut(schema *ast.Schema, field *ast.FieldDefinition) []*ast.Definition {
	def := schema.Types[field.Type.Name()]
	if def == nil || !def.IsCompositeType() {
		return nil
	}
	if !def.IsAbstractType() {
		return []*ast.Definition{def}
	}
	return slices.DeleteFunc(slices.Clone(schema.GetPossibleTypes(def)),
		func(d *ast.Definition) bool { return d.Kind != ast.Object })
}

// ownWay reports whether the field returns the viewer's own objects of a module: it is a field of Viewer with
// @signedIn, and its type is in a module.
func ownWay(schema *ast.Schema, def *ast.Definition, field *ast.FieldDefinition) bool {
	lives := func(d *ast.Definition) bool { return rule.Module(d) != "" }
	return (isOwn(def, field) || isApp(schema, def, field)) && slices.ContainsFunc(handsOut(schema, field), lives)
}

func isOwn(def *ast.Definition, field *ast.FieldDefinition) bool {
	return def.Name == viewerType && signedIn(field)
}

func signedIn(field *ast.FieldDefinition) bool {
	return slices.ContainsFunc(rule.Own(field), func(r rule.Rule) bool { return r.Name == rule.SignedIn })
}

// isApp reports whether the field returns the app that asks: its own object, as the fields of Viewer do.
func isApp(schema *ast.Schema, def *ast.Definition, field *ast.FieldDefinition) bool {
	return def == schema.Query && slices.ContainsFunc(rule.Own(field), func(r rule.Rule) bool { return r.OnlyApps })
}

// ofItself reports whether the field is one of App, which an app can select as itself, without the module. So the
// fields of App need guards of their own, except the token that the app asks with.
func ofItself(def *ast.Definition, field *ast.FieldDefinition) bool {
	return def.Name == "App" && field.Name != "token"
}

// tellsOfPeople reports whether objects of the type name people, outside the modules that only the owner has.
func tellsOfPeople(name string) bool {
	return strings.HasPrefix(name, "Colleague") || name == "DataManager"
}

// closedToApps reports whether a rule of the field itself refuses apps.
func closedToApps(field *ast.FieldDefinition) bool {
	return slices.ContainsFunc(rule.Own(field), func(r rule.Rule) bool { return !r.Apps })
}

// ways refuses a field that returns objects of a module without that module's guard.
func (c *checker) ways(def *ast.Definition, field *ast.FieldDefinition) {
	if tellsOfPeople(field.Type.Name()) && !strings.HasPrefix(def.Name, "Colleague") && !closedToApps(field) {
		c.fault(field.Position, def.Name+"."+field.Name, "hands out %s, which tells of people, to apps: say apps: false",
			field.Type.Name())
	}
	if judges(c.schema, def, field) || isOwn(def, field) || isApp(c.schema, def, field) {
		return
	}
	var said []string
	for _, object := range handsOut(c.schema, field) {
		module := rule.Module(object)
		guards := func(r rule.Rule) bool { return r.Guards(module) }
		if module == "" || module == rule.Module(def) && !ofItself(def, field) || slices.Contains(said, module) ||
			slices.ContainsFunc(rule.Own(field), guards) {
			continue
		}
		said = append(said, module)
		c.fault(field.Position, def.Name+"."+field.Name, "%s %s, which lives in %s, without its guard: %s",
			verb(c.schema, field), object.Name, module, c.remedy(def, field, module))
	}
}

func verb(schema *ast.Schema, field *ast.FieldDefinition) string {
	if schema.Types[field.Type.Name()].IsAbstractType() {
		return "as " + field.Type.Name() + " hands out"
	}
	return "hands out"
}

func (c *checker) remedy(def *ast.Definition, field *ast.FieldDefinition, module string) string {
	guard := "put @hasModule(module: " + module + ") on it"
	switch {
	case wraps(def) && len(rule.Own(field)) == 0:
		return "the type " + def.Name + " must carry @inModule(module: " + module + "), as what it holds does"
	case signedIn(field):
		return guard + " (@signedIn is enough on " + viewerType + " only, for the asker's own objects)"
	default:
		return guard
	}
}

// wraps reports whether the type is a container: a connection, an edge or a payload.
func wraps(def *ast.Definition) bool {
	for _, suffix := range []string{"Connection", "Edge", "Payload"} {
		if strings.HasSuffix(def.Name, suffix) {
			return true
		}
	}
	return false
}

// org refuses a guarded field without exactly one org: with two, the guard could check one org and the resolver use
// another.
func (c *checker) org(def *ast.Definition, field *ast.FieldDefinition) {
	coordinate := def.Name + "." + field.Name
	argument := field.Arguments.ForName("orgId")
	switch {
	case !isRoot(c.schema, def):
		if argument != nil {
			c.fault(argument.Position, coordinate+"(orgId:)", "%s is judged in the org of the %s that it stands on: take the "+
				"argument off", coordinate, def.Name)
		}
	case c.inputNames(field):
		if argument != nil {
			c.fault(argument.Position, coordinate+"(orgId:)", "input.orgId names the org already, and only one of the two "+
				"would be judged: take the argument off")
		}
	case def == c.schema.Mutation:
		c.fault(field.Position, coordinate, "nothing says which org it is judged in: a mutation with @hasModule needs the "+
			"argument input: X!, where X is an input type with orgId: ID!")
	case argument == nil || argument.Type.String() != "ID!":
		c.fault(field.Position, coordinate, "nothing says which org it is judged in: it needs the argument orgId: ID!, or "+
			"an input with orgId: ID!")
	}
}

// inputNames reports whether the field has a required input with a required org.
func (c *checker) inputNames(field *ast.FieldDefinition) bool {
	input := field.Arguments.ForName("input")
	if input == nil || !input.Type.NonNull || input.Type.Elem != nil {
		return false
	}
	def := c.schema.Types[input.Type.Name()]
	if def == nil || def.Kind != ast.InputObject {
		return false
	}
	orgID := def.Fields.ForName("orgId")
	return orgID != nil && orgID.Type.String() == "ID!"
}
