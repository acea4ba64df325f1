package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

func (w *writer) arguments(list ast.ArgumentDefinitionList) string {
	var given []string
	for _, a := range list {
		if required := a.Type.NonNull && a.DefaultValue == nil; !required && w.oneOf(2) || required &&
			w.wrong("argument that is required") {
			continue
		}
		given = append(given, a.Name+": "+w.literal(a.Type, 0, a.DefaultValue != nil))
	}
	if len(given) > 0 && w.wrong("argument twice") {
		given = append(given, given[0])
	}
	if w.wrong("argument that does not exist") {
		given = append(given, "nowhere: 1")
	}
	if len(given) == 0 {
		return ""
	}
	return "(" + strings.Join(given, ", ") + ")"
}

func (w *writer) literal(t *ast.Type, depth int, defaulted bool) string {
	if !w.ownScalar(t) && w.wrong("literal") {
		return pick(w, odd...)
	}
	if t.NamedType == "Int" && w.wrong("whole number") {
		return pick(w, "2147483648", "-2147483649", "99999999999999999999")
	}
	if !t.NonNull && w.oneOf(10) {
		return "null"
	}
	if w.oneOf(6) && depth < 3 {
		return w.variable(t, defaulted)
	}
	if t.Elem != nil {
		if w.oneOf(6) && t.Elem.Elem == nil {
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

// ownScalar reports whether the type is of a scalar that only this server knows how to read.
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
		if !required && (w.oneOf(2) || depth > 3) || required && w.wrong("member that is required") {
			continue
		}
		if oneOf && w.wrong("null for the one member") {
			given = append(given, f.Name+": null")
			continue
		}
		t := *f.Type
		t.NonNull = t.NonNull || oneOf
		given = append(given, f.Name+": "+w.literal(&t, depth+1, f.DefaultValue != nil))
	}
	if len(given) > 0 && w.wrong("member twice") {
		given = append(given, given[0])
	}
	if w.wrong("member that does not exist") {
		given = append(given, pick(w, "nowhere: 1", "name: \"x\"", "orgId: \"x\"", `phone: "1"`))
	}
	return "{" + strings.Join(given, ", ") + "}"
}

// variable defines one that may stand where the type is wanted, and gives it a value.
func (w *writer) variable(t *ast.Type, defaulted bool) string {
	name := fmt.Sprintf("v%d", len(w.variables))
	of := *t
	if !of.NonNull {
		of.NonNull = w.oneOf(3)
	} else if defaulted && w.oneOf(2) || w.wrong("variable that may be null") {
		of.NonNull = false
	}
	if w.wrong("type of a variable") {
		of = *pick(w, ast.NamedType("Int", nil), ast.NamedType("String", nil), ast.ListType(t, nil),
			ast.NonNullListType(ast.NamedType("ID", nil), nil), ast.NamedType("ContactInput", nil))
	}
	if i := slices.IndexFunc(w.variables, func(earlier string) bool {
		return strings.HasSuffix(earlier,
			": "+of.String())
	}); i >= 0 && w.oneOf(3) {
		name, _, _ := strings.Cut(w.variables[i], ":")
		return name
	}
	text := "$" + name + ": " + of.String()
	if w.oneOf(5) {
		text += " = " + w.literal(&of, 3, false) // so deep, there are no variables
	}
	w.variables = append(w.variables, text)
	if value, given := w.value(&of, 0); given {
		w.values[name] = value
	}
	return "$" + name
}

// value returns a JSON value of the type, or of none, and false for none at all.
func (w *writer) value(t *ast.Type, depth int) (any, bool) {
	if t.NamedType == "Int" && w.wrong("whole number in a value") {
		return pick[any](w, 2147483648, -2147483649, "1", json.RawMessage("2147483648.0"), json.RawMessage("1e-1")), true
	}
	if t.NamedType == "String" && w.wrong("number for a text") {
		return pick[any](w, 1, 1.5), true
	}
	if !w.ownScalar(t) && w.wrong("value") {
		return pick[any](w, 1, 1.5, "1", "x", true, nil, []any{}, []any{1}, []any{nil}, map[string]any{},
			map[string]any{"a": 1}, 2147483648, map[string]any{"phone": "1", "email": nil}), !w.oneOf(4)
	}
	if !t.NonNull && w.oneOf(4) {
		return nil, depth > 0 || w.oneOf(2)
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
		if w.wrong("case of a value") {
			name = strings.ToLower(name)
		}
		return name, true
	case definition.Kind == ast.InputObject:
		return w.members(definition, depth), true
	}
	return map[string]any{
		"Int": pick[any](w, 7, json.RawMessage("7.0"), json.RawMessage("0.7e1")), "String": "x",
		"Boolean": true, "ID": pick[any](w, "x", 7, json.RawMessage("7.0")), "Int64": 7, "Time": "2026-03-01T08:00:00Z",
		"Date": "2026-03-01",
	}[t.NamedType], true
}

func (w *writer) members(definition *ast.Definition, depth int) map[string]any {
	fields := definition.Fields
	oneOf := definition.Directives.ForName("oneOf") != nil
	if oneOf && !w.wrong("both members in a value") {
		fields = ast.FieldList{fields[w.rand.IntN(len(fields))]}
	}
	members := make(map[string]any)
	for _, f := range fields {
		required := f.Type.NonNull && f.DefaultValue == nil || oneOf
		if !required && (w.oneOf(2) || depth > 3) || required && w.wrong("member that is required in a value") {
			continue
		}
		t := *f.Type
		t.NonNull = t.NonNull || oneOf
		if value, given := w.value(&t, depth+1); given {
			members[f.Name] = value
		}
	}
	if w.wrong("member that does not exist in a value") {
		members["nowhere"] = 1
	}
	return members
}
