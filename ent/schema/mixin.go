// Package schema defines the entities. What SQL supports and Ent does not is in internal/store: composite foreign keys
// in constraints.go, triggers in migrations/*/invariants.sql. Times are UTC, in microseconds.
package schema

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"

	"deputy/internal/collate"
	"deputy/internal/id"
	"deputy/internal/search"
)

// identity gives an entity an id of its kind.
type identity struct {
	mixin.Schema
	kind id.Kind
}

func (i identity) Fields() []ent.Field {
	kind := i.kind
	return []ent.Field{
		field.String("id").MaxLen(id.Len).NotEmpty().Immutable().
			DefaultFunc(func() string { return id.New(kind) }).
			Comment("Made by package id: of its kind, sorted by the time it was made."),
	}
}

// born adds the time of creation to an entity.
type born struct{ mixin.Schema }

func (born) Fields() []ent.Field {
	return []ent.Field{field.Time("created_at").Immutable().Comment("When it was made.")}
}

// changed adds the time of the last change to an entity.
type changed struct{ mixin.Schema }

func (changed) Fields() []ent.Field {
	return []ent.Field{field.Time("updated_at").Comment("When it was last changed.")}
}

// tenant adds the org of an entity, which never changes. (org_id, id) is a key too, so that foreign keys can refer to
// the row and its org together.
type tenant struct{ mixin.Schema }

func (tenant) Fields() []ent.Field {
	return []ent.Field{field.String("org_id").MaxLen(id.Len).NotEmpty().Immutable().Comment("The org it belongs to.")}
}

func (tenant) Indexes() []ent.Index { return []ent.Index{index.Fields("org_id", "id").Unique()} }

// named adds the sort key of an entity's name. It is set whenever Ent sets the name.
type named struct{ mixin.Schema }

func (named) Fields() []ent.Field {
	return []ent.Field{field.Bytes("name_key").MaxLen(collate.MaxKey).
		Comment("Sorts as the name does for readers of Chinese; see package collate. Made from the name.")}
}

func (named) Indexes() []ent.Index { return []ent.Index{index.Fields("org_id", "name_key", "id")} }

func (named) Hooks() []ent.Hook {
	return []ent.Hook{func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if name, is := m.Field("name"); is {
				text, _ := name.(string)
				if err := m.SetField("name_key", collate.Key(text)); err != nil {
					return nil, err
				}
			}
			return next.Mutate(ctx, m)
		})
	}}
}

// searched adds the grams of an entity's texts, which searches use.
type searched struct{ mixin.Schema }

func (searched) Fields() []ent.Field {
	return []ent.Field{field.Other("grams", search.Grams{}).
		SchemaType(map[string]string{dialect.Postgres: "int[]", dialect.SQLite: "text"}).
		Comment("Of the texts that a search looks into. PostgreSQL indexes them as they are; on SQLite triggers move " +
			"them into a full-text index.")}
}

func (searched) Indexes() []ent.Index {
	return []ent.Index{index.Fields("grams").Annotations(entsql.IndexTypes(map[string]string{dialect.Postgres: "GIN"}))}
}
