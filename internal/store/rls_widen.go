package store

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"deputy/internal/bulk"
	"deputy/internal/store/rls"
)

// What follows opens the wall of a confined transaction for one thing, until the transaction ends. The database itself
// looks whether the thing is one to open. Where there is no wall, nothing is done.

// Own opens the org that the transaction made, when the account that asks owns it.
func (tx *Tx) Own(ctx context.Context, orgID string) error {
	return tx.widen(ctx, rls.Own, orgID)
}

// ReachDestination opens the account that a phone number or e-mail address reaches, for whoever has proved that it is
// theirs; and lets it be made when there is none.
func (tx *Tx) ReachDestination(ctx context.Context, destination string) error {
	return tx.widen(ctx, rls.Destination, destination)
}

// ReachSeats opens the seats that the account has in all orgs. It must be one that the transaction reaches.
func (tx *Tx) ReachSeats(ctx context.Context, accountID string) error {
	return tx.widen(ctx, rls.Seats, accountID)
}

func (tx *Tx) widen(ctx context.Context, query, argument string) error {
	if !tx.driver.confined {
		return nil
	}
	result, err := tx.driver.tx.ExecContext(ctx, query, argument)
	if err != nil {
		return fmt.Errorf("reach further: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("reach further: it is out of reach (%w)", errNotOne(n, err))
	}
	return nil
}

func errNotOne(n int64, err error) error {
	if err == nil {
		err = fmt.Errorf("%d rows", n)
	}
	return err
}

// Claim keeps the name for this transaction, and returns false when another one that still runs has it. It never waits.
// A confined transaction reaches the receipt of that name, and no other.
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
