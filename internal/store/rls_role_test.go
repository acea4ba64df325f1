package store_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"deputy/internal/store"
	"deputy/internal/store/pgtest"
)

// cluster is a PostgreSQL of the test's own, without the role of requests, which belongs to the cluster.
type cluster struct {
	admin *sql.DB
	url   *url.URL
}

func newCluster(t *testing.T) cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is for make test")
	}
	server := must[*pgtest.Server](t)(pgtest.Start(t.Context(), pgtest.Options{}))
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := cluster{url: must[*url.URL](t)(url.Parse(server.AdminURL()))}
	c.admin = must[*sql.DB](t)(sql.Open("postgres", server.AdminURL()))
	t.Cleanup(func() { _ = c.admin.Close() })
	return c
}

func (c cluster) run(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := c.admin.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// login makes a login and a database that it owns, both of the name, and opens the database.
func (c cluster) login(t *testing.T, name, may string) *store.Store {
	t.Helper()
	c.run(t, "CREATE ROLE "+name+" LOGIN PASSWORD 'x' "+may, "CREATE DATABASE "+name+" OWNER "+name)
	to := *c.url
	to.User, to.Path = url.UserPassword(name, "x"), "/"+name
	s := must[*store.Store](t)(store.Open(t.Context(), to.String(), store.Options{Conns: 2}))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// confines fails the test unless requests run behind row level security.
func confines(t *testing.T, s *store.Store) {
	t.Helper()
	if err := errors.Join(s.Migrate(t.Context()), s.CheckVersion(t.Context())); err != nil {
		t.Fatal(err)
	}
	a, b := fill(t, s), fill(t, s)
	behind := s.Confined(of(a.tenant))
	if n := behind.Client.Role.Query().CountX(t.Context()); n != len(a.roles) {
		t.Errorf("%d roles, want those of one org", n)
	}
	err := write(t.Context(), behind, func(ctx context.Context, tx *store.Tx) error {
		if n := tx.Org.Query().CountX(ctx); n != 1 {
			t.Errorf("%d orgs", n)
		}
		return tx.SubAccount.DeleteOneID(a.subAccount).Exec(ctx) // its links go with it, past the trigger that keeps the last
	})
	if err != nil {
		t.Error(err)
	}
	if n := s.Client.SubAccountRole.Query().CountX(t.Context()); n != 1 {
		t.Errorf("%d links left, want that of %s", n, b.subAccount)
	}
}

// TestRoleOfRequests has logins of every kind make the role of requests, or ask for it.
func TestRoleOfRequests(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	plain := c.login(t, "plain", "")
	says := func(err error, has ...string) {
		t.Helper()
		if err == nil {
			t.Fatalf("it is not refused, want %q", has)
		}
		for _, part := range has {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q is not in: %v", part, err)
			}
		}
	}
	says(plain.Migrate(t.Context()), "run  CREATE ROLE deputy_request NOLOGIN; GRANT deputy_request TO plain;")

	// Roles belong to the cluster, and databases are migrated at once.
	var group sync.WaitGroup
	makers := make([]*store.Store, 4)
	errs := make([]error, len(makers))
	for i := range makers {
		makers[i] = c.login(t, "maker"+string(rune('a'+i)), "SUPERUSER")
	}
	for i, s := range makers {
		group.Go(func() { errs[i] = s.Migrate(t.Context()) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	confines(t, makers[0])

	err := plain.Migrate(t.Context())
	says(err, "run  GRANT deputy_request TO plain;")
	if strings.Contains(err.Error(), "CREATE ROLE") {
		t.Errorf("it asks for a role that is there: %v", err)
	}
	c.run(t, "GRANT deputy_request TO plain")
	confines(t, plain)
	c.run(t, "REVOKE deputy_request FROM plain")
	if err := plain.CheckVersion(t.Context()); !errors.Is(err, store.ErrRequestRole) {
		t.Errorf("a server that can't confine would start: %v", err)
	}
	c.run(t, "GRANT deputy_request TO plain")
	own := c.login(t, "own", "SUPERUSER")
	if _, err := own.DB().ExecContext(t.Context(), "CREATE SCHEMA own"); err != nil {
		t.Fatal(err)
	}
	confines(t, own)
	c.run(t, "ALTER ROLE deputy_request BYPASSRLS")
	boundless := c.login(t, "boundless", "SUPERUSER")
	says(boundless.Migrate(t.Context()), "ALTER ROLE deputy_request NOSUPERUSER NOBYPASSRLS;")
}

// TestRoleOfRequestsIsMadeByItsLogin has a login that may make roles, and is no superuser.
func TestRoleOfRequestsIsMadeByItsLogin(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	confines(t, c.login(t, "maker", "CREATEROLE"))
}

// TestWithoutTheRole has a login that may neither make the role of requests nor be it, do without (DATABASE_RLS=off),
// and put the wall up when it may.
func TestWithoutTheRole(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.login(t, "plain", "")
	to := *c.url
	to.User, to.Path = url.UserPassword("plain", "x"), "/plain"
	open := func(options store.Options) *store.Store {
		options.Conns = 2
		s := must[*store.Store](t)(store.Open(t.Context(), to.String(), options))
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	off := open(store.Options{NoRowSecurity: true})
	if err := errors.Join(off.Migrate(t.Context()), off.CheckVersion(t.Context())); err != nil {
		t.Fatal(err)
	}
	var roles int
	if err := c.admin.QueryRowContext(t.Context(),
		"SELECT count(*) FROM pg_roles WHERE rolname = 'deputy_request'").Scan(&roles); err != nil || roles != 0 {
		t.Fatalf("%d roles, %v", roles, err)
	}
	a := fill(t, off)
	if n := off.Confined(of(a.tenant)).Client.Role.Query().CountX(t.Context()); n != len(a.roles) {
		t.Errorf("%d roles, want %d", n, len(a.roles))
	}
	on := open(store.Options{})
	if err := on.CheckVersion(t.Context()); !errors.Is(err, store.ErrNoRowSecurity) {
		t.Errorf("a server without the wall would start: %v", err)
	}
	if err := on.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(),
		"CREATE ROLE deputy_request NOLOGIN; GRANT deputy_request TO plain;") {
		t.Errorf("the wall was put up without the role: %v", err)
	}
	c.run(t, "CREATE ROLE deputy_request NOLOGIN", "GRANT deputy_request TO plain")
	if err := errors.Join(on.Migrate(t.Context()), on.CheckVersion(t.Context())); err != nil {
		t.Fatal(err)
	}
	b := fill(t, on)
	if n := on.Confined(of(b.tenant)).Client.Role.Query().CountX(t.Context()); n != len(b.roles) {
		t.Errorf("behind the wall: %d roles, want those of one org, %d", n, len(b.roles))
	}
}
