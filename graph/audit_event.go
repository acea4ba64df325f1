package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/audittally"
	"deputy/ent/audittarget"
	"deputy/ent/order"
	"deputy/ent/org"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/feed"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// auditEventTable has the events that the viewer may read: those of orgs in which it can view the audit log, and its
// own.
var auditEventTable = &table[ent.AuditEvent, *ent.AuditEvent]{
	Table: load.Table{
		Type: "AuditEvent", Name: auditevent.Table, Has: auditevent.Columns,
		Needs: map[string][]string{
			"": {auditevent.FieldAccountID},
			"actor": {
				auditevent.FieldActorKind, auditevent.FieldActorID, auditevent.FieldActorName, auditevent.FieldTokenID,
			},
			"count": {auditevent.FieldOutcome},
		},
	},
	reach: func(v *viewer.Viewer, a access.Action) where {
		return func(s *sql.Selector) {
			s.Where(sql.Or(inOrg(s, v, access.AuditLog, a), hasTarget(s, audittarget.FieldAccountID, v.AccountID)))
		}
	},
	order: page.Order{Column: auditevent.FieldAt, Desc: true},
}

// auditTargetTable has the targets that the viewer may read: those of orgs in which it can view the audit log, and its
// own account.
var auditTargetTable = &table[ent.AuditTarget, *ent.AuditTarget]{
	Table: load.Table{
		Type: "AuditTarget", Name: audittarget.Table, Has: audittarget.Columns,
		Needs: map[string][]string{"": {
			audittarget.FieldEventID, audittarget.FieldAccountID, audittarget.FieldType, audittarget.FieldTargetID,
		}},
	},
	reach: func(v *viewer.Viewer, a access.Action) where {
		return func(s *sql.Selector) {
			s.Where(sql.Or(inOrg(s, v, access.AuditLog, a), sql.EQ(s.C(audittarget.FieldAccountID), v.AccountID)))
		}
	},
	order: page.Order{Column: audittarget.FieldID},
}

// maxActors is the maximum number of actors of an org that are found.
const maxActors = 5_000

// auditActorTable has the latest event of each actor of orgs in which the viewer can view the audit log. It uses the
// index to go from each actor to the next, so its cost is proportional to actors, and not to events.
var auditActorTable = &table[model.AuditActor, *model.AuditActor]{
	Table: load.Table{
		Type: "AuditActor", Name: auditevent.Table, Has: []string{auditevent.FieldActorID},
		Needs: map[string][]string{"name": {auditevent.FieldActorName}},
	},
	reach: func(v *viewer.Viewer, a access.Action) where {
		orgIDs := v.OrgIDs(access.AuditLog, a)
		return func(s *sql.Selector) {
			d := sql.Dialect(s.Dialect())
			orgs := d.Table(org.Table)
			begin := d.Select().From(orgs).Where(page.In(orgs.C(org.FieldID), orgIDs))
			begin.Select(orgs.C(org.FieldID)).AppendSelectExpr(sql.Raw("CAST('zzz' AS varchar)"), sql.Raw("0"))
			column, opened, closed := s.C(auditevent.FieldID), " IN (", ")"
			if s.Dialect() == dialect.Postgres {
				opened, closed = " = ANY(ARRAY(", "))"
			}
			s.Where(sql.And(page.In(s.C(auditevent.FieldOrgID), orgIDs), sql.P(func(b *sql.Builder) {
				b.Ident(column).WriteString(opened + "WITH RECURSIVE actors(org, actor, n) AS (").Join(begin).WriteString(
					" UNION ALL SELECT org, (SELECT e.actor_id FROM audit_events e WHERE e.org_id = actors.org " +
						"AND e.actor_id < actors.actor ORDER BY e.actor_id DESC LIMIT 1), n + 1 FROM actors WHERE actor IS NOT NULL " +
						"AND n <= ").Arg(maxActors).WriteString(") SELECT (SELECT e.id FROM audit_events e WHERE e.org_id = " +
					"actors.org AND e.actor_id = actors.actor ORDER BY e.at DESC, e.id DESC LIMIT 1) FROM actors WHERE n > 0 " +
					"AND actor IS NOT NULL" + closed)
			})))
		}
	},
	order: page.Order{Column: auditevent.FieldAt, Desc: true},
}

