package schema

import (
	"fmt"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/access"
	"deputy/internal/id"
)

// Role (岗位) is a job in an org, with its grants.
type Role struct{ ent.Schema }

// Mixin of the role.
func (Role) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.Role}, tenant{}, born{}, changed{}, named{}}
}

// Fields of the role.
func (Role) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").MaxLen(80).NotEmpty().Comment("Unique in the org, 1 to 20 characters."),
		field.String("description").MaxLen(800).Default("").Comment("To 200 characters."),
		field.Int64("grants").GoType(access.Set(0)).Comment("What the role opens, as the bits of access.Set."),
	}
}

// Edges of the role.
func (Role) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("org",
			Org.Type).Field("org_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.From("sub_accounts", SubAccount.Type).Ref("roles").Through("seats", SubAccountRole.Type),
	}
}

// Indexes of the role.
func (Role) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "name").Unique(),
		index.Fields("org_id", "created_at", "id"),
	}
}

// Annotations of the role.
func (Role) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"roles_grantable": fmt.Sprintf("grants >= 0 AND (grants | %[1]d) = %[1]d", access.Grantable()),
	})}
}
