package playground

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const (
	schemaFiles      = "../graph/schema/*.graphqls"
	operationsFolder = "operations"
)

type example struct{ File, Zh, En string }

// index reads the order and the names in which the page lists the examples.
func index(t *testing.T) []example {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(operationsFolder, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var groups []struct {
		Zh, En     string
		Operations []example
	}
	if err := json.Unmarshal(content, &groups); err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, group := range groups {
		if group.Zh == "" || group.En == "" {
			t.Errorf("a group lacks a name: %+v", group)
		}
		all = append(all, group.Operations...)
	}
	return all
}

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob(schemaFiles)
	if err != nil || len(names) == 0 {
		t.Fatalf("no schema at %s: %v", schemaFiles, err)
	}
	var sources []*ast.Source
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(content)})
	}
	s, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatalf("load the schema: %v", err)
	}
	return s
}

// operation reads an example and holds it against the schema.
func operation(t *testing.T, s *ast.Schema, file string) *ast.OperationDefinition {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(operationsFolder, file+".graphql"))
	if err != nil {
		t.Fatal(err)
	}
	document, faults := gqlparser.LoadQueryWithRules(s, string(content), rules.NewDefaultRules())
	if len(faults) > 0 {
		t.Fatalf("%s.graphql: %v", file, faults)
	}
	if len(document.Operations) != 1 || document.Operations[0].Name == "" {
		t.Fatalf("%s.graphql: want one operation with a name", file)
	}
	return document.Operations[0]
}

func variables(t *testing.T, file string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(operationsFolder, file+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := json.Unmarshal(content, &values); err != nil {
		t.Fatalf("%s.json: %v", file, err)
	}
	return values
}

func TestExamplesAreValid(t *testing.T) {
	s := schema(t)
	for _, e := range index(t) {
		t.Run(e.File, func(t *testing.T) {
			if e.Zh == "" || e.En == "" {
				t.Errorf("lacks a name: %+v", e)
			}
			op, values := operation(t, s, e.File), variables(t, e.File)
			if _, err := validator.VariableValues(s, op, values); err != nil {
				t.Errorf("%s.json: %v", e.File, err)
			}
			for name := range values {
				if op.VariableDefinitions.ForName(name) == nil {
					t.Errorf("%s.json: the operation has no variable $%s", e.File, name)
				}
			}
		})
	}
}

func TestEveryQueryAndMutationHasAnExample(t *testing.T) {
	s := schema(t)
	shown := map[string]bool{}
	names := map[string]string{}
	for _, e := range index(t) {
		op := operation(t, s, e.File)
		if other, taken := names[op.Name]; taken {
			t.Errorf("%s and %s are both named %s", other, e.File, op.Name)
		}
		names[op.Name] = e.File
		for _, selection := range op.SelectionSet {
			if field, ok := selection.(*ast.Field); ok {
				shown[string(op.Operation)+" "+field.Name] = true
			}
		}
	}
	for kind, root := range map[ast.Operation]*ast.Definition{ast.Query: s.Query, ast.Mutation: s.Mutation} {
		for _, field := range root.Fields {
			if !strings.HasPrefix(field.Name, "__") && !shown[string(kind)+" "+field.Name] {
				t.Errorf("no example of %s %s: add %s/%s.graphql and list it in index.json",
					kind, field.Name, operationsFolder, field.Name)
			}
		}
	}
}

func TestIndexListsEveryFile(t *testing.T) {
	entries, err := os.ReadDir(operationsFolder)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, e := range index(t) {
		if slices.Contains(listed, e.File) {
			t.Errorf("%s is listed twice", e.File)
		}
		listed = append(listed, e.File)
	}
	for _, entry := range entries {
		file := strings.TrimSuffix(strings.TrimSuffix(entry.Name(), ".graphql"), ".json")
		if file != "index" && !slices.Contains(listed, file) {
			t.Errorf("%s is not listed in index.json", entry.Name())
		}
	}
}
