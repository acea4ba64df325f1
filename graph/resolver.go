package graph

import (
	"context"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/download"
	"deputy/internal/feed"
	"deputy/internal/gqlserve"
	"deputy/internal/metrics"
	"deputy/internal/page"
	"deputy/internal/share"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Resolver resolves every field of the schema: it reads from the store, and writes through the domain packages.
type Resolver struct {
	// Store is confined to Tenant, so that no row of another org is returned even when a query lacks its predicate.
	Store   *store.Store
	Cursors *page.Signer
	// Links signs links to files.
	Links *download.Signer
	// MaxXLSX is the maximum number of rows of a workbook; by default that of the format.
	MaxXLSX int
	// FileTime is the maximum duration of a download, plus the time for its bytes on a slow connection; 30 s by default.
	FileTime time.Duration
	// Budget of each caller, which the rows of files are charged to; no budgets when nil.
	Budget *bounds.Budget
	// Identity authenticates accounts.
	Identity *signin.Service
	Agency   *agency.Agency
	// Office implements the operations on the data of the modules.
	Office *backoffice.Office
	// Feed wakes subscriptions.
	Feed *feed.Feed
	Now  func() time.Time
	Log  *slog.Logger
	// Metrics count refusals; nil disables them.
	Metrics *metrics.Metrics

	// schema is the schema of this resolver, and files limit the concurrent downloads; NewSchema sets both.
	schema *gqlserve.Schema
	files  *share.Places
}

// NewSchema returns the schema with this resolver.
func NewSchema(r *Resolver) *gqlserve.Schema {
	r.schema = gqlserve.NewSchema(generated.Config{Schema: gqlserve.Served(), Resolvers: r, Directives: r.Directives()},
		planRules(), r.attend)
	r.files = newFiles()
	return r.schema
}

// Around returns the extensions of this package for the server's handler.
func Around() gqlserve.Extensions { return gqlserve.Extensions{Keys: receipts{}, Reads: reads{}} }

// Tenant returns the tenant of a request, for the store of a Resolver: the viewer's own account and the orgs that it
// owns or has an enabled seat in. Some callers select others of its orgs; none selects an org without a membership.
func Tenant(ctx context.Context) (store.Tenant, error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	return store.Tenant{Account: v.AccountID, Orgs: viewer.ReachedOrgs(ctx, v)}, nil
}

// reads is a gqlgen extension that makes the reads of a query share a connection. Those of a mutation do not, because
// it writes in between.
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
