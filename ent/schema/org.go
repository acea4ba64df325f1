package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/id"
)

// Org (机构) is an agency, the tenant.
type Org struct{ ent.Schema }

// Mixin of the org.
func (Org) Mixin() []ent.Mixin { return []ent.Mixin{identity{kind: id.Org}, born{}, changed{}} }

// Fields of the org.
func (Org) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").MaxLen(200).NotEmpty(),
		field.String(
			"owner_id").MaxLen(id.Len).NotEmpty().Immutable().Unique().Comment("The account that opened it; an account opens " +
			"one org."),
		field.String("owner_side").Default("OWNER").Immutable().Comment("Always OWNER; see accounts.side."),
		field.String("owner_name").MaxLen(200).NotEmpty().Comment("What the owner is called in this org."),
		field.String(
			"time_zone").MaxLen(64).NotEmpty().Default("Asia/Shanghai").Comment("IANA name; decides the day of an order."),
		field.String("currency").MaxLen(3).NotEmpty().Default("CNY").Comment("ISO 4217."),
	}
}

// Edges of the org.
func (Org) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("owner", Account.Type).Field("owner_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of the org. Ent does not make the field of a unique edge unique, so the index does.
func (Org) Indexes() []ent.Index { return []ent.Index{index.Fields("owner_id").Unique()} }

// Annotations of the org.
func (Org) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{"orgs_owner_side": "owner_side = 'OWNER'"})}
}