// auditActorCuts applies a field's filter to a list of actors.
func auditActorCuts(f *model.AuditActorFilter) cutter[*model.AuditActor] {
	return func(_ *viewer.Viewer, list *page.List[*model.AuditActor]) error {
		if f != nil && f.Search != nil {
			list.Where = append(list.Where, holds(contact.SearchText(*f.Search), auditevent.FieldActorName))
		}
		return nil
	}
}

// openTrails returns the list of the events of orgs in which the viewer can view the audit log.
func (r *Resolver) openTrails(v *viewer.Viewer, a access.Action) page.List[*ent.AuditEvent] {
	list := auditEventTable.list(r, v, a)
	list.Where = []where{inOrgs(access.AuditLog)(v, a)}
	return list
}

// auditEventCuts applies a field's filter to a list of events, and limits it to orgs in which the viewer can view the
// audit log.
func auditEventCuts(f *model.AuditEventFilter) cutter[*ent.AuditEvent] {
	return func(v *viewer.Viewer, list *page.List[*ent.AuditEvent]) error {
		list.Where = []where{inOrgs(access.AuditLog)(v, access.View)}
		err := auditEventFilter(list, f)
		serve(list, "")
		return err
	}
}

// ownEvents limits a list of events to those by the viewer, or about its account.
func ownEvents(v *viewer.Viewer, list *page.List[*ent.AuditEvent]) error {
	list.Where = []where{about(audittarget.FieldAccountID, v.AccountID)}
	return nil
}

// byTarget joins the targets of events, with the target as the parent.
func byTarget(s *sql.Selector) string {
	t := sql.Dialect(s.Dialect()).Table(audittarget.Table)
	targets := sql.Dialect(s.Dialect()).Select(t.C(audittarget.FieldEventID),
		t.C(audittarget.FieldTargetID)).Distinct().From(t).As("about")
	s.Join(targets).On(s.C("id"), targets.C(audittarget.FieldEventID))
	return targets.C(audittarget.FieldTargetID)
}

func auditEventFilter(list *page.List[*ent.AuditEvent], f *model.AuditEventFilter) error {
	if f == nil {
		return nil
	}
	err := cmp.Or(
		among(list, "actorIds", auditevent.FieldActorID, f.ActorIds),
		among(list, "operations", auditevent.FieldOperation, f.Operations),
		among(list, "outcomes", auditevent.FieldOutcome, f.Outcomes),
	)
	if err != nil {
		return err
	}
	if f.TargetID != nil {
		cut(list, "targetId", 1, aboutObject(*f.TargetID))
	}
	cutBetween(list, "at", auditevent.FieldAt, f.AtFrom, f.AtTo)
	return nil
}

// aboutObject keeps events that have the object as a target. The import of an order is found through the order, because
// an import has no targets for the orders that it created. Like targets, this does not depend on access to the order.
func aboutObject(objectID string) where {
	if !id.Is(id.Order, objectID) {
		return about(audittarget.FieldTargetID, objectID)
	}
	return func(s *sql.Selector) {
		t := sql.Dialect(s.Dialect()).Table(order.Table)
		one := sql.EQ(t.C(order.FieldID), objectID)
		made := sql.Dialect(s.Dialect()).Select(t.C(order.FieldMadeBy)).From(t).Where(one)
		settled := sql.Dialect(s.Dialect()).Select(t.C(order.FieldSettledBy)).From(t).Where(one)
		s.Where(sql.Or(hasTarget(s, audittarget.FieldTargetID, objectID), sql.In(s.C(auditevent.FieldID), made),
			sql.In(s.C(auditevent.FieldID), settled)))
	}
}

