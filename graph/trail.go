package graph

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/audittally"
	"deputy/ent/audittarget"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
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
	tallies, err := page.Once(e.Peers(), place(ctx), func(peers []*ent.AuditEvent) (map[string]int, error) {
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
}

// changes answers what changed of a target; before and after are left out for who may not see the object now.
func changes(v *viewer.Viewer, t *ent.AuditTarget) ([]*model.AuditChange, error) {
	kept, err := audit.Changes(t)
	if err != nil {
		return nil, err
	}
	own := t.AccountID != nil && *t.AccountID == v.AccountID
	m, known := moduleOf[t.Type]
	shown := own || known && v.Scope(t.TenantID(), m, access.View) == access.All
	spoken := make([]*model.AuditChange, len(kept))
	for i, c := range kept {
		spoken[i] = &model.AuditChange{Field: c.Field}
		if shown {
			spoken[i].Before, spoken[i].After = c.Before, c.After
		}
	}
	return spoken, nil
}
