package gqlserve

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// present is a gqlgen extension that starts no further mutation of a request after its client has disconnected or its
// time limit was exceeded.
type present struct{}

var _ graphql.RootFieldInterceptor = present{}

// ExtensionName implements graphql.HandlerExtension.
func (present) ExtensionName() string { return "Present" }

// Validate implements graphql.HandlerExtension.
func (present) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptRootField implements graphql.RootFieldInterceptor.
func (present) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if err := ctx.Err(); err != nil && graphql.GetRootFieldContext(ctx).Field.ObjectDefinition.Name == "Mutation" {
		graphql.AddError(ctx, err)
		return graphql.Null
	}
	return next(ctx)
}
