package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Throttle counts events under a key within a window of time.
type Throttle struct{ ent.Schema }

// Fields of the throttle.
func (Throttle) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(400).NotEmpty().Immutable().Comment("What is counted, such as sign-ins from an address, " +
			"and the window's start."),
		field.Int("count").Default(0),
		field.Time("ends_at").Immutable().Comment("When the window ends; the row may be removed after it."),
	}
}

// Indexes of the throttle.
func (Throttle) Indexes() []ent.Index { return []ent.Index{index.Fields("ends_at")} }
