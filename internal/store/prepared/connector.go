// Package prepared adds a cache of prepared statements to lib/pq. lib/pq parses and plans a query with arguments each
// time it runs; here, a connection prepares a query when it runs the second time, and from then on only binds and
// executes it. The server saves the parsing and mostly the planning, and the client one of two round trips. It can also
// set connections up for a tenant together with the query (In), and read rows without conversions (Each).
//
// A pooler that gives each transaction another server connection needs Options.Unprepared.
package prepared

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"deputy/internal/crash"
	"deputy/internal/lru"
)

// DefaultStatements is the default size of a connection's cache.
const DefaultStatements = 256

// Options configure connections. The zero value is right for most uses.
type Options struct {
	// Statements is how many prepared statements a connection caches, DefaultStatements by default; the least recently
	// used one is evicted.
	Statements int
	// Grace is how long a query whose context has ended may take to report its cancellation, before its connection is
	// closed: two seconds by default. Otherwise a server that does not respond would block the caller until TCP times out.
	Grace time.Duration
	// Unprepared runs every query without preparing it. With lib/pq's binary_parameters, which it sets, a query is one
	// round trip, so a pooler cannot assign its parts to different connections.
	Unprepared bool
	// Scan makes database/sql scan rows, as when lib/pq's rows are not understood. It is for tests.
	Scan bool
	// Log is the log for the warning that lib/pq's rows are not understood; slog.Default when nil.
	Log *slog.Logger
}

const defaultGrace = 2 * time.Second

// Connector opens connections for sql.OpenDB.
type Connector struct {
	config  pq.Config
	options Options
	seed    maphash.Seed
	fields  fields
	// scans is set when lib/pq's rows were not understood; see Each.
	scans atomic.Bool
}

// NewConnector returns a connector for a connection string of lib/pq. It returns an error when the string cannot be
// parsed, and does not connect.
func NewConnector(dsn string, options Options) (*Connector, error) {
	config, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the database's address: %w", err)
	}
	if options.Unprepared {
		config.BinaryParameters = true
	}
	if options.Statements <= 0 {
		options.Statements = DefaultStatements
	}
	if options.Grace <= 0 {
		options.Grace = defaultGrace
	}
	c := &Connector{config: config, options: options, seed: maphash.MakeSeed()}
	if !options.Scan {
		c.fields = fields{sent: "rb", forms: "colFmts"}
	}
	return c, nil
}

// Connect implements driver.Connector. Unlike lib/pq's, it ends with the context; connect_timeout bounds each host.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	connector, err := pq.NewConnectorConfig(c.config)
	if err != nil {
		return nil, err
	}
	dialer := &dialer{grace: c.options.Grace}
	connector.Dialer(dialer)
	// lib/pq respects the context while it dials, but not while it waits for the server's first message.
	uncut := crash.OnDone(ctx, dialer.cut)
	made, err := connector.Connect(ctx)
	if !uncut() && err == nil {
		err = errors.Join(ctx.Err(), made.Close())
	}
	if err != nil {
		return nil, err
	}
	inner, ok := made.(pqConn)
	if !ok {
		return nil, errors.Join(errors.New("this version of lib/pq is not understood"), made.Close())
	}
	dialer.settle()
	return &conn{
		pqConn:     inner,
		dialer:     dialer,
		from:       c,
		unprepared: c.options.Unprepared,
		statements: lru.New[string, pqStmt](c.options.Statements),
		seen:       newSeen(c.seed, seenPerStatement*c.options.Statements),
	}, nil
}

// Driver implements driver.Connector.
func (c *Connector) Driver() driver.Driver { return &pq.Driver{} }
