// Package load reads the rows of nested fields: one statement for all rows of a level, and only the columns that the
// document selects. A level is a page.Level: the rows refer to it, and it keeps the results that were loaded for them.
package load

import (
	"cmp"
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"go.opentelemetry.io/otel/attribute"

	"deputy/internal/page"
	"deputy/internal/traces"
)

// Row is a row that refers to the level it was loaded with.
type Row interface{ Peers() *page.Level }

// Batch resolves a field of the rows of a level. The first call loads it for all rows, with one statement, and a plan
// then reads the values of the other rows without calling their resolver. So only Value may depend on the row: not the
// arguments of a statement, not a check, not a log line. That includes authorization, which is why the rule of a field
// is not part of its resolver. A resolver may return early for a row without anything to load, if Value returns the
// same for it.
//
// P are the rows, R is what Load reads for all of them, and V is the value of one.
type Batch[P Row, R, V any] struct {
	// Key is the same for fields that load the same for a level. By default it is the field's place in the document.
	Key string
	// Load reads the data for the values of all rows. It is called once for a level and a key, with the context of the
	// first row: the arguments and the selection of the current field are the same for all rows.
	Load func(ctx context.Context, rows []P) (R, error)
	// Value returns the value of a row. It must not read from the database.
	Value func(loaded R, of P) (V, error)
}

// For returns the value of the current field for a row.
func (b Batch[P, R, V]) For(ctx context.Context, of P) (V, error) {
	level := of.Peers()
	loaded, err := Once(ctx, level, cmp.Or(b.Key, Place(ctx)), b.Load)
	if err != nil {
		var none V
		return none, err
	}
	if slot, planned := ctx.Value(fieldKey{}).(*Field); planned {
		nullable := reflect.TypeFor[V]().Kind() == reflect.Pointer
		slot.ValueOfPeer = func(obj any) (any, bool, error) {
			other, ok := obj.(P)
			if !ok || other.Peers() != level {
				return nil, false, nil
			}
			value, err := b.Value(loaded, other)
			if nullable && reflect.ValueOf(value).IsNil() {
				return nil, true, err
			}
			return value, true, err
		}
	}
	return b.Value(loaded, of)
}

// Once calls fetch for all rows of the level on the first call with the key, and returns its result on later ones. The
// call is traced as a span of the current field.
func Once[P, R any](
	ctx context.Context, level *page.Level, key string, fetch func(context.Context, []P) (R, error),
) (R, error) {
	return page.Once(level, key, func(peers []P) (found R, err error) {
		if traces.On(ctx) {
			field := graphql.GetFieldContext(ctx)
			var end func(error)
			ctx, end = traces.Start(ctx, field.Object+"."+field.Field.Name, attribute.Int("deputy.rows", len(peers)))
			defer func() { end(err) }()
		}
		return fetch(ctx, peers)
	})
}

// IDs returns each id once: a level may contain a row many times, and the parameters of a statement are limited.
func IDs[P any](rows []P, id func(P) string) []string {
	all, seen := make([]string, 0, len(rows)), make(map[string]bool, len(rows))
	for _, row := range rows {
		if one := id(row); !seen[one] {
			seen[one] = true
			all = append(all, one)
		}
	}
	return all
}
