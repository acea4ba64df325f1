package prepared

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"deputy/internal/store/pgproxy"
	"deputy/internal/store/pgtest"
)

func TestSchemaChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change, query, before, after string
		arg, argAfter                any
	}{
		"a column more": {
			"ALTER TABLE c ADD COLUMN more text", "SELECT * FROM c WHERE n = $1", "int64:1 string:a",
			"int64:1 string:a <nil>:<nil>", 1, 1,
		},
		"a column less": {
			"ALTER TABLE c DROP COLUMN t", "SELECT * FROM c WHERE n = $1", "int64:1 string:a", "int64:1",
			1, 1,
		},
		"wider result": {
			"ALTER TABLE c ALTER COLUMN n TYPE bigint", "SELECT n FROM c WHERE t = $1", "int64:1",
			"int64:1", "a", "a",
		},
		"wider argument": {
			"ALTER TABLE c ALTER COLUMN n TYPE bigint; UPDATE c SET n = 3000000000",
			"SELECT t FROM c WHERE n = $1", "string:a", "string:a", 1, int64(3000000000),
		},
		"another argument": {
			"ALTER TABLE c ALTER COLUMN n TYPE text USING 'x'", "SELECT t FROM c WHERE n = $1",
			"string:a", "string:a", 1, "x",
		},
		"another table": {"ALTER TABLE c RENAME TO old; CREATE TABLE c (n bigint, t text, x int); INSERT INTO c " +
			"VALUES (1, 'b', 2)", "SELECT * FROM c WHERE n = $1", "int64:1 string:a", "int64:1 string:b int64:2", 1, 1},
		"statements are gone": {"DISCARD ALL", "SELECT t FROM c WHERE n = $1", "string:a", "string:a", 1, 1},
		"deallocated":         {"DEALLOCATE ALL", "SELECT t FROM c WHERE n = $1", "string:a", "string:a", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := single(t, Options{})
			start := func() {
				t.Helper()
				must(t, db, "DEALLOCATE ALL; DROP TABLE IF EXISTS c, old; CREATE TABLE c (n int, t text); INSERT INTO c VALUES "+
					"(1, 'a')")
				for range 8 { // beyond the five runs that PostgreSQL plans for the values
					expect(t, db, c.before, c.query, c.arg)
				}
			}
			start()
			must(t, db, c.change)
			for range 3 {
				expect(t, db, c.after, c.query, c.argAfter)
			}
			expect(t, db, "int64:1", "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", c.query)

			// In a transaction the error reaches the caller, once.
			start()
			must(t, db, c.change)
			var failures int
			for {
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				got, err := all(t.Context(), tx, c.query, c.argAfter)
				if rollback := tx.Rollback(); rollback != nil {
					t.Fatal(rollback)
				}
				if err == nil {
					if strings.Join(got, "; ") != c.after {
						t.Errorf("%q", got)
					}
					break
				}
				if failures++; failures > 1 {
					t.Fatalf("the statement still fails: %v", err)
				}
			}
			if failures != 1 {
				t.Error("the statement was not outdated, the test shows nothing")
			}
		})
	}
}

func TestTransactionBegunByHand(t *testing.T) {
	t.Parallel()
	db := single(t, Options{})
	must(t, db, "CREATE TABLE c (n int); INSERT INTO c VALUES (1)")
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the pool is closed too
	for range 3 {
		expect(t, conn, "int64:1", "SELECT * FROM c WHERE n = $1", 1)
	}
	must(t, conn, "ALTER TABLE c ADD COLUMN more int")
	must(t, conn, "BEGIN")
	if _, err := all(t.Context(), conn, "SELECT * FROM c WHERE n = $1", 1); pq.As(err,
		pqerror.FeatureNotSupported) == nil {
		t.Errorf("the error is not the first one: %v", err)
	}
	must(t, conn, "ROLLBACK")
	expect(t, conn, "int64:1 <nil>:<nil>", "SELECT * FROM c WHERE n = $1", 1)
}

