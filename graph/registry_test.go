package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent/codeflow"
	"deputy/ent/migrate"
	"deputy/internal/gqlserve"
	"deputy/internal/id"
	"deputy/internal/load"
)

// unregistered returns what the registry of objects lacks: types of the schema that have an id, and tables whose rows
// live in an org and have an id of their own kind.
func unregistered(types map[string]*ast.Definition, tables []*schema.Table) (lacks []string) {
	const remedy = "give it a row in the registry of objects, internal/id/object.go"
	byTable := map[string]bool{codeflow.Table: true} // the record calls a flow a VerificationCode
	for _, o := range id.Objects() {
		byTable[strings.TrimPrefix(load.Snake(o.Type), "_")+"s"] = o.Kind != ""
	}
	for name, def := range types {
		of, _ := id.ObjectOf(name)
		if f := def.Fields.ForName("id"); def.Kind == ast.Object && f != nil && f.Type.Name() == "ID" && of.Kind == "" {
			lacks = append(lacks, fmt.Sprintf("the type %s has an id: %s", name, remedy))
		}
	}
	for _, t := range tables {
		named := len(t.PrimaryKey) == 1 && t.PrimaryKey[0].Type == field.TypeString
		inOrg := slices.ContainsFunc(t.Columns, func(c *schema.Column) bool { return c.Name == "org_id" })
		if named && inOrg && !byTable[t.Name] {
			lacks = append(lacks, fmt.Sprintf("the rows of %s live in an org: %s", t.Name, remedy))
		}
	}
	slices.Sort(lacks)
	return lacks
}

// TestEveryObjectIsInTheRegistry: a type with an id, and a table whose rows live in an org, have a row in the registry
// of objects. Who forgets it is told where to add it.
func TestEveryObjectIsInTheRegistry(t *testing.T) {
	t.Parallel()
	if lacks := unregistered(gqlserve.Served().Types, migrate.Tables); len(lacks) > 0 {
		t.Error(strings.Join(lacks, "\n"))
	}
	key := &schema.Column{Name: "id", Type: field.TypeString}
	got := unregistered(map[string]*ast.Definition{
		"Contract": {Kind: ast.Object, Fields: ast.FieldList{{Name: "id", Type: ast.NonNullNamedType("ID", nil)}}},
		"Role":     {Kind: ast.Object, Fields: ast.FieldList{{Name: "id", Type: ast.NonNullNamedType("ID", nil)}}},
		"Point":    {Kind: ast.Object, Fields: ast.FieldList{{Name: "amount", Type: ast.NonNullNamedType("Int64", nil)}}},
	}, []*schema.Table{
		{Name: "contracts", Columns: []*schema.Column{key, {Name: "org_id"}}, PrimaryKey: []*schema.Column{key}},
		{Name: "throttles", Columns: []*schema.Column{key}, PrimaryKey: []*schema.Column{key}},
	})
	const remedy = "give it a row in the registry of objects, internal/id/object.go"
	want := []string{
		"the rows of contracts live in an org: " + remedy, "the type Contract has an id: " + remedy,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
