package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"os"
	"slices"
	"strings"
	"text/template"

	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed lists.gotpl
var listsTemplate string

//go:embed tables.gotpl
var tablesTemplate string

// bindings returns the Go files that are derived from the types of the schema: the types of its connections and edges,
// and the list of the tables of its objects.
func bindings(schema *ast.Schema) (map[string][]byte, error) {
	type row struct{ Type, Go, Table string }
	var lists, objects []row
	for name, def := range schema.Types {
		if def.Kind != ast.Object {
			continue
		}
		if name, is := strings.CutSuffix(name, "Connection"); is {
			of := row{Type: name, Go: "model." + name}
			if hasEntity(name) {
				of.Go = "ent." + name
			}
			lists = append(lists, of)
		}
		if def.Fields.ForName("id") != nil && hasEntity(name) || schema.Types[name+"Edge"] != nil && hasEntity(name) {
			objects = append(objects, row{Type: name, Table: templates.LcFirst(name) + "Table"})
		}
	}
	files := map[string][]byte{}
	for _, f := range []struct {
		name, template string
		rows           []row
	}{
		{"graph/internal/lists/lists_gen.go", listsTemplate, lists},
		{"graph/tables_gen.go", tablesTemplate, objects},
	} {
		slices.SortFunc(f.rows, func(a, b row) int { return strings.Compare(a.Type, b.Type) })
		var text bytes.Buffer
		err := template.Must(template.New(f.name).Parse(f.template)).Execute(&text, f.rows)
		if err == nil {
			files[f.name], err = format.Source(text.Bytes())
		}
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	return files, nil
}

// hasEntity reports whether a type of the schema has an entity in Ent.
func hasEntity(name string) bool {
	_, err := os.Stat("ent/" + strings.ToLower(name) + ".go")
	return err == nil
}