func TestOpenRowsAreNotDisturbed(t *testing.T) {
	t.Parallel()
	db := single(t, Options{Statements: 2})
	for round := range 5 {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		own, err := tx.PrepareContext(t.Context(), "SELECT id FROM people WHERE n > $1 ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range []func() (*sql.Rows, error){
			func() (*sql.Rows, error) {
				return tx.QueryContext(t.Context(), "SELECT id FROM people WHERE n >= $1 ORDER BY id", 1)
			},
			func() (*sql.Rows, error) { return tx.QueryContext(t.Context(), "SELECT id FROM people ORDER BY id") },
			func() (*sql.Rows, error) { return own.QueryContext(t.Context(), 0) },
		} {
			rows, err := start()
			if err != nil {
				t.Fatal(err)
			}
			var n int
			for rows.Next() {
				if n++; n == 10 {
					if _, err := tx.ExecContext(t.Context(), "UPDATE people SET n = n WHERE id = $1", "sub_1_1"); !errors.Is(err,
						ErrBusy) {
						t.Errorf("round %d: %v", round, err)
					}
					if _, err := tx.QueryContext(t.Context(), "SELECT id FROM people ORDER BY id"); !errors.Is(err, ErrBusy) { //nolint:rowserrcheck,sqlclosecheck // there are none
						t.Errorf("round %d: %v", round, err)
					}
					if _, err := tx.PrepareContext(t.Context(), "SELECT 1"); !errors.Is(err, ErrBusy) { //nolint:sqlclosecheck // there is none
						t.Errorf("round %d: %v", round, err)
					}
				}
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil || n != 1000 {
				t.Errorf("round %d: %d rows, %v", round, n, err)
			}
			must(t, tx, "UPDATE people SET n = n WHERE id = $1", "sub_1_1")
		}
		if err := errors.Join(own.Close(), tx.Commit()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	// A request to cancel that comes before the statement runs is lost; then the connection is cut, which the server is to
	// notice.
	db := open(t, fresh(t)+"&client_connection_check_interval=100", Options{})
	db.SetMaxOpenConns(1)
	for range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		began := time.Now()
		_, err := all(ctx, db, "SELECT pg_sleep($1)", 60)
		if err == nil || time.Since(began) > 50*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := db.ExecContext(ctx, "SELECT pg_sleep($1)", 60); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a context that has ended: %v", err)
		}
		cancel()
		left := []string{"?"}
		for deadline := time.Now().Add(time.Minute); left[0] != "int64:0" && time.Now().Before(deadline); {
			left, err = all(t.Context(), db, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = "+
				"current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()")
			if err != nil {
				t.Fatal(err)
			}
		}
		if left[0] != "int64:0" {
			t.Error("the server goes on")
		}
	}
}

// TestStalledServer has a server that returns nothing any more, not even to requests to cancel.
func TestStalledServer(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(ctx context.Context, db *sql.DB) error{
		"query": func(ctx context.Context, db *sql.DB) error {
			_, err := all(ctx, db, "SELECT name FROM orgs WHERE id = $1", "org_1")
			return err
		},
		"exec": func(ctx context.Context, db *sql.DB) error {
			_, err := db.ExecContext(ctx, "UPDATE orgs SET name = $1 WHERE id = $2", "x", "org_1")
			return err
		},
		"transaction": func(ctx context.Context, db *sql.DB) error {
			tx, err := db.BeginTx(ctx, nil)
			if err == nil {
				err = tx.Rollback()
			}
			return err
		},
		"connect": func(ctx context.Context, db *sql.DB) error {
			conn, err := db.Conn(ctx)
			if err == nil {
				err = errors.Join(conn.PingContext(ctx), conn.Close())
			}
			return err
		},
		"ping": func(ctx context.Context, db *sql.DB) error { return db.PingContext(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, address := pgproxy.Through(t, fresh(t))
			db := open(t, address, Options{Grace: 100 * time.Millisecond})
			db.SetMaxOpenConns(1)
			for range 3 {
				if err := do(t.Context(), db); err != nil {
					t.Fatal(err)
				}
			}
			if name == "connect" {
				db.SetMaxIdleConns(0)
			}
			p.Stalled.Store(true)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- do(ctx, db) }()
			select {
			case err := <-ended:
				if err == nil {
					t.Error("a stalled server answered")
				}
			case <-time.After(time.Minute):
				t.Fatal("the caller is held")
			}
		})
	}
}

func TestManyAtOnceWhileTheSchemaChanges(t *testing.T) {
	t.Parallel()
	db := open(t, fresh(t), Options{Statements: 8})
	db.SetMaxOpenConns(4)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers, changer sync.WaitGroup
	changer.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			for _, change := range []string{
				"ALTER TABLE orgs ADD COLUMN IF NOT EXISTS more int",
				"ALTER TABLE orgs DROP COLUMN IF EXISTS more",
			} {
				if _, err := db.ExecContext(ctx, change); err != nil && ctx.Err() == nil {
					t.Errorf("%s: %v", change, err)
				}
			}
		}
	})
	for worker := range 8 {
		readers.Go(func() {
			for i := range 150 {
				org := fmt.Sprintf("org_%d", (worker+i)%20+1)
				query := fmt.Sprintf("SELECT * FROM orgs WHERE id = $1 AND %d > 0", i%12+1)
				limited, stop := context.WithTimeout(ctx, 30*time.Second)
				got, err := all(limited, db, query, org)
				stop()
				// Between the second preparation and its use the schema may change once more.
				if pq.As(err, pqerror.FeatureNotSupported) != nil {
					continue
				}
				if err != nil || len(got) != 1 || !strings.HasPrefix(got[0], "string:"+org+" string:Org ") {
					t.Errorf("%s: %q, %v", org, got, err)
				}
			}
		})
	}
	readers.Wait()
	cancel()
	changer.Wait()
}

// TestStalledCommit ends, with the fate of the transaction unknown, when the transaction's context does.
func TestStalledCommit(t *testing.T) {
	t.Parallel()
	p, address := pgproxy.Through(t, fresh(t))
	db := open(t, address, Options{Grace: 100 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	must(t, tx, "UPDATE orgs SET name = $1 WHERE id = $2", "x", "org_1")
	p.Stalled.Store(true)
	ended := make(chan error, 1)
	go func() { ended <- tx.Commit() }()
	time.AfterFunc(100*time.Millisecond, cancel)
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a stalled server committed")
		}
	case <-time.After(time.Minute):
		t.Fatal("the caller is held")
	}
}

// TestServerRestart goes on with new connections, as database/sql does by itself when lib/pq says that a connection is
// bad.
func TestServerRestart(t *testing.T) {
	t.Parallel()
	s, err := pgtest.Start(t.Context(), pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	db := open(t, s.AdminURL(), Options{})
	for range 3 {
		for range 3 {
			expect(t, db, "int64:1", "SELECT $1::int", 1)
		}
		if err := s.Restart(t.Context(), pgtest.Immediate); err != nil {
			t.Fatal(err)
		}
		expect(t, db, "int64:1", "SELECT $1::int", 1)
	}
}
