// Package fill fills a PostgreSQL database with what the bench asks for, in Deputy's own schema. The same size makes
// the same rows, but for the sessions, which begin when it runs.
package fill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"deputy/internal/store"
)

// Size is how much is filled in. Numbers are for each org, but for Orgs and Events.
type Size struct {
	Orgs, Roles, SubAccounts, Creators, Tasks, Orders, Events int
}

// Standard is the size that results are told for.
func Standard() Size {
	return Size{Orgs: 200, Roles: 20, SubAccounts: 200, Creators: 60, Tasks: 20, Orders: 600, Events: 1_000_000}
}

const (
	rolesHeld = 3 // by each sub-account
	tasksOf   = 6 // that each creator takes part in
	seats     = 4 // of an account that works in several orgs
	seed      = 20250101
)

// First is the day on which everything begins; orders are of the 120 days from then on, events of the year.
var First = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// Org is what the bench has to know of an org to ask for it.
type Org struct {
	ID string
	// Owner is the owner's account, and OwnerToken a session of it.
	Owner, OwnerToken string
	// Staff is an account with a seat in this org and others, and StaffToken a session of it.
	Staff, StaffToken string
	// SubAccounts may be changed: nobody is signed in as one of them.
	SubAccounts []string
	// Platforms are the creators' ids on the platform.
	Platforms []string
}

// filler keeps what is made.
type filler struct {
	Size
	db     *sql.DB
	random *rand.Rand
	serial uint64
	orgs   []*org
}

// org is an org on its way.
type org struct {
	Org
	roles    []string
	people   []person
	creators []string
}

// person is a sub-account.
type person struct{ id, account, name string }

// Fill migrates an empty database at the URL, whose login is a superuser, and fills it.
func Fill(ctx context.Context, url string, size Size) (made []Org, err error) {
	if size.Orgs%seats != 0 || size.SubAccounts < 150 || size.Creators < 50 || size.Roles < rolesHeld {
		return nil, errors.New("fill: the size is too small for what the bench asks for")
	}
	s, err := store.Open(ctx, url, store.Options{StatementTimeout: -1, LockTimeout: -1, IdleTimeout: -1})
	if err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	f := &filler{Size: size, db: s.DB(), random: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // the same each time
	indexes, err := f.dropIndexes(ctx)
	if err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	for _, step := range []func(context.Context) error{f.people, f.sessions, f.office, f.events} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("fill: %w", err)
		}
	}
	if err := f.finish(ctx, indexes); err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	for _, o := range f.orgs {
		made = append(made, o.Org)
	}
	return made, nil
}

// copyIn brings rows into a table. Neither triggers nor foreign keys are looked at: what is filled in keeps them.
func (f *filler) copyIn(
	ctx context.Context, table string, columns []string, rows func(put func(...any) error) error,
) (err error) {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	if _, err := tx.ExecContext(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
		return err
	}
	in, err := tx.PrepareContext(ctx, "COPY "+table+" ("+strings.Join(columns, ", ")+") FROM STDIN")
	if err != nil {
		return fmt.Errorf("copy %s: %w", table, err)
	}
	if err := rows(func(values ...any) error { _, err := in.ExecContext(ctx, values...); return err }); err != nil {
		return fmt.Errorf("copy %s: %w", table, err)
	}
	if _, err := in.ExecContext(ctx); err != nil {
		return fmt.Errorf("copy %s: %w", table, err)
	}
	if err := in.Close(); err != nil {
		return fmt.Errorf("copy %s: %w", table, err)
	}
	return tx.Commit()
}
