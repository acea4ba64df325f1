package graph_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"deputy/graph/generated"
	"deputy/internal/apitest"
)

// walk builds documents that ask for every field of the schema, by reading the schema. What it does not know how to
// reach fails the test.
type walk struct {
	t      *testing.T
	schema *ast.Schema
	// asked are the coordinates in any document so far, answered those of which some answer was not null.
	asked, answered map[string]bool
}

func newWalk(t *testing.T) *walk {
	return &walk{t, generated.NewExecutableSchema(generated.Config{}).Schema(), map[string]bool{}, map[string]bool{}}
}

// document is one operation; its variables are the kinds of ids that it names.
type document struct {
	name string
	text string
	tree *ast.QueryDocument
	kind []string
}

// idOf says what the ids of an argument or an input field name. A new one has to be put here, or the walk fails.
var idOf = map[string]string{
	"Query.explainAccess.subAccountId": "sub", "PreviewRoleInput.id": "role", "PreviewRoleInput.subAccountIds": "sub",
	"Query.org.id": "org", "Query.node.id": "role", "Query.nodes.ids": "role",
	"SubAccountFilter.roleIds": "role", "AuditEventFilter.actorIds": "sub", "AuditEventFilter.targetId": "role",
	"CodeInput.flow": "flow", "EndSessionsInput.ids": "session",
	"UpdateAppInput.id": "app", "EnableAppInput.id": "app", "DisableAppInput.id": "app", "DeleteAppInput.id": "app",
	"CreateApiTokenInput.appId": "app", "RotateApiTokenInput.id": "token", "RevokeApiTokensInput.ids": "token",
	"UpdateRoleInput.id": "role", "DeleteRoleInput.id": "role",
	"CreateSubAccountInput.roleIds": "role", "UpdateSubAccountInput.id": "sub", "UpdateSubAccountInput.roleIds": "role",
	"Org.data.creatorIds": "creator", "OrderFilter.managerIds": "sub", "CreatorFilter.managerIds": "sub",
	"TaskFilter.creatorIds":         "creator",
	"OrderFilter.creatorIds":        "creator",
	"ExportFiguresInput.creatorIds": "creator",
	"CreateCreatorInput.managerId":  "heir", "UpdateCreatorInput.id": "creator", "AssignCreatorsInput.ids": "creator",
	"AssignCreatorsInput.managerId": "heir",
	"EndCreatorsInput.ids":          "creator", "CreateTaskInput.creatorIds": "creator", "UpdateTaskInput.id": "task",
	"OpenTaskInput.id": "task", "CloseTaskInput.id": "task", "AssignTaskInput.id": "task",
	"AssignTaskInput.creatorIds": "creator", "SetAssignmentStatusInput.id": "assignment", "SettleOrdersInput.ids": "order",
	"VoidOrdersInput.ids":        "order",
	"RefundOrderInput.id":        "order",
	"EnableSubAccountsInput.ids": "sub", "DisableSubAccountsInput.ids": "sub", "DeleteSubAccountsInput.ids": "sub",
	"DeleteSubAccountsInput.handOverTo": "heir",
}

// nodeOf is the kind of id that finds an object of the type through node.
var nodeOf = map[string]string{
	"Org": "org", "Role": "role", "SubAccount": "sub", "AuditEvent": "event",
	"Account": "account", "Creator": "creator", "Task": "task", "Order": "order", "App": "app", "ApiToken": "token",
}

// value writes a value of the type. Ids are variables: $org, $role and so on.
func (w *walk) value(typ *ast.Type, at string) string {
	if typ.Elem != nil {
		return "[" + w.value(typ.Elem, at) + "]"
	}
	def := w.schema.Types[typ.NamedType]
	switch {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		var fields []string
		for _, f := range def.Fields {
			fields = append(fields, f.Name+": "+w.value(f.Type, def.Name+"."+f.Name))
			if def.Directives.ForName("oneOf") != nil {
				break
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case typ.NamedType == "ID":
		if strings.HasSuffix(at, ".orgId") {
			return "$org"
		}
		if idOf[at] == "" {
			w.t.Fatalf("the walk does not know what ids %s takes: say so in idOf", at)
		}
		return "$" + idOf[at]
	case typ.NamedType == "Int", typ.NamedType == "Int64":
		return "5"
	case typ.NamedType == "Boolean":
		return "true"
	case typ.NamedType == "Date":
		return `"2026-02-28"`
	case typ.NamedType == "Time":
		return `"2020-01-01T00:00:00Z"`
	case typ.NamedType == "String" && strings.HasSuffix(at, ".coordinate"):
		return `"Order.commission"`
	case typ.NamedType == "String" && strings.HasSuffix(at, ".phone"):
		return `"13700000001"`
	case typ.NamedType == "String" && strings.HasSuffix(at, ".timeZone"):
		return `"Asia/Shanghai"`
	case typ.NamedType == "String" && strings.HasSuffix(at, ".currency"):
		return `"CNY"`
	case typ.NamedType == "String":
		return `"walked by a test"`
	}
	w.t.Fatalf("the walk knows no value for the %s of %s", typ, at)
	return ""
}

// call writes a field with its required arguments.
func (w *walk) call(on *ast.Definition, f *ast.FieldDefinition, more ...string) string {
	args := more
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			args = append(args, a.Name+": "+w.value(a.Type, on.Name+"."+f.Name+"."+a.Name))
		}
	}
	if len(args) == 0 {
		return f.Name
	}
	return f.Name + "(" + strings.Join(args, ", ") + ")"
}

