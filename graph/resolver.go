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

// Resolver resolves every field of the schema: reads go to the store, writes to the domain.
type Resolver struct {
	// Store is confined to Tenant, so that no row of another org comes back even when a query forgets to say so.
	Store   *store.Store
	Cursors *page.Signer
	// Links lead to files.
	Links *download.Signer
	// MaxXLSX is how many rows a workbook may have; what the format takes by default.
	MaxXLSX int
	// FileTime is how long a file may take, beside what its bytes take on a slow connection; 30 s by default.
	FileTime time.Duration
	// Budget of each caller, from which the rows of files are taken; no budgets when nil.
	Budget *bounds.Budget
	// Identity proves who people are.
	Identity *signin.Service
	Agency   *agency.Agency
	// Office works with the data of the modules.
	Office *backoffice.Office
	// Feed wakes subscriptions.
	Feed *feed.Feed
	Now  func() time.Time
	Log  *slog.Logger
	// Metrics count refusals; nil when nothing is counted.
	Metrics *metrics.Metrics

	// schema is the one that this resolver answers, and files are the places of files that are being sent; NewSchema sets
	// them.
	schema *gqlserve.Schema
	files  *share.Places
}

// NewSchema makes the schema that the resolver answers.
func NewSchema(r *Resolver) *gqlserve.Schema {
	r.schema = gqlserve.NewSchema(generated.Config{Schema: gqlserve.Served(), Resolvers: r, Directives: r.Directives()},
		planRules(), r.attend)
	r.files = newFiles()
	return r.schema
}

// Around is what the server's handler asks of this package around an operation.
func Around() gqlserve.Extensions { return gqlserve.Extensions{Keys: receipts{}, Reads: reads{}} }

// Tenant returns whose rows a request reaches, for the store that a Resolver works on: those of the viewer's own
// account and of the orgs in which it has business. Some places name other ones of its orgs; none names an org that it
// has no membership in.
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
