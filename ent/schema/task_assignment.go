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

// TaskAssignment is the participation of a creator in a task of the same org.
type TaskAssignment struct{ ent.Schema }

// Mixin of the assignment.
func (TaskAssignment) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.TaskAssignment}, born{}, changed{}}
}

// Fields of the assignment.
func (TaskAssignment) Fields() []ent.Field {
	return []ent.Field{
		field.String("org_id").MaxLen(id.Len).NotEmpty().Immutable().Comment("The one org of task and creator; see " +
			"constraints.go."),
		field.String("task_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.String("creator_id").MaxLen(id.Len).NotEmpty().Immutable(),
		field.Enum("status").Values("ASSIGNED", "ACCEPTED", "SUBMITTED", "APPROVED", "REJECTED").Default("ASSIGNED"),
	}
}

// Edges of the assignment.
func (TaskAssignment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("task",
			Task.Type).Field("task_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("creator",
			Creator.Type).Field("creator_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of the assignment.
func (TaskAssignment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("task_id", "creator_id").Unique(),
		index.Fields("task_id", "created_at", "id"),
		index.Fields("creator_id", "task_id"),
		index.Fields("org_id", "updated_at", "id"),
	}
}

// Annotations of the assignment.
func (TaskAssignment) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"task_assignments_status": "status IN ('ASSIGNED', 'ACCEPTED', 'SUBMITTED', 'APPROVED', 'REJECTED')",
	})}
}
