package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"

	"entgo.io/ent/dialect"

	"deputy/internal/store/prepared"
)

// checkPooler returns an error when the settings about poolers do not match what is between this server and PostgreSQL.
// It reads, in transactions, on the serving pool and on one more connection, and leaves no state on shared connections.
func (s *Store) checkPooler(ctx context.Context) error {
	if s.Dialect() != dialect.Postgres {
		return nil
	}
	if err := begins(ctx, s.driver.write); err != nil {
		return poolerError(err)
	}
	if !s.pooler {
		if shared, err := shares(ctx, s.driver.write, s.dsn); err != nil || shared {
			return errors.Join(poolerError(err), errorIf(shared, ErrPooler))
		}
	}
	if s.listener == s.dsn {
		return nil
	}
	listening, err := sql.Open("postgres", s.listener)
	if err != nil {
		return errors.New("read DATABASE_LISTEN_URL: it can't be parsed") // the reason may quote the password
	}
	defer listening.Close() //nolint:errcheck // it is not used any more
	listening.SetMaxOpenConns(1)
	shared := false
	if err = begins(ctx, listening); err == nil {
		shared, err = shares(ctx, listening, s.listener)
	}
	switch reason := poolerError(err); {
	case shared, errors.Is(reason, ErrPooler), errors.Is(reason, ErrPoolerMode):
		return ErrListenPooler
	case err != nil:
		return fmt.Errorf("connect to DATABASE_LISTEN_URL: %w", unexplained(err))
	}
	same, err := s.meets(ctx, listening)
	return errors.Join(err, errorIf(err == nil && !same, ErrListenElsewhere))
}

func errorIf(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// poolerError returns ErrPooler or ErrPoolerMode if the error means that, and otherwise wraps it.
func poolerError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrPoolerMode):
		return ErrPoolerMode
	case errors.Is(unexplained(err), ErrPooler):
		return ErrPooler
	}
	return fmt.Errorf("check for a pooler: %w", err)
}

// unexplained explains the error of a connection that was not opened by the serving pool.
func unexplained(err error) error {
	var known *ConnectError
	if errors.As(err, &known) {
		return err
	}
	return explaining{}.reason(err)
}

// begins begins a transaction. A pooler in statement mode closes the connection then, and accepts everything else.
func begins(ctx context.Context, pool *sql.DB) error {
	for range looks {
		lost, err := begin(ctx, pool)
		if err == nil || !lost {
			return err
		}
		if err := pool.PingContext(ctx); err != nil {
			return err
		}
	}
	return ErrPoolerMode
}

// begin begins a transaction, and reports whether the connection was lost.
func begin(ctx context.Context, pool *sql.DB) (lost bool, err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close() //nolint:errcheck // it goes back, or is gone
	if _, err = conn.ExecContext(ctx, "BEGIN READ ONLY"); err != nil {
		return errors.Is(err, prepared.ErrLost) || isDisconnect(err), err
	}
	_, err = conn.ExecContext(ctx, "ROLLBACK")
	return false, err
}

// looks is the number of times that connections are examined.
const looks = 3

// shares reports whether a pooler assigns PostgreSQL's connections to each transaction: then one connection gets
// several processes of PostgreSQL, or two connections get the same one.
func shares(ctx context.Context, pool *sql.DB, dsn string) (bool, error) {
	one, err := pool.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer one.Close() //nolint:errcheck // it goes back
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return false, errors.New("it can't be parsed") // the reason may quote the password
	}
	defer db.Close() //nolint:errcheck // it is not used any more
	other, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer other.Close() //nolint:errcheck // it goes with its pool
	var first int
	for look := range looks {
		a, err := backend(ctx, one, look)
		if err != nil {
			return false, err
		}
		b, err := backend(ctx, other, look)
		if err != nil {
			return false, err
		}
		if look == 0 {
			first = a
		}
		if a != first || a == b {
			return true, nil
		}
	}
	return false, nil
}

// backend returns the process of PostgreSQL that a transaction runs in.
func backend(ctx context.Context, conn *sql.Conn, look int) (pid int, err error) {
	if _, err := conn.ExecContext(ctx, "BEGIN READ ONLY"); err != nil {
		return 0, err
	}
	// A statement that ran before would be prepared, and stay prepared.
	err = conn.QueryRowContext(ctx, fmt.Sprintf("SELECT pg_backend_pid() -- look %d", look)).Scan(&pid)
	_, ended := conn.ExecContext(ctx, "ROLLBACK")
	return pid, errors.Join(err, ended)
}

// meets reports whether the other pool leads to the database that this server serves: a lock that is taken there can't
// be taken here.
func (s *Store) meets(ctx context.Context, other *sql.DB) (bool, error) {
	key := rand.Int64() //nolint:gosec // nobody else's, and no secret
	there, err := other.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("compare databases: %w", err)
	}
	defer there.Rollback() //nolint:errcheck // it changes nothing
	if _, err := there.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", key); err != nil {
		return false, fmt.Errorf("compare databases: %w", err)
	}
	here, err := s.driver.write.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("compare databases: %w", err)
	}
	defer here.Rollback() //nolint:errcheck // it changes nothing
	var free bool
	if err := here.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", key).Scan(&free); err != nil {
		return false, fmt.Errorf("compare databases: %w", err)
	}
	return !free, nil
}
