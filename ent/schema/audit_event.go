package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"deputy/internal/fault"
	"deputy/internal/id"
)

// AuditEvent (操作日志) is an operation by somebody, or a refusal. Rows are only added.
type AuditEvent struct{ ent.Schema }

// Mixin of the event.
func (AuditEvent) Mixin() []ent.Mixin { return []ent.Mixin{identity{kind: id.AuditEvent}} }

// Fields of the event.
func (AuditEvent) Fields() []ent.Field {
	return []ent.Field{
		field.String(
			"org_id").MaxLen(id.Len).Optional().Nillable().Immutable().Comment("Null for what an account did outside any org."),
		field.Time("at").Immutable(),
		field.Enum("actor_kind").Values("OWNER", "SUB_ACCOUNT", "ACCOUNT", "API_TOKEN", "SYSTEM").Immutable(),
		field.String(
			"actor_id").MaxLen(id.Len).Optional().Nillable().Immutable().Comment("The sub-account, account or app; null for " +
			"the system."),
		field.String("token_id").MaxLen(id.Len).Optional().Nillable().Immutable().Comment("The token that an app used."),
		field.String("account_id").MaxLen(id.Len).Optional().Nillable().Immutable().Comment("The account behind the actor."),
		field.String("actor_name").MaxLen(200).NotEmpty().Immutable().Comment("The actor's name at the time."),
		field.String("operation").MaxLen(64).NotEmpty().Immutable().Comment("The mutation's field, or what the system did."),
		field.Enum("outcome").GoType(fault.Outcome("")).Immutable(),
		field.String("code").MaxLen(64).Optional().Nillable().Immutable().Comment("Why it was refused."),
		field.String("ip").MaxLen(45).Optional().Nillable().Immutable(),
		field.String("user_agent").MaxLen(200).Optional().Nillable().Immutable(),
		field.String("request_id").MaxLen(64).Immutable(),
		field.Text("made").Optional().Nillable().Immutable().
			Comment("The ids of new objects that have no targets of their own, in their order, separated by spaces; null for " +
				"none."),
		field.String("refusal_key").MaxLen(300).Optional().Nillable().Unique().Immutable().
			Comment("Actor, operation, code and minute of a refusal, so that there is one row for them all; see AuditTally."),
	}
}

// Indexes of the event.
func (AuditEvent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "at", "id"),
		index.Fields("org_id", "actor_id", "at", "id"),
		index.Fields("org_id", "operation", "at", "id"),
		index.Fields("org_id", "outcome", "at", "id"),
		index.Fields("account_id", "at", "id"),
	}
}

// Annotations of the event.
func (AuditEvent) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"audit_events_actor":   "actor_kind IN ('OWNER', 'SUB_ACCOUNT', 'ACCOUNT', 'API_TOKEN', 'SYSTEM')",
		"audit_events_outcome": "outcome = 'DONE' AND code IS NULL OR outcome = 'REFUSED' AND code IS NOT NULL",
	})}
}
