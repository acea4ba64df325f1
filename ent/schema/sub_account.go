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

// SubAccount (子帐号) is one account's seat in one org.
type SubAccount struct{ ent.Schema }

// Mixin of the sub-account.
func (SubAccount) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.SubAccount}, tenant{}, born{}, changed{}, named{}}
}

// Fields of the sub-account.
func (SubAccount) Fields() []ent.Field {
	return []ent.Field{
		field.String("account_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.String("account_side").Default("SEATED").Immutable().Comment("Always SEATED; see accounts.side."),
		field.Int("slot").Immutable().Comment("1 to 20, unique for the account: an account has at most 20 seats."),
		field.String("name").MaxLen(80).NotEmpty().Comment("1 to 20 characters."),
		field.String("phone").Optional().Nillable().MaxLen(20).Immutable().Comment("The number the binding code went to, " +
			"E.164."),
		field.String("email").Optional().Nillable().MaxLen(254).Immutable().Comment("The address the binding code went to."),
		field.Enum("status").Values("ENABLED", "DISABLED").Default("ENABLED"),
		field.Time("last_active_at").Optional().Nillable().Comment("Written at most once a minute."),
	}
}

// Edges of the sub-account.
func (SubAccount) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("org",
			Org.Type).Field("org_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("account", Account.Type).Field("account_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("roles", Role.Type).Through("seats", SubAccountRole.Type),
	}
}

// Indexes of the sub-account.
func (SubAccount) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "account_id").Unique(),
		index.Fields("account_id", "slot").Unique(),
		index.Fields("org_id", "created_at", "id"),
	}
}

// Annotations of the sub-account.
func (SubAccount) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"sub_accounts_slot":         "slot BETWEEN 1 AND 20",
		"sub_accounts_status":       "status IN ('ENABLED', 'DISABLED')",
		"sub_accounts_account_side": "account_side = 'SEATED'",
		"sub_accounts_contact":      "phone IS NOT NULL OR email IS NOT NULL",
	})}
}
