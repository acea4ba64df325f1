package graph

import (
	"log/slog"
	"time"

	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/download"
	"deputy/internal/feed"
	"deputy/internal/metrics"
	"deputy/internal/page"
	"deputy/internal/signin"
	"deputy/internal/store"
)

// Resolver answers every field of the schema: reads go to the store, writes to the domain.
type Resolver struct {
	// Store is confined to Tenant, so that no row of another org comes back even when a query forgets to say so.
	Store   *store.Store
	Cursors *page.Signer
	// Links lead to files.
	Links *download.Signer
	// MaxXLSX is how many rows a workbook may have; what the format takes by default.
	MaxXLSX int
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

	// schema is the one that this resolver answers; NewSchema sets it.
	schema *Schema
}
