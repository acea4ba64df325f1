package prepared

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"deputy/internal/store/pgproxy"
)

// of returns a session that belongs to somebody.
func of(whose string) Session {
	return Session{
		Base: "SET default_transaction_read_only = on", Set: "SET app.whose = '" + whose + "'",
		Reset: "RESET app.whose; RESET default_transaction_read_only",
	}
}

const whose = "SELECT coalesce(nullif(current_setting('app.whose', true), ''), 'nobody') WHERE $1 = 1"

// belongs tells whose the connection is when something runs on it.
func belongs(t *testing.T, db asker, in Session, want string) {
	t.Helper()
	got, err := all(In(t.Context(), in), db, whose, 1)
	if err != nil || strings.Join(got, "; ") != "string:"+want {
		t.Fatalf("it is %q, %v; want %q", got, err, want)
	}
}

func TestSessionsShareAConnection(t *testing.T) {
	t.Parallel()
	db := single(t, Options{})
	must(t, db, "CREATE TABLE c (n int)")
	none := Session{}
	for range 3 {
		belongs(t, db, of("a"), "a")
		belongs(t, db, of("a"), "a")
		belongs(t, db, of("b"), "b")
		belongs(t, db, none, "nobody")
		belongs(t, db, of("a"), "a")
		if _, err := db.ExecContext(In(t.Context(), of("a")), "INSERT INTO c VALUES ($1)", 1); err == nil {
			t.Error("what only reads has written")
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		belongs(t, tx, none, "nobody")
		must(t, tx, "INSERT INTO c VALUES ($1)", 1)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		belongs(t, db, of("b"), "b")
		st, err := db.PrepareContext(t.Context(), whose)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		expect(t, db, "string:nobody", whose, 1)
	}
}

func TestASessionIsSetUpOnce(t *testing.T) {
	t.Parallel()
	p, address := pgproxy.Through(t, fresh(t))
	db := open(t, address, Options{})
	db.SetMaxOpenConns(1)
	belongs(t, db, of("a"), "a")
	before := p.Simple.Load()
	for range 5 {
		belongs(t, db, of("a"), "a")
	}
	if n := p.Simple.Load() - before; n != 0 {
		t.Errorf("it was set up %d times more", n)
	}
	belongs(t, db, of("b"), "b")
	if n := p.Simple.Load() - before; n != 1 {
		t.Errorf("another one took %d messages", n)
	}
}

// TestASessionThatCannotBeSetUp runs nothing, and leaves nothing behind.
func TestASessionThatCannotBeSetUp(t *testing.T) {
	t.Parallel()
	db := single(t, Options{})
	bad := of("bad")
	bad.Set += "; SET ROLE no_such_role"
	for _, before := range []Session{{}, of("a")} {
		if _, err := all(In(t.Context(), before), db, whose, 1); err != nil {
			t.Fatal(err)
		}
		if got, err := all(In(t.Context(), bad), db, whose, 1); err == nil {
			t.Errorf("it ran: %q", got)
		}
		belongs(t, db, of("a"), "a")
		if _, err := all(In(t.Context(), bad), db, whose, 1); err == nil {
			t.Error("it ran")
		}
		belongs(t, db, Session{}, "nobody")
	}
}

// TestASessionIsSetUpAgain on another connection, when the one that was used is gone, and after one that was given up
// half way.
func TestASessionIsSetUpAgain(t *testing.T) {
	t.Parallel()
	p, address := pgproxy.Through(t, fresh(t))
	db := open(t, address, Options{Grace: 50 * time.Millisecond})
	db.SetMaxOpenConns(1)
	other := open(t, strings.Replace(address, "?", "?application_name=other&", 1), Options{})
	belongs(t, db, of("a"), "a")
	cut(t, other)
	belongs(t, db, of("a"), "a")
	cut(t, other)
	belongs(t, db, of("b"), "b")

	p.Stalled.Store(true)
	ctx, cancel := context.WithTimeout(In(t.Context(), of("a")), 50*time.Millisecond)
	defer cancel()
	if got, err := all(ctx, db, whose, 1); err == nil {
		t.Errorf("a stalled server answered %q", got)
	}
	p.Stalled.Store(false)
	belongs(t, db, Session{}, "nobody")
}

// cut ends every other connection to the database.
func cut(t *testing.T, other *sql.DB) {
	t.Helper()
	if got, err := all(t.Context(), other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "+
		"current_database() AND pid <> pg_backend_pid()"); err != nil || len(got) == 0 {
		t.Fatalf("nothing was cut: %v", err)
	}
}
