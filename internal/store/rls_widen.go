package store

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"deputy/internal/bulk"
	"deputy/internal/store/rls"
)

// The methods below widen the access of a confined transaction by one thing, until the transaction ends. The database
// itself checks whether that is allowed. Without row level security, they do nothing.

// Own gives access to the org that the transaction created, if the viewer's account owns it.
func (tx *Tx) Own(ctx context.Context, orgID string) error {
	return tx.widen(ctx, rls.Own, orgID)
}

// ReachDestination gives access to the account of a phone number or e-mail address, whose owner has proved it, and
// allows the transaction to create it when there is none.
func (tx *Tx) ReachDestination(ctx context.Context, destination string) error {
	return tx.widen(ctx, rls.Destination, destination)
}

// ReachSeats gives access to the account's seats in all orgs. The transaction must have access to the account.
func (tx *Tx) ReachSeats(ctx context.Context, accountID string) error {
	return tx.widen(ctx, rls.Seats, accountID)
}

func (tx *Tx) widen(ctx context.Context, query, argument string) error {
	if !tx.driver.confined {
		return nil
	}
	result, err := tx.driver.tx.ExecContext(ctx, query, argument)
	if err != nil {
		return fmt.Errorf("widen access: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("widen access: the row is not accessible (%w)", errNotOne(n, err))
	}
	return nil
}

func errNotOne(n int64, err error) error {
	if err == nil {
		err = fmt.Errorf("%d rows", n)
	}
	return err
}

// Claim reserves the name for this transaction, and returns false when another running transaction has it. It never
// waits. A confined transaction can access the receipt of that name, and no other.
func (tx *Tx) Claim(ctx context.Context, name string) (free bool, err error) {
	if tx.driver.name == dialect.SQLite {
		return true, nil // one transaction writes at a time
	}
	err = bulk.Each(ctx, tx, rls.Claim, []any{name}, func(scan bulk.Scan) error { return scan(&free, &name) })
	if err != nil {
		return false, fmt.Errorf("claim name: %w", err)
	}
	return free, nil
}
