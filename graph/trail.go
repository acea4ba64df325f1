package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

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
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// trailOpen reports whether the viewer may read the whole event. Of an event that is only its own it reads what it did,
// or what was done to it, and nothing of others: no addresses, no other targets.
func trailOpen(v *viewer.Viewer, e *ent.AuditEvent) bool {
	return v.Scope(e.TenantID(), access.AuditLog, access.View) == access.All
}

// did reports whether the viewer's account is the actor of the event.
func did(v *viewer.Viewer, e *ent.AuditEvent) bool {
	return e.AccountID != nil && *e.AccountID == v.AccountID
}

// actor returns who did it. Of an event that is only the viewer's own, the id of another actor is left out.
func actor(ctx context.Context, e *ent.AuditEvent) (*model.Actor, error) {
	id, err := ownOrOpen(ctx, e, e.ActorID)
	return &model.Actor{Kind: e.ActorKind, ActorID: id, Name: e.ActorName}, err
}

// ownOrOpen returns the value when the viewer did it, or may read the whole event, else nothing.
func ownOrOpen(ctx context.Context, e *ent.AuditEvent, value *string) (*string, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	if did(v, e) || trailOpen(v, e) {
		return value, nil
	}
	return nil, nil //nolint:nilnil // null is the answer
}

// count returns how often a refusal happened, read for all events of the level at once.
func (r *Resolver) count(ctx context.Context, e *ent.AuditEvent) (int, error) {
	if e.Outcome != fault.OutcomeRefused {
		return 1, nil
	}
	tallies, err := load.Once(ctx, e.Peers(), load.Place(ctx), r.tallies)
	return max(1, tallies[e.ID]), err
}

// tallies returns how often the refusals among events happened, by their ids.
func (r *Resolver) tallies(ctx context.Context, events []*ent.AuditEvent) (map[string]int, error) {
	rows, err := r.Store.Client.AuditTally.Query().
		Where(func(s *sql.Selector) { s.Where(page.In(s.C(audittally.FieldID), load.IDs(events, eventID))) }).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read counts of refusals: %w", err)
	}
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.ID] = row.Count
	}
	return counts, nil
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

// changes returns what changed of a target; before and after are left out for who may not see the object now.
func (r *Resolver) changes(ctx context.Context, t *ent.AuditTarget) ([]*model.AuditChange, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	all, err := load.Once(ctx, t.Peers(), load.Place(ctx),
		func(ctx context.Context, peers []*ent.AuditTarget) (*knownChanges, error) {
			return r.tell(ctx, v, peers, namesAsked(ctx))
		})
	if err != nil {
		return nil, err
	}
	return all.of(t)
}

// knownChanges is what a viewer may know of what changed of targets.
type knownChanges struct {
	// changes by their text: what one act did to many is the same text for each.
	changes map[string]*changes
	// shown are the targets whose values the viewer may see.
	shown map[int64]bool
}

// tell judges and reads the changes of targets, and looks up what the objects are called that they name.
func (r *Resolver) tell(
	ctx context.Context, v *viewer.Viewer, targets []*ent.AuditTarget, names bool,
) (*knownChanges, error) {
	t := &knownChanges{changes: map[string]*changes{}, shown: make(map[int64]bool, len(targets))}
	own := map[string][]*ent.AuditTarget{}
	for _, one := range targets {
		if t.changes[one.Changes] == nil {
			t.changes[one.Changes] = readChanges(one)
		}
		scope := access.None
		if m, known := moduleOf[one.Type]; known {
			scope = v.Scope(one.TenantID(), m, access.View)
		}
		switch {
		case scope == access.All, one.AccountID != nil && *one.AccountID == v.AccountID:
			t.shown[one.ID] = true
		case scope == access.Own:
			own[one.Type] = append(own[one.Type], one)
		}
	}
	for kind, some := range own {
		if err := r.within(ctx, v, kind, some, t.shown); err != nil {
			return nil, err
		}
	}
	if !names {
		return t, nil
	}
	return t, r.nameChanges(ctx, v, targets, t.changes)
}

// of returns what changed of a target, without the values that the viewer may not see.
func (t *knownChanges) of(target *ent.AuditTarget) ([]*model.AuditChange, error) {
	one := t.changes[target.Changes]
	if t.shown[target.ID] {
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
		read.whole[i] = &model.AuditChange{
			Field: c.Field, Before: c.Before, After: c.After, BeforeNames: []string{},
			AfterNames: []string{},
		}
		read.fields[i] = &model.AuditChange{Field: c.Field, BeforeNames: []string{}, AfterNames: []string{}}
	}
	return read
}

// naming are the fields whose values are ids of other objects.
var naming = []string{"manager", "roles", "creator"}