// selection writes every field of the type, to the depth of so many objects; connections and edges take no depth.
func (w *walk) selection(def *ast.Definition, depth int) string {
	if def.Kind == ast.Interface {
		var parts []string
		for _, possible := range w.schema.GetPossibleTypes(def) {
			parts = append(parts, "... on "+possible.Name+" {"+w.leaves(possible, possible.Name+"_")+"}")
		}
		return "__typename id " + strings.Join(parts, " ")
	}
	parts := []string{w.leaves(def, "")}
	for _, f := range def.Fields {
		of := w.schema.Types[f.Type.Name()]
		if !of.IsCompositeType() || strings.HasPrefix(f.Name, "__") {
			continue
		}
		below := depth
		if !wrapper(of) {
			below--
		}
		if below >= 0 {
			parts = append(parts, w.call(def, f)+" {"+w.selection(of, below)+"}")
		}
	}
	return strings.Join(parts, " ")
}

func wrapper(def *ast.Definition) bool {
	return strings.HasSuffix(def.Name, "Connection") || strings.HasSuffix(def.Name, "Edge") || def.Name == "PageInfo" ||
		def.Name == "UserError"
}

// leaves writes the fields of the type that have none below them, each under its name behind the prefix: what is asked
// of several types at once may not answer different things under one name.
func (w *walk) leaves(def *ast.Definition, prefix string) string {
	names := []string{"__typename"}
	for _, f := range def.Fields {
		if !w.schema.Types[f.Type.Name()].IsCompositeType() {
			if prefix == "" {
				names = append(names, f.Name)
			} else {
				names = append(names, prefix+f.Name+": "+f.Name)
			}
		}
	}
	return strings.Join(names, " ")
}

// optional writes the field once for every optional argument, and for every field of an input object in it.
func (w *walk) optional(on *ast.Definition, f *ast.FieldDefinition) (calls []string) {
	for _, a := range f.Arguments {
		if a.Type.NonNull || slices.Contains([]string{"after", "before"}, a.Name) {
			continue
		}
		values := []string{w.value(a.Type, on.Name+"."+f.Name+"."+a.Name)}
		if def := w.schema.Types[a.Type.Name()]; def.Kind == ast.InputObject &&
			!slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool { return f.Type.NonNull }) {
			values = nil
			for _, in := range def.Fields {
				values = append(values, "{"+in.Name+": "+w.value(in.Type, def.Name+"."+in.Name)+"}")
			}
		}
		for _, value := range values {
			calls = append(calls, w.call(on, f, a.Name+": "+value))
		}
	}
	return calls
}

// queries returns documents that ask for every field of every type that a query reaches, each type by each field that
// hands it out, and from there on to the depth of two more objects, with every optional argument.
func (w *walk) queries() []document {
	paths := map[string]string{"Query": ""}
	for name, kind := range nodeOf {
		paths[name] = "node(id: $" + kind + ") { __typename ... on " + name + " {"
	}
	var docs []document
	for queue := append([]string{"Query"}, sortedKeys(nodeOf)...); len(queue) > 0; queue = queue[1:] {
		on := w.schema.Types[queue[0]]
		prefix := paths[on.Name]
		closing := strings.Repeat("}", strings.Count(prefix, "{")-strings.Count(prefix, "}"))
		if on.Name != "Query" {
			docs = append(docs, w.document("query", on.Name, prefix+w.leaves(on, "")+closing))
		}
		for _, f := range on.Fields {
			of := w.schema.Types[f.Type.Name()]
			if !of.IsCompositeType() || strings.HasPrefix(f.Name, "__") {
				continue
			}
			docs = append(docs, w.document("query", on.Name+"."+f.Name,
				prefix+w.call(on, f)+" {"+w.selection(of, 2)+"}"+closing))
			for i, call := range w.optional(on, f) {
				docs = append(docs, w.document("query", fmt.Sprint(on.Name, ".", f.Name, " ", i),
					prefix+call+" {"+w.selection(of, 0)+"}"+closing))
			}
			if _, known := paths[of.Name]; !known {
				paths[of.Name] = prefix + w.call(on, f) + " {"
				queue = append(queue, of.Name)
			}
		}
	}
	for _, kind := range sortedKeys(kinds()) {
		docs = append(docs, w.document("query", "node of "+kind,
			"node(id: $"+kind+") {"+w.selection(w.schema.Types["Node"], 0)+"}"))
		docs = append(docs, w.document("query", "nodes of "+kind,
			"nodes(ids: [$"+kind+"]) {"+w.selection(w.schema.Types["Node"], 0)+"}"))
	}
	return docs
}

