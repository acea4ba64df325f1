package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/id"
)

// Account (帐号) is a person's login.
type Account struct{ ent.Schema }

// Mixin of the account.
func (Account) Mixin() []ent.Mixin { return []ent.Mixin{identity{kind: id.Account}, born{}} }

// Fields of the account.
func (Account) Fields() []ent.Field {
	return []ent.Field{
		field.String("phone").Optional().Nillable().Unique().MaxLen(20).Comment("E.164."),
		field.String("email").Optional().Nillable().Unique().MaxLen(254).Comment("Canonical form of package contact."),
		field.String("password_hash").Optional().Nillable().Sensitive().Comment("Argon2id, in PHC string format."),
		field.Bool("has_password").Default(false).Comment("Whether there is a password_hash, for requests, which can't " +
			"read it."),
		field.Enum("side").Values("NONE", "OWNER", "SEATED").Default("NONE").
			Comment("Owner of an org, or holder of seats, never both: orgs and sub-accounts refer to (id, side)."),
	}
}

// Indexes of the account.
func (Account) Indexes() []ent.Index { return []ent.Index{index.Fields("id", "side").Unique()} }

// Annotations of the account.
func (Account) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"accounts_reachable": "phone IS NOT NULL OR email IS NOT NULL",
		"accounts_password":  "has_password = (password_hash IS NOT NULL)",
		"accounts_side":      "side IN ('NONE', 'OWNER', 'SEATED')",
	})}
}
