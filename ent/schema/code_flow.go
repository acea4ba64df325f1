package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/id"
)

// CodeFlow is one verification code that was sent: bound to a purpose, a destination and, for binding, an org.
type CodeFlow struct{ ent.Schema }

// Mixin of the flow.
func (CodeFlow) Mixin() []ent.Mixin { return []ent.Mixin{identity{kind: id.Flow}, born{}} }

// Fields of the flow.
func (CodeFlow) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("purpose").Values("SIGN_IN", "SET_PASSWORD", "BIND").Immutable(),
		field.String("destination").MaxLen(254).NotEmpty().Immutable().Comment("Phone number (E.164) or e-mail address."),
		field.String(
			"org_id").MaxLen(id.Len).Optional().Nillable().Immutable().Comment("The org that binds; null for other purposes."),
		field.Bytes(
			"code_hash").MaxLen(32).Immutable().Sensitive().Comment("HMAC of flow and code under the server's secret."),
		field.Int("guesses").Default(0).Comment("Counted before each is checked; 5 end the flow."),
		field.Time("expires_at").Immutable(),
		field.Time("used_at").Optional().Nillable().Comment("When the right code was used, once."),
	}
}

// Indexes of the flow.
func (CodeFlow) Indexes() []ent.Index {
	return []ent.Index{index.Fields("destination", "purpose", "created_at"), index.Fields("created_at")}
}
