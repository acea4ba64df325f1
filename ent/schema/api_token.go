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

// ApiToken (接口令牌) is a secret that authenticates an app.
type ApiToken struct{ ent.Schema } //nolint:revive // it is called so in the schema

// Mixin of the token.
func (ApiToken) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.APIToken}, tenant{}, born{}}
}

// Fields of the token.
func (ApiToken) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.String("name").MaxLen(200).NotEmpty().Immutable().Comment("1 to 50 characters."),
		field.String("hint").MaxLen(16).NotEmpty().Immutable().Comment("The beginning of the secret."),
		field.Bytes("token_hash").MaxLen(32).Unique().Immutable().Sensitive().
			Comment("SHA-256 of the secret, which is random and kept nowhere."),
		field.String("created_by_name").MaxLen(200).Immutable().Comment("Who made it, by the name of that time."),
		field.Time("ends_at").Comment("When it ends or ended."),
		field.String(
			"successor_id").MaxLen(id.Len).Optional().Nillable().Comment("The token that a rotation replaced it by."),
		field.Time("revoked_at").Optional().Nillable().Comment("When it was revoked, which ended it."),
		field.Time("last_used_at").Optional().Nillable().Comment("Written at most once a minute."),
		field.String("last_used_ip").MaxLen(45).Optional().Nillable(),
		field.String("last_used_user_agent").MaxLen(200).Optional().Nillable(),
		field.Time("last_refused_at").Optional().Nillable().Comment("Written at most once a minute."),
		field.String("last_refused_ip").MaxLen(45).Optional().Nillable(),
	}
}

// Edges of the token.
func (ApiToken) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("app", App.Type).Field("app_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of the token.
func (ApiToken) Indexes() []ent.Index {
	return []ent.Index{index.Fields("org_id", "app_id", "created_at", "id"), index.Fields("ends_at")}
}

// Annotations of the token.
func (ApiToken) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{ //nolint:gosec // a rule, no credential
		"api_tokens_ended": "revoked_at IS NULL OR ends_at <= revoked_at",
	})}
}
