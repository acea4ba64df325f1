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

// Order (订单) is one that a creator brought in, as the platform reported it.
type Order struct{ ent.Schema }

// Mixin of the order.
func (Order) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.Order}, born{}, changed{}, searched{}}
}

// Fields of the order. Money is in the smallest unit of the org's currency.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		field.String("org_id").MaxLen(id.Len).NotEmpty().Immutable().Comment("The org, which is the creator's too; see " +
			"constraints.go."),
		field.String("number").MaxLen(256).NotEmpty().Immutable().Comment("The platform's order number, unique in the org."),
		field.String("creator_id").MaxLen(id.Len).NotEmpty(),
		field.String("product_name").MaxLen(400).NotEmpty().Comment("1 to 100 characters."),
		field.Int64("amount"),
		field.Int64("commission"),
		field.Enum("status").Values("PAID", "SETTLED", "REFUNDED").Comment("Never goes back; see invariants.sql."),
		field.Time("paid_at"),
		field.Time("settled_at").Optional().Nillable(),
		field.String("made_by").MaxLen(id.Len).Optional().Nillable().Immutable().
			Comment("The audit event that made it, which has no target for it; null for one from before that was kept."),
	}
}

// Edges of the order.
func (Order) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("org",
			Org.Type).Field("org_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("creator",
			Creator.Type).Field("creator_id").Unique().Required().Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of the order: one for each order of the list, by itself and behind each filter.
func (Order) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "number").Unique(),
		index.Fields("org_id", "paid_at", "id"),
		index.Fields("org_id", "amount", "id"),
		index.Fields("org_id", "status", "paid_at", "id"),
		index.Fields("org_id", "status", "amount", "id"),
		index.Fields("creator_id", "paid_at", "id", "org_id"), // the org, so that they are counted without their rows
		index.Fields("creator_id", "amount", "id", "org_id"),
		index.Fields("org_id", "updated_at", "id"),
		index.Fields("org_id", "status", "updated_at", "id"),
		index.Fields("creator_id", "updated_at", "id", "org_id"),
	}
}

// Annotations of the order.
func (Order) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"orders_status":     "status IN ('PAID', 'SETTLED', 'REFUNDED')",
		"orders_amount":     "amount BETWEEN 0 AND 1000000000000",
		"orders_commission": "commission BETWEEN 0 AND amount",
		"orders_settled":    "status = 'REFUNDED' OR (status = 'SETTLED') = (settled_at IS NOT NULL)",
		"orders_settled_at": "settled_at >= paid_at",
	})}
}
