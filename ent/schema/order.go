package schema

import (
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/id"
)

// Order (订单) is an order through a creator, as the platform reported it.
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
		field.String("parent_number").MaxLen(256).Optional().Nillable().
			Comment("The number of the order that the platform split this one off, where it names one."),
		field.Bool("commission_after_refunds").Default(false).
			Comment("Whether the platform took refunds off the commission already."),
		field.Int64("refund_amount").Default(0).Comment("What was refunded in all so far. Only grows; see invariants.sql."),
		field.Time("refunded_at").Optional().Nillable().
			Comment("The last refund; null when there is none, or where it was not kept."),
		field.Int64("net_commission").Comment("What refunds leave of the commission; see netCommission."),
		field.Int64("org_share").Comment("The org's part of the net commission."),
		field.Int64("creator_share").Comment("The rest of it."),
		field.Int("share_bps").Optional().Nillable().
			Comment("The creator's share_bps when the order was paid; null where the platform gave the org's share."),
		field.Int64("given_share").Optional().Nillable().Comment("The org's share as the platform gave it."),
		field.Int64("given_net").Optional().Nillable().Comment("The net commission that it was given as a part of."),
		field.String("settled_by").MaxLen(id.Len).Optional().Nillable().
			Comment("The audit event that settled it, where that has no target for it. Set once."),
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

// Indexes of the order: one for each sort order of the list, alone and after each filter.
func (Order) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "number").Unique(),
		index.Fields("org_id", "parent_number").Annotations(entsql.IndexWhere("parent_number IS NOT NULL")),
		index.Fields("org_id", "paid_at", "id"),
		index.Fields("org_id", "amount", "id"),
		index.Fields("org_id", "status", "paid_at", "id"),
		index.Fields("org_id", "status", "amount", "id"),
		index.Fields("creator_id", "paid_at", "id", "org_id"), // with the org, so that the index alone is enough for counting
		index.Fields("creator_id", "amount", "id", "org_id"),
		index.Fields("org_id", "updated_at", "id"),
		index.Fields("org_id", "status", "updated_at", "id"),
		index.Fields("creator_id", "updated_at", "id", "org_id"),
		index.Fields("org_id", "settled_at", "id").Annotations(entsql.IndexWhere(wasSettled)),
		index.Fields("org_id", "status", "settled_at", "id").Annotations(entsql.IndexWhere(wasSettled)),
		index.Fields("creator_id", "settled_at", "id", "org_id").Annotations(entsql.IndexWhere(wasSettled)),
	}
}

// wasSettled keeps settled orders: the others have no position in this sort order.
const wasSettled = "settled_at IS NOT NULL"

// Annotations of the order.
func (Order) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"orders_status":     "status IN ('PAID', 'SETTLED', 'REFUNDED')",
		"orders_amount":     "amount BETWEEN 0 AND 1000000000000",
		"orders_commission": "commission BETWEEN 0 AND amount",
		"orders_settled":    "status = 'REFUNDED' OR (status = 'SETTLED') = (settled_at IS NOT NULL)",
		"orders_settled_at": "settled_at >= paid_at",
		"orders_refund": "refund_amount BETWEEN 0 AND amount AND " +
			"(status <> 'REFUNDED' AND (refund_amount < amount OR amount = 0) OR " +
			"status = 'REFUNDED' AND refund_amount = amount)",
		"orders_refunded_at": "refunded_at IS NULL OR refunded_at >= paid_at AND (refund_amount > 0 OR status = 'REFUNDED')",
		"orders_net":         "net_commission = " + netCommission,
		"orders_shares":      "org_share BETWEEN 0 AND net_commission AND creator_share = net_commission - org_share",
		"orders_org_share": "CASE WHEN share_bps IS NOT NULL THEN share_bps BETWEEN 0 AND 10000 AND given_share IS NULL " +
			"AND given_net IS NULL " +
			"AND org_share = net_commission * share_bps / 10000 " +
			"WHEN given_net IS NULL OR given_share IS NULL THEN FALSE " +
			"ELSE given_net BETWEEN 1 AND 1000000000000 AND given_share BETWEEN 0 AND given_net " +
			"AND org_share = " + part("given_share", "net_commission", "given_net") + " END",
	})}
}

// netCommission is the commission after refunds: 0 for an order that is REFUNDED, all of it if the platform has already
// deducted refunds, and otherwise the share of the net amount in the amount.
var netCommission = "CASE WHEN status = 'REFUNDED' THEN 0 WHEN commission_after_refunds OR amount = 0 THEN " +
	"commission ELSE " +
	part("commission", "(amount - refund_amount)", "amount") + " END"

// part is a × b ÷ c, rounded down, of integers up to 2^40, with c above 0 and the result in the same range. Neither
// database has integers of the product's size: it divides by the upper half of b first, and then the remainder with the
// lower half.
func part(a, b, c string) string {
	const long = "((A * (B >> 20)) / C << 20) + (((A * (B >> 20)) % C << 20) + A * (B & 1048575)) / C"
	return "(" + strings.NewReplacer("A", a, "B", b, "C", c).Replace(long) + ")"
}
