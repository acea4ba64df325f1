package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// writer writes documents over a schema. At every step it may go wrong in the way that a rule of the specification
// forbids; a document in which it never does is valid.
type writer struct {
	schema *ast.Schema
	rand   *rand.Rand

	wrongs    int      // one in so many steps goes wrong, whatever it is
	only      string   // the one kind of step that goes wrong, and once
	went      []string // the kinds of the steps that went wrong
	variables []string
	values    map[string]any
	fragments []string
	left      int  // fields that may still be written
	onced     bool // whether one of once was written
}

func (w *writer) oneOf(in int) bool { return w.rand.IntN(in) == 0 }

func pick[T any](w *writer, from ...T) T { return from[w.rand.IntN(len(from))] }

// document writes one operation with its fragments, and values for its variables. Some documents are right, in some
// many steps may go wrong, and in most of them one: where several do, one hides what is thought of the others.
func (w *writer) document() twice {
	w.wrongs, w.only = 0, ""
	switch w.rand.IntN(8) {
	case 0, 1:
	case 2, 3:
		w.wrongs = pick(w, 60, 25, 12)
	default:
		w.only = pick(w, wrongs...)
	}
	for range 20 { // until the step that is to go wrong comes up
		if d := w.attempt(); w.only == "" || len(w.went) > 0 {
			return d
		}
	}
	return w.attempt()
}

func (w *writer) attempt() twice {
	w.variables, w.values, w.fragments, w.left, w.went, w.onced = nil, make(map[string]any), nil, 1+w.rand.IntN(25), nil,
		false
	root, kind := w.schema.Query, "query"
	switch w.rand.IntN(8) {
	case 0, 1:
		root, kind = w.schema.Mutation, "mutation"
	case 2:
		root, kind = w.schema.Subscription, "subscription"
	}
	body := w.selections(root, 0)
	name := pick(w, "", "a")
	if w.wrong("name of the operation") {
		name = pick(w, "1", "a a", "query a", "$a")
	}
	query := body
	if name != "" || len(w.variables) > 0 || kind != "query" || w.oneOf(3) {
		query = kind + " " + name + w.definitions() + w.directives(nil) + body
	}
	query += strings.Join(w.fragments, "\n")
	if w.wrong("another definition") {
		query += pick(w, "query a{__typename}", "{__typename}", "query b{__typename}", "fragment unused on Query{__typename}",
			"fragment f0 on Query{__typename}", "type T{a:Int}", "subscription{a}", "mutation b{nowhere}")
	}
	if name == "a" && w.wrong("operation twice") {
		query += "query a{__typename}"
	}
	if len(w.fragments) > 0 && w.wrong("fragment twice") {
		query += w.fragments[0]
	}
	if w.wrong("text") {
		query = w.garble(query)
	}
	if w.oneOf(20) {
		w.values["nowhere"] = "a value that nobody asked for"
	}
	d := twice{Query: query, Variables: w.values}
	if name == "a" {
		d.OperationName = name
	}
	if w.wrong("operation that is asked for") {
		d.OperationName = "nowhere"
	}
	return d
}

func (w *writer) definitions() string {
	if len(w.variables) == 0 {
		return ""
	}
	i := w.rand.IntN(len(w.variables))
	if w.wrong("variable twice") {
		w.variables = append(w.variables, w.variables[i])
	}
	if w.wrong("variable that is not used") {
		w.variables = append(w.variables, "$unused: Int")
	}
	if w.wrong("variable of a type for answers") {
		name, _, _ := strings.Cut(w.variables[i], ":")
		w.variables[i] = name + ": " + pick(w, "Role", "[Org!]!", "Node", "Nowhere")
	}
	if w.wrong("default of a variable") {
		name, _, _ := strings.Cut(w.variables[i], ":")
		w.variables[i] = name + ": " + pick(w, "Int = \"x\"", "Int! = null", "Action = VIEW", "Int = "+name,
			"Int = 2147483648")
	}
	if w.wrong("variable that is not defined") {
		w.variables = slices.Delete(slices.Clone(w.variables), i, i+1)
	}
	if len(w.variables) == 0 {
		return ""
	}
	return "(" + strings.Join(w.variables, ", ") + ")"
}

// directives of a selection in the parent, or of a definition.
func (w *writer) directives(parent *ast.Definition) string {
	var b strings.Builder
	if w.oneOf(12) && parent != nil && parent != w.schema.Subscription {
		fmt.Fprintf(&b, " @%s(if: %s)", pick(w, "skip", "include"), w.literal(ast.NonNullNamedType("Boolean", nil), 0, false))
	}
	if w.wrong("directive") {
		b.WriteString(pick(w, " @skip", " @nowhere", " @public", " @include(if: 1)", " @skip(if: true) @skip(if: true)",
			" @skip(if: true, a: 1)", " @deprecated", " @skip(if: null)", " @oneOf"))
	}
	return b.String() + " "
}