// about keeps events that have a target with the value in the column.
func about(column, value string) where {
	if !storable(value) {
		return noRows
	}
	return func(s *sql.Selector) { s.Where(hasTarget(s, column, value)) }
}

// hasTarget is the predicate of about.
func hasTarget(s *sql.Selector, column, value string) *sql.Predicate {
	t := sql.Dialect(s.Dialect()).Table(audittarget.Table)
	return sql.In(s.C(auditevent.FieldID), sql.Dialect(s.Dialect()).Select(t.C(audittarget.FieldEventID)).From(t).
		Where(sql.EQ(t.C(column), value)))
}

// trailOpen reports whether the viewer may read the whole event. Of an event that is only its own it reads its own
// part, and nothing about others: no addresses, no other targets.
func trailOpen(v *viewer.Viewer, e *ent.AuditEvent) bool {
	return v.Scope(e.TenantID(), access.AuditLog, access.View) == access.All
}

// isActor reports whether the viewer's account is the actor of the event.
func isActor(v *viewer.Viewer, e *ent.AuditEvent) bool {
	return e.AccountID != nil && *e.AccountID == v.AccountID
}

// actor returns the actor of the event. If the event is only the viewer's own, the id of another actor is omitted.
func actor(ctx context.Context, e *ent.AuditEvent) (*model.Actor, error) {
	id, err := ownOrOpen(ctx, e, e.ActorID)
	if err != nil {
		return nil, err
	}
	token, err := ownOrOpen(ctx, e, e.TokenID)
	return &model.Actor{Kind: e.ActorKind, ActorID: id, Name: e.ActorName, TokenID: token}, err
}

// ownOrOpen returns the value when the viewer is the actor, or may read the whole event, else nil.
func ownOrOpen(ctx context.Context, e *ent.AuditEvent, value *string) (*string, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	if isActor(v, e) || trailOpen(v, e) {
		return value, nil
	}
	return nil, nil //nolint:nilnil // null is the value
}

// count returns how often a refusal occurred, read for all events of the level at once.
func (r *Resolver) count(ctx context.Context, e *ent.AuditEvent) (int, error) {
	if e.Outcome != fault.OutcomeRefused {
		return 1, nil
	}
	tallies, err := load.Once(ctx, e.Peers(), load.Place(ctx), r.tallies)
	return max(1, tallies[e.ID]), err
}

// tallies returns how often the refusals among events occurred, by their ids.
func (r *Resolver) tallies(ctx context.Context, events []*ent.AuditEvent) (map[string]int, error) {
	rows, err := r.Store.Client.AuditTally.Query().
		Where(func(s *sql.Selector) {
			s.Where(page.In(s.C(audittally.FieldID), load.IDs(events, (*ent.AuditEvent).RowID)))
		}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read counts of refusals: %w", err)
	}
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.ID] = row.Count
	}
	return counts, nil
}

// changes returns the changes of a target, without before and after if the viewer cannot see the object now.
func (r *Resolver) changes(ctx context.Context, t *ent.AuditTarget) ([]*model.AuditChange, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	all, err := load.Once(ctx, t.Peers(), load.Place(ctx),
		func(ctx context.Context, peers []*ent.AuditTarget) (*knownChanges, error) {
			return r.readChanges(ctx, v, peers, namesAsked(ctx))
		})
	if err != nil {
		return nil, err
	}
	return all.visibleTo(t)
}

// knownChanges are the changes of targets that a viewer may see.
type knownChanges struct {
	// changes by their stored text: an operation on many objects stores the same text for each.
	changes map[string]*changes
	// shown are the targets whose values the viewer may see.
	shown map[int64]bool
}

