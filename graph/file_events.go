package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// A sheet of events has a row for each object of an event. Columns keep their places; new ones come last.
var eventColumns = []sheetColumn{
	{heading: fault.Message{Zh: "时间", En: "Time"}, width: 20},
	{heading: fault.Message{Zh: "操作人类型", En: "Kind of actor"}, width: 12},
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
	{heading: fault.Message{Zh: "对象类型", En: "Type of object"}, width: 14},
	{heading: fault.Message{Zh: "对象ID", En: "Object ID"}, width: 26},
	{heading: fault.Message{Zh: "对象", En: "Object"}, width: 20},
	{heading: fault.Message{Zh: "对象结果", En: "Outcome for the object"}, width: 10},
	{heading: fault.Message{Zh: "对象原因", En: "Code for the object"}, width: 16},
	{heading: fault.Message{Zh: "变更", En: "Changes"}, width: 60},
	{heading: fault.Message{Zh: "日志ID", En: "Event ID"}, width: 26},
}

// eventLine is an event for machines, under the names of the schema.
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
	list := r.auditEvents("", inOrgs(v, access.AuditLog, access.Export), equal(auditevent.FieldOrgID, link.OrgID),
		upTo(auditevent.FieldAt, until))
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
				told, err := r.tellEvents(ctx, v, part[:atOnce(part, objects)])
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

// eventLines counts the lines of a sheet of events: one for each object, and one for an event without any.
func (r *Resolver) eventLines(ctx context.Context, list page.List[*ent.AuditEvent]) (int, error) {
	events, err := list.Count(ctx)
	if err != nil {
		return 0, err
	}
	d := sql.Dialect(r.Store.Dialect())
	e, t := d.Table(auditevent.Table), d.Table(audittarget.Table)
	cut := d.Select(e.C(auditevent.FieldID)).From(e)
	for _, where := range list.Where {
		where(cut)
	}
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

// toldEvents are events with all that a reader may know of them.
type toldEvents struct {
	events  []*ent.AuditEvent
	counts  map[string]int
	targets map[string][]*ent.AuditTarget
	changes *knownChanges
}

// atOnce is how many of the events are told at once: so many that they have a part's objects, and one at least.
func atOnce(events []*ent.AuditEvent, objects map[string]int) int {
	sum := 0
	for n, e := range events {
		if sum += objects[e.ID]; n > 0 && sum > partSize {
			return n
		}
	}
	return len(events)
}

// tellEvents reads what belongs to events, as far as the viewer may know it.
func (r *Resolver) tellEvents(ctx context.Context, v *viewer.Viewer, events []*ent.AuditEvent) (*toldEvents, error) {
	counts, err := r.tallies(ctx, events)
	if err != nil {
		return nil, err
	}
	t := &toldEvents{events: events, counts: counts, targets: make(map[string][]*ent.AuditTarget, len(events))}
	targets, err := read[ent.AuditTarget](r, auditTargetTable)(ctx, audittarget.Columns, func(s *sql.Selector) {
		s.Where(page.In(s.C(audittarget.FieldEventID), load.IDs(t.events, eventID))).OrderBy(s.C(audittarget.FieldID))
		readableTargets(v)(s)
	})
	if err != nil {
		return nil, fmt.Errorf("read objects of events: %w", err)
	}
	for _, one := range targets {
		t.targets[one.EventID] = append(t.targets[one.EventID], one)
	}
	t.changes, err = r.tell(ctx, v, targets, true)
	return t, err
}

// targetsOf counts the objects of events.
func (r *Resolver) targetsOf(ctx context.Context, events []*ent.AuditEvent) (map[string]int, error) {
	d := sql.Dialect(r.Store.Dialect())
	t := d.Table(audittarget.Table)
	query, args := d.Select(t.C(audittarget.FieldEventID), sql.Count("*")).From(t).
		Where(page.In(t.C(audittarget.FieldEventID), load.IDs(events,
			eventID))).GroupBy(t.C(audittarget.FieldEventID)).Query()
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

// eventRows writes an event for people, a row for each object.
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
		changes, err := told.changes.of(t)
		if err != nil {
			return err
		}
		told := make([]string, len(changes))
		for i, c := range changes {
			told[i] = p.change(t.Type, c)
		}
		err = write(p.name(typeNames, t.Type), t.TargetID, t.Label, p.word("AuditEvent", "outcome", string(t.Outcome)),
			optional(t.Code),
			strings.Join(told, p.say(changeSeparator)))
		if err != nil {
			return err
		}
	}
	return nil
}

// eventObject writes an event for machines.
func (p *paper) eventObject(told *toldEvents, e *ent.AuditEvent) error {
	line := eventLine{
		ID: e.ID, At: instant(e.At), Actor: actorLine{e.ActorKind, e.ActorID, e.ActorName}, Operation: e.Operation,
		Outcome: e.Outcome, Code: e.Code,
		Count: told.count(e), Targets: make([]targetLine, 0, len(told.targets[e.ID])), IP: e.IP, UserAgent: e.UserAgent,
		RequestID: e.RequestID,
	}
	for _, t := range told.targets[e.ID] {
		changes, err := told.changes.of(t)
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
