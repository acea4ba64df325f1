package graph

import (
	"log/slog"
	"time"

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
