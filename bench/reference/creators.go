package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"
)

const (
	// signed is how many creators are asked for, and eachOf how many tasks and orders of each.
	signed = 50
	eachOf = 5
)

// creator is one that is read.
type creator struct {
	id, name, platform, category, status string
	followers, share                     int64
	from, to                             sql.NullInt32
	manager                              sql.NullString
}

// task is one that a creator takes part in.
type task struct {
	id, title, status string
	reward            int64
	deadline          sql.NullTime
}

func (s *server) creators(ctx context.Context, w *writer, _ string, variables []byte) error {
	id, _, err := s.org(ctx, variables)
	if err != nil {
		return err
	}
	creators, ids, people := make([]creator, 0, signed), make([]string, 0, signed), make([]string, 0, signed)
	err = s.query(ctx, nil, `SELECT id, name, platform_id, category, followers, status, contract_from, contract_to, share_bps, manager_id FROM creators
WHERE org_id = $1 ORDER BY created_at, id LIMIT $2`, func(r *sql.Rows) error {
		var c creator
		err := r.Scan(&c.id, &c.name, &c.platform, &c.category, &c.followers, &c.status, &c.from, &c.to, &c.share, &c.manager)
		creators, ids = append(creators, c), append(ids, c.id)
		if c.manager.Valid {
			people = append(people, c.manager.String)
		}
		return err
	}, id, signed)
	if err != nil {
		return err
	}
	managers := make(map[string]string, len(people))
	err = s.query(ctx, nil, "SELECT id, name FROM sub_accounts WHERE id = ANY ($1)", func(r *sql.Rows) error {
		var id, name string
		err := r.Scan(&id, &name)
		managers[id] = name
		return err
	}, pq.StringArray(people))
	if err != nil {
		return err
	}
	tasks, err := s.tasksOf(ctx, ids)
	if err != nil {
		return err
	}
	orders, err := s.ordersOf(ctx, ids)
	w.raw(`{"org":{"creators":{"nodes":[`)
	for i, c := range creators {
		w.comma(i)
		w.creator(&c)
		if c.manager.Valid {
			w.text(`,"manager":{"subAccountId":`, c.manager.String)
			w.text(`,"name":`, managers[c.manager.String])
			w.raw("}")
		} else {
			w.raw(`,"manager":null`)
		}
		w.raw(`,"tasks":{"nodes":[`)
		for k, t := range tasks[c.id] {
			w.comma(k)
			w.text(`{"id":`, t.id)
			w.text(`,"title":`, t.title)
			w.number(`,"reward":`, t.reward)
			w.text(`,"status":`, t.status)
			w.nullMoment(`,"deadline":`, t.deadline)
			w.raw("}")
		}
		w.raw(`]},"orders":{"nodes":[`)
		for k, o := range orders[c.id] {
			w.comma(k)
			w.text(`{"id":`, o.id)
			w.text(`,"number":`, o.number)
			w.text(`,"productName":`, o.product)
			w.number(`,"amount":`, o.amount)
			w.text(`,"status":`, o.status)
			w.moment(`,"paidAt":`, o.paid)
			w.raw("}")
		}
		w.raw("]}}")
	}
	w.raw("]}}}")
	return err
}

func (w *writer) creator(c *creator) {
	w.text(`{"id":`, c.id)
	w.text(`,"name":`, c.name)
	w.text(`,"platformId":`, c.platform)
	w.text(`,"category":`, c.category)
	w.number(`,"followers":`, c.followers)
	w.text(`,"status":`, c.status)
	w.nullDate(`,"contractFrom":`, c.from)
	w.nullDate(`,"contractTo":`, c.to)
	w.number(`,"shareBps":`, c.share)
}

func (s *server) tasksOf(ctx context.Context, creators []string) (map[string][]task, error) {
	tasks := make(map[string][]task, len(creators))
	err := s.query(ctx, nil, `SELECT keys.id, page.id, page.title, page.reward, page.status, page.deadline FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (
	SELECT t.* FROM tasks t JOIN task_assignments a ON a.task_id = t.id WHERE a.creator_id = keys.id
	ORDER BY t.created_at DESC, t.id DESC LIMIT $2) AS page ORDER BY keys.id, page.created_at DESC, page.id DESC`, func(r *sql.Rows) error {
		var (
			of string
			t  task
		)
		err := r.Scan(&of, &t.id, &t.title, &t.reward, &t.status, &t.deadline)
		tasks[of] = append(tasks[of], t)
		return err
	}, pq.StringArray(creators), eachOf)
	return tasks, err
}

func (s *server) ordersOf(ctx context.Context, creators []string) (map[string][]order, error) {
	orders := make(map[string][]order, len(creators))
	err := s.query(ctx, nil, `SELECT keys.id, page.id, page.number, page.product_name, page.amount, page.status, page.paid_at FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (
	SELECT * FROM orders o WHERE o.creator_id = keys.id ORDER BY o.paid_at DESC, o.id DESC LIMIT $2) AS page
ORDER BY keys.id, page.paid_at DESC, page.id DESC`, func(r *sql.Rows) error {
		var (
			of string
			o  order
			at time.Time
		)
		err := r.Scan(&of, &o.id, &o.number, &o.product, &o.amount, &o.status, &at)
		o.paid = at
		orders[of] = append(orders[of], o)
		return err
	}, pq.StringArray(creators), eachOf)
	return orders, err
}