// namesAsked reports whether the document asks what the objects are called that changes name.
func namesAsked(ctx context.Context) bool {
	return slices.ContainsFunc(graphql.CollectFieldsCtx(ctx, []string{"AuditChange"}),
		func(f graphql.CollectedField) bool {
			return f.Name == "beforeNames" || f.Name == "afterNames"
		})
}

// nameChanges looks up what the objects are called that changes name.
func (r *Resolver) nameChanges(
	ctx context.Context, v *viewer.Viewer, peers []*ent.AuditTarget, all map[string]*changes,
) error {
	var wanted, orgIDs []string
	each := func(do func(side *string, names *[]string)) {
		for _, read := range all {
			for _, c := range read.whole {
				if slices.Contains(naming, c.Field) {
					do(c.Before, &c.BeforeNames)
					do(c.After, &c.AfterNames)
				}
			}
		}
	}
	each(func(side *string, _ *[]string) {
		if side != nil {
			wanted = append(wanted, strings.Fields(*side)...)
		}
	})
	for _, orgID := range load.IDs(peers, (*ent.AuditTarget).TenantID) {
		if _, ok := v.In(orgID); ok {
			orgIDs = append(orgIDs, orgID)
		}
	}
	called, err := r.called(ctx, wanted, orgIDs)
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	each(func(side *string, names *[]string) {
		if side == nil {
			return
		}
		for _, one := range strings.Fields(*side) {
			*names = append(*names, cmp.Or(called[one], one))
		}
	})
	return nil
}

// called returns what objects of the orgs are called: those that are gone as the trail last called them.
func (r *Resolver) called(ctx context.Context, wanted, orgIDs []string) (map[string]string, error) {
	called := map[string]string{}
	keep := func(record page.Record) error {
		var one, name string
		err := record.Scan(&one, &name)
		called[one] = name
		return err
	}
	look := func(s *sql.Selector) error {
		query, args := s.Query()
		return r.Store.Each(ctx, query, args, keep)
	}
	from := func(table string) (*sql.Selector, *sql.SelectTable) {
		t := sql.Dialect(r.Store.Dialect()).Table(table)
		return sql.Dialect(r.Store.Dialect()).Select().From(t), t
	}
	for kind, table := range map[id.Kind]string{
		id.SubAccount: subAccountTable.Name, id.Role: roleTable.Name, id.Creator: creatorTable.Name,
	} {
		of := form.WellFormed(kind, wanted)
		if len(of) == 0 {
			continue
		}
		s, t := from(table)
		s.Select(t.C("id"), t.C("name")).Where(sql.And(page.In(t.C("id"), of), page.In(t.C("org_id"), orgIDs)))
		if err := look(s); err != nil {
			return nil, err
		}
	}
	gone := slices.DeleteFunc(slices.Clone(wanted), func(one string) bool { return called[one] != "" })
	if len(gone) == 0 {
		return called, nil
	}
	s, t := from(auditTargetTable.Name)
	last, l := from(auditTargetTable.Name)
	last.Select(l.C(audittarget.FieldTargetID), sql.Max(l.C(audittarget.FieldAt))).GroupBy(l.C(audittarget.FieldTargetID)).
		Where(sql.And(page.In(l.C(audittarget.FieldTargetID), gone), page.In(l.C(audittarget.FieldOrgID), orgIDs),
			sql.NEQ(l.C(audittarget.FieldLabel), "")))
	s.Select(t.C(audittarget.FieldTargetID), t.C(audittarget.FieldLabel)).
		Where(sql.And(page.In(t.C(audittarget.FieldOrgID), orgIDs), sql.NEQ(t.C(audittarget.FieldLabel), ""),
			sql.P(func(b *sql.Builder) {
				b.WriteByte('(').IdentComma(t.C(audittarget.FieldTargetID),
					t.C(audittarget.FieldAt)).WriteString(") IN ").Wrap(func(b *sql.Builder) { b.Join(last) })
			})))
	return called, look(s)
}

// within finds those targets of a type that are among the rows which the viewer sees now.
func (r *Resolver) within(
	ctx context.Context, v *viewer.Viewer, kind string, targets []*ent.AuditTarget, shown map[int64]bool,
) error {
	rows, known := rowsOf[kind]
	if !known {
		return nil
	}
	s := sql.Dialect(r.Store.Dialect()).Select("id").From(sql.Dialect(r.Store.Dialect()).Table(rows.table))
	s.Where(page.In(s.C("id"), load.IDs(targets, func(t *ent.AuditTarget) string { return t.TargetID })))
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
		return fmt.Errorf("look for targets: %w", err)
	}
	for _, one := range targets {
		shown[one.ID] = seen[one.TargetID]
	}
	return nil
}
