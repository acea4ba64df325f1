package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Tenant returns whose rows a request reaches, for the store that a Resolver works on: those of the viewer's own
// account and of the orgs in which it has business. Some places name other ones of its orgs; none names an org that it
// has no standing in.
func Tenant(ctx context.Context) (store.Tenant, error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	return store.Tenant{Account: v.AccountID, Orgs: viewer.ReachedOrgs(ctx, v)}, nil
}

// reads is a gqlgen extension that has the reads of a query share a connection. A mutation's must not, for it writes in
// between.
type reads struct{}

// ExtensionName implements graphql.HandlerExtension.
func (reads) ExtensionName() string { return "Reads" }

// Validate implements graphql.HandlerExtension.
func (reads) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse implements graphql.ResponseInterceptor.
func (reads) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if op := graphql.GetOperationContext(ctx).Operation; op == nil || op.Operation != ast.Query {
		return next(ctx)
	}
	ctx, end := store.WithReads(ctx)
	defer end()
	return next(ctx)
}
