package load

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/page"
)

// lookAhead returns the parts of the current field's page that the document selects: the columns of the rows, edges,
// page info, and the count of the whole list.
func lookAhead(ctx context.Context, t *Table) (w page.Wants, parts page.Parts) {
	op := graphql.GetOperationContext(ctx)
	for _, field := range graphql.CollectFieldsCtx(ctx, []string{t.Type + "Connection"}) {
		switch field.Name {
		case "totalCount":
			w.Total = true
		case "pageInfo":
			w.Rows, parts.Info = true, true
		case "nodes":
			w.Rows = true
			w.Columns = append(w.Columns, t.Selected(op, field)...)
		case "edges":
			w.Rows, parts.Edges = true, true
			for _, below := range graphql.CollectFields(op, field.Selections, []string{t.Type + "Edge"}) {
				if below.Name == "node" {
					w.Columns = append(w.Columns, t.Selected(op, below)...)
				}
			}
		}
	}
	return w, parts
}

// Columns returns the columns that the document selects in the objects of the current field.
func (t *Table) Columns(ctx context.Context) []string {
	return t.Selected(graphql.GetOperationContext(ctx),
		graphql.CollectedField{Selections: graphql.GetFieldContext(ctx).Field.Selections})
}

// Table describes the table that objects of a type are read from.
type Table struct {
	Name string
	// Type is the objects' type in the schema.
	Type string
	// Has are the columns. A field with the name of a column needs that column.
	Has []string
	// Needs are the columns that other fields need, by the field's name, and under "" those that are always read.
	Needs map[string][]string
}

// ofOrg is the column of the org that owns a row. It is always read: nested fields are authorized in that org.
const ofOrg = "org_id"

// Selected returns the columns that the fields selected in an object need.
func (t *Table) Selected(op *graphql.OperationContext, field graphql.CollectedField) []string {
	columns := slices.Clone(t.Needs[""])
	if slices.Contains(t.Has, ofOrg) {
		columns = append(columns, ofOrg)
	}
	for _, f := range graphql.CollectFields(op, field.Selections, []string{t.Type, "Node"}) {
		if needed, ok := t.Needs[f.Name]; ok {
			columns = append(columns, needed...)
		} else if column := Snake(f.Name); slices.Contains(t.Has, column) {
			columns = append(columns, column)
		}
	}
	return columns
}

// Snake returns the name of a field as that of a column: createdAt becomes created_at.
func Snake(field string) string {
	var b strings.Builder
	for _, c := range field {
		if unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
