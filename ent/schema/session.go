package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/id"
)

// Session is a signed-in client of an account.
type Session struct{ ent.Schema }

// Mixin of the session.
func (Session) Mixin() []ent.Mixin { return []ent.Mixin{identity{kind: id.Session}, born{}} }

// Fields of the session.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		field.String("account_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.Bytes(
			"token_hash").MaxLen(32).Unique().Immutable().Sensitive().Comment("SHA-256 of the token, which is random and kept " +
			"nowhere."),
		field.Time("last_used_at").Comment("Written at most once a minute; 7 days without use end the session."),
		field.Time("expires_at").Immutable().Comment("30 days after it began."),
		field.String("ip").MaxLen(45).Optional().Nillable().Immutable(),
		field.String("user_agent").MaxLen(200).Optional().Nillable().Immutable(),
	}
}

// Edges of the session.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("account", Account.Type).Field("account_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of the session.
func (Session) Indexes() []ent.Index {
	return []ent.Index{index.Fields("account_id", "created_at", "id")}
}
