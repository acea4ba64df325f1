package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/civil"
	"deputy/internal/id"
)

// Creator (达人) is under contract with an org.
type Creator struct{ ent.Schema }

// Mixin of the creator.
func (Creator) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.Creator}, tenant{}, born{}, changed{}, named{}, searched{}}
}

// Fields of the creator.
func (Creator) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").MaxLen(200).NotEmpty().Comment("1 to 50 characters."),
		field.String("platform_id").MaxLen(256).NotEmpty().Comment("The id on the platform, unique in the org."),
		field.String("category").MaxLen(80).Default(""),
		field.Int64("followers").Default(0),
		field.Enum("status").Values("SIGNED", "ENDED").Default("SIGNED"),
		field.Int32("contract_from").GoType(civil.Day(0)).Optional().Nillable(),
		field.Int32("contract_to").GoType(civil.Day(0)).Optional().Nillable(),
		field.Int("share_bps").Default(0).Comment("The org's share of the commission, in basis points."),
		field.String("manager_id").MaxLen(id.Len).Optional().Nillable().Comment("The sub-account of the same org that " +
			"looks after it (经纪人)."),
	}
}

// Edges of the creator.
func (Creator) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("org",
			Org.Type).Field("org_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("manager", SubAccount.Type).Field("manager_id").Unique().Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of the creator.
func (Creator) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "platform_id").Unique(),
		index.Fields("org_id", "created_at", "id"),
		index.Fields("org_id", "updated_at", "id"),
		index.Fields("org_id", "followers", "id"),
		index.Fields("org_id", "category", "created_at", "id"),
		index.Fields("manager_id", "org_id"),
		index.Fields("org_id", "contract_to", "id").Annotations(entsql.IndexWhere("contract_to IS NOT NULL")),
		index.Fields("org_id", "created_at", "id").StorageKey("creator_unmanaged").
			Annotations(entsql.IndexWhere("manager_id IS NULL")),
	}
}

// Annotations of the creator.
func (Creator) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"creators_status":    "status IN ('SIGNED', 'ENDED')",
		"creators_followers": "followers BETWEEN 0 AND 1000000000000",
		"creators_share":     "share_bps BETWEEN 0 AND 10000",
		"creators_contract":  "contract_from <= contract_to",
	})}
}