// mutations returns one document for every mutation, with every input filled.
func (w *walk) mutations() []document {
	var docs []document
	for _, f := range w.schema.Mutation.Fields {
		payload := w.schema.Types[f.Type.Name()]
		docs = append(docs, w.document("mutation", f.Name, w.call(w.schema.Mutation, f)+" {"+w.selection(payload, 1)+"}"))
	}
	return docs
}

// subscriptions returns one document for every subscription, those that go on somewhere from what there is already.
func (w *walk) subscriptions() []document {
	var docs []document
	for _, f := range w.schema.Subscription.Fields {
		var after []string
		switch from := f.Arguments.ForName("after"); {
		case from == nil:
		case from.Type.Name() == "ID":
			after = []string{"after: $event"}
		default:
			after = []string{"after: " + w.value(from.Type, "Subscription."+f.Name+".after")}
		}
		docs = append(docs, w.document("subscription", f.Name,
			w.call(w.schema.Subscription, f, after...)+" {"+w.selection(w.schema.Types[f.Type.Name()], 1)+"}"))
	}
	return docs
}

var variable = regexp.MustCompile(`\$(\w+)`)

func (w *walk) document(operation, name, body string) document {
	d := document{name: name}
	var declared []string
	for _, found := range variable.FindAllStringSubmatch(body, -1) {
		if !slices.Contains(d.kind, found[1]) {
			d.kind = append(d.kind, found[1])
			declared = append(declared, "$"+found[1]+": ID!")
		}
	}
	head := operation
	if len(declared) > 0 {
		head += "(" + strings.Join(declared, ", ") + ")"
	}
	d.text = head + " {" + body + "}"
	tree, errs := gqlparser.LoadQueryWithRules(w.schema, d.text, rules.NewDefaultRules())
	if errs != nil {
		w.t.Fatalf("%s: %v\n%s", name, errs, d.text)
	}
	d.tree = tree
	w.visit(tree.Operations[0].SelectionSet, nil)
	return d
}

// visit notes the coordinates of a selection as asked, or, with data, those that are not null as answered.
func (w *walk) visit(set ast.SelectionSet, data any) {
	if list, ok := data.([]any); ok {
		for _, item := range list {
			w.visit(set, item)
		}
		return
	}
	object, answered := data.(map[string]any)
	for _, s := range set {
		switch s := s.(type) {
		case *ast.InlineFragment:
			if !answered {
				w.visit(s.SelectionSet, nil)
			} else if object["__typename"] == s.TypeCondition {
				w.visit(s.SelectionSet, data)
			}
		case *ast.Field:
			if !answered {
				w.asked[s.ObjectDefinition.Name+"."+s.Name] = true
				w.visit(s.SelectionSet, nil)
			} else if value := object[s.Alias]; value != nil {
				w.answered[s.ObjectDefinition.Name+"."+s.Name] = true
				w.visit(s.SelectionSet, value)
			}
		}
	}
}

// ask sends the document with the ids.
func (w *walk) ask(c *apitest.Client, d document, ids map[string]string) *apitest.Answer {
	vars := apitest.Vars{}
	for _, kind := range d.kind {
		vars[kind] = ids[kind]
	}
	return c.Do(d.text, vars)
}

// stream asks for the document's events.
func (w *walk) stream(c *apitest.Client, d document, ids map[string]string) *apitest.Stream {
	vars := apitest.Vars{}
	for _, kind := range d.kind {
		vars[kind] = ids[kind]
	}
	return c.Stream(d.text, vars)
}

// missing returns the coordinates of the schema's objects that are not in the set.
func (w *walk) missing(set map[string]bool) (missing []string) {
	for _, def := range w.schema.Types {
		if def.Kind != ast.Object || strings.HasPrefix(def.Name, "__") {
			continue
		}
		for _, f := range def.Fields {
			if at := def.Name + "." + f.Name; !strings.HasPrefix(f.Name, "__") && !set[at] {
				missing = append(missing, at)
			}
		}
	}
	slices.Sort(missing)
	return missing
}
