package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Tenant answers whose rows a request reaches, for the store that a Resolver works on: those of the viewer's own account and of
// the orgs in which it has business. Some places name other ones of its orgs; none names an org that it has no standing in.
func Tenant(ctx context.Context) (store.Tenant, error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	of := working
	if named, ok := ctx.Value(orgsKey{}).(orgsNamed); ok {
		of = named.of
	}
	t := store.Tenant{Account: v.AccountID}
	for orgID := range v.Standings {
		if of(v, orgID) {
			t.Orgs = append(t.Orgs, orgID)
		}
	}
	slices.Sort(t.Orgs)
	return t, nil
}

type orgsKey struct{}

// orgsNamed are the orgs that a context names.
type orgsNamed struct {
	of  func(*viewer.Viewer, string) bool
	org string // the only one; empty when there may be several
}

func working(v *viewer.Viewer, orgID string) bool {
	_, ok := v.In(orgID)
	return ok
}

// oneOrg answers a context that reaches one org alone, and that even when the viewer's seat there is disabled: it may still be left,
// and what is refused to it goes on record there.
func oneOrg(ctx context.Context, orgID string) context.Context {
	return context.WithValue(ctx, orgsKey{}, orgsNamed{func(_ *viewer.Viewer, standing string) bool { return standing == orgID }, orgID})
}

// allOrgs answers a context that reaches the orgs of disabled seats too, which the viewer may still see the names of.
func allOrgs(ctx context.Context) context.Context {
	return context.WithValue(ctx, orgsKey{}, orgsNamed{of: func(*viewer.Viewer, string) bool { return true }})
}

// reads is a gqlgen extension that has the reads of a query share a connection. A mutation's must not, for it writes in between.
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
