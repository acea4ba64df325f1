package apitest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/model"
	"deputy/internal/civil"
)

// everyKind are values of every kind, as a document and as JSON write them.
var everyKind = []struct{ literal, json string }{
	{"null", "null"},
	{"0", "0"},
	{"2147483648", "2147483648"},
	{"9007199254740993", "9007199254740993"},
	{"99999999999999999999", "99999999999999999999"},
	{"1.5", "1.5"},
	{"1e400", "1e400"},
	{"true", "true"},
	{`"x"`, `"x"`},
	{`"2026-03-01"`, `"2026-03-01"`},
	{`"2026-03-01T08:00:00Z"`, `"2026-03-01T08:00:00Z"`},
	{"NOWHERE", `"NOWHERE"`},
	{"[]", "[]"},
	{"[null]", "[null]"},
	{"[1e400]", "[1e400]"},
	{"[[1]]", "[[1]]"},
	{`["x"]`, `["x"]`},
	{"{}", "{}"},
	{"{a: 1e400}", `{"a": 1e400}`},
	{"{a: [1e400]}", `{"a": [1e400]}`},
	{`{id: null}`, `{"id": null}`},
}

// takes is what the specification says of a JSON value in a place of the type: the reference that the server is held
// against.
func takes(schema *ast.Schema, t *ast.Type, value any) bool {
	if value == nil {
		return !t.NonNull
	}
	if t.Elem != nil {
		items, is := value.([]any)
		if !is {
			items = []any{value}
		}
		return !slices.ContainsFunc(items, func(item any) bool { return !takes(schema, t.Elem, item) })
	}
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	whole := isNumber && !strings.ContainsAny(string(number), ".e")
	def := schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return isText && def.EnumValues.ForName(text) != nil
	case ast.InputObject:
		object, is := value.(map[string]any)
		return is && takesObject(schema, def, object)
	}
	switch t.NamedType {
	case "Int":
		_, err := number.Int64()
		return whole && err == nil && len(number) < 10
	case "Boolean":
		_, is := value.(bool)
		return is
	case "String":
		return isText
	case "ID":
		_, err := number.Int64()
		return isText || whole && err == nil
	case "Int64":
		n, err := number.Int64()
		return whole && err == nil && n < 1<<53
	case "Date":
		_, err := civil.Parse(text)
		return isText && err == nil
	case "Time":
		_, err := model.UnmarshalTime(text)
		return isText && err == nil
	}
	return false
}

func takesObject(schema *ast.Schema, def *ast.Definition, object map[string]any) bool {
	for name := range object {
		if def.Fields.ForName(name) == nil {
			return false
		}
	}
	given := 0
	for _, f := range def.Fields {
		value, is := object[f.Name]
		if !is && f.Type.NonNull && f.DefaultValue == nil || is && !takes(schema, f.Type, value) {
			return false
		}
		if is && value != nil {
			given++
		}
	}
	return def.Directives.ForName("oneOf") == nil || given == 1 && len(object) == 1
}

func decoded(text string) (value any) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err)
	}
	return value
}

// Asked is one operation with a value of a kind in a place.
type Asked struct {
	// Place and Kind say which.
	Place, Kind string
	// Query and Variables, as JSON, are what is sent.
	Query, Variables string
	// Right reports whether the specification allows the value there.
	Right bool
	// Stream tells that it is a subscription.
	Stream bool
}

// valuePlace is one that takes a value: it is written around a value and a type.
type valuePlace struct {
	name  string
	root  *ast.Definition
	write func(value string) string // the root field
	typ   *ast.Type
	// fallback tells that the place has a default of its own.
	fallback bool
}

// places are all that take a value: the arguments of root fields, every input field below them, those of nested fields
// through the first field that leads there, and the conditions of directives.
func places(schema *ast.Schema) (all []valuePlace) {
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			all = append(all, argumentPlaces(schema, root, f, func(call string) string { return call })...)
		}
	}
	for _, def := range schema.Types {
		if def.Kind != ast.Object || def.BuiltIn || def == schema.Query || def == schema.Mutation ||
			def == schema.Subscription || !slices.Contains(def.Interfaces, "Node") {
			continue
		}
		for _, f := range def.Fields {
			all = append(all, argumentPlaces(schema, schema.Query, f, func(call string) string {
				return fmt.Sprintf(`node(id: "x") { ... on %s { %s } }`, def.Name, call)
			})...)
		}
	}
	boolean := ast.NonNullNamedType("Boolean", nil)
	for _, directive := range []string{"skip", "include"} {
		for form, write := range map[string]string{
			"field": `modules @%s(if: %s) { name }`, "fragment": `... @%s(if: %s) { modules { name } }`,
			"leaf": `modules { ... on ModuleInfo @%s(if: %s) { name } module }`,
		} {
			all = append(all, valuePlace{
				"@" + directive + " " + form, schema.Query,
				func(v string) string { return fmt.Sprintf(write, directive, v) }, boolean, false,
			})
		}
		all = append(all, valuePlace{"@" + directive + " of an event", schema.Subscription, func(v string) string {
			return fmt.Sprintf(`... @%s(if: %s) { ordersChanged(orgId: "x") { number } }`, directive, v)
		}, boolean, false}, valuePlace{"@" + directive + " in an event", schema.Subscription, func(v string) string {
			return fmt.Sprintf(`ordersChanged(orgId: "x") { number @%s(if: %s) id }`, directive, v)
		}, boolean, false})
	}
	slices.SortFunc(all, func(a, b valuePlace) int { return strings.Compare(a.name, b.name) })
	return all
}

