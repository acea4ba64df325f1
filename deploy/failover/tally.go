package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"time"

	_ "github.com/lib/pq" // for the tally, which asks the database itself
)

// Result is what a run found.
type Result struct {
	// Acknowledged is how many changes the clients were told were made.
	Acknowledged int
	// Lost are changes that were acknowledged and are not in the database, or not on record.
	Lost int
	// Doubled are changes that were made twice.
	Doubled int
	// Unrecorded are changes that are in the database and not on record.
	Unrecorded int
	// Outage is the longest time in which no client was told that a change was made.
	Outage time.Duration
}

// Good reports whether nothing was lost, made twice or left unrecorded.
func (r Result) Good() bool { return r.Lost == 0 && r.Doubled == 0 && r.Unrecorded == 0 }

// String implements fmt.Stringer.
func (r Result) String() string {
	return fmt.Sprintf("acknowledged %d, lost %d, doubled %d, without a record %d, seconds without service %.2f",
		r.Acknowledged, r.Lost, r.Doubled, r.Unrecorded, r.Outage.Seconds())
}

// change is one that a client was told was made: the role of this name was made, and deleted when gone is set.
type change struct {
	name string
	gone bool
}

// book keeps what the clients were told. It is safe for concurrent use.
type book struct {
	mu      sync.Mutex
	told    map[change]bool
	refused []change // by what is in the database, as if somebody else had made them
	moments []time.Time
	more    chan struct{}
}

func newBook() *book { return &book{told: map[change]bool{}, more: make(chan struct{}, 1)} }

// acknowledge notes a change, once.
func (b *book) acknowledge(c change, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told[c] = true
	b.moments = append(b.moments, at)
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// refuse notes that a change was refused although the names are the client's own.
func (b *book) refuse(c change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = append(b.refused, c)
}

func (b *book) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.told)
}

// await waits until that many more changes were acknowledged.
func (b *book) await(ctx context.Context, more int) error {
	for enough := b.count() + more; b.count() < enough; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for changes: %w", ctx.Err())
		case <-b.more:
		}
	}
	return nil
}

// outage is the longest time between two acknowledged changes.
func (b *book) outage() (longest time.Duration) {
	slices.SortFunc(b.moments, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
	for i := 1; i < len(b.moments); i++ {
		longest = max(longest, b.moments[i].Sub(b.moments[i-1]))
	}
	return longest
}

// found is what the database says of the roles that the clients made.
type found struct {
	recorded map[change]int  // how often each change is on record
	there    map[string]bool // the roles that are there
}

func look(ctx context.Context, db *sql.DB) (found, error) {
	f := found{map[change]int{}, map[string]bool{}}
	err := each(ctx, db, `SELECT t.label, e.operation = 'deleteRole', count(*) FROM audit_targets t JOIN audit_events e ON e.id = t.event_id
		WHERE e.outcome = 'DONE' AND e.operation IN ('createRole', 'deleteRole') GROUP BY 1, 2`, func(scan func(...any) error) error {
		var (
			c change
			n int
		)
		err := scan(&c.name, &c.gone, &n)
		f.recorded[c] = n
		return err
	})
	if err != nil {
		return f, err
	}
	return f, each(ctx, db, "SELECT name FROM roles", func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		f.there[name] = true
		return err
	})
}

func each(ctx context.Context, db *sql.DB, query string, row func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("look at what is there: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("look at what is there: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look at what is there: %w", err)
	}
	return nil
}

// judge compares what the clients were told with what is in the database. Roles that are not ours are not the clients'.
func (b *book) judge(f found, ours func(name string) bool) Result {
	r := Result{Acknowledged: len(b.told), Outage: b.outage()}
	for c := range b.told {
		n := f.recorded[c]
		isThere := f.there[c.name]
		gone := f.recorded[change{c.name, true}] > 0
		if n == 0 || c.gone && isThere || !c.gone && !isThere && !gone {
			r.Lost++
		}
	}
	for _, c := range b.refused {
		if f.recorded[c] > 0 { // it was made, and the key did not keep it from being tried again
			r.Doubled++
		}
	}
	for c, n := range f.recorded {
		if ours(c.name) {
			r.Doubled += n - 1
		}
	}
	for name := range f.there {
		if ours(name) && f.recorded[change{name: name}] == 0 {
			r.Unrecorded++
		}
	}
	return r
}
