package main

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/lib/pq"

	"deputy/internal/id"
)

// writing is a transaction of the owner of an org.
type writing struct {
	*server
	tx                              *sql.Tx
	org, account, owner, name, zone string
	event                           string         // the id of what is put on record
	made                            sql.NullString // the ids of the orders that are made
}

// write commits what do does, or nothing.
func (s *server) write(ctx context.Context, org, account string, do func(*writing) error) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	w := &writing{server: s, tx: tx, org: org, account: account, event: id.New(id.AuditEvent)}
	err = w.query(ctx, tx, "SELECT owner_id, owner_name, time_zone FROM orgs WHERE id = $1 FOR KEY SHARE",
		func(r *sql.Rows) error { return r.Scan(&w.owner, &w.name, &w.zone) }, org)
	if err != nil {
		return err
	}
	if err := do(w); err != nil {
		return err
	}
	return tx.Commit()
}

// run runs a statement that returns nothing.
func (w *writing) run(ctx context.Context, text string, args ...any) error {
	return w.query(ctx, w.tx, text, func(*sql.Rows) error { return nil }, args...)
}

// targets are the objects that something was about, column by column.
type targets struct {
	kind                 string
	ids, labels, changes []string
	accounts             []sql.NullString
}

// record puts on record what was done. From here on the transaction is the only one that records in the org.
func (w *writing) record(ctx context.Context, operation, request string, t targets) error {
	if err := w.run(ctx, "SELECT pg_advisory_xact_lock(hashtext($1), -1)", w.org); err != nil {
		return err
	}
	var at time.Time
	err := w.query(ctx, w.tx, `INSERT INTO audit_events (id, org_id, at, actor_kind, actor_id, account_id, actor_name, operation, outcome, request_id, made)
SELECT $1, $2::text, greatest(now(), (SELECT at + interval '1 microsecond' FROM audit_events WHERE org_id = $2::text ORDER BY at DESC, id DESC LIMIT 1)),
	'OWNER', $3, $4, $5, $6, 'DONE', $7, $8 RETURNING at`, func(r *sql.Rows) error { return r.Scan(&at) },
		w.event, w.org, w.owner, w.account, w.name, operation, request, w.made)
	if err != nil {
		return err
	}
	return w.run(ctx, `INSERT INTO audit_targets (org_id, at, target_id, type, label, account_id, outcome, changes, event_id)
SELECT $1, $2::timestamptz, id, $3, label, account_id, 'DONE', changes, $4 FROM unnest($5::text[], $6::text[], $7::text[], $8::text[]) AS v(id, label, account_id, changes)`,
		w.org, at, t.kind, w.event, pq.StringArray(t.ids), pq.StringArray(t.labels), pq.Array(t.accounts),
		pq.StringArray(t.changes))
}
