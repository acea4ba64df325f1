package graph

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/audittally"
	"deputy/ent/audittarget"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/fault"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// trailOpen tells whether the viewer may read the whole event. Of an event that is only its own it reads what it did, or
// what was done to it, and nothing of others: no addresses, no other targets.
func trailOpen(v *viewer.Viewer, e *ent.AuditEvent) bool {
	return v.Scope(e.TenantID(), access.AuditLog, access.View) == access.All
}

// did tells whether the viewer's account is the actor of the event.
func did(v *viewer.Viewer, e *ent.AuditEvent) bool {
	return e.AccountID != nil && *e.AccountID == v.AccountID
}

// actor answers who did it. Of an event that is only the viewer's own, the id of another actor is left out.
func actor(ctx context.Context, e *ent.AuditEvent) (*model.Actor, error) {
	id, err := ownOrOpen(ctx, e, e.ActorID)
	return &model.Actor{Kind: e.ActorKind, ID: id, Name: e.ActorName}, err
}

// ownOrOpen answers the value when the viewer did it, or may read the whole event, else nothing.
func ownOrOpen(ctx context.Context, e *ent.AuditEvent, value *string) (*string, error) {
	v, err := account(ctx)
	if err != nil {
		return nil, err
	}
	if did(v, e) || trailOpen(v, e) {
		return value, nil
	}
	return nil, nil //nolint:nilnil // null is the answer
}

// count answers how often a refusal happened, read for all events of the level at once.
func (r *Resolver) count(ctx context.Context, e *ent.AuditEvent) (int, error) {
	if e.Outcome != fault.OutcomeRefused {
		return 1, nil
	}
	tallies, err := once(ctx, e.Peers(), place(ctx), func(ctx context.Context, peers []*ent.AuditEvent) (map[string]int, error) {
		rows, err := r.Store.Client.AuditTally.Query().
			Where(func(s *sql.Selector) { s.Where(page.In(s.C(audittally.FieldID), ids(peers, eventID))) }).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read counts of refusals: %w", err)
		}
		counts := make(map[string]int, len(rows))
		for _, row := range rows {
			counts[row.ID] = row.Count
		}
		return counts, nil
	})
	return max(1, tallies[e.ID]), err
}

// readableTargets keeps the targets that the viewer may read: those of orgs whose trail is open to it, and itself.
func readableTargets(v *viewer.Viewer) where {
	return func(s *sql.Selector) {
		s.Where(sql.Or(inOrg(s, v, access.AuditLog, access.View), sql.EQ(s.C(audittarget.FieldAccountID), v.AccountID)))
	}
}

// moduleOf is the module that objects of a type live in: before and after are shown to those who may see it now.
var moduleOf = map[string]access.Module{
	"Org":        access.SubAccounts,
	"Role":       access.SubAccounts,
	"SubAccount": access.SubAccounts,

	"Creator":                  access.Creators,
	"Task":                     access.Tasks,
	"TaskAssignment":           access.Tasks,
	"Order":                    access.Orders,
	"ImportOrdersPayload":      access.Orders,
	"ExportOrdersPayload":      access.Orders,
	"ExportAuditEventsPayload": access.AuditLog,
}

// rowsOf is where objects of the types are that a viewer may see some of, and the predicate of those it sees.
var rowsOf = map[string]struct {
	table string
	reach func(*viewer.Viewer, access.Action) backoffice.Reach
}{
	"Creator":        {creator.Table, backoffice.Creators},
	"Task":           {task.Table, backoffice.Tasks},
	"TaskAssignment": {taskassignment.Table, backoffice.Assignments},
	"Order":          {order.Table, backoffice.Orders},
}

// changes answers what changed of a target; before and after are left out for who may not see the object now.
func (r *Resolver) changes(ctx context.Context, t *ent.AuditTarget) ([]*model.AuditChange, error) {
	v, err := account(ctx)
	if err != nil {
		return nil, err
	}
	shown := t.AccountID != nil && *t.AccountID == v.AccountID
	if m, known := moduleOf[t.Type]; known && !shown {
		switch v.Scope(t.TenantID(), m, access.View) {
		case access.All:
			shown = true
		case access.Own:
			if shown, err = r.within(ctx, v, t); err != nil {
				return nil, err
			}
		}
	}
	// What one act did to many is the same text for each.
	read, err := page.Once(t.Peers(), "changes", func(peers []*ent.AuditTarget) (map[string]*changes, error) {
		all := make(map[string]*changes)
		for _, peer := range peers {
			if all[peer.Changes] == nil {
				all[peer.Changes] = readChanges(peer)
			}
		}
		return all, nil
	})
	if err != nil {
		return nil, err
	}
	one := read[t.Changes]
	if shown {
		return one.whole, one.err
	}
	return one.fields, one.err
}

// changes are those of a target as they are shown to who may see its values, and to others.
type changes struct {
	whole, fields []*model.AuditChange
	err           error
}

func readChanges(t *ent.AuditTarget) *changes {
	kept, err := audit.Changes(t)
	read := &changes{whole: make([]*model.AuditChange, len(kept)), fields: make([]*model.AuditChange, len(kept)), err: err}
	for i, c := range kept {
		read.whole[i] = &model.AuditChange{Field: c.Field, Before: c.Before, After: c.After}
		read.fields[i] = &model.AuditChange{Field: c.Field}
	}
	return read
}

// within tells whether the target is one of the rows that the viewer sees now, looked up for all targets of its type and level at once.
func (r *Resolver) within(ctx context.Context, v *viewer.Viewer, t *ent.AuditTarget) (bool, error) {
	rows, known := rowsOf[t.Type]
	if !known {
		return false, nil
	}
	seen, err := once(ctx, t.Peers(), place(ctx)+"<"+t.Type, func(ctx context.Context, peers []*ent.AuditTarget) (map[string]bool, error) {
		s := sql.Dialect(r.Store.Dialect()).Select("id").From(sql.Dialect(r.Store.Dialect()).Table(rows.table))
		s.Where(page.In(s.C("id"), ids(peers, func(t *ent.AuditTarget) string { return t.TargetID })))
		rows.reach(v, access.View)(s)
		query, args := s.Query()
		seen := map[string]bool{}
		err := r.Store.Each(ctx, query, args, func(record page.Record) error {
			var id string
			err := record.Scan(&id)
			seen[id] = true
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look for targets: %w", err)
		}
		return seen, nil
	})
	return seen[t.TargetID], err
}
