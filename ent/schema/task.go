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

// Task (机构任务) is a campaign of an org in which creators take part.
type Task struct{ ent.Schema }

// Mixin of the task.
func (Task) Mixin() []ent.Mixin {
	return []ent.Mixin{identity{kind: id.Task}, tenant{}, born{}, changed{}, searched{}}
}

// Fields of the task.
func (Task) Fields() []ent.Field {
	return []ent.Field{
		field.String("title").MaxLen(200).NotEmpty().Comment("1 to 50 characters."),
		field.String("brief").MaxLen(8000).Default("").Comment("To 2,000 characters."),
		field.Int64("reward").Default(0).Comment("In the smallest unit of the org's currency."),
		field.Enum("status").Values("DRAFT", "OPEN", "CLOSED").Default("DRAFT"),
		field.Time("deadline").Optional().Nillable(),
	}
}

// Edges of the task.
func (Task) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("org",
			Org.Type).Field("org_id").Unique().Required().Immutable().Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of the task.
func (Task) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("org_id", "created_at", "id"),
		index.Fields("org_id", "status", "created_at", "id"),
		index.Fields("org_id", "deadline", "id"),
		index.Fields("org_id", "status", "deadline", "id"),
		index.Fields("org_id", "reward", "id"),
		index.Fields("org_id", "updated_at", "id"),
	}
}

// Annotations of the task.
func (Task) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"tasks_status": "status IN ('DRAFT', 'OPEN', 'CLOSED')",
		"tasks_reward": "reward BETWEEN 0 AND 1000000000000",
	})}
}
