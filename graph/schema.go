package graph

import (
	"deputy/graph/generated"
)

// NewSchema makes the schema that the resolver answers.
func NewSchema(r *Resolver) *Schema {
	r.schema = newSchemaOf(generated.Config{Schema: Served(), Resolvers: r, Directives: r.Directives()}, planRules(), r.attend)
	r.files = newFiles()
	return r.schema
}

// Around is what the server's handler asks of this package around an operation.
func Around() Extensions { return Extensions{Keys: receipts{}, Reads: reads{}} }