func argumentPlaces(
	schema *ast.Schema, root *ast.Definition, f *ast.FieldDefinition, within func(call string) string,
) (all []valuePlace) {
	for _, a := range f.Arguments {
		others := ""
		for _, other := range f.Arguments {
			if other != a && other.Type.NonNull && other.DefaultValue == nil {
				others += fmt.Sprintf(" %s: %s", other.Name, sampleOf(schema, other.Type, 0))
			}
		}
		call := func(v string) string {
			text := fmt.Sprintf("%s(%s: %s%s)", f.Name, a.Name, v, others)
			if schema.Types[f.Type.Name()].IsCompositeType() {
				text += "{ __typename }"
			}
			return within(text)
		}
		all = append(all, valuePlace{
			root.Name + " " + f.Name + "(" + a.Name + ")", root, call, a.Type,
			a.DefaultValue != nil,
		})
		all = append(all, inputPlaces(schema, root.Name+" "+f.Name+"("+a.Name+")", root, a.Type, call, 0)...)
	}
	return all
}

func inputPlaces(
	schema *ast.Schema, name string, root *ast.Definition, t *ast.Type, around func(string) string, depth int,
) (all []valuePlace) {
	def := schema.Types[t.Name()]
	if def.Kind != ast.InputObject || depth > 3 {
		return nil
	}
	for _, f := range def.Fields {
		inner := func(v string) string {
			members := f.Name + ": " + v
			for _, other := range def.Fields {
				if other != f && other.Type.NonNull && other.DefaultValue == nil {
					members += fmt.Sprintf(", %s: %s", other.Name, sampleOf(schema, other.Type, 0))
				}
			}
			return around("{" + members + "}")
		}
		typ := f.Type
		if def.Directives.ForName("oneOf") != nil {
			must := *f.Type
			must.NonNull = true
			typ = &must
		}
		at := name + "." + f.Name
		all = append(all, valuePlace{at, root, inner, typ, f.DefaultValue != nil})
		all = append(all, inputPlaces(schema, at, root, f.Type, inner, depth+1)...)
	}
	return all
}

// sampleOf writes a value that the type allows.
func sampleOf(schema *ast.Schema, t *ast.Type, depth int) string {
	if t.Elem != nil {
		return "[]"
	}
	def := schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return def.EnumValues[0].Name
	case ast.InputObject:
		var members []string
		for i, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil || def.Directives.ForName("oneOf") != nil && i == 0 {
				members = append(members, f.Name+": "+sampleOf(schema, f.Type, depth+1))
			}
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	return map[string]string{
		"Int": "1", "Int64": "1", "Boolean": "true", "Date": `"2026-03-01"`,
		"Time": `"2026-03-01T08:00:00Z"`,
	}[t.NamedType] + map[bool]string{true: `"x"`}[t.NamedType == "ID" ||
		t.NamedType == "String"]
}

// ValuesInPlaces are operations with values of every kind in every place: as a literal, as a variable of the place's
// type, and as null for a variable that has a default.
func ValuesInPlaces(schema *ast.Schema) (all []Asked) {
	for _, p := range places(schema) {
		keyword := strings.ToLower(p.root.Name)
		add := func(form, definition, written, variables string, right bool) {
			all = append(all, Asked{
				p.name, form, keyword + definition + " { " + p.write(written) + " }", variables, right,
				p.root == schema.Subscription,
			})
		}
		for _, k := range everyKind {
			value := decoded(k.json)
			literal := takes(schema, p.typ, value)
			isEnum := schema.Types[p.typ.Name()].Kind == ast.Enum
			if k.literal == "NOWHERE" || isEnum && strings.HasPrefix(k.literal, `"`) {
				literal = false
			}
			add("literal "+k.literal, "", k.literal, "{}", literal)
			add("variable "+k.json, "($v: "+p.typ.String()+")", "$v", `{"v": `+k.json+`}`, takes(schema, p.typ, value))
			add("default "+k.literal, "($v: "+p.typ.String()+" = "+k.literal+")", "$v", "{}", literal)
		}
		nullable := *p.typ
		nullable.NonNull = false
		usual := sampleOf(schema, p.typ, 0)
		add("null for a default", "($v: "+nullable.String()+" = "+usual+")", "$v", `{"v": null}`, !p.typ.NonNull)
		if p.fallback {
			add("null for the place's default", "($v: "+nullable.String()+")", "$v", `{"v": null}`, !p.typ.NonNull)
			add("nothing for the place's default", "($v: "+nullable.String()+")", "$v", `{}`, true)
		}
		if p.typ.NonNull && !p.fallback {
			add("nothing at all", "($v: "+nullable.String()+")", "$v", `{}`, false)
			add("null as the default", "($v: "+nullable.String()+" = null)", "$v", `{}`, false)
		}
	}
	return all
}
