package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"deputy/ent/throttle"
	"deputy/internal/store"
	"deputy/internal/store/pgproxy"
	"deputy/internal/store/pgtest"
	"deputy/internal/store/storetest"
)

// pooled starts a pooler in front of the database of the URL, and returns the URL that goes through it.
func pooled(t *testing.T, direct string) string {
	t.Helper()
	return pooledWith(t, direct, nil)
}

func pooledWith(t *testing.T, direct string, settings map[string]string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is for make test")
	}
	p := must[*pgtest.Pooler](t)(pgtest.StartPooler(t.Context(), direct, settings))
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p.URL(strings.TrimPrefix(must[*url.URL](t)(url.Parse(direct)).Path, "/"))
}

// behind opens the database by way of a pooler, and directly.
func behind(t *testing.T) (pooler, direct *store.Store) {
	t.Helper()
	address := storetest.URL(t, dialect.Postgres)
	direct = storetest.Connect(t, address)
	name := pq.QuoteIdentifier(strings.TrimPrefix(must[*url.URL](t)(url.Parse(address)).Path, "/"))
	if _, err := direct.DB().ExecContext(t.Context(),
		"ALTER DATABASE "+name+" SET client_connection_check_interval = '1s'"); err != nil {
		t.Fatal(err)
	}
	return storetest.ConnectWith(t, pooled(t, address), store.Options{Pooler: true, ListenURL: address, Conns: 16}), direct
}

// TestPoolerShares has many clients read and write at once over the pooler's four connections.
func TestPoolerShares(t *testing.T) {
	t.Parallel()
	s, direct := behind(t)
	counters(t, s, "a")
	var clients sync.WaitGroup
	const workers, rounds = 16, 20
	for worker := range workers {
		clients.Go(func() {
			for round := range rounds {
				own := fmt.Sprintf("own-%d-%d", worker, round)
				err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					tx.Recorded()
					if err := tx.Throttle.Create().SetID(own).SetEndsAt(noon).Exec(ctx); err != nil {
						return err
					}
					return tx.Throttle.UpdateOneID("a").AddCount(1).Exec(ctx)
				})
				if err != nil {
					t.Error(err)
				}
				row, err := s.Client.Throttle.Query().Where(throttle.ID(own)).Only(t.Context())
				if err != nil || !row.EndsAt.Equal(noon) {
					t.Errorf("%v, %v", row, err)
				}
			}
		})
	}
	clients.Wait()
	counted(t, s, "a", workers*rounds)
	var n, prepared int
	if err := direct.DB().QueryRowContext(t.Context(),
		"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").Scan(
		&n); err != nil || n > 4 {
		t.Errorf("%d connections behind the pooler, %v", n, err)
	}
	for range 10 {
		if err := s.DB().QueryRowContext(t.Context(),
			"SELECT count(*) FROM pg_prepared_statements").Scan(&prepared); err != nil || prepared > 0 {
			t.Errorf("%d statements are prepared behind the pooler, %v", prepared, err)
		}
	}
}

func TestPoolerTransactions(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(*testing.T, *store.Store){"deadlock": deadlock, "serialization": serialization} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := behind(t)
			f(t, s)
		})
	}
	t.Run("rollback", func(t *testing.T) {
		t.Parallel()
		s, _ := behind(t)
		counters(t, s, "a")
		no := errors.New("no")
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.Throttle.UpdateOneID("a").AddCount(1).Exec(ctx), no)
		})
		if !errors.Is(err, no) {
			t.Error(err)
		}
		counted(t, s, "a", 0)
	})
}

func TestPoolerCancels(t *testing.T) {
	t.Parallel()
	s, direct := behind(t)
	cancels(t, s, direct)
}

