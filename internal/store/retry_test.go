package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/throttle"
	"deputy/internal/store"
	"deputy/internal/store/pgproxy"
	"deputy/internal/store/storetest"
)

// counters makes rows that count from nought.
func counters(t *testing.T, s *store.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := s.Client.Throttle.Create().SetID(id).SetEndsAt(time.Now()).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func counted(t *testing.T, s *store.Store, id string, want int) {
	t.Helper()
	row, err := s.Client.Throttle.Get(t.Context(), id)
	if err != nil || row.Count != want {
		t.Errorf("%s: %v, %v; want %d", id, row, err, want)
	}
}

// meeting lets everybody who comes for the first time go on when all are there.
type meeting struct {
	missing atomic.Int32
	all     chan struct{}
}

func newMeeting(n int32) *meeting {
	m := &meeting{all: make(chan struct{})}
	m.missing.Store(n)
	return m
}

func (m *meeting) wait(ctx context.Context) {
	if m.missing.Add(-1) == 0 {
		close(m.all)
	}
	select {
	case <-m.all:
	case <-ctx.Done():
	}
}

func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	deadlock(t, storetest.Open(t, dialect.Postgres))
}

// deadlock has two transactions each of which holds what the other wants.
func deadlock(t *testing.T, s *store.Store) {
	t.Helper()
	counters(t, s, "a", "b")
	var runs atomic.Int32
	both, met := sync.WaitGroup{}, newMeeting(2)
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		both.Go(func() {
			first := true
			err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				runs.Add(1)
				tx.Recorded()
				if err := tx.Throttle.UpdateOneID(order[0]).AddCount(1).Exec(ctx); err != nil {
					return err
				}
				if first {
					first = false
					met.wait(ctx)
				}
				return tx.Throttle.UpdateOneID(order[1]).AddCount(1).Exec(ctx)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	counted(t, s, "a", 2)
	counted(t, s, "b", 2)
	if runs.Load() < 3 {
		t.Errorf("%d runs: there was no deadlock, the test shows nothing", runs.Load())
	}
}

func TestSerializationFailureIsRetried(t *testing.T) {
	t.Parallel()
	serialization(t, storetest.Open(t, dialect.Postgres))
}

// serialization has two transactions that each write what the other has read.
func serialization(t *testing.T, s *store.Store) {
	t.Helper()
	counters(t, s, "a", "b")
	var runs atomic.Int32
	both, met := sync.WaitGroup{}, newMeeting(2)
	for _, id := range []string{"a", "b"} {
		both.Go(func() {
			first := true
			err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				runs.Add(1)
				tx.Recorded()
				if _, err := tx.ExecContext(ctx, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"); err != nil {
					return err
				}
				all, err := tx.Throttle.Query().All(ctx)
				if err != nil {
					return err
				}
				if first {
					first = false
					met.wait(ctx)
				}
				return tx.Throttle.UpdateOneID(id).AddCount(1 + all[0].Count + all[1].Count).Exec(ctx)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if runs.Load() < 3 {
		t.Errorf("%d runs: there was no failure, the test shows nothing", runs.Load())
	}
	// One after the other: 1, and then 1 + 1.
	sum, err := s.Client.Throttle.Query().Aggregate(ent.Sum(throttle.FieldCount)).Int(t.Context())
	if err != nil || sum != 3 {
		t.Errorf("%d, %v", sum, err)
	}
}

func TestRetriesAreBounded(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	runs := 0
	conflict := func(ctx context.Context, tx *store.Tx) error {
		runs++
		_, err := tx.ExecContext(ctx, "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$")
		return err
	}
	if err := s.Write(t.Context(), conflict); !store.Retryable(err) || runs < 3 || runs > 10 {
		t.Errorf("%d runs, %v", runs, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	runs = 0
	err := s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		defer cancel()
		return conflict(ctx, tx)
	})
	if err == nil || runs != 1 {
		t.Errorf("%d runs for somebody who has gone, %v", runs, err)
	}
}

// TestConnectionLost loses the connection at each step of a transaction.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cut     string
		runs    int
		unknown bool
	}{
		"begin": {"begin", 1, false}, "write": {"write", 2, false}, "commit": {"commit", 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, dialect.Postgres)
			direct := storetest.Connect(t, url)
			counters(t, direct, "a")
			p, through := pgproxy.Through(t, url)
			lost(t, storetest.Connect(t, through), p, c.cut, c.runs, c.unknown)
			// The server may still be at work on what nobody waits for.
			if _, err := direct.DB().ExecContext(t.Context(), "BEGIN; LOCK TABLE throttles; COMMIT"); err != nil {
				t.Fatal(err)
			}
			counted(t, direct, "a", 1)
		})
	}
}

// lost counts up once, losing a response on the way.
func lost(t *testing.T, s *store.Store, p *pgproxy.Proxy, cut string, wantRuns int, unknown bool) {
	t.Helper()
	runs, told := 0, 0
	s.OnChange(func(store.Change) { told++ })
	p.Cut.Store(cut == "begin")
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		runs++
		tx.Recorded()
		tx.NotifyAccess([]string{"org_1"}, nil)
		p.Cut.Store(cut == "write" && runs == 1)
		if err := tx.Throttle.UpdateOneID("a").AddCount(1).Exec(ctx); err != nil {
			return err
		}
		// What is announced is sent before the commit; the proxy cuts the response to what is sent after this.
		if cut == "commit" {
			p.CutAfter("COMMIT")
		}
		return nil
	})
	if errors.Is(err, store.ErrUnknownOutcome) != unknown || !unknown && err != nil {
		t.Errorf("%v", err)
	}
	if unknown && (store.Retryable(err) || !strings.Contains(err.Error(), "unknown")) {
		t.Errorf("%v", err)
	}
	if runs != wantRuns || told != 1 {
		t.Errorf("%d runs, %d told", runs, told)
	}
	if p.Cut.Load() {
		t.Error("nothing was cut")
	}
}
