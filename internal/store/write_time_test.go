package store_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/bulk"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestAWriteEndsInTime: what is stamped when a write begins is seen within 30 seconds, or never, so that whoever reads
// changes out knows how far back it has to look.
func TestAWriteEndsInTime(t *testing.T) {
	t.Parallel()
	if store.WriteTime != 30*time.Second {
		t.Errorf("a write may take %s, and the schema says 30 seconds", store.WriteTime)
	}
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			var stood atomic.Int64
			db := storetest.ConnectWith(t, storetest.URL(t, d),
				store.Options{Machine: func() time.Time { return time.Now().Add(time.Duration(stood.Load())) }})
			counters(t, db, "kept", "late", "long")
			add := func(id string, standing time.Duration) func(context.Context, *store.Tx) error {
				return func(ctx context.Context, tx *store.Tx) error {
					tx.Recorded()
					if end, bounded := ctx.Deadline(); id != "long" && (!bounded || time.Until(end) > store.WriteTime) {
						t.Errorf("a statement of %s has until %v", id, end)
					}
					err := tx.Throttle.UpdateOneID(id).AddCount(1).Exec(ctx)
					stood.Add(int64(standing))
					return err
				}
			}
			if err := db.Write(t.Context(), add("kept", store.WriteTime-10*time.Second)); err != nil {
				t.Error(err)
			}
			if err := db.Write(t.Context(), add("late", store.WriteTime)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a process that stood still commits: %v", err)
			}
			if err := db.WriteLong(t.Context(), add("long", time.Hour)); err != nil {
				t.Error(err)
			}
			counted(t, db, "kept", 1)
			counted(t, db, "late", 0)
			counted(t, db, "long", 1)
		})
	}
}

// TestALongWriteHasNoStatementTimeout: a command that reads all orders of an org takes longer than a request may.
func TestALongWriteHasNoStatementTimeout(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, dialect.Postgres)
	for want, write := range map[string]func(context.Context, func(context.Context, *store.Tx) error) error{
		"15s": db.Write, "0": db.WriteLong,
	} {
		var got string
		err := write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			got, _, err = bulk.One[string](ctx, tx, "SHOW statement_timeout")
			tx.Recorded()
			return err
		})
		if err != nil || got != want {
			t.Errorf("statements may take %s, want %s: %v", got, want, err)
		}
	}
}