// TestPoolerConnectionLost loses the connection between server and pooler.
func TestPoolerConnectionLost(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t, dialect.Postgres)
	behind := pooled(t, address)
	for _, c := range []struct {
		cut     string
		runs    int
		unknown bool
	}{{"begin", 1, false}, {"write", 2, false}, {"commit", 1, true}} {
		t.Run(c.cut, func(t *testing.T) {
			p, through := pgproxy.Through(t, behind)
			s := storetest.ConnectWith(t, through, store.Options{Pooler: true, ListenURL: address})
			if _, err := s.Client.Throttle.Delete().Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			counters(t, s, "a")
			lost(t, s, p, c.cut, c.runs, c.unknown)
			if _, err := s.DB().ExecContext(t.Context(), "BEGIN; LOCK TABLE throttles; COMMIT"); err != nil {
				t.Fatal(err)
			}
			counted(t, s, "a", 1)
		})
	}
}

// TestPoolerNeedsToBeSaid has a server that takes the pooler for PostgreSQL.
func TestPoolerNeedsToBeSaid(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t, dialect.Postgres)
	through := pooled(t, address)
	if _, err := store.Open(t.Context(), through, store.Options{}); !errors.Is(err, store.ErrPooler) {
		t.Error(err)
	}
	missing := must[*url.URL](t)(url.Parse(through))
	missing.Path = "/no-such-database"
	if _, err := store.Open(t.Context(), missing.String(),
		store.Options{Pooler: true, ListenURL: address}); !errors.Is(err, store.ErrNoDatabase) {
		t.Error(err)
	}
	missing.User = url.UserPassword(missing.User.Username(), "wrong")
	if _, err := store.Open(t.Context(), missing.String(),
		store.Options{Pooler: true, ListenURL: address}); !errors.Is(err, store.ErrPassword) {
		t.Error(err)
	}
}

// hiding has a pooler take the settings that a server sends, so that it looks like PostgreSQL.
func hiding(mode string) map[string]string {
	return map[string]string{
		"pool_mode": mode,
		"ignore_startup_parameters": "extra_float_digits,statement_timeout,lock_timeout," +
			"idle_in_transaction_session_timeout,client_connection_check_interval,random_page_cost",
		"default_pool_size": "8",
	}
}

// TestPoolerAndSettings tries pgbouncer in each of its modes with each combination of settings. What is refused leaves
// the connections that others share as they were, and a right server behind the same pooler goes on answering
// meanwhile.
func TestPoolerAndSettings(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t, dialect.Postgres)
	elsewhere := storetest.URL(t, dialect.Postgres)
	through := map[string]string{"session": "", "transaction": "", "statement": ""}
	for mode := range through {
		through[mode] = pooledWith(t, address, hiding(mode))
	}
	right := storetest.ConnectWith(t, through["transaction"], store.Options{Pooler: true, ListenURL: address})
	counters(t, right, "right")
	confined := right.Confined(func(context.Context) (store.Tenant, error) { return store.Tenant{Account: "acc_1"}, nil })
	stop, ended := make(chan struct{}), make(chan int, 1)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				ended <- n
				return
			default:
			}
			err := right.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				tx.Recorded()
				return tx.Throttle.UpdateOneID("right").AddCount(1).Exec(ctx)
			})
			_, read := confined.Client.Org.Query().Count(t.Context())
			if err = errors.Join(err, read); err != nil {
				t.Errorf("the right server: %v", err)
			}
		}
	}()
	for _, c := range []struct {
		name    string
		url     string
		options store.Options
		want    error
	}{
		{"no pooler", address, store.Options{}, nil},
		{"no pooler, another way to listen", address, store.Options{ListenURL: address + "&application_name=x"}, nil},
		{"no pooler, said to be one", address, store.Options{Pooler: true, ListenURL: address}, nil},
		{"session, not said", through["session"], store.Options{}, nil},
		{"session, not said, direct to listen", through["session"], store.Options{ListenURL: address}, nil},
		{"session, said", through["session"], store.Options{Pooler: true, ListenURL: address}, nil},
		{"transaction, said", through["transaction"], store.Options{Pooler: true, ListenURL: address}, nil},
		{"transaction, not said", through["transaction"], store.Options{}, store.ErrPooler},
		{
			"transaction, not said, direct to listen", through["transaction"],
			store.Options{ListenURL: address},
			store.ErrPooler,
		},
		{
			"transaction, said, the pooler to listen", through["transaction"],
			store.Options{Pooler: true, ListenURL: through["transaction"]},
			store.ErrListenPooler,
		},
		{"no pooler, a pooler to listen", address, store.Options{ListenURL: through["transaction"]}, store.ErrListenPooler},
		{
			"no pooler, statement mode to listen", address,
			store.Options{ListenURL: through["statement"]},
			store.ErrListenPooler,
		},
		{"statement, said", through["statement"], store.Options{Pooler: true, ListenURL: address}, store.ErrPoolerMode},
		{"statement, not said", through["statement"], store.Options{}, store.ErrPoolerMode},
		{
			"statement, not said, direct to listen", through["statement"],
			store.Options{ListenURL: address},
			store.ErrPoolerMode,
		},
		{"another database to listen", address, store.Options{ListenURL: elsewhere}, store.ErrListenElsewhere},
		{
			"transaction, said, another database to listen", through["transaction"],
			store.Options{Pooler: true, ListenURL: elsewhere},
			store.ErrListenElsewhere,
		},
		{"one connection", through["transaction"], store.Options{ListenURL: address, Conns: 1}, store.ErrPooler},
	} {
		for range 3 {
			s, err := store.Open(t.Context(), c.url, c.options)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			if err == nil {
				err = s.CheckVersion(t.Context())
				if err = errors.Join(err, s.Close()); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
			}
		}
	}
	close(stop)
	if n := <-ended; n == 0 {
		t.Error("the right server did nothing")
	}
	for mode, url := range through {
		if mode == "statement" {
			continue
		}
		asked := storetest.ConnectWith(t, url, store.Options{Pooler: true, ListenURL: address})
		for range 20 {
			var state string
			err := asked.DB().QueryRowContext(t.Context(), `SELECT concat_ws(' ', session_user = current_user, current_setting('default_transaction_read_only'),
				coalesce(current_setting('deputy.account', true), ''), (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_listening_channels()))`).Scan(&state)
			if err != nil || state != "t off  0 0" {
				t.Errorf("%s mode: left behind: %q, %v", mode, state, err)
			}
		}
	}
}

