package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/seal"
)

// ErrSecret is returned when servers of one database have different secrets: codes, cursors and links of one server are
// invalid on another.
var ErrSecret = errors.New("another server of this database has a different DEPUTY_SECRET: set the same one on all " +
	"servers; to change it, stop all servers first")

// lookEvery is the interval at which a server compares its secret with the others', and ghost is how long PostgreSQL
// keeps the mark of a server that disappeared.
const (
	lookEvery = 10 * time.Second
	ghost     = "60s"
)

// Peers compares the secrets of the servers of one PostgreSQL database. Each server holds, while it runs and over a
// connection of its own, a shared advisory lock whose key is the secret's fingerprint: 32 bits that do not reveal the
// secret. Peers is nil for a SQLite file, which has one server.
type Peers struct {
	db   *sql.DB
	mark int32

	mu   sync.Mutex
	conn *sql.Conn
}

// Join publishes the secret's fingerprint to the other servers, until Close. It returns ErrSecret when one of them has
// another secret.
func (s *Store) Join(ctx context.Context, secret []byte) (*Peers, error) {
	if s.Dialect() != dialect.Postgres {
		return nil, nil //nolint:nilnil // there are no others
	}
	db, err := sql.Open("postgres", s.listener)
	if err != nil {
		return nil, errors.New("read DATABASE_URL: it can't be parsed") // the reason may quote the password
	}
	fingerprint := seal.Derive(secret, "deputy fingerprint 1")
	p := &Peers{db: db, mark: int32(binary.BigEndian.Uint32(fingerprint))} //nolint:gosec // all 32 bits are used
	if err := p.checkSecrets(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// checkSecrets takes the lock, on a new connection if there is none, and then reads the locks of the others: of two
// servers that do so at once, at least one sees the other.
func (p *Peers) checkSecrets(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() {
		if err != nil && !errors.Is(err, ErrSecret) {
			p.leave()
		}
	}()
	const class = "hashtext('deputy secret ' || current_schema())"
	if p.conn == nil {
		if p.conn, err = p.db.Conn(ctx); err != nil {
			return fmt.Errorf("compare secrets: %w", err)
		}
		if _, err := p.conn.ExecContext(ctx, "SET idle_session_timeout = '"+ghost+"'"); err != nil {
			return fmt.Errorf("compare secrets: %w", err)
		}
		if _, err := p.conn.ExecContext(ctx, "SELECT pg_advisory_lock_shared("+class+", $1)", p.mark); err != nil {
			return fmt.Errorf("compare secrets: %w", err)
		}
	}
	var others int
	err = p.conn.QueryRowContext(ctx, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND classid::bigint = `+class+`::bigint & 4294967295 AND objid::bigint <> $1::bigint & 4294967295`, p.mark).Scan(&others)
	if err != nil {
		return fmt.Errorf("compare secrets: %w", err)
	}
	if others > 0 {
		return ErrSecret
	}
	return nil
}

func (p *Peers) leave() {
	if p.conn != nil {
		_ = p.conn.Close() // it is not used any more
		p.conn = nil
	}
}

// Watch checks every ten seconds, until ctx ends, whether a server with another secret has started, and logs it. While
// PostgreSQL is unavailable, it can't; when PostgreSQL is back, the lock is taken again.
func (p *Peers) Watch(ctx context.Context, log *slog.Logger) {
	if p == nil {
		return
	}
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			if err := p.checkSecrets(ctx); errors.Is(err, ErrSecret) {
				log.LogAttrs(ctx, slog.LevelError, "secrets differ", slog.String("error", err.Error()))
			}
		}
	}
}

// Close releases the lock.
func (p *Peers) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave()
	_ = p.db.Close() // it is not used any more
}
