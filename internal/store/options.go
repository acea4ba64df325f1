package store

import (
	"cmp"
	"time"

	"deputy/internal/share"
)

// Options are how a server uses PostgreSQL; SQLite needs none of them but ShareWait, and Machine in tests. The zero
// value is right for a server that reaches PostgreSQL directly. What the URL itself says (sslmode, connect_timeout,
// statement_timeout and so on) goes before the options.
type Options struct {
	// Conns is how many connections a server opens at most: 10 by default. They stay open while they are used every few
	// minutes.
	Conns int
	// ShareWait is how long a request waits for a connection of its share: 10 seconds by default; see Shared.
	ShareWait time.Duration
	// ConnLifetime is how long a connection is used, so that servers come back to a host that was away: 30 minutes by
	// default.
	ConnLifetime time.Duration
	// ConnIdle is how long a connection that has nothing to do is kept: 5 minutes by default.
	ConnIdle time.Duration
	// ConnectTimeout is how long each host is waited for, in whole seconds: 5 seconds by default.
	ConnectTimeout time.Duration
	// StatementTimeout ends a statement: 15 seconds by default, negative for never. Behind a pooler the role has to say
	// it.
	StatementTimeout time.Duration
	// LockTimeout ends the wait for a lock: 5 seconds by default, negative for never. Behind a pooler the role has to say
	// it.
	LockTimeout time.Duration
	// IdleTimeout ends a transaction in which nothing happens: 30 seconds by default, negative for never. Behind a pooler
	// the role has to say it.
	IdleTimeout time.Duration
	// Pooler says that the URL leads to a pooler that gives each transaction another connection, such as pgbouncer in
	// transaction mode: nothing is prepared, and no settings are sent at the start, which poolers refuse. The role has
	// them instead:
	//
	//	ALTER ROLE deputy SET statement_timeout = '15s';
	//	ALTER ROLE deputy SET lock_timeout = '5s';
	//	ALTER ROLE deputy SET idle_in_transaction_session_timeout = '30s';
	//	ALTER ROLE deputy SET client_connection_check_interval = '1s';
	Pooler bool
	// ListenURL leads to PostgreSQL itself where the URL leads to a pooler, through which notifications don't pass. It is
	// also the one to migrate with. By default it is the URL.
	ListenURL string
	// NoRowSecurity does without row level security; see Store.Confined. The predicates of the queries
	// stand alone then.
	NoRowSecurity bool
	// ScanRows has database/sql scan rows, as where lib/pq's are not understood; see prepared.Each. It is for tests.
	ScanRows bool
	// Machine is the clock of the machine, with its monotonic reading; time.Now by default. SQLite takes it too.
	Machine func() time.Time
}

func (o Options) machine() func() time.Time {
	if o.Machine == nil {
		return time.Now
	}
	return o.Machine
}

// aliveEvery is how often PostgreSQL looks, while a statement runs, whether the connection is still there: a request to
// cancel may come when the server has not begun yet, and is lost then; but a connection that is cut is noticed.
// PostgreSQL knows it since version 14, and not on Windows, for which the URL has to say
// client_connection_check_interval=0.
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
