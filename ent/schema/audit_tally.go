package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"deputy/internal/id"
)

// AuditTally counts how often the refusal of one audit event occurred within its minute. Events themselves never
// change.
type AuditTally struct{ ent.Schema }

// Fields of the tally.
func (AuditTally) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(id.Len).NotEmpty().Immutable().Comment("The refusal_key's event."),
		field.Int("count").Default(1).Comment("Only ever grows."),
	}
}

// Annotations of the tally.
func (AuditTally) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table:  "audit_tallies",
		Checks: map[string]string{"audit_tallies_count": "count >= 1"},
	}}
}
