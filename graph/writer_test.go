package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// writer writes documents over a schema. At every step it may go wrong in the way that a rule of the specification forbids;
// a document in which it never does is valid.
type writer struct {
	schema *ast.Schema
	rand   *rand.Rand

	wrongs    int // one in so many steps goes wrong
	variables []string
	values    map[string]any
	fragments []string
	left      int // fields that may still be written
}

func (w *writer) one(in int) bool { return w.rand.IntN(in) == 0 }

func (w *writer) wrong() bool { return w.wrongs > 0 && w.one(w.wrongs) }

func pick[T any](w *writer, from ...T) T { return from[w.rand.IntN(len(from))] }

// document writes one operation, sometimes two, with its fragments, and values for its variables.
func (w *writer) document() twice {
	w.wrongs = pick(w, 0, 0, 60, 25, 12)
	w.variables, w.values, w.fragments, w.left = nil, make(map[string]any), nil, 1+w.rand.IntN(25)
	root, kind := w.schema.Query, "query"
	if w.one(4) {
		root, kind = w.schema.Mutation, "mutation"
	}
	body := w.selections(root, 0)
	name := pick(w, "", "a")
	if w.wrong() {
		name = pick(w, "1", "a a", "query", "$a")
	}
	query := body
	if name != "" || len(w.variables) > 0 || kind != "query" || w.one(3) {
		query = kind + " " + name + w.definitions() + w.directives("QUERY") + body
	}
	query += strings.Join(w.fragments, "\n")
	if w.wrong() {
		query += pick(w, "query a{__typename}", "{__typename}", "query b{__typename}", "fragment unused on Query{__typename}", "fragment f0 on Query{__typename}", "type T{a:Int}", "subscription{a}", "mutation b{nowhere}")
	}
	if w.wrong() {
		query = w.garble(query)
	}
	d := twice{Query: query, Variables: w.values}
	if name == "a" {
		d.OperationName = name
	}
	if w.wrong() {
		d.OperationName = "nowhere"
	}
	return d
}

// garble breaks the text itself.
func (w *writer) garble(query string) string {
	at := w.rand.IntN(len(query))
	switch w.rand.IntN(4) {
	case 0:
		return query[:at] + query[at+1:]
	case 1:
		return query[:at] + pick(w, "{", "}", "(", ")", "!", ":", "...", "$", "@", `"`, `"""`, "&", "|", "\\", ".", "-", "0", "#", "\x00", "\ufeff", ",", "é", "?") + query[at:]
	case 2:
		return query[:at]
	}
	to := min(len(query), at+1+w.rand.IntN(6))
	return query[:to] + query[at:]
}

func (w *writer) definitions() string {
	if len(w.variables) == 0 {
		return ""
	}
	if w.wrong() {
		i := w.rand.IntN(len(w.variables))
		switch w.rand.IntN(3) {
		case 0:
			w.variables = append(w.variables, w.variables[i])
		case 1:
			w.variables = slices.Delete(slices.Clone(w.variables), i, i+1)
		case 2:
			w.variables = append(w.variables, pick(w, "$unused: Int", "$odd: Role", "$odd: Nowhere", "$odd: [Org!]!", "$d: Int = \"x\"", "$d: Int! = null", "$d: Action = VIEW", "$d: Int = $d"))
		}
		if len(w.variables) == 0 {
			return ""
		}
	}
	return "(" + strings.Join(w.variables, ", ") + ")"
}

func (w *writer) directives(place string) string {
	var b strings.Builder
	if w.one(12) && place != "QUERY" {
		fmt.Fprintf(&b, " @%s(if: %s)", pick(w, "skip", "include"), w.literal(ast.NonNullNamedType("Boolean", nil), 0, false))
	}
	if w.wrong() {
		b.WriteString(pick(w, " @skip", " @nowhere", " @public", " @include(if: 1)", " @skip(if: true) @skip(if: true)", " @skip(if: true, a: 1)", " @deprecated", " @skip(if: null)", " @oneOf"))
	}
	return b.String() + " "
}

