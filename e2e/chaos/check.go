package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"deputy/e2e/cluster"
	"deputy/internal/audit"
)

// kind is what can be wrong in the end.
type kind string

const (
	lost      kind = "acknowledged and lost"
	doubled   kind = "applied twice"
	unasked   kind = "on record and never asked for"
	parted    kind = "record and change differ"
	invariant kind = "a rule is broken"
	told      kind = "wrongly answered"
)

// finding is one thing that is wrong.
type finding struct {
	kind kind
	text string
}

// event is what one audit event says about one object.
type event struct {
	operation, object string
	changes           []audit.Change
}

// name returns the name that the event gave.
func (e event) name() string {
	for _, c := range e.changes {
		if c.Field == "name" && c.After != nil {
			return *c.After
		}
	}
	return ""
}

// check compares what the crowd was told with what is on record, and what is on record with what is there.
func check(ctx context.Context, db *sql.DB, c *crowd) (found []finding, err error) {
	add := func(k kind, format string, args ...any) {
		found = append(found, finding{k, fmt.Sprintf(format, args...)})
	}
	events, err := trail(ctx, db, c.orgs)
	if err != nil {
		return nil, err
	}
	recorded := map[string]int{}
	for _, e := range events {
		recorded[signature(e.operation, e.object, e.name())]++
	}
	acknowledged := map[string]int{}
	for _, w := range c.writers {
		for _, text := range w.wrong {
			add(told, "%s", text)
		}
		for _, done := range w.changes {
			acknowledged[signature(done.mutation, done.object, done.name)]++
		}
		acknowledged[signature("createSubAccount", w.sub, "")]++
	}
	for what, n := range acknowledged {
		switch is := recorded[what]; {
		case is < n:
			add(lost, "%s: %d times on record, %d times acknowledged", what, is, n)
		case is > n:
			add(doubled, "%s: %d times on record, %d times acknowledged", what, is, n)
		}
	}
	for what, n := range recorded {
		if acknowledged[what] == 0 && !strings.HasPrefix(what, "createRole ") { // a role made twice has two ids
			add(unasked, "%s: %d times", what, n)
		}
	}
	made := map[string]int{}
	for _, e := range events {
		if e.operation == "createRole" {
			if made[e.name()]++; made[e.name()] > 1 {
				add(doubled, "createRole %s", e.name())
			}
		}
	}
	differ, err := replay(ctx, db, c.orgs, events)
	found = append(found, differ...)
	if err != nil {
		return nil, err
	}
	broken, err := cluster.Violations(ctx, db)
	for _, text := range broken {
		add(invariant, "%s", text)
	}
	return found, err
}

// signature is what tells one change from all others: a name is given once, a role deleted once; the status of a
// sub-account changes often, and is counted.
func signature(operation, object, name string) string {
	if operation == "createSubAccount" {
		name = ""
	}
	return strings.TrimSpace(operation + " " + object + " " + name)
}

// trail returns what was done to roles and sub-accounts of the orgs, in its order.
func trail(ctx context.Context, db *sql.DB, orgs []string) (events []event, err error) {
	rows, err := db.QueryContext(ctx, `SELECT e.operation, t.target_id, t.changes FROM audit_events e JOIN audit_targets t ON t.event_id = e.id
		WHERE e.org_id = ANY($1) AND e.outcome = 'DONE' AND t.outcome = 'DONE' AND t.type IN ('Role', 'SubAccount')
		AND e.operation NOT IN ('createOrg', 'sendBindCode') ORDER BY e.at, t.id`, pq.Array(orgs))
	if err != nil {
		return nil, fmt.Errorf("read the trail: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var (
			e    event
			text string
		)
		if err := rows.Scan(&e.operation, &e.object, &text); err != nil {
			return nil, fmt.Errorf("read the trail: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &e.changes); err != nil {
			return nil, fmt.Errorf("read the trail: %w", err)
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// replay applies the trail, event by event, and compares what comes out with the rows: each event must begin where the
// one before it ended, and the last must end where the row is.
func replay(ctx context.Context, db *sql.DB, orgs []string, events []event) (found []finding, err error) {
	state := map[string]map[string]string{}
	for _, e := range events {
		if state[e.object] == nil {
			state[e.object] = map[string]string{}
		}
		for _, c := range e.changes {
			before, after := deref(c.Before), deref(c.After)
			if was := state[e.object][c.Field]; was != before {
				found = append(found, finding{parted, fmt.Sprintf("%s of %s: %s was %q, and %q on record", e.operation, e.object,
					c.Field, was, before)})
			}
			state[e.object][c.Field] = after
		}
	}
	replayed := map[string]bool{}
	for object, fields := range state {
		if fields["name"] != "" { // else it is deleted
			replayed[strings.TrimSpace(object+" "+fields["name"]+" "+fields["status"])] = true
		}
	}
	// The roles that a new org begins with are on record with the org; those of writers are named after their keys.
	there, err := texts(ctx, db, `SELECT id || ' ' || name FROM roles WHERE org_id = ANY($1) AND name LIKE 'c__-%'
		UNION ALL SELECT id || ' ' || name || ' ' || status FROM sub_accounts WHERE org_id = ANY($1)`, orgs)
	if err != nil {
		return nil, err
	}
	for _, row := range there {
		if !replayed[row] {
			found = append(found, finding{parted, row + " is there, and not on record"})
		}
	}
	for row := range replayed {
		if !slices.Contains(there, row) {
			found = append(found, finding{parted, row + " is on record, and not there"})
		}
	}
	return found, nil
}

func texts(ctx context.Context, db *sql.DB, query string, orgs []string) ([]string, error) {
	found, err := cluster.Texts(ctx, db, query, pq.Array(orgs))
	if err != nil {
		return nil, fmt.Errorf("read what is there: %w", err)
	}
	return found, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
