package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/audittally"
	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/store"
)

// turn is the key of the lock of the org's trail; those of its figures are counted from 0.
const turn = -1

// Record writes the event and its targets in the transaction of the change. It locks the org's trail until the
// transaction ends, so the caller must not wait for other transactions afterwards.
func (a Entry) Record(ctx context.Context, tx *store.Tx, targets ...Target) error {
	for _, t := range targets {
		if _, known := id.ObjectOf(t.Type); !known && t.Code == "" {
			return fmt.Errorf("record a %s, which the registry of objects does not have: add it to internal/id/object.go",
				t.Type)
		}
	}
	a, err := a.inTurn(ctx, tx)
	if err == nil {
		err = tx.InTurn(ctx)
	}
	if err != nil {
		return err
	}
	create := a.event(tx.Client).SetOutcome(fault.OutcomeDone).SetNillableMade(filled(strings.Join(a.Made, " ")))
	if a.EventID != "" {
		create.SetID(a.EventID)
	}
	event, err := create.Save(ctx)
	if err != nil {
		return fmt.Errorf("write audit event: %w", err)
	}
	if err := a.targets(ctx, tx, event, targets); err != nil {
		return err
	}
	a.notify(tx, targets)
	tx.Recorded()
	return nil
}

// notify notifies all servers of the accounts whose access the operation may have changed, and of the changed rows; the
// registry of objects defines the types that matter.
func (a Entry) notify(tx *store.Tx, targets []Target) {
	var accounts []string
	touched := false
	for _, t := range targets {
		of, _ := id.ObjectOf(t.Type)
		touched = touched || of.Access
		if t.AccountID != "" {
			accounts = append(accounts, t.AccountID)
		}
	}
	switch {
	case touched && a.OrgID != "":
		tx.NotifyAccess([]string{a.OrgID}, accounts)
	case touched:
		tx.NotifyAccess(nil, accounts)
	}
	if a.OrgID != "" {
		tx.NotifyRows(a.OrgID, rows(targets)...)
	}
}

