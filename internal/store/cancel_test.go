package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/store"
	"deputy/internal/store/pgproxy"
	"deputy/internal/store/storetest"
)

func TestCancelReachesPostgreSQL(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.Postgres)
	cancels(t, storetest.ConnectWith(t, url, store.Options{StatementTimeout: -1}), storetest.Connect(t, url))
}

// TestCutConnectionEndsItsStatement loses the request to cancel.
func TestCutConnectionEndsItsStatement(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.Postgres)
	p, through := pgproxy.Through(t, url)
	s := storetest.ConnectWith(t, through, store.Options{StatementTimeout: -1})
	observer := storetest.Connect(t, url)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.DB().ExecContext(ctx, "SELECT pg_sleep($1) AS left_alone", 600)
		ended <- err
	}()
	running := "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
	until(t, observer, running, 1)
	p.Stalled.Store(true)
	cancel()
	if err := <-ended; err == nil {
		t.Error("it went through")
	}
	until(t, observer, running, 0)
}

// cancels has clients go while a read and a transaction of theirs run, and looks whether PostgreSQL goes on with them.
func cancels(t *testing.T, s, observer *store.Store) {
	t.Helper()
	for name, run := range map[string]func(context.Context) error{
		"read": func(ctx context.Context) error {
			rows, err := s.Client.QueryContext(ctx, "SELECT pg_sleep($1) AS left_read", 600)
			if err == nil {
				rows.Next()
				err = errors.Join(rows.Err(), rows.Close())
			}
			return err
		},
		"write": func(ctx context.Context) error {
			return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				tx.Recorded()
				_, err := tx.ExecContext(ctx, "SELECT pg_sleep($1) AS left_write", 600)
				return err
			})
		},
	} {
		running := "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND " +
			"query LIKE '%left_" + name + "' AND pid <> pg_backend_pid()"
		for range 3 { // also as a prepared statement
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- run(ctx) }()
			until(t, observer, running, 1)
			cancel()
			if err := <-ended; err == nil {
				t.Errorf("%s went through", name)
			}
			until(t, observer, running, 0)
		}
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// until waits for a count, for less time than the statements here would take by themselves.
func until(t *testing.T, s *store.Store, query string, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		var n int
		if err := s.DB().QueryRowContext(ctx, query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == want {
			return
		}
		<-ticker.C
	}
}