// readChanges decodes the changes of targets, checks which values the viewer may see, and looks up the names of objects
// in them.
func (r *Resolver) readChanges(
	ctx context.Context, v *viewer.Viewer, targets []*ent.AuditTarget, names bool,
) (*knownChanges, error) {
	t := &knownChanges{changes: map[string]*changes{}, shown: make(map[int64]bool, len(targets))}
	own := map[string][]*ent.AuditTarget{}
	for _, one := range targets {
		if t.changes[one.Changes] == nil {
			t.changes[one.Changes] = readChanges(one)
		}
		scope := access.None
		if of, known := id.ObjectOf(one.Type); known && of.Module != 0 {
			scope = v.Scope(one.TenantID(), of.Module, access.View)
		}
		switch {
		case scope == access.All, one.AccountID != nil && *one.AccountID == v.AccountID:
			t.shown[one.ID] = true
		case scope == access.Own:
			own[one.Type] = append(own[one.Type], one)
		}
	}
	for typeName, some := range own {
		if tables[typeName] == nil {
			continue
		}
		seen, err := tables[typeName].seen(ctx, r, v, load.IDs(some, func(t *ent.AuditTarget) string { return t.TargetID }))
		if err != nil {
			return nil, err
		}
		for _, one := range some {
			t.shown[one.ID] = seen[one.TargetID]
		}
	}
	if !names {
		return t, nil
	}
	return t, r.nameChanges(ctx, v, targets, t.changes)
}

// visibleTo returns the changes of a target, without the values that the viewer may not see.
func (t *knownChanges) visibleTo(target *ent.AuditTarget) ([]*model.AuditChange, error) {
	one := t.changes[target.Changes]
	if t.shown[target.ID] {
		return one.whole, one.err
	}
	return one.fields, one.err
}

// changes are the changes of a target, with and without their values.
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

// namesAsked reports whether the document selects the names of objects in changes.
func namesAsked(ctx context.Context) bool {
	return slices.ContainsFunc(graphql.CollectFieldsCtx(ctx, []string{"AuditChange"}),
		func(f graphql.CollectedField) bool {
			return f.Name == "beforeNames" || f.Name == "afterNames"
		})
}

// nameChanges looks up the names of objects in changes.
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
	called, err := r.labels(ctx, wanted, orgIDs)
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

