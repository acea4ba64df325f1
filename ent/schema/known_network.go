package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/id"
)

// KnownNetwork is a network that an account has signed in from.
type KnownNetwork struct{ ent.Schema }

// Fields of the network.
func (KnownNetwork) Fields() []ent.Field {
	return []ent.Field{
		field.String("account_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.String("network").MaxLen(50).NotEmpty().Immutable().Comment("Prefix of the address, such as 203.0.113.0/24."),
		field.Time("last_at").Comment("The last sign-in from there."),
	}
}

// Edges of the network.
func (KnownNetwork) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("account", Account.Type).Field("account_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of the network.
func (KnownNetwork) Indexes() []ent.Index {
	return []ent.Index{index.Fields("account_id", "network").Unique()}
}
