// Package load reads what nested fields ask for: one statement for all rows of a level, and only the columns that the
// document selects. A level is a page.Level: the rows know it, and it knows what was loaded for them.
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

// Row knows the rows that it was loaded with.
type Row interface{ Peers() *page.Level }

// Batch resolves a field of the rows of a level. The first row that asks has it loaded for all of them, with one
// statement, and a plan then takes the values of the others without calling their resolver. So nothing that a resolver
// does may depend on its row but what Value does: not the arguments of a statement, not a check, not a log line. That
// holds for what is judged as well, which is why the rule of a field is no part of its resolver. A resolver may return
// early for a row that has nothing to load, where Value returns the same for it.
//
// P are the rows, R is what Load reads for all of them, and V is the value of one.
type Batch[P Row, R, V any] struct {
	// Key is what fields share that load the same for a level; the field's place in the document by itself.
	Key string
	// Load reads what the values of all rows are made of. It is called once for a level and a key, with the context of the
	// first row: what it takes from the running field is the same for all rows, for they meet there with the same
	// arguments and the same selection.
	Load func(ctx context.Context, rows []P) (R, error)
	// Value returns the value of a row. It reads nothing.
	Value func(loaded R, of P) (V, error)
}

// For returns the value for a row of the running field.
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

// Once runs fetch for all rows of the level the first time that it is called with the key, and tells of it under the
// running field.
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

// IDs returns each id once: a level may hold a row many times, and a statement takes only so many parameters.
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
