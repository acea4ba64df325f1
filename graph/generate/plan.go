package main

import (
	_ "embed"
	"fmt"
	"go/types"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed plan.gotpl
var planTemplate string

// plans is a gqlgen plugin that generates how plans read each field of the objects that queries can reach. It uses the
// same bindings as the generated executor, so that nothing is declared twice.
type plans struct{}

// Name implements plugin.Plugin.
func (plans) Name() string { return "plans" }

// GenerateCode implements plugin.CodeGenerator.
func (plans) GenerateCode(data *codegen.Data) error {
	reached := reach(data.Schema)
	var objects []*codegen.Object
	for _, o := range data.Objects {
		if reached[o.Name] && !strings.HasPrefix(o.Name, "__") {
			objects = append(objects, o)
		}
	}
	return templates.Render(templates.Options{
		PackageName: data.Config.Exec.Package,
		Filename:    filepath.Join(data.Config.Exec.DirName, "plan.generated.go"),
		Template:    planTemplate,
		Data:        struct{ Objects []*codegen.Object }{objects},
		Funcs: template.FuncMap{
			"appended": appended, "list": isList, "leaf": isLeaf, "plain": isPlain,
			"kinds": kindsOf(data), "introspects": introspects,
		},
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
	})
}

// reach returns the types that a query can reach.
func reach(schema *ast.Schema) map[string]bool {
	reached := map[string]bool{}
	for queue := []string{schema.Query.Name}; len(queue) > 0; queue = queue[1:] {
		if reached[queue[0]] {
			continue
		}
		reached[queue[0]] = true
		def := schema.Types[queue[0]]
		for _, possible := range schema.GetPossibleTypes(def) {
			queue = append(queue, possible.Name)
		}
		for _, f := range def.Fields {
			queue = append(queue, f.Type.Name())
		}
	}
	return reached
}

func introspects(f *codegen.Field) bool { return strings.HasPrefix(f.Name, "__") }

func isLeaf(f *codegen.Field) bool { return f.TypeReference.Definition.IsLeafType() }

// isPlain reports whether the field is a leaf that is a Go field of the object.
func isPlain(f *codegen.Field) bool { return isLeaf(f) && f.IsVariable() && !f.IsResolver }

func isList(f *codegen.Field) bool { return f.TypeReference.GQL.Elem != nil }

// kindsOf returns the Go types of the field's type.
func kindsOf(data *codegen.Data) func(*codegen.Field) []*codegen.Object {
	return func(f *codegen.Field) (kinds []*codegen.Object) {
		for _, possible := range data.Schema.GetPossibleTypes(f.TypeReference.Definition) {
			kinds = append(kinds, data.Objects.ByName(possible.Name))
		}
		return kinds
	}
}

// appended returns statements that append the value of a leaf to b. A null value leaves b unchanged.
func appended(ref *config.TypeReference, v string) string {
	if ref.GQL.Elem != nil {
		return fmt.Sprintf("b = append(b, '[')\nfor i, v := range %s {\nif i > 0 {\nb = append(b, ',')\n}\n%s\n}\nb = "+
			"append(b, ']')", v, appended(ref.Elem(), "v"))
	}
	if ref.IsPtr() {
		return fmt.Sprintf("if %s != nil {\nv := *%s\n%s\n}", v, v, appended(ref.Elem(), "v"))
	}
	if ref.HasEnumValues() {
		return fmt.Sprintf("b = jsonappend.AppendString(b, %s[%s])", ref.EnumMarshalVar(false), v)
	}
	basic, _ := ref.GO.Underlying().(*types.Basic)
	marshaler := ""
	if ref.Marshaler != nil {
		marshaler = ref.Marshaler.Name()
	}
	switch {
	case basic != nil && marshaler == "MarshalString" || marshaler == "MarshalID":
		return fmt.Sprintf("b = jsonappend.AppendString(b, string(%s))", v)
	case marshaler == "MarshalInt":
		return fmt.Sprintf("b = jsonappend.AppendInt(b, %s)", v)
	case marshaler == "MarshalBoolean":
		return fmt.Sprintf("b = strconv.AppendBool(b, %s)", v)
	case marshaler == "MarshalTime":
		return fmt.Sprintf("b = model.AppendTime(b, %s)", v)
	case marshaler == "MarshalInt64":
		return fmt.Sprintf("if b, err = model.AppendInt64(b, %s); err != nil {\nreturn b, err\n}", v)
	}
	return fmt.Sprintf("w := jsonappend.Writer{Buf: b}\n%s.MarshalGQL(&w)\nb = w.Buf", v)
}