func (w *writer) selections(parent *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString("{")
	n := 1 + w.rand.IntN(4)
	if w.one(200) {
		n = 0 // an empty set, which the grammar forbids
		if w.wrongs == 0 {
			n = 1
		}
	}
	for range n {
		b.WriteString(" ")
		switch {
		case w.one(8):
			b.WriteString("... " + w.condition(parent) + w.directives("INLINE_FRAGMENT") + w.selections(parent, depth+1))
		case w.one(10) && depth > 0:
			b.WriteString(w.spread(parent, depth))
		case parent.Kind == ast.Interface && w.one(2) || parent.Kind == ast.Union:
			possible := w.schema.GetPossibleTypes(parent)
			of := possible[w.rand.IntN(len(possible))]
			if w.wrong() {
				of = w.schema.Types[pick(w, "Session", "PageInfo", "Query", "RoleConnection")]
			}
			b.WriteString("... on " + of.Name + w.directives("INLINE_FRAGMENT") + w.selections(of, depth+1))
		default:
			b.WriteString(w.field(parent, depth))
		}
	}
	b.WriteString(" }")
	return b.String()
}

func (w *writer) condition(parent *ast.Definition) string {
	if w.wrong() {
		return "on " + pick(w, "Nowhere", "String", "RoleFilter", "Module", "Session", "PageInfo", "Query", "Node", "Org")
	}
	if w.one(2) {
		return ""
	}
	return "on " + parent.Name
}

func (w *writer) spread(parent *ast.Definition, depth int) string {
	if w.wrong() {
		return pick(w, "...nowhere", "...on", "...f0", "... f1", "...__f")
	}
	name := fmt.Sprintf("f%d", len(w.fragments))
	i := len(w.fragments)
	w.fragments = append(w.fragments, "")
	on := parent.Name
	if w.wrong() {
		on = pick(w, "Nowhere", "Int", "Session", "Query", "ContactInput", "Node")
	}
	inner := w.selections(parent, depth+1)
	if w.wrong() {
		inner = strings.TrimSuffix(inner, "}") + " ..." + name + " }"
	}
	w.fragments[i] = "fragment " + name + " on " + on + w.directives("QUERY") + inner
	again := ""
	if w.one(3) {
		again = " ..." + name
	}
	return "..." + name + w.directives("FRAGMENT_SPREAD") + again
}

// once are fields that Limits allows once in a document.
var once = []string{"signIn", "setPassword", "sendCode", "sendBindCode"}

func (w *writer) field(parent *ast.Definition, depth int) string {
	if w.one(15) {
		return w.alias() + "__typename" + w.directives("FIELD")
	}
	if w.wrong() {
		return pick(w, "nowhere", "__schema{queryType{name}}", "__type", "id{id}", "name(a:1)", "node", "a:__typename b:__typename a:id", "name:id", "__nowhere", "__typename{a}", "totalCount totalCount:__typename")
	}
	if parent == w.schema.Query && w.one(20) {
		return pick(w, `__type(name:"Role"){name fields{name}}`, `__schema{types{name kind ofType{name}}}`, `__schema{queryType{fields{args{defaultValue}}}}`)
	}
	w.left--
	var fields []*ast.FieldDefinition
	for _, f := range parent.Fields {
		composite := w.schema.Types[f.Type.Name()].IsCompositeType()
		if strings.HasPrefix(f.Name, "__") || slices.Contains(once, f.Name) || composite && (depth > 7 || w.left < 0) {
			continue
		}
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		return "__typename"
	}
	f := fields[w.rand.IntN(len(fields))]
	alias := w.alias()
	if len(f.Arguments) > 0 && alias == "" { // fields of one name may not differ in arguments
		alias = fmt.Sprintf("x%d: ", w.rand.IntN(1_000_000))
		if w.wrong() {
			alias = ""
		}
	}
	text := alias + f.Name + w.arguments(f.Arguments) + w.directives("FIELD")
	of := w.schema.Types[f.Type.Name()]
	if of.IsCompositeType() != w.wrong() {
		if !of.IsCompositeType() {
			return text + "{__typename}"
		}
		return text + w.selections(of, depth+1)
	}
	return text
}

