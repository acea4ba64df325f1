// Package store opens the database, SQLite or PostgreSQL, keeps its schema current, and runs transactions. A
// transaction that wrote and put nothing on record cannot commit.
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
	_ "deputy/ent/runtime" // what the entities do when they are written
	"deputy/internal/page"
	_ "deputy/internal/platform" // refuses to be compiled where the store could not keep what it promises
	"deputy/internal/share"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	// Client reads, and writes single statements that commit by themselves (counters, last use). Changes that people make
	// go through Write.
	Client  *ent.Client
	driver  *driver
	file    *heldFile // nil on PostgreSQL
	clock   *Clock
	health  *health
	changes *changes
	// dsn is how lib/pq connects, listener how its Listener does, and patience how long connecting may take.
	dsn, listener string
	patience      time.Duration
	// whose is whom transactions are confined to, and confined is how reads are; nil on the way that is not confined.
	whose         Whose
	confined      *confined
	noRowSecurity bool
	// asks is who waits for a place, and shared is how reads do without row level security; nil on a way that is not
	// shared out.
	asks   Asks
	shared *shared
	pooler bool // stands between us and PostgreSQL
	made   bool // by Migrate, from nothing
	where  string
}

// ErrUnrecorded says that a transaction changed something and put nothing on record, so it was rolled back.
var ErrUnrecorded = errors.New("transaction wrote without a record")

// Open opens the database at the URL: postgres://… or postgresql://…, else a path of a SQLite file, with or without a
// leading sqlite:. It does not touch the schema; see Migrate. A PostgreSQL URL may name several hosts
// (postgres://user:password@a:5432,b:5432/deputy); the first that takes writes is used. Without sslmode it means
// sslmode=disable where every host is this machine (localhost, 127.0.0.0/8, ::1, a socket), and verify-full elsewhere;
// prefer and allow are refused. A pooler that was not told of, or one that can't be used, is refused: ErrPooler,
// ErrPoolerMode, ErrListenPooler, ErrListenElsewhere. It returns a *ConnectError when PostgreSQL can't be connected to,
// and ErrLocked when the SQLite file is another's.
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

// Where returns the database's place in words that hold no secret: the whole path of a SQLite file, or host and name.
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

// lettingGo is after how many rows of SQLite, which works in this process, whoever reads them lets others have the
// processor. They would wait for ten milliseconds each time otherwise.
const lettingGo = 64

// Each runs a query and calls row for each of its rows, which is gone when row returns. Row must not use the store.
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
	defer rows.Close() //nolint:errcheck // rows.Err tells
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

// DB returns the pool that writes, for migrations and tests.
func (s *Store) DB() *sql.DB { return s.driver.write }

// Pools returns the pools by their names: read and write on SQLite, and one of both kinds on PostgreSQL.
func (s *Store) Pools() map[string]*sql.DB {
	if s.driver.read == s.driver.write {
		return map[string]*sql.DB{"all": s.driver.write}
	}
	return map[string]*sql.DB{"read": s.driver.read, "write": s.driver.write}
}

const pingTime = 2 * time.Second

// Ping asks the database for a sign of life, for at most two seconds; see Ready.
func (s *Store) Ping(ctx context.Context) error { return s.ping(ctx, pingTime) }

// Met is told errors that requests met: the server is not ready for a while after one that says that the database can't
// be read or written.
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
