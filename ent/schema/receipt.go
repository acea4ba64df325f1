package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Receipt stores the result of a mutation with an Idempotency-Key, in the transaction of the mutation, so that a
// repeated request returns the same result and makes no change.
type Receipt struct{ ent.Schema }

// Mixin of the receipt.
func (Receipt) Mixin() []ent.Mixin { return []ent.Mixin{born{}} }

// Fields of the receipt.
func (Receipt) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).NotEmpty().Immutable().Comment("SHA-256 of account and key, in hexadecimal."),
		field.Bytes("request").MaxLen(32).Immutable().Comment("SHA-256 of the request's document and variables."),
		field.Text("answer").Immutable().Sensitive().Comment("What the mutation answered, as JSON."),
	}
}

// Indexes of the receipt.
func (Receipt) Indexes() []ent.Index { return []ent.Index{index.Fields("created_at")} }
