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

// ErrSecret says that servers of one database have different secrets: a code that one sends is wrong at another, and so
// are cursors and links.
var ErrSecret = errors.New("another server of this database runs with another DEPUTY_SECRET: give all of them the " +
	"same; " +
	"to change it, stop all of them first")

// lookEvery is how often a server looks whether others have its secret, and ghost how long PostgreSQL keeps the mark of
// one that is gone without a word.
const (
	lookEvery = 10 * time.Second
	ghost     = "60s"
)

// Peers is what a server knows of the secrets of the others of its PostgreSQL database. Each of them holds, as long as
// it lives and over a connection of its own, an advisory lock that nobody waits for, whose key is the secret's
// fingerprint: 32 bits that the secret can't be told from. A nil one is that of a SQLite file, which has one server.
type Peers struct {
	db   *sql.DB
	mark int32

	mu   sync.Mutex
	conn *sql.Conn
}

// Join makes the secret's fingerprint known to the other servers, until Close. It returns ErrSecret when one of them
// runs with another secret.
func (s *Store) Join(ctx context.Context, secret []byte) (*Peers, error) {
	if s.Dialect() != dialect.Postgres {
		return nil, nil //nolint:nilnil // there are no others
	}
	db, err := sql.Open("postgres", s.listener)
	if err != nil {
		return nil, errors.New("read DATABASE_URL: it can't be understood") // the reason may quote the password
	}
	fingerprint := seal.Derive(secret, "deputy fingerprint 1")
	p := &Peers{db: db, mark: int32(binary.BigEndian.Uint32(fingerprint))} //nolint:gosec // all 32 bits are used
	if err := p.checkSecrets(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// checkSecrets marks the database, on a new connection where there is none, and then looks at the marks of the others:
// of two that do so at once, at least one sees the other.
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
		_ = p.conn.Close() // it is of no use any more
		p.conn = nil
	}
}

// Watch looks every ten seconds, until ctx ends, whether a server with another secret has come, and has the log say so.
// While PostgreSQL is away, nothing is known; its mark is put there again when it is back.
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

// Close takes the mark away.
func (p *Peers) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave()
	_ = p.db.Close() // it is of no use any more
}
