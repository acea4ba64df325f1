package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/fault"
	"deputy/internal/id"
)

// AuditTarget is one object of an audit event. Rows are only added.
type AuditTarget struct{ ent.Schema }

// Fields of the target.
func (AuditTarget) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable().Comment("Orders the targets of an event."),
		field.String("event_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.String("org_id").MaxLen(id.Len).Optional().Nillable().Immutable().Comment("The event's org."),
		field.Time("at").Immutable().Comment("The event's time."),
		field.String("target_id").MaxLen(64).NotEmpty().Immutable().Comment("The object's id."),
		field.String("type").MaxLen(40).NotEmpty().Immutable().Comment("The object's type in the GraphQL schema."),
		field.String("label").MaxLen(200).Immutable().Comment("What the object was called at the time."),
		field.String(
			"account_id").MaxLen(id.Len).Optional().Nillable().Immutable().Comment("The account that it was done to."),
		field.Enum("outcome").GoType(fault.Outcome("")).Immutable(),
		field.String("code").MaxLen(64).Optional().Nillable().Immutable(),
		field.Text("changes").Default("[]").Immutable().Comment("Before and after of each field, as audit.Change in JSON."),
	}
}

// Edges of the target.
func (AuditTarget) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("event", AuditEvent.Type).Field("event_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of the target.
func (AuditTarget) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("event_id", "id"),
		index.Fields("target_id", "at", "event_id"),
		index.Fields("account_id", "at", "event_id"),
	}
}
