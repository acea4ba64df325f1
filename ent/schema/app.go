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

// App (应用) is a partner system that works in one org in its own name.
type App struct{ ent.Schema }

// Mixin of the app.
func (App) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.App}, tenant{}, born{}, changed{}}
}

// Fields of the app.
func (App) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").MaxLen(200).NotEmpty().Comment("Unique in the org, 1 to 50 characters."),
		field.String("description").MaxLen(800).Default("").Comment("To 200 characters."),
		field.Text("contacts").Default("").Comment("E-mail addresses, separated by spaces."),
		field.Enum("status").Values("ENABLED", "DISABLED").Default("ENABLED"),
		field.Int64("grants").GoType(access.Set(0)).
			Comment("What it may do, as the bits of access.Set; the scope is always ALL."),
		field.Text("ip_ranges").Default("").Comment("CIDR ranges, separated by spaces; any address when empty."),
		field.Int("budget_rows").Optional().Nillable().Comment("The budget of each token; null for the server's."),
		field.Int("budget_refill").Optional().Nillable(),
		field.Time("last_used_at").Optional().Nillable().Comment("Written at most once a minute."),
	}
}

// Edges of the app.
func (App) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("org",
			Org.Type).Field("org_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.From("tokens", ApiToken.Type).Ref("app"),
	}
}

// Indexes of the app.
func (App) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "name").Unique(),
		index.Fields("org_id", "created_at", "id"),
	}
}

// Annotations of the app.
func (App) Annotations() []schema.Annotation {
	least, shift := access.WholeBits()
	return []schema.Annotation{entsql.Checks(map[string]string{
		"apps_status": "status IN ('ENABLED', 'DISABLED')",
		"apps_grantable": fmt.Sprintf("grants >= 0 AND (grants | %[1]d) = %[1]d AND (grants >> %[3]d) = (grants & %[2]d)",
			access.Grantable(), least, shift),
		"apps_budget": "CASE WHEN budget_rows IS NULL THEN budget_refill IS NULL ELSE budget_refill IS NOT NULL AND " +
			"budget_rows >= 1000 AND budget_refill >= 1 END",
	})}
}