// labels returns the names of objects of the orgs; those of deleted objects are the latest ones in audit events.
func (r *Resolver) labels(ctx context.Context, wanted, orgIDs []string) (map[string]string, error) {
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

var msgAfter = fault.Message{
	Zh: "after 不是该机构的操作日志。",
	En: "after is not an event of this org's audit log.",
}

// comingEvents are the events of a trail after a place.
type comingEvents struct {
	list    func(*viewer.Viewer) page.List[*ent.AuditEvent]
	columns []string
	after   *page.Place
	from    page.List[*ent.AuditEvent] // the list that rows were read from
	rows    []*ent.AuditEvent
}

// eventsAfter returns the events of the org after the one with the id, or from now on when it is nil.
func (r *Resolver) eventsAfter(
	ctx context.Context, v *viewer.Viewer, orgID string, after *string,
) (*comingEvents, error) {
	c := &comingEvents{columns: auditEventTable.Columns(ctx)}
	c.list = func(v *viewer.Viewer) page.List[*ent.AuditEvent] {
		list := r.openTrails(v, access.View)
		list.Where = append(list.Where, ofOrg(orgID))
		list.Order.Desc = false
		return list
	}
	last := c.list(v)
	last.Order.Desc = true
	if after != nil {
		if !id.Is(id.AuditEvent, *after) {
			return nil, fault.New(fault.BadRequest, msgAfter)
		}
		last.Where = append(last.Where, func(s *sql.Selector) { s.Where(sql.EQ(s.C("id"), *after)) })
	}
	rows, err := last.After(ctx, nil, 1, nil)
	switch {
	case err != nil:
		return nil, err
	case len(rows) > 0:
		c.after = last.At(rows[0])
	case after != nil:
		return nil, fault.New(fault.BadRequest, msgAfter)
	}
	return c, nil
}

func (c *comingEvents) readNext(ctx context.Context, v *viewer.Viewer, _ *feed.Follower) (found bool, err error) {
	if len(c.rows) > 0 {
		return false, nil // events never change, so they are still current
	}
	c.from = c.list(v)
	c.rows, err = c.from.After(ctx, c.after, upcomingSize, c.columns)
	return len(c.rows) > 0, err
}

func (c *comingEvents) next() (event *ent.AuditEvent, ok bool) {
	if len(c.rows) == 0 {
		return nil, false
	}
	event, c.rows = c.rows[0], c.rows[1:]
	c.after = c.from.At(event)
	return alone(event), true
}

// A spreadsheet of events has a row for each target of an event. Columns keep their positions; new ones are added at
// the end.
var eventColumns = []sheetColumn{
	{heading: fault.Message{Zh: "时间", En: "Time"}, width: 20},
	{heading: fault.Message{Zh: "操作人类型", En: "Actor type"}, width: 12},
	{heading: fault.Message{Zh: "操作人", En: "Actor"}, width: 14},
	{heading: fault.Message{Zh: "操作", En: "Operation"}, width: 22},
	{heading: fault.Message{Zh: "结果", En: "Outcome"}, width: 10},
	{heading: fault.Message{Zh: "原因", En: "Code"}, width: 16},
	{heading: fault.Message{Zh: "IP 地址", En: "IP address"}, width: 16},
	{heading: fault.Message{Zh: "客户端", En: "Client"}, width: 24},
	{heading: fault.Message{Zh: "请求编号", En: "Request ID"}, width: 16},
	{heading: fault.Message{Zh: "操作名称", En: "Operation name"}, width: 20},
	{heading: fault.Message{Zh: "操作人ID", En: "Actor ID"}, width: 26},
	{heading: fault.Message{Zh: "次数", En: "Count"}, width: 8},
	{heading: fault.Message{Zh: "对象类型", En: "Object type"}, width: 14},
	{heading: fault.Message{Zh: "对象ID", En: "Object ID"}, width: 26},
	{heading: fault.Message{Zh: "对象", En: "Object"}, width: 20},
	{heading: fault.Message{Zh: "对象结果", En: "Object outcome"}, width: 10},
	{heading: fault.Message{Zh: "对象原因", En: "Object code"}, width: 16},
	{heading: fault.Message{Zh: "变更", En: "Changes"}, width: 60},
	{heading: fault.Message{Zh: "日志ID", En: "Event ID"}, width: 26},
}

// eventLine is an event in JSON Lines, under the names of the schema.
type eventLine struct {
	ID        string        `json:"id"`
	At        instant       `json:"at"`
	Actor     actorLine     `json:"actor"`
	Operation string        `json:"operation"`
	Outcome   fault.Outcome `json:"outcome"`
	Code      *string       `json:"code"`
	Count     int           `json:"count"`
	Targets   []targetLine  `json:"targets"`
	IP        *string       `json:"ip"`
	UserAgent *string       `json:"userAgent"`
	RequestID string        `json:"requestId"`
}

type actorLine struct {
	Kind auditevent.ActorKind `json:"kind"`
	ID   *string              `json:"actorId"`
	Name string               `json:"name"`
}

type targetLine struct {
	TargetID string        `json:"targetId"`
	Type     string        `json:"type"`
	Label    string        `json:"label"`
	Outcome  fault.Outcome `json:"outcome"`
	Code     *string       `json:"code"`
	Changes  []changeLine  `json:"changes"`
}

type changeLine struct {
	Field       string   `json:"field"`
	Before      *string  `json:"before"`
	After       *string  `json:"after"`
	BeforeNames []string `json:"beforeNames"`
	AfterNames  []string `json:"afterNames"`
}

func (r *Resolver) eventFile(v *viewer.Viewer, link download.Link, until time.Time, f *file) error {
	var filter *model.AuditEventFilter
	if err := json.Unmarshal(link.Filter, &filter); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	list := r.openTrails(v, access.Export)
	list.Where = append(list.Where, ofOrg(link.OrgID), upTo(auditevent.FieldAt, until))
	if err := auditEventFilter(&list, filter); err != nil {
		return err
	}
	serve(&list, "")
	columns := []string{
		auditevent.FieldOrgID, auditevent.FieldAccountID, auditevent.FieldActorKind, auditevent.FieldActorID,
		auditevent.FieldActorName,
		auditevent.FieldOperation, auditevent.FieldOutcome, auditevent.FieldCode, auditevent.FieldIP,
		auditevent.FieldUserAgent, auditevent.FieldRequestID,
	}
	f.columns, f.rows = eventColumns, list.Count
	f.lines = func(ctx context.Context) (int, error) { return r.eventLines(ctx, list) }
	f.walk = func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), p *paper) error {
		write := p.eventRows
		if f.format == model.ExportFormatJSONL {
			write = p.eventObject
		}
		return list.Walk(ctx, partSize, columns, func(part []*ent.AuditEvent) error {
			objects, err := r.targetsOf(ctx, part)
			if err != nil {
				return err
			}
			for len(part) > 0 {
				v, err := judge(ctx)
				if err != nil {
					return err
				}
				told, err := r.tellEvents(ctx, v, part[:atOnce(part, (*ent.AuditEvent).RowID, objects)])
				if err != nil {
					return err
				}
				for _, e := range told.events {
					if err := write(told, e); err != nil {
						return err
					}
				}
				part = part[len(told.events):]
			}
			return nil
		})
	}
	return nil
}

