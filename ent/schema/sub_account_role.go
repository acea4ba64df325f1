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

// SubAccountRole gives a role to a sub-account of the same org.
type SubAccountRole struct{ ent.Schema }

// Fields of the link.
func (SubAccountRole) Fields() []ent.Field {
	return []ent.Field{
		field.String("sub_account_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.String("role_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.String("org_id").MaxLen(id.Len).NotEmpty().Immutable().Comment("The one org of both; see constraints.go."),
	}
}

// Edges of the link.
func (SubAccountRole) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("sub_account", SubAccount.Type).Field("sub_account_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("role", Role.Type).Field("role_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of the link.
func (SubAccountRole) Indexes() []ent.Index {
	return []ent.Index{index.Fields("role_id", "sub_account_id")}
}

// Annotations of the link.
func (SubAccountRole) Annotations() []schema.Annotation {
	return []schema.Annotation{field.ID("sub_account_id", "role_id")}
}
