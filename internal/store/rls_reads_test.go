package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestReadsShareOneConnection has a server that has one read for many requests at once, each of many parts.
func TestReadsShareOneConnection(t *testing.T) {
	t.Parallel()
	for name, pooler := range map[string]bool{"directly": false, "behind a pooler": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, dialect.Postgres)
			to, options := url, store.Options{Conns: 1}
			if pooler {
				to, options.Pooler, options.ListenURL = pooled(t, url), true, url
			}
			reading(t, storetest.ConnectWith(t, to, options), storetest.Connect(t, url))
		})
	}
}

type tenantKey struct{}

func reading(t *testing.T, s, direct *store.Store) {
	t.Helper()
	a, b := fill(t, s), fill(t, s)
	behind := s.Confined(func(ctx context.Context) (store.Tenant, error) {
		tenant, _ := ctx.Value(tenantKey{}).(store.Tenant)
		return tenant, nil
	})
	check := func(ctx context.Context, f filled) error {
		roles, err := behind.Client.Role.Query().All(context.WithValue(ctx, tenantKey{}, f.tenant))
		if err == nil && (len(roles) != 2 || roles[0].OrgID != f.org.ID) {
			err = fmt.Errorf("roles %v", roles)
		}
		if err != nil {
			return err
		}
		const query = "SELECT org_id, created_at, 7::bigint FROM roles WHERE $1 = 1"
		rows := 0
		return behind.Each(context.WithValue(ctx, tenantKey{}, f.tenant), query, []any{1}, func(record page.Record) error {
			var (
				orgID string
				at    time.Time
				seven int
			)
			err := record.Scan(&orgID, &at, &seven)
			if rows++; err == nil && (rows > 2 || orgID != f.org.ID || !at.Equal(roles[0].CreatedAt) || seven != 7) {
				err = fmt.Errorf("row %d: %s %v %d", rows, orgID, at, seven)
			}
			return err
		})
	}
	parts := make(chan error)
	begin := func(ctx context.Context) {
		for i := range 16 {
			go func() { parts <- check(ctx, []filled{a, b}[i%2]) }()
		}
	}
	for range 4 {
		ctx, end := store.WithReads(t.Context())
		begin(ctx)
		for range 16 {
			if err := <-parts; err != nil {
				t.Error(err)
			}
		}
		end()
		end()
		if err := check(ctx, a); err != nil {
			t.Errorf("after the end: %v", err)
		}
	}
	ctx, end := store.WithReads(t.Context())
	defer end()
	if err := check(ctx, a); err != nil {
		t.Fatal(err)
	}
	other, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := check(other, b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("somebody else read on their connection: %v", err)
	}
	inA := context.WithValue(ctx, tenantKey{}, a.tenant)
	if err := check(ctx, a); err != nil {
		t.Fatal(err)
	}
	if _, err := behind.Client.QueryContext(inA, "SELECT nothing"); err == nil {
		t.Error("it read nothing")
	}
	if err := check(ctx, a); err != nil {
		t.Errorf("after a read that failed: %v", err)
	}
	// This one fails while its rows are read, unseen.
	rows, err := behind.Client.QueryContext(inA, "SELECT 1/(3-n) FROM generate_series(1, 5) n")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err == nil {
		t.Error("1/0 has a value")
	}
	if err := check(ctx, a); err != nil {
		t.Errorf("after rows that failed: %v", err)
	}
	brief, cancel := context.WithTimeout(inA, 50*time.Millisecond)
	defer cancel()
	if _, err := behind.Client.QueryContext(brief, "SELECT pg_sleep(60)"); err == nil {
		t.Error("it slept")
	}
	if err := check(ctx, a); err != nil {
		t.Errorf("after a read that was cancelled: %v", err)
	}
	if n := len(texts(t, direct.Client, "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = "+
		"current_database() AND pid <> pg_backend_pid()")); n == 0 {
		t.Error("no connection was cut")
	}
	if err := check(ctx, a); err != nil {
		t.Errorf("after its connection was cut: %v", err)
	}
	end()
	if n := s.Client.Role.Query().CountX(t.Context()); n != 4 {
		t.Errorf("the store itself sees %d roles, want all 4", n)
	}
}
