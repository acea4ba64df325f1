package store_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/store"
	"deputy/internal/store/pgtest"
	"deputy/internal/store/storetest"
)

// start starts a server of the test's own.
func start(t *testing.T) *pgtest.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is for make test")
	}
	s := must[*pgtest.Server](t)(pgtest.Start(t.Context(), pgtest.Options{Durable: true, MaxConnections: 30}))
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// hosts puts the hosts of servers that share an account and a password into one URL.
func hosts(t *testing.T, servers ...*pgtest.Server) string {
	t.Helper()
	joined := must[*url.URL](t)(url.Parse(servers[0].AdminURL()))
	var list []string
	for _, s := range servers {
		list = append(list, must[*url.URL](t)(url.Parse(s.AdminURL())).Host)
	}
	password, _ := joined.User.Password()
	return "postgres://" + joined.User.Username() + ":" + password + "@" + strings.Join(list, ",") + "/postgres"
}

// TestHostDown has the first of two hosts be nobody.
func TestHostDown(t *testing.T) {
	t.Parallel()
	good := must[*url.URL](t)(url.Parse(storetest.URL(t, dialect.Postgres)))
	good.RawQuery = ""
	two := strings.Replace(good.String(), "@", "@"+nobody(t)+",", 1)
	s := storetest.Connect(t, two)
	counters(t, s, "a")
	counted(t, s, "a", 0)
}

// TestFailover has a standby take over from a primary that died, while the server has connections to it, in either
// order of hosts.
func TestFailover(t *testing.T) {
	t.Parallel()
	primary := start(t)
	standby := must[*pgtest.Server](t)(primary.Standby(t.Context()))
	t.Cleanup(func() {
		if err := standby.Stop(); err != nil {
			t.Error(err)
		}
	})
	both := []*store.Store{
		storetest.Connect(t, hosts(t, standby, primary)),
		storetest.Connect(t, hosts(t, primary, standby)),
	}
	if err := both[0].Migrate(t.Context()); err != nil {
		t.Fatalf("the standby was taken for the primary: %v", err)
	}
	for _, s := range both {
		var recovering bool
		if err := s.DB().QueryRowContext(t.Context(), "SELECT pg_is_in_recovery()").Scan(&recovering); err != nil ||
			recovering {
			t.Fatalf("connected to the standby: %v", err)
		}
	}
	counters(t, both[0], "a")
	onlyStandby := hosts(t, standby)
	if _, err := store.Open(t.Context(), onlyStandby, store.Options{}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("the standby alone: %v", err)
	}
	reading := storetest.Connect(t, onlyStandby+"?target_session_attrs=any")
	until(t, reading, "SELECT CASE WHEN to_regclass('throttles') IS NULL THEN 0 ELSE 1 END", 1)
	until(t, reading, "SELECT count(*) FROM throttles", 1)

	if err := primary.Halt(pgtest.Immediate); err != nil {
		t.Fatal(err)
	}
	if err := add(t.Context(), both[1], "a"); !errors.Is(err, store.ErrRefused) || !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("with a standby only: %v", err)
	}
	if _, err := reading.DB().ExecContext(t.Context(), "SELECT pg_promote()"); err != nil {
		t.Fatal(err)
	}
	until(t, reading, "SELECT pg_is_in_recovery()::int", 0)
	for _, s := range both {
		began := time.Now()
		if err := add(t.Context(), s, "a"); err != nil {
			t.Error(err)
		}
		t.Logf("written %v after the standby was promoted", time.Since(began))
	}
	counted(t, both[0], "a", 2)
}

// TestRestart has a primary crash and come back between the statements and the transactions of a server.
func TestRestart(t *testing.T) {
	t.Parallel()
	primary := start(t)
	s := storetest.Connect(t, hosts(t, primary))
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	counters(t, s, "a")
	for n := range 3 {
		for range 3 {
			counted(t, s, "a", 2*n)
		}
		restarted := false
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.Recorded()
			if err := tx.Throttle.UpdateOneID("a").AddCount(1).Exec(ctx); err != nil || restarted {
				return err
			}
			restarted = true
			return errors.Join(primary.Restart(ctx, pgtest.Immediate), tx.Throttle.UpdateOneID("a").AddCount(1).Exec(ctx))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := primary.Restart(t.Context(), pgtest.Fast); err != nil {
			t.Fatal(err)
		}
		if err := add(t.Context(), s, "a"); err != nil {
			t.Fatal(err)
		}
	}
	counted(t, s, "a", 6)
}

// add counts up once, in a transaction.
func add(ctx context.Context, s *store.Store, id string) error {
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		return tx.Throttle.UpdateOneID(id).AddCount(1).Exec(ctx)
	})
}