// rows returns the changed objects whose changes can be subscribed to. Targets without changes are left out: when
// others are assigned to a task, its new assignments are changed, and the task itself is not.
func rows(targets []Target) (ids []string) {
	for _, t := range targets {
		if of, _ := id.ObjectOf(t.Type); of.Followed && t.Code == "" && len(t.Changes) > 0 {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// inTurn returns the entry with a time after that of every other event of the org. It locks the trail of the org until
// the transaction ends, so the events are in the order of their commits: a reader that has read up to one of them has
// missed none before it.
func (a Entry) inTurn(ctx context.Context, tx *store.Tx) (Entry, error) {
	if a.OrgID == "" {
		return a, nil
	}
	if err := tx.LockPart(ctx, a.OrgID, turn); err != nil {
		return a, fmt.Errorf("wait for the turn to record: %w", err)
	}
	last, err := tx.AuditEvent.Query().Where(auditevent.OrgID(a.OrgID)).
		Order(auditevent.ByAt(entsql.OrderDesc()), auditevent.ByID(entsql.OrderDesc())).Select(auditevent.FieldAt).First(ctx)
	switch {
	case ent.IsNotFound(err):
	case err != nil:
		return a, fmt.Errorf("read last audit event: %w", err)
	case !a.At.After(last.At):
		a.At = last.At.Add(time.Microsecond)
	}
	return a, nil
}

// RecordRefusal writes the event of a refusal in a separate transaction, after the rollback. Refusals of one actor,
// operation, code and minute with the same objects are one event with a count. After maxRefusals of such events in a
// minute the objects are left out, so that the rest are counted in one event.
func (a Entry) RecordRefusal(ctx context.Context, s *store.Store, code fault.Code, targets ...Target) error {
	kind, actorID, _ := a.actor()
	minute := a.At.Truncate(time.Minute)
	about := strings.Join([]string{a.OrgID, string(kind), actorID, a.Operation, string(code), minute.Format(time.RFC3339)},
		"|")
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		key, targets := about, targets
		if len(targets) > 0 {
			n, err := tx.AuditEvent.Query().Where(auditevent.OrgID(a.OrgID), auditevent.ActorID(actorID),
				auditevent.AtGTE(minute),
				auditevent.Operation(a.Operation), auditevent.Code(string(code))).Limit(maxRefusals).Count(ctx)
			if err != nil {
				return fmt.Errorf("count refusals of the minute: %w", err)
			}
			if n < maxRefusals {
				key += "|" + named(targets)
			} else {
				targets = nil
			}
		}
		a, err := a.inTurn(ctx, tx)
		if err != nil {
			return err
		}
		eventID := id.New(id.AuditEvent)
		err = a.event(tx.Client).SetID(eventID).SetOutcome(fault.OutcomeRefused).SetCode(string(code)).SetRefusalKey(key).
			OnConflictColumns(auditevent.FieldRefusalKey).DoNothing().Exec(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("write refusal: %w", err)
		}
		event, err := tx.AuditEvent.Query().Where(auditevent.RefusalKey(key)).Only(ctx)
		if err != nil {
			return fmt.Errorf("read refusal: %w", err)
		}
		if event.ID == eventID {
			if err := a.targets(ctx, tx, event, targets); err != nil {
				return err
			}
			if a.OrgID != "" {
				tx.NotifyRows(a.OrgID)
			}
		}
		err = tx.AuditTally.Create().SetID(event.ID).SetCount(1).
			OnConflictColumns(audittally.FieldID).Update(func(u *ent.AuditTallyUpsert) { u.AddCount(1) }).Exec(ctx)
		if err != nil {
			return fmt.Errorf("count refusal: %w", err)
		}
		return nil
	})
}

// maxRefusals is the maximum number of events in a minute for refusals of one actor, operation and code with different
// objects.
const maxRefusals = 60

// named returns a short hash of the targets' objects.
func named(targets []Target) string {
	h := sha256.New()
	for _, t := range targets {
		_, _ = fmt.Fprintf(h, "%q %q %q %q\n", t.Type, t.ID, t.Label, t.Code)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

func (a Entry) event(client *ent.Client) *ent.AuditEventCreate {
	kind, actorID, name := a.actor()
	create := client.AuditEvent.Create().SetAt(
		a.At).SetActorKind(kind).SetActorName(name).SetOperation(a.Operation).SetRequestID("")
	if a.OrgID != "" {
		create.SetOrgID(a.OrgID)
	}
	if actorID != "" {
		create.SetActorID(actorID)
	}
	if v := a.Viewer; v != nil {
		create.SetRequestID(v.RequestID).SetNillableIP(filled(v.IP)).SetNillableUserAgent(filled(v.UserAgent)).
			SetNillableAccountID(filled(v.AccountID))
		if v.App != nil {
			create.SetTokenID(v.App.TokenID)
		}
	}
	return create
}

func (a Entry) targets(ctx context.Context, tx *store.Tx, event *ent.AuditEvent, targets []Target) error {
	if len(targets) == 0 {
		return nil
	}
	columns := make([]bulk.Column, len(targetColumns))
	for i, name := range targetColumns {
		columns[i] = bulk.Column{Name: name, Texts: make([]string, len(targets))}
	}
	for i, t := range targets {
		changes, outcome := []byte("[]"), fault.OutcomeDone
		if t.Changes != nil {
			var err error
			if changes, err = json.Marshal(t.Changes); err != nil {
				return fmt.Errorf("write changes: %w", err)
			}
		}
		if t.Code != "" {
			outcome = fault.OutcomeRefused
		}
		for n, text := range []string{t.ID, t.Type, t.Label, t.AccountID, string(outcome), string(t.Code), string(changes)} {
			columns[n].Texts[i] = text
		}
	}
	from, args, err := bulk.Table(tx.Dialect(), columns...)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO audit_targets (event_id, org_id, at, target_id, type, label, account_id, outcome, code, changes)
SELECT e.id, e.org_id, e.at, v.target_id, v.type, v.label, NULLIF(v.account_id, ''), v.outcome, NULLIF(v.code, ''), v.changes
FROM audit_events e CROSS JOIN %s WHERE e.id = $%d`, from, len(args)+1), append(args, event.ID)...)
	if err != nil {
		return fmt.Errorf("write audit targets: %w", err)
	}
	return nil
}

// targetColumns are the columns of a target that are not copied from its event.
var targetColumns = []string{"target_id", "type", "label", "account_id", "outcome", "code", "changes"} //nolint:gochecknoglobals // constant