// eventLines counts the lines of a spreadsheet of events: one for each target, and one for an event without any.
func (r *Resolver) eventLines(ctx context.Context, list page.List[*ent.AuditEvent]) (int, error) {
	events, err := list.Count(ctx)
	if err != nil {
		return 0, err
	}
	d := sql.Dialect(r.Store.Dialect())
	e, t := d.Table(auditevent.Table), d.Table(audittarget.Table)
	cut := d.Select(e.C(auditevent.FieldID)).From(e)
	list.Narrow(cut)
	query, args := d.Select(sql.Count("*"), sql.Count(sql.Distinct(t.C(audittarget.FieldEventID)))).From(t).
		Where(sql.In(t.C(audittarget.FieldEventID), cut)).Query()
	err = r.Store.Each(ctx, query, args, func(record page.Record) error {
		var targets, with int
		err := record.Scan(&targets, &with)
		events += targets - with
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count objects of events: %w", err)
	}
	return events, nil
}

// toldEvents are events with everything that a reader may know of them.
type toldEvents struct {
	events  []*ent.AuditEvent
	counts  map[string]int
	targets map[string][]*ent.AuditTarget
	changes *knownChanges
}

// atOnce returns how many of the rows to read together: at least one, and at most so many that their objects fit into a
// part.
func atOnce[T any](rows []T, idOf func(T) string, objects map[string]int) int {
	sum := 0
	for n, row := range rows {
		if sum += objects[idOf(row)]; n > 0 && sum > partSize {
			return n
		}
	}
	return len(rows)
}

// tellEvents reads what belongs to events, as far as the viewer may know it.
func (r *Resolver) tellEvents(ctx context.Context, v *viewer.Viewer, events []*ent.AuditEvent) (*toldEvents, error) {
	counts, err := r.tallies(ctx, events)
	if err != nil {
		return nil, err
	}
	t := &toldEvents{events: events, counts: counts, targets: make(map[string][]*ent.AuditTarget, len(events))}
	reached, ids := auditTargetTable.reach(v, access.View), load.IDs(t.events, (*ent.AuditEvent).RowID)
	targets, err := auditTargetTable.read(r)(ctx, audittarget.Columns, func(s *sql.Selector) {
		s.Where(page.In(s.C(audittarget.FieldEventID), ids)).OrderBy(s.C(audittarget.FieldID))
		reached(s)
	})
	if err != nil {
		return nil, fmt.Errorf("read objects of events: %w", err)
	}
	for _, one := range targets {
		t.targets[one.EventID] = append(t.targets[one.EventID], one)
	}
	t.changes, err = r.readChanges(ctx, v, targets, true)
	return t, err
}

// targetsOf counts the targets of events.
func (r *Resolver) targetsOf(ctx context.Context, events []*ent.AuditEvent) (map[string]int, error) {
	d := sql.Dialect(r.Store.Dialect())
	t := d.Table(audittarget.Table)
	query, args := d.Select(t.C(audittarget.FieldEventID), sql.Count("*")).From(t).
		Where(page.In(t.C(audittarget.FieldEventID), load.IDs(events,
			(*ent.AuditEvent).RowID))).GroupBy(t.C(audittarget.FieldEventID)).Query()
	counts := make(map[string]int, len(events))
	err := r.Store.Each(ctx, query, args, func(record page.Record) error {
		var (
			id string
			n  int
		)
		err := record.Scan(&id, &n)
		counts[id] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count objects of events: %w", err)
	}
	return counts, nil
}

// eventRows writes an event to a spreadsheet, with a row for each target.
func (p *paper) eventRows(told *toldEvents, e *ent.AuditEvent) error {
	write := func(of ...any) error {
		return p.row(append(append([]any{
			download.Moment{At: e.At, Zone: p.zone, Told: true},
			p.word("AuditEvent", "actorKind", string(e.ActorKind)), e.ActorName, e.Operation,
			p.word("AuditEvent", "outcome", string(e.Outcome)), optional(e.Code), optional(e.IP), optional(e.UserAgent),
			e.RequestID,
			p.name(operationNames, e.Operation), optional(e.ActorID), int64(told.count(e)),
		}, of...), e.ID)...)
	}
	targets := told.targets[e.ID]
	if len(targets) == 0 {
		return write("", "", "", "", "", "")
	}
	for _, t := range targets {
		changes, err := told.changes.visibleTo(t)
		if err != nil {
			return err
		}
		told := make([]string, len(changes))
		for i, c := range changes {
			told[i] = p.change(t.Type, c)
		}
		err = write(p.typeName(t.Type), t.TargetID, t.Label, p.word("AuditEvent", "outcome", string(t.Outcome)),
			optional(t.Code),
			strings.Join(told, p.localize(changeSeparator)))
		if err != nil {
			return err
		}
	}
	return nil
}

// eventObject writes an event to JSON Lines.
func (p *paper) eventObject(told *toldEvents, e *ent.AuditEvent) error {
	line := eventLine{
		ID: e.ID, At: instant(e.At), Actor: actorLine{e.ActorKind, e.ActorID, e.ActorName}, Operation: e.Operation,
		Outcome: e.Outcome, Code: e.Code,
		Count: told.count(e), Targets: make([]targetLine, 0, len(told.targets[e.ID])), IP: e.IP, UserAgent: e.UserAgent,
		RequestID: e.RequestID,
	}
	for _, t := range told.targets[e.ID] {
		changes, err := told.changes.visibleTo(t)
		if err != nil {
			return err
		}
		of := targetLine{
			TargetID: t.TargetID, Type: t.Type, Label: t.Label, Outcome: t.Outcome, Code: t.Code,
			Changes: make([]changeLine, len(changes)),
		}
		for i, c := range changes {
			of.Changes[i] = changeLine{c.Field, c.Before, c.After, c.BeforeNames, c.AfterNames}
		}
		line.Targets = append(line.Targets, of)
	}
	return p.object(line)
}

func (t *toldEvents) count(e *ent.AuditEvent) int { return max(1, t.counts[e.ID]) }