func (w *writer) alias() string {
	switch {
	case w.wrong():
		return pick(w, "a: ", "id: ", "name: ", "1: ")
	case w.one(8):
		return fmt.Sprintf("y%d: ", w.rand.IntN(1_000_000))
	}
	return ""
}

func (w *writer) arguments(list ast.ArgumentDefinitionList) string {
	var given []string
	for _, a := range list {
		if required := a.Type.NonNull && a.DefaultValue == nil; !required && w.one(2) || required && w.wrong() {
			continue
		}
		given = append(given, a.Name+": "+w.literal(a.Type, 0, a.DefaultValue != nil))
	}
	if len(given) > 0 && w.wrong() {
		given = append(given, given[0])
	}
	if w.wrong() {
		given = append(given, "nowhere: 1")
	}
	if len(given) == 0 {
		return ""
	}
	return "(" + strings.Join(given, ", ") + ")"
}

// odd are literals that are of some type, and mostly not of the one that is wanted.
var odd = []string{
	"1", "-1", "2147483647", "2147483648", "-2147483649", "1.5", "1e3", `"1"`, `"""x"""`, "true", "null", "VIEW", "NOWHERE", "[]", "[1]", `["x"]`, "[[1]]", "{}",
	"{a: 1}", "$nowhere", "01", "1a", "-", "0x1", "1.", `"\u0041"`, `"\u{41}"`, `"\q"`, `"x`, "[null]", "[VIEW, 1]", `{phone: "1"}`, `{phone: null}`, `{phone: "1", email: "2"}`, "on", "{a: 1, a: 2}",
}