// TestPoolerMigration makes the schema over the direct URL, while servers wait for it behind the pooler, and over the
// pooler too.
func TestPoolerMigration(t *testing.T) {
	t.Parallel()
	address := storetest.Empty(t, dialect.Postgres)
	options := store.Options{Pooler: true, ListenURL: address}
	s := storetest.ConnectWith(t, pooled(t, address), options)
	if err := s.CheckVersion(t.Context()); !errors.Is(err, store.ErrOlder) {
		t.Error(err)
	}
	if err := storetest.Connect(t, options.ListenURL).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckVersion(t.Context()); err != nil {
		t.Error(err)
	}
	counters(t, s, "a")

	empty := storetest.Empty(t, dialect.Postgres)
	over := storetest.ConnectWith(t, pooled(t, empty), store.Options{Pooler: true, ListenURL: empty})
	if err := errors.Join(over.Migrate(t.Context()), over.CheckVersion(t.Context())); err != nil {
		t.Error(err)
	}
}

// TestPoolerArguments sends every kind of argument that is sent, whose types lib/pq is not told then.
func TestPoolerArguments(t *testing.T) {
	t.Parallel()
	s, _ := behind(t)
	at := time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC)
	var (
		n     int64
		text  string
		raw   []byte
		when  time.Time
		doc   string
		found bool
		null  *string
		yes   bool
	)
	row := s.DB().QueryRowContext(t.Context(),
		"SELECT $1::int8, $2::varchar, $3::bytea, $4::timestamptz, $5::jsonb, 'b' = ANY($6), $7::text, $8::bool",
		7, "机构", []byte{0, 1, 0xff}, at, json.RawMessage(`{"a":1}`), pq.Array([]string{"a", "b"}), nil, true)
	if err := row.Scan(&n, &text, &raw, &when, &doc, &found, &null, &yes); err != nil {
		t.Fatal(err)
	}
	if n != 7 || text != "机构" || string(raw) != "\x00\x01\xff" || !when.Equal(at) || doc != `{"a": 1}` || !found ||
		null != nil || !yes {
		t.Error(n, text, raw, when, doc, found, null, yes)
	}
}
