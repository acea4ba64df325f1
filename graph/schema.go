package graph

import (
	"deputy/graph/generated"
	"deputy/internal/gqlserve"
)

// NewSchema makes the schema that the resolver answers.
func NewSchema(r *Resolver) *gqlserve.Schema {
	r.schema = gqlserve.NewSchema(generated.Config{Schema: gqlserve.Served(), Resolvers: r, Directives: r.Directives()},
		planRules(), r.attend)
	r.files = newFiles()
	return r.schema
}

// Around is what the server's handler asks of this package around an operation.
func Around() gqlserve.Extensions { return gqlserve.Extensions{Keys: receipts{}, Reads: reads{}} }
