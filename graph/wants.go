package graph

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/page"
)

// wants looks ahead at what the document asks of the page that the running field answers: which columns of the rows, edges,
// and the count of the whole list.
func wants(ctx context.Context, t *table) (w page.Wants, parts page.Parts) {
	op := graphql.GetOperationContext(ctx)
	for _, field := range graphql.CollectFieldsCtx(ctx, []string{t.satisfies[0] + "Connection"}) {
		switch field.Name {
		case "totalCount":
			w.Total = true
		case "pageInfo":
			w.Rows, parts.Info = true, true
		case "nodes":
			w.Rows = true
			w.Columns = append(w.Columns, t.selected(op, field)...)
		case "edges":
			w.Rows, parts.Edges = true, true
			for _, below := range graphql.CollectFields(op, field.Selections, []string{t.satisfies[0] + "Edge"}) {
				if below.Name == "node" {
					w.Columns = append(w.Columns, t.selected(op, below)...)
				}
			}
		}
	}
	return w, parts
}

// columns looks ahead at which columns the document asks of the objects that the running field answers.
func (t *table) columns(ctx context.Context) []string {
	return t.selected(graphql.GetOperationContext(ctx), graphql.CollectedField{Selections: graphql.GetFieldContext(ctx).Field.Selections})
}

// table is what reading an object takes: the columns of its table, and which of them the fields need that are not named
// like a column.
type table struct {
	name string
	// satisfies is the name of the objects' type in the schema, and the interfaces it implements.
	satisfies []string
	has       []string
	needs     map[string][]string
}

// selected answers the columns that the fields selected in an object need.
func (t *table) selected(op *graphql.OperationContext, field graphql.CollectedField) []string {
	columns := slices.Clone(t.needs[""])
	for _, f := range graphql.CollectFields(op, field.Selections, t.satisfies) {
		if needed, ok := t.needs[f.Name]; ok {
			columns = append(columns, needed...)
		} else if column := snake(f.Name); slices.Contains(t.has, column) {
			columns = append(columns, column)
		}
	}
	return columns
}

// snake answers the column that a field is named like: createdAt is created_at.
func snake(field string) string {
	var b strings.Builder
	for _, c := range field {
		if unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// siblings are the fields that the document asks of the object that the running field is one of, itself among them.
func siblings(ctx context.Context) []graphql.CollectedField {
	field, op := graphql.GetFieldContext(ctx), graphql.GetOperationContext(ctx)
	parent := field.Parent
	for parent != nil && parent.Index != nil {
		parent = parent.Parent
	}
	var selected ast.SelectionSet
	if parent != nil {
		selected = parent.Field.Selections
	} else { // the event of a subscription, whose one field is in no context
		selected = graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})[0].Selections
	}
	return graphql.CollectFields(op, selected, []string{field.Object, "Node"})
}

// place names the running field's place in the document: its path without the indices of lists. All rows of a level meet at
// the same place, with the same arguments and the same selection.
func place(ctx context.Context) string {
	if kept, planned := ctx.Value(slotKey{}).(*slot); planned {
		return kept.place
	}
	return placeOf(graphql.GetFieldContext(ctx))
}

func placeOf(field *graphql.FieldContext) string {
	var names []string
	for fc := field; fc != nil; fc = fc.Parent {
		if fc.Index == nil && fc.Field.Field != nil {
			names = append(names, fc.Field.Alias)
		}
	}
	return strings.Join(names, "<")
}
