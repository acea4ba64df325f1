package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"
)

// order is one that is read.
type order struct {
	id, number, product, status, creator string
	amount, commission                   int64
	paid                                 time.Time
	settled                              sql.NullTime
}

// brief is a creator as orders tell it.
type brief struct {
	name, platform, category string
	followers                int64
}

func (s *server) orders(ctx context.Context, w *writer, _ string, variables []byte) error {
	id, _, err := s.org(ctx, variables)
	if err != nil {
		return err
	}
	orders, ids := make([]order, 0, page), make([]string, 0, page)
	err = s.query(ctx, nil, `SELECT id, number, product_name, amount, commission, status, paid_at, settled_at, creator_id FROM orders WHERE org_id = $1
ORDER BY paid_at DESC, id DESC LIMIT $2`, func(r *sql.Rows) error {
		var o order
		err := r.Scan(&o.id, &o.number, &o.product, &o.amount, &o.commission, &o.status, &o.paid, &o.settled, &o.creator)
		orders, ids = append(orders, o), append(ids, o.creator)
		return err
	}, id, page)
	if err != nil {
		return err
	}
	creators := make(map[string]brief, len(ids))
	err = s.query(ctx, nil, "SELECT id, name, platform_id, category, followers FROM creators WHERE id = ANY ($1)",
		func(r *sql.Rows) error {
			var (
				id string
				c  brief
			)
			err := r.Scan(&id, &c.name, &c.platform, &c.category, &c.followers)
			creators[id] = c
			return err
		}, pq.StringArray(ids))
	w.raw(`{"org":{"orders":{"nodes":[`)
	for i, o := range orders {
		c := creators[o.creator]
		w.comma(i)
		w.text(`{"id":`, o.id)
		w.text(`,"number":`, o.number)
		w.text(`,"productName":`, o.product)
		w.number(`,"amount":`, o.amount)
		w.number(`,"commission":`, o.commission)
		w.text(`,"status":`, o.status)
		w.moment(`,"paidAt":`, o.paid)
		w.nullMoment(`,"settledAt":`, o.settled)
		w.text(`,"creatorName":`, c.name)
		w.text(`,"creator":{"id":`, o.creator)
		w.text(`,"name":`, c.name)
		w.text(`,"platformId":`, c.platform)
		w.text(`,"category":`, c.category)
		w.number(`,"followers":`, c.followers)
		w.raw("}}")
	}
	w.raw("]}}}")
	return err
}