func (w *writer) selections(parent *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString("{")
	n := 1 + w.rand.IntN(4)
	if parent == w.schema.Subscription {
		n = 1
		if w.wrong("events of a subscription") {
			if w.oneOf(4) {
				return "{ __typename }"
			}
			b.WriteString(pick(w, " t: __typename", ` w: auditEvents(orgId: "x") { id }`, ` w: ordersChanged(orgId: "x") { id }`,
				` w: creatorsChanged(orgId: "x") { id }`, ` w: tasksChanged(orgId: "x") { id }`,
				` w: subAccountsChanged(orgId: "x") { id }`))
		}
	}
	if w.wrong("empty selection") {
		n = 0
	}
	for range n {
		b.WriteString(" ")
		switch {
		case w.oneOf(8):
			if w.wrong("fragment on a leaf") {
				b.WriteString("... on " + pick(w, "String", "Module", "RoleFilter") + " { __typename }")
				continue
			}
			b.WriteString("... " + w.condition(parent) + w.directives(parent) + w.selections(parent, depth+1))
		case w.oneOf(10) && depth > 0:
			b.WriteString(w.spread(parent, depth))
		case parent.Kind == ast.Interface && w.oneOf(2) || parent.Kind == ast.Union:
			possible := w.schema.GetPossibleTypes(parent)
			of := possible[w.rand.IntN(len(possible))]
			if w.wrong("member of an abstract type") {
				of = w.schema.Types[pick(w, "Session", "PageInfo", "Query", "RoleConnection")]
			}
			b.WriteString("... on " + of.Name + w.directives(parent) + w.selections(of, depth+1))
		default:
			b.WriteString(w.field(parent, depth))
		}
	}
	b.WriteString(" }")
	return b.String()
}

func (w *writer) condition(parent *ast.Definition) string {
	if w.wrong("type condition") {
		return "on " + pick(w, "Nowhere", "String", "RoleFilter", "Module", "Session", "PageInfo", "Query", "Node", "Org")
	}
	if w.oneOf(2) {
		return ""
	}
	return "on " + parent.Name
}

func (w *writer) spread(parent *ast.Definition, depth int) string {
	if w.wrong("spread") {
		return pick(w, "...nowhere", "...on", "...f0", "... f1", "...__f")
	}
	name := fmt.Sprintf("f%d", len(w.fragments))
	i := len(w.fragments)
	w.fragments = append(w.fragments, "")
	on := parent.Name
	if w.wrong("type of a fragment") {
		on = pick(w, "Nowhere", "Int", "Session", "Query", "ContactInput", "Node")
	}
	inner := w.selections(parent, depth+1)
	if w.wrong("fragment in itself") {
		inner = strings.TrimSuffix(inner, "}") + " ..." + name + " }"
	}
	w.fragments[i] = "fragment " + name + " on " + on + w.directives(nil) + inner
	again := ""
	if w.oneOf(3) {
		again = " ..." + name
	}
	return "..." + name + w.directives(parent) + again
}

// once are fields of which Limits allows each once in a document: one of them is written.
var once = []string{"signIn", "setPassword", "sendCode", "sendBindCode"}

func (w *writer) field(parent *ast.Definition, depth int) string {
	if w.oneOf(15) && parent != w.schema.Subscription {
		return w.alias() + "__typename" + w.directives(parent)
	}
	if w.wrong("field") {
		return pick(w, "nowhere", "__schema{queryType{name}}", "__type", "id{id}", "name(a:1)", "node",
			"a:__typename b:__typename a:id", "name:id", "__nowhere", "__typename{a}", "totalCount totalCount:__typename")
	}
	if parent == w.schema.Query && w.oneOf(20) {
		return pick(w, `__type(name:"Role"){name fields{name}}`, `__schema{types{name kind ofType{name}}}`,
			`__schema{queryType{fields{args{defaultValue}}}}`)
	}
	if parent == w.schema.Query && w.wrong("introspection") {
		return `__schema{types{fields{type{fields{type{fields{name}}}}}}}`
	}
	w.left--
	var fields []*ast.FieldDefinition
	for _, f := range parent.Fields {
		composite := w.schema.Types[f.Type.Name()].IsCompositeType()
		if strings.HasPrefix(f.Name, "__") || w.onced && slices.Contains(once, f.Name) || composite &&
			(depth > 7 || w.left < 0) {
			continue
		}
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		return "__typename"
	}
	f := fields[w.rand.IntN(len(fields))]
	if name := once[w.rand.IntN(len(once))]; parent == w.schema.Mutation && !w.onced && w.oneOf(4) {
		f = parent.Fields.ForName(name)
	}
	w.onced = w.onced || slices.Contains(once, f.Name)
	alias := w.alias()
	if len(f.Arguments) > 0 && alias == "" { // fields of one name may not differ in arguments
		alias = fmt.Sprintf("x%d: ", w.rand.IntN(1_000_000))
		if w.wrong("fields under one name") {
			return f.Name + w.arguments(f.Arguments) + w.leaf(f) + " " + f.Name + w.arguments(f.Arguments) + w.leaf(f)
		}
	}
	text := alias + f.Name + w.arguments(f.Arguments) + w.directives(parent)
	of := w.schema.Types[f.Type.Name()]
	if of.IsCompositeType() != w.wrong("leaf") {
		if !of.IsCompositeType() {
			return text + "{__typename}"
		}
		return text + w.selections(of, depth+1)
	}
	return text
}

func (w *writer) alias() string {
	switch {
	case w.wrong("alias"):
		return pick(w, "a: ", "id: ", "name: ", "1: ")
	case w.oneOf(8):
		return fmt.Sprintf("y%d: ", w.rand.IntN(1_000_000))
	}
	return ""
}

// leaf closes a field that has a selection set.
func (w *writer) leaf(f *ast.FieldDefinition) string {
	if w.schema.Types[f.Type.Name()].IsCompositeType() {
		return "{__typename}"
	}
	return ""
}
