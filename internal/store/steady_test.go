package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/ent/role"
	"deputy/ent/throttle"
	"deputy/internal/store"
	"deputy/internal/store/pgproxy"
	"deputy/internal/store/storetest"
)

// work reads and writes in every way that the server does.
func work(ctx context.Context, s *store.Store, orgID, own string) error {
	if err := s.Client.Throttle.Create().SetID(own).SetEndsAt(noon).Exec(ctx); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	if n, err := s.Client.Role.Query().Where(role.OrgID(orgID)).Order(role.ByCreatedAt(),
		role.ByID()).Limit(10).All(ctx); err != nil || len(n) != 2 {
		return fmt.Errorf("read %d: %w", len(n), err)
	}
	if _, err := s.Client.Org.Query().WithOwner().Only(ctx); err != nil {
		return fmt.Errorf("read with an edge: %w", err)
	}
	if _, err := s.Client.Throttle.Query().Where(throttle.EndsAtLTE(noon)).Count(ctx); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	err := s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		tx.NotifyAccess([]string{orgID}, nil)
		if err := tx.Throttle.UpdateOneID(own).AddCount(1).Exec(ctx); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT * FROM throttles WHERE id = $1", own)
		if err != nil {
			return err
		}
		if !rows.Next() {
			err = fmt.Errorf("no row")
		}
		return joined(err, rows.Err(), rows.Close())
	})
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if _, err := s.Client.Throttle.Delete().Where(throttle.ID(own)).Exec(ctx); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	return nil
}

func joined(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestSteadyState counts what a whole store has PostgreSQL parse once it has done everything twice: nothing.
func TestSteadyState(t *testing.T) {
	t.Parallel()
	p, through := pgproxy.Through(t, storetest.URL(t, dialect.Postgres))
	s := storetest.ConnectWith(t, through, store.Options{Conns: 1})
	a := makeAgency(t, s)
	round := func(name string) {
		for i := range 3 {
			if err := work(t.Context(), s, a.org.ID, fmt.Sprintf("%s-%d", name, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	round("first")
	if p.Unnamed.Load() == 0 || p.Named.Load() == 0 {
		t.Errorf("%d unnamed, %d named: the test shows nothing", p.Unnamed.Load(), p.Named.Load())
	}
	p.Reset()
	round("second")
	if unnamed, named, opened := p.Unnamed.Load(), p.Named.Load(), p.Opened.Load(); unnamed+named+opened != 0 {
		t.Errorf("%d unnamed and %d named statements, %d connections", unnamed, named, opened)
	}
	if executed, simple := p.Executed.Load(), p.Simple.Load(); executed < 24 || simple != 6 { // BEGIN and COMMIT
		t.Errorf("%d executed, %d simple", executed, simple)
	}
}

// TestSchemaChangesUnderWork adds columns to the tables that are in use, and takes them away.
func TestSchemaChangesUnderWork(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.Postgres)
	s, other := storetest.ConnectWith(t, url, store.Options{Conns: 4}), storetest.Connect(t, url)
	a := makeAgency(t, s)
	var workers sync.WaitGroup
	for worker := range 4 {
		workers.Go(func() {
			for i := range 60 {
				if err := work(t.Context(), s, a.org.ID, fmt.Sprintf("%d-%d", worker, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	for changes := 0; ; changes++ {
		select {
		case <-done:
			if changes < 10 {
				t.Errorf("the schema changed only %d times", changes)
			}
			return
		default:
		}
		if changes >= 400 { // a table has room for 1600 columns, those that are gone included
			<-done
			return
		}
		for _, table := range []string{"throttles", "roles", "orgs"} {
			for _, change := range []string{"ADD COLUMN more text", "DROP COLUMN more"} {
				if _, err := other.DB().ExecContext(t.Context(), "ALTER TABLE "+table+" "+change); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
