package store

import (
	"cmp"
	"time"

	"deputy/internal/share"
)

// Options configure how a server uses PostgreSQL; SQLite uses only ShareWait, and Machine in tests. The zero value is
// right for a server that reaches PostgreSQL directly. Parameters in the URL (sslmode, connect_timeout,
// statement_timeout and so on) take precedence over the options.
type Options struct {
	// Conns is the maximum number of connections of a server: 10 by default. They stay open while they are used every few
	// minutes.
	Conns int
	// ShareWait bounds the wait of a request for a connection of its share: 10 seconds by default; see Shared.
	ShareWait time.Duration
	// ConnLifetime is how long a connection is used, so that servers return to a host that was unavailable: 30 minutes by
	// default.
	ConnLifetime time.Duration
	// ConnIdle is how long an idle connection is kept: 5 minutes by default.
	ConnIdle time.Duration
	// ConnectTimeout bounds an attempt to connect to each host, in whole seconds: 5 seconds by default.
	ConnectTimeout time.Duration
	// StatementTimeout ends a statement: 15 seconds by default, negative for never. Behind a pooler, set it on the role.
	StatementTimeout time.Duration
	// LockTimeout ends the wait for a lock: 5 seconds by default, negative for never. Behind a pooler, set it on the role.
	LockTimeout time.Duration
	// IdleTimeout ends an idle transaction: 30 seconds by default, negative for never. Behind a pooler, set it on the
	// role.
	IdleTimeout time.Duration
	// Pooler reports whether the URL leads to a pooler that gives each transaction another connection, such as pgbouncer
	// in transaction mode: statements are not prepared, and no settings are sent at the start, which poolers refuse. Set
	// them on the role instead:
	//
	//	ALTER ROLE deputy SET statement_timeout = '15s';
	//	ALTER ROLE deputy SET lock_timeout = '5s';
	//	ALTER ROLE deputy SET idle_in_transaction_session_timeout = '30s';
	//	ALTER ROLE deputy SET client_connection_check_interval = '1s';
	//	ALTER ROLE deputy SET random_page_cost = '1.1';
	Pooler bool
	// ListenURL leads to PostgreSQL itself where the URL leads to a pooler, which does not forward notifications. Migrate
	// with it too. By default it is the URL.
	ListenURL string
	// NoRowSecurity disables row level security; see Store.Confined. Only the predicates of the queries separate orgs
	// then.
	NoRowSecurity bool
	// ScanRows makes database/sql scan rows, as when lib/pq's rows are not understood; see prepared.Each. It is for tests.
	ScanRows bool
	// Machine is the clock of the machine, with its monotonic reading; time.Now by default. SQLite uses it too.
	Machine func() time.Time
}

func (o Options) machine() func() time.Time {
	if o.Machine == nil {
		return time.Now
	}
	return o.Machine
}

// aliveEvery is how often PostgreSQL checks, while a statement runs, whether the client is still connected: a cancel
// request that arrives before the statement has begun is lost, but a closed connection is noticed. PostgreSQL has this
// check since version 14, but not on Windows, where the URL must set client_connection_check_interval=0.
const aliveEvery = time.Second

func (o Options) withDefaults() Options {
	o.Conns = cmp.Or(max(o.Conns, 0), 10)
	o.ShareWait = cmp.Or(o.ShareWait, share.Patience)
	o.ConnLifetime = cmp.Or(o.ConnLifetime, 30*time.Minute)
	o.ConnIdle = cmp.Or(o.ConnIdle, 5*time.Minute)
	o.ConnectTimeout = cmp.Or(max(o.ConnectTimeout, 0), 5*time.Second)
	o.StatementTimeout = cmp.Or(o.StatementTimeout, 15*time.Second)
	o.LockTimeout = cmp.Or(o.LockTimeout, 5*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 30*time.Second)
	return o
}
