// Package store opens the database, SQLite or PostgreSQL, migrates its schema, and runs transactions. A transaction
// that wrote something without an audit event cannot commit.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent"
	_ "deputy/ent/runtime" // hooks and validators of the entities
	"deputy/internal/page"
	_ "deputy/internal/platform" // fails to compile on platforms that are not supported
	"deputy/internal/share"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	// Client reads, and runs single writing statements that commit by themselves (counters, last use). All other changes
	// go through Write.
	Client  *ent.Client
	driver  *driver
	file    *heldFile // nil on PostgreSQL
	clock   *Clock
	health  *health
	changes *changes
	// dsn is lib/pq's connection string, listener that of its Listener, and patience bounds an attempt to connect.
	dsn, listener string
	patience      time.Duration
	// whose returns the tenant that transactions are confined to, and confined runs confined reads; both are nil in a
	// store that is not confined.
	whose         Whose
	confined      *confined
	noRowSecurity bool
	// asks returns the caller that waits for a place, and shared runs reads without row level security; both are nil in a
	// store that is not shared.
	asks   Asks
	shared *shared
	pooler bool // is between us and PostgreSQL
	made   bool // whether Migrate created all tables
	where  string
}

// ErrUnrecorded is returned when a transaction changed something without an audit event, and was rolled back.
var ErrUnrecorded = errors.New("transaction wrote without a record")

// Open opens the database at the URL: postgres://… or postgresql://…, else a path of a SQLite file, with or without a
// leading sqlite:. It does not change the schema; see Migrate. A PostgreSQL URL may name several hosts
// (postgres://user:password@a:5432,b:5432/deputy); the first that accepts writes is used. The default of sslmode is
// disable if every host is this machine (localhost, 127.0.0.0/8, ::1, a socket), and verify-full otherwise; prefer and
// allow are refused. A pooler that is not configured, or that can't be used, is refused with ErrPooler, ErrPoolerMode,
// ErrListenPooler or ErrListenElsewhere. Open returns a *ConnectError when PostgreSQL can't be connected to, and
// ErrLocked when another process has the SQLite file open.
func Open(ctx context.Context, url string, options Options) (*Store, error) {
	var s *Store
	place, err := Locate(url)
	switch {
	case err != nil:
		return nil, fmt.Errorf("DATABASE_URL %w", err)
	case place.Postgres():
		s, err = openPostgres(place.address, options)
	default:
		s, err = openSQLite(place.path)
	}
	if err != nil {
		return nil, err
	}
	wait := options.withDefaults().ShareWait
	s.driver.readers.Patience, s.driver.writers.Patience = wait, wait
	s.clock = newClock(options.machine(), s.askTime)
	if err := s.ping(ctx, s.patience+pingTime); err != nil {
		return nil, errors.Join(explainSQLite(place.path, err), s.Close())
	}
	if err := s.checkPooler(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Where returns the location of the database without secrets: the full path of a SQLite file, or hosts and name.
func (s *Store) Where() string { return s.where }

func newStore(name string, read, write, watch *sql.DB) *Store {
	d := &driver{name: name, read: read, write: write, health: watch}
	d.readers = share.OfPool(read.Stats().MaxOpenConnections)
	if d.writers = d.readers; read != write {
		d.writers = share.OfPool(write.Stats().MaxOpenConnections)
	}
	s := &Store{
		Client: ent.NewClient(ent.Driver(d)), driver: d, changes: &changes{self: rand.Text(), began: time.Now()},
		health: &health{},
	}
	return s
}

// Dialect returns dialect.SQLite or dialect.Postgres.
func (s *Store) Dialect() string { return s.driver.name }

// lettingGo is the number of SQLite rows after which a reader yields the processor. SQLite runs in this process, and
// others would otherwise wait for ten milliseconds each time.
const lettingGo = 64

// Each runs a query and calls row for each of its rows. The record is valid only until row returns. Row must not use
// the store.
func (s *Store) Each(ctx context.Context, query string, args []any, row func(page.Record) error) (err error) {
	if counted, ok := ctx.Value(rowsKey{}).(func()); ok {
		each := row
		row = func(record page.Record) error {
			counted()
			return each(record)
		}
	}
	if s.confined != nil {
		return s.confined.each(ctx, query, args, row)
	}
	if s.shared != nil {
		end, err := s.shared.begin(ctx)
		if err != nil {
			return err
		}
		defer end()
	}
	rows, err := s.Client.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	for n := 1; rows.Next(); n++ {
		if err := row(rows); err != nil {
			return err
		}
		if n%lettingGo == 0 && s.Dialect() == dialect.SQLite {
			runtime.Gosched()
		}
	}
	return rows.Err()
}

// DB returns the writing pool, for migrations and tests.
func (s *Store) DB() *sql.DB { return s.driver.write }

// Pools returns the pools by name: read and write on SQLite, and all on PostgreSQL.
func (s *Store) Pools() map[string]*sql.DB {
	if s.driver.read == s.driver.write {
		return map[string]*sql.DB{"all": s.driver.write}
	}
	return map[string]*sql.DB{"read": s.driver.read, "write": s.driver.write}
}

const pingTime = 2 * time.Second

// Ping checks within two seconds that the database responds; see Ready.
func (s *Store) Ping(ctx context.Context) error { return s.ping(ctx, pingTime) }

// Met records an error that a request met: the server is not ready for a while after one that means that the database
// can't be read or written.
func (s *Store) Met(err error) { s.health.meet(err) }

func (s *Store) ping(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, db := range []*sql.DB{s.driver.write, s.driver.read} {
		if err := db.PingContext(ctx); err != nil {
			return fmt.Errorf("reach database: %w", err)
		}
	}
	return nil
}

// Close ends all connections.
func (s *Store) Close() error {
	err := s.driver.write.Close()
	if s.driver.read != s.driver.write {
		err = errors.Join(err, s.driver.read.Close())
	}
	if s.driver.health != s.driver.write {
		err = errors.Join(err, s.driver.health.Close())
	}
	return errors.Join(err, s.file.release())
}

// LocksRows reports whether rows can be locked; SQLite has one writer at a time and needs no locks.
func (s *Store) LocksRows() bool { return s.driver.name == dialect.Postgres }
