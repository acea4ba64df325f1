package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"
)

func TestStandbyFollowsAndTakesOver(t *testing.T) {
	t.Parallel()
	primary, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = primary.Stop() })
	standby, err := primary.Standby(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standby.Stop() })
	if err := exec1(t.Context(), primary, "CREATE TABLE kept AS SELECT 7 AS n"); err != nil {
		t.Fatal(err)
	}
	await(t, standby, "SELECT count(*) = 1 FROM pg_tables WHERE tablename = 'kept'")
	if err := exec1(t.Context(), standby, "CREATE TABLE refused (n int)"); err == nil {
		t.Fatal("the standby takes writes")
	}
	if err := primary.Halt(Immediate); err != nil {
		t.Fatal(err)
	}
	if err := exec1(t.Context(), standby, "SELECT pg_promote()"); err != nil {
		t.Fatal(err)
	}
	await(t, standby, "SELECT NOT pg_is_in_recovery()")
	if err := exec1(t.Context(), standby, "INSERT INTO kept VALUES (8)"); err != nil {
		t.Fatal(err)
	}
}

func exec1(ctx context.Context, s *Server, statement string) error {
	db, err := sql.Open("postgres", s.AdminURL())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// await waits until a query answers true.
func await(t *testing.T, s *Server, query string) {
	t.Helper()
	db, err := sql.Open("postgres", s.AdminURL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // a test's
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		var yes bool
		if err := db.QueryRowContext(ctx, query).Scan(&yes); err != nil {
			t.Fatal(err)
		}
		if yes {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("never: %s", query)
		case <-ticker.C:
		}
	}
}
