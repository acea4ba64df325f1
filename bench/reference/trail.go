package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/lib/pq"
)

// event is one of the trail, and target what it was about.
type event struct {
	id, kind, actorName, operation, outcome, request string
	actor, code                                      sql.NullString
	at                                               time.Time
}

type target struct {
	id, kind, label, outcome string
	code                     sql.NullString
	changes                  []change
}

type change struct {
	Field  string  `json:"f"`
	Before *string `json:"b"`
	After  *string `json:"a"`
}

// targetsOf is how many targets of an event are asked for.
const targetsOf = 5

func (s *server) audit(ctx context.Context, w *writer, _ string, variables []byte) error {
	id, _, err := s.org(ctx, variables)
	if err != nil {
		return err
	}
	events, ids := make([]event, 0, page), make([]string, 0, page)
	err = s.query(ctx, nil, `SELECT id, at, actor_kind, actor_id, actor_name, operation, outcome, code, request_id FROM audit_events WHERE org_id = $1
ORDER BY at DESC, id DESC LIMIT $2`, func(r *sql.Rows) error {
		var e event
		err := r.Scan(&e.id, &e.at, &e.kind, &e.actor, &e.actorName, &e.operation, &e.outcome, &e.code, &e.request)
		events, ids = append(events, e), append(ids, e.id)
		return err
	}, id, page)
	if err != nil {
		return err
	}
	about := make(map[string][]target, len(ids))
	err = s.query(ctx, nil, `SELECT keys.id, page.target_id, page.type, page.label, page.outcome, page.code, page.changes
FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (SELECT * FROM audit_targets t WHERE t.event_id = keys.id ORDER BY t.id LIMIT $2) AS page
ORDER BY keys.id, page.id`, func(r *sql.Rows) error {
		var (
			of      string
			t       target
			changes []byte
		)
		if err := r.Scan(&of, &t.id, &t.kind, &t.label, &t.outcome, &t.code, &changes); err != nil {
			return err
		}
		err := json.Unmarshal(changes, &t.changes)
		about[of] = append(about[of], t)
		return err
	}, pq.StringArray(ids), targetsOf)
	w.raw(`{"org":{"auditEvents":{"nodes":[`)
	for i, e := range events {
		w.comma(i)
		w.text(`{"id":`, e.id)
		w.moment(`,"at":`, e.at)
		w.text(`,"operation":`, e.operation)
		w.text(`,"outcome":`, e.outcome)
		w.nullText(`,"code":`, e.code)
		w.text(`,"requestId":`, e.request)
		w.text(`,"actor":{"kind":`, e.kind)
		w.nullText(`,"actorId":`, e.actor)
		w.text(`,"name":`, e.actorName)
		w.raw(`},"targets":{"nodes":[`)
		for k, t := range about[e.id] {
			w.comma(k)
			w.text(`{"targetId":`, t.id)
			w.text(`,"type":`, t.kind)
			w.text(`,"label":`, t.label)
			w.text(`,"outcome":`, t.outcome)
			w.nullText(`,"code":`, t.code)
			w.raw(`,"changes":[`)
			for j, c := range t.changes {
				w.comma(j)
				w.text(`{"field":`, c.Field)
				w.optional(`,"before":`, c.Before)
				w.optional(`,"after":`, c.After)
				w.raw("}")
			}
			w.raw("]}")
		}
		w.raw("]}}")
	}
	w.raw("]}}}")
	return err
}
