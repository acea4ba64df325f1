// Package prepared puts a cache of prepared statements around lib/pq. lib/pq parses and plans a query with arguments
// anew each time it runs; here the second time a connection sees a query, it prepares it under a name and from then on
// only binds and executes it. The server saves the parsing and mostly the planning, and the client one of two round
// trips. Connections are set up for whoever asks (In), along with what is asked, and rows are read as they were sent
// (Each).
//
// Through a pooler that gives each transaction another server connection there is nothing to keep; Options.Unprepared
// is for it.
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

// DefaultStatements is how many statements a connection keeps unless told otherwise.
const DefaultStatements = 256

// Options are how connections behave. The zero value is right for most.
type Options struct {
	// Statements is how many prepared statements a connection keeps, DefaultStatements by default; the one used longest
	// ago goes first.
	Statements int
	// Grace is how long a query whose context has ended may take to answer that it was cancelled, before its connection is
	// cut: two seconds by default. Without it a server that has stopped answering would hold the caller for as long as TCP
	// does.
	Grace time.Duration
	// Unprepared runs every query as it comes and keeps nothing on the server. With lib/pq's binary_parameters, which it
	// sets, a query is one round trip, so that a pooler never comes between its parts.
	Unprepared bool
	// Scan has database/sql scan rows, as where lib/pq's are not what Row expects. It is for tests.
	Scan bool
	// Log is told when lib/pq's rows are not what Row expects; slog.Default when nil.
	Log *slog.Logger
}

const defaultGrace = 2 * time.Second

// Connector makes connections for sql.OpenDB.
type Connector struct {
	config  pq.Config
	options Options
	seed    maphash.Seed
	fields  fields
	// scans says that lib/pq's rows were not understood; see Each.
	scans atomic.Bool
}

// NewConnector returns a connector for a connection string of lib/pq. It fails when the string cannot be understood,
// and connects to nothing.
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

// Connect implements driver.Connector. It ends with the context, unlike lib/pq's; connect_timeout bounds each host.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	connector, err := pq.NewConnectorConfig(c.config)
	if err != nil {
		return nil, err
	}
	dialer := &dialer{grace: c.options.Grace}
	connector.Dialer(dialer)
	// lib/pq heeds the context while it dials and no longer when it waits for the server's greeting.
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