func (w *writer) literal(t *ast.Type, depth int, defaulted bool) string {
	if w.wrong() && !w.ownScalar(t) {
		return pick(w, odd...)
	}
	if !t.NonNull && w.one(10) {
		return "null"
	}
	if w.one(6) && depth < 3 {
		return w.variable(t, defaulted)
	}
	if t.Elem != nil {
		if w.one(6) && t.Elem.Elem == nil {
			return w.literal(&ast.Type{NamedType: t.Elem.NamedType, NonNull: true}, 3, false)
		}
		items := make([]string, w.rand.IntN(3))
		for i := range items {
			items[i] = w.literal(t.Elem, depth+1, false)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	definition := w.schema.Types[t.NamedType]
	switch {
	case definition.Kind == ast.Enum:
		return definition.EnumValues[w.rand.IntN(len(definition.EnumValues))].Name
	case definition.Kind == ast.InputObject:
		return w.object(definition, depth)
	}
	return map[string]string{
		"Int": pick(w, "0", "1", "-7", "2147483647", "20"), "String": pick(w, `"x"`, `""`, `"""x"""`, `"\u4e2d\n"`, `"中"`),
		"Boolean": pick(w, "true", "false"), "ID": pick(w, `"x"`, "7"), "Int64": pick(w, "7", "9007199254740991"),
		"Time": `"2026-03-01T08:00:00Z"`, "Date": `"2026-03-01"`,
	}[t.NamedType]
}

// ownScalar tells whether the type is of a scalar that only this server knows how to read.
func (w *writer) ownScalar(t *ast.Type) bool {
	return slices.Contains([]string{"Int64", "Time", "Date"}, t.Name())
}

func (w *writer) object(definition *ast.Definition, depth int) string {
	fields := definition.Fields
	oneOf := definition.Directives.ForName("oneOf") != nil
	if oneOf {
		fields = ast.FieldList{fields[w.rand.IntN(len(fields))]}
	}
	var given []string
	for _, f := range fields {
		required := f.Type.NonNull && f.DefaultValue == nil || oneOf
		if !required && (w.one(2) || depth > 3) || required && w.wrong() {
			continue
		}
		t := f.Type
		if oneOf && !w.wrong() {
			must := *f.Type
			must.NonNull = true
			t = &must
		}
		given = append(given, f.Name+": "+w.literal(t, depth+1, f.DefaultValue != nil))
	}
	if w.wrong() {
		given = append(given, pick(w, "nowhere: 1", "name: \"x\"", "orgId: \"x\"", `phone: "1"`))
	}
	return "{" + strings.Join(given, ", ") + "}"
}

// variable defines one that may stand where the type is wanted, and gives it a value.
func (w *writer) variable(t *ast.Type, defaulted bool) string {
	name := fmt.Sprintf("v%d", len(w.variables))
	of := *t
	if !of.NonNull {
		of.NonNull = w.one(3)
	} else if defaulted && w.one(2) || w.wrong() {
		of.NonNull = false
	}
	if w.wrong() {
		of = *pick(w, ast.NamedType("Int", nil), ast.NamedType("String", nil), ast.ListType(t, nil), ast.NonNullListType(ast.NamedType("ID", nil), nil), ast.NamedType("ContactInput", nil))
	}
	text := "$" + name + ": " + of.String()
	w.variables = append(w.variables, text)
	if i := len(w.variables) - 1; w.one(5) && of.NonNull {
		w.variables[i] = text + " = " + w.constant(&of)
	}
	if value, given := w.value(&of, 0); given {
		w.values[name] = value
	}
	return "$" + name
}

// constant is a literal without variables.
func (w *writer) constant(t *ast.Type) string {
	for {
		before, values := len(w.variables), len(w.values)
		if text := w.literal(t, 3, false); len(w.variables) == before && len(w.values) == values {
			return text
		}
		w.variables = w.variables[:before]
	}
}

// value answers a JSON value of the type, or of none, and false for none at all.
func (w *writer) value(t *ast.Type, depth int) (any, bool) {
	if w.wrong() && !w.ownScalar(t) {
		return pick[any](w, 1, 1.5, "1", "x", true, nil, []any{}, []any{1}, []any{nil}, map[string]any{}, map[string]any{"a": 1}, 2147483648, map[string]any{"phone": "1", "email": nil}), !w.one(4)
	}
	if !t.NonNull && w.one(4) {
		return nil, depth > 0 || w.one(2)
	}
	if t.Elem != nil {
		list := []any{}
		for range w.rand.IntN(3) {
			value, _ := w.value(t.Elem, depth+1)
			list = append(list, value)
		}
		return list, true
	}
	definition := w.schema.Types[t.NamedType]
	switch {
	case definition.Kind == ast.Enum:
		name := definition.EnumValues[w.rand.IntN(len(definition.EnumValues))].Name
		if w.wrong() {
			name = strings.ToLower(name)
		}
		return name, true
	case definition.Kind == ast.InputObject:
		return w.members(definition, depth), true
	}
	return map[string]any{"Int": 7, "String": "x", "Boolean": true, "ID": pick[any](w, "x", 7), "Int64": 7, "Time": "2026-03-01T08:00:00Z", "Date": "2026-03-01"}[t.NamedType], true
}

func (w *writer) members(definition *ast.Definition, depth int) map[string]any {
	fields := definition.Fields
	oneOf := definition.Directives.ForName("oneOf") != nil
	if oneOf && !w.wrong() {
		fields = ast.FieldList{fields[w.rand.IntN(len(fields))]}
	}
	members := make(map[string]any)
	for _, f := range fields {
		required := f.Type.NonNull && f.DefaultValue == nil || oneOf
		if !required && (w.one(2) || depth > 3) || required && w.wrong() {
			continue
		}
		t := *f.Type
		t.NonNull = t.NonNull || oneOf
		if value, given := w.value(&t, depth+1); given {
			members[f.Name] = value
		}
	}
	if w.wrong() {
		members["nowhere"] = 1
	}
	return members
}
