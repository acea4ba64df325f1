package graph_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"deputy/internal/apitest"
)

// drawing draws a document over the whole schema.
type drawing struct {
	*rapid.T
	walk      *walk
	room      int // how many fields may still be drawn
	fragments []string
}

// document draws a query, and variables whose values are the names of ids, which the caller fills in.
func (d *drawing) document() (string, apitest.Vars) {
	return d.operation("query", d.selection(d.walk.schema.Query, 0))
}

// operation returns an operation of the kind, with the fragments that were drawn and what it declares beside the
// variables that were.
func (d *drawing) operation(kind, body string, declared ...string) (string, apitest.Vars) {
	text := body + strings.Join(d.fragments, "")
	vars := apitest.Vars{}
	for _, found := range variable.FindAllStringSubmatch(text, -1) {
		name := found[1]
		if slices.ContainsFunc(declared, func(s string) bool { return strings.HasPrefix(s, "$"+name+":") }) {
			continue
		}
		switch name {
		case "yes", "no":
			declared = append(declared, "$"+name+": Boolean!")
			vars[name] = name == "yes"
		case "absent":
			declared = append(declared, "$absent: Int")
		case "two":
			declared = append(declared, "$two: Int = 2")
		default:
			declared = append(declared, "$"+name+": ID!")
			vars[name] = "nothing of that kind"
		}
	}
	head := kind
	if len(declared) > 0 {
		head += "(" + strings.Join(declared, ", ") + ")"
	}
	return head + " " + text, vars
}

// selection draws the fields of an object, one at least.
func (d *drawing) selection(on *ast.Definition, depth int) string {
	if on.IsAbstractType() {
		parts := []string{"__typename", "... on Node { id }"}
		for _, possible := range d.walk.schema.GetPossibleTypes(on) {
			if d.chance("on "+possible.Name, 3) {
				parts = append(parts, "... on "+possible.Name+" "+d.prefixed(possible, depth))
			}
		}
		return "{ " + strings.Join(parts, " ") + " }"
	}
	return d.fields(on, depth, "")
}

// prefixed draws fields whose names in the response are the type's own.
func (d *drawing) prefixed(on *ast.Definition, depth int) string {
	return d.fields(on, depth, on.Name+"_")
}

func (d *drawing) fields(on *ast.Definition, depth int, prefix string) string {
	var parts []string
	for range rapid.IntRange(1, 5).Draw(d.T, "fields of "+on.Name) {
		field := rapid.SampledFrom(on.Fields).Draw(d.T, "field of "+on.Name)
		if strings.HasPrefix(field.Name, "__") {
			field = &ast.FieldDefinition{Name: "__typename", Type: ast.NonNullNamedType("String", nil)}
		}
		part, ok := d.field(on, field, depth, prefix)
		if !ok {
			continue
		}
		switch rapid.IntRange(0, 11).Draw(d.T, "wrapped") {
		case 0:
			part = "... { " + part + " }"
		case 1:
			part = "... on " + on.Name + " @include(if: $yes) { " + part + " }"
		case 2:
			part = "... @skip(if: $no) { " + part + " }"
		case 3:
			name := fmt.Sprint("F", len(d.fragments))
			d.fragments = append(d.fragments, fmt.Sprintf(" fragment %s on %s { %s }", name, on.Name, part))
			part = "..." + name
		case 4:
			part = "... @include(if: $no) { " + part + " }"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		parts = append(parts, "__typename")
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

// field draws a call of the field and what is below it.
func (d *drawing) field(on *ast.Definition, f *ast.FieldDefinition, depth int, prefix string) (string, bool) {
	if d.room--; d.room < 0 {
		return "", false
	}
	of := d.walk.schema.Types[f.Type.Name()]
	if of.IsCompositeType() && depth > 9 {
		return "", false
	}
	calls := d.calls(on, f)
	which := rapid.IntRange(0, len(calls)-1).Draw(d.T, "arguments of "+f.Name)
	name := prefix + f.Name
	if which > 0 || d.chance("alias", 4) {
		name = fmt.Sprint(prefix, f.Name, which)
	}
	call := calls[which]
	if name != f.Name {
		call = name + ": " + call
	}
	switch rapid.IntRange(0, 19).Draw(d.T, "steered") {
	case 0:
		call += " @include(if: $yes)"
	case 1:
		call += " @skip(if: $yes)"
	case 2:
		call += " @skip(if: false) @include(if: $yes)"
	}
	if of.IsCompositeType() {
		call += " " + d.selection(of, depth+1)
	}
	return call, true
}

// calls are the ways in which the field is called; each has a name of its own in the response.
func (d *drawing) calls(on *ast.Definition, f *ast.FieldDefinition) []string {
	if f.Name == "__typename" {
		return []string{f.Name}
	}
	calls := append([]string{d.walk.call(on, f)}, d.walk.optional(on, f)...)
	if f.Arguments.ForName("after") != nil {
		for _, args := range []string{
			"first: 1", "first: 2", "first: 0", "first: 101", "first: $absent", "first: $two",
			"first: null", `after: "nothing"`,
		} {
			calls = append(calls, d.walk.call(on, f, args))
		}
	}
	if f.Arguments.ForName("before") != nil {
		calls = append(calls, d.walk.call(on, f, "last: 2"), d.walk.call(on, f, "last: 1, first: 1"))
	}
	return calls
}

func (d *drawing) chance(label string, in int) bool {
	return rapid.IntRange(1, in).Draw(d.T, label) == 1
}
