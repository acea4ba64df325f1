package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"deputy/ent/account"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestATransactionThatIsNotOnRecordIsRolledBack, whichever way it wrote.
func TestATransactionThatIsNotOnRecordIsRolledBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const phone = "+8613800000001"
		now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		writes := map[string]func(context.Context, *store.Tx) error{
			"a row": func(ctx context.Context, tx *store.Tx) error {
				return tx.Account.Create().SetPhone(phone).SetCreatedAt(now).Exec(ctx)
			},
			"no row": func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Account.Delete().Where(account.Phone("+1")).Exec(ctx)
				return err
			},
			"SQL": func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE id = $1", "-")
				return err
			},
		}
		for name, write := range writes {
			if err := s.Write(t.Context(), write); !errors.Is(err, store.ErrUnrecorded) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := s.Client.Account.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d accounts were made", n)
		}
		if err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Account.Query().Count(ctx)
			return err
		}); err != nil {
			t.Errorf("reading: %v", err)
		}
		if err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.Recorded()
			return writes["a row"](ctx, tx)
		}); err != nil || s.Client.Account.Query().CountX(t.Context()) != 1 {
			t.Errorf("on record: %v", err)
		}
	})
}
