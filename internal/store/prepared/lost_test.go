package prepared

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	_ "github.com/lib/pq"

	"deputy/internal/store/pgproxy"
)

// TestLostAnswer loses the response to a write that was carried out: it must not be carried out again.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	const write = "UPDATE counter SET n = n + $1"
	for name, c := range map[string]struct {
		do   func(t *testing.T, db *sql.DB, p *pgproxy.Proxy) error
		want string
		err  error
	}{
		"exec": {func(t *testing.T, db *sql.DB, p *pgproxy.Proxy) error {
			p.Cut.Store(true)
			_, err := db.ExecContext(t.Context(), write, 1)
			return err
		}, "int64:1", ErrLost},
		"exec without arguments": {func(t *testing.T, db *sql.DB, p *pgproxy.Proxy) error {
			p.Cut.Store(true)
			_, err := db.ExecContext(t.Context(), "UPDATE counter SET n = n + 1")
			return err
		}, "int64:1", ErrLost},
		"query": {func(t *testing.T, db *sql.DB, p *pgproxy.Proxy) error {
			const write = "WITH w AS (UPDATE counter SET n = n + $1 RETURNING n) SELECT n FROM w"
			for range 3 {
				expect(t, db, "int64:0", write, 0)
			}
			p.Cut.Store(true)
			_, err := all(t.Context(), db, write, 1)
			return err
		}, "int64:1", ErrLost},
		"commit": {func(t *testing.T, db *sql.DB, p *pgproxy.Proxy) error {
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				return err
			}
			must(t, tx, write, 1)
			p.Cut.Store(true)
			return tx.Commit()
		}, "int64:1", ErrLost},
		"before the commit": {func(t *testing.T, db *sql.DB, p *pgproxy.Proxy) error {
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				return err
			}
			must(t, tx, write, 1)
			p.Cut.Store(true)
			if _, err := tx.ExecContext(t.Context(), write, 1); !errors.Is(err, driver.ErrBadConn) {
				t.Errorf("in the transaction: %v", err)
			}
			return tx.Commit()
		}, "int64:0", driver.ErrBadConn},
		"read": {func(t *testing.T, db *sql.DB, p *pgproxy.Proxy) error {
			p.Cut.Store(true)
			_, err := all(t.Context(), db, "SELECT n FROM counter WHERE n >= $1", 0)
			return err
		}, "int64:0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := fresh(t)
			p, address := pgproxy.Through(t, direct)
			db := open(t, address, Options{})
			must(t, db, "CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)")
			for range 4 { // so that what is lost is the answer to a prepared statement
				must(t, db, write, 0)
			}
			if err := c.do(t, db, p); !errors.Is(err, c.err) {
				t.Errorf("%v, want %v", err, c.err)
			}
			if p.Cut.Load() {
				t.Error("nothing was cut")
			}
			// The server may still be at work on what nobody waits for.
			expect(t, open(t, direct, Options{}), "", "BEGIN; LOCK TABLE counter; COMMIT; SELECT n FROM counter WHERE false")
			expect(t, db, c.want, "SELECT n FROM counter")
		})
	}
}
