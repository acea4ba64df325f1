package load

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// Field is the state that a plan keeps for a field of the document and all its rows.
type Field struct {
	// Place is the field's place in the document; see the function Place.
	Place string
	// ValueOfPeer returns the field's value for another row of a level that was loaded already, and false for a row of
	// another level. It is nil until a batch sets it.
	ValueOfPeer func(obj any) (value any, mine bool, err error)
}

type fieldKey struct{}

// WithField returns the context with which a plan calls the resolver of a field.
func WithField(ctx context.Context, s *Field) context.Context {
	return context.WithValue(ctx, fieldKey{}, s)
}

// Place returns the current field's place in the document: its path without the indices of lists. All rows of a level
// have the same place, with the same arguments and the same selection.
func Place(ctx context.Context) string {
	if kept, planned := ctx.Value(fieldKey{}).(*Field); planned {
		return kept.Place
	}
	return PlaceOf(graphql.GetFieldContext(ctx))
}

// PlaceOf is Place for the given field.
func PlaceOf(field *graphql.FieldContext) string {
	var names []string
	for fc := field; fc != nil; fc = fc.Parent {
		if fc.Index == nil && fc.Field.Field != nil {
			names = append(names, fc.Field.Alias)
		}
	}
	return strings.Join(names, "<")
}
