package main

import (
	"context"
	"database/sql"
	"encoding/json"

	"deputy/internal/civil"

	"github.com/lib/pq"
)

// best is how many creators and products are asked for.
const best = 10

// The statements of a report, over the figures that are kept by day.
const (
	perCreator = `SELECT day, creator_id, sum(orders) AS orders, sum(amount) AS amount, sum(commission) AS commission, sum(refunds) AS refunds,
	sum(refund_amount) AS refund_amount FROM creator_days WHERE org_id = $1 AND day BETWEEN $2 AND $3 `
	total = `SELECT sum(orders)::bigint, sum(amount)::bigint, sum(commission)::bigint, sum(refunds)::bigint, sum(refund_amount)::bigint,
	count(*) FILTER (WHERE orders > 0) FROM (SELECT creator_id, sum(orders) AS orders, sum(amount) AS amount, sum(commission) AS commission,
	sum(refunds) AS refunds, sum(refund_amount) AS refund_amount FROM creator_days WHERE org_id = $1 AND day BETWEEN $2 AND $3 GROUP BY creator_id) f`
	byDay = `SELECT day, sum(orders)::bigint, sum(amount)::bigint, count(*) FILTER (WHERE orders > 0)
	FROM (` + perCreator + `GROUP BY day, creator_id) f GROUP BY day`
	topCreators = `SELECT c.name, f.orders, f.amount FROM (SELECT creator_id, sum(orders)::bigint AS orders, sum(amount)::bigint AS amount FROM creator_days
	WHERE org_id = $1 AND day BETWEEN $2 AND $3 GROUP BY creator_id HAVING sum(orders) > 0 ORDER BY sum(amount) DESC, creator_id COLLATE "C" LIMIT $4) f
	JOIN creators c ON c.id = f.creator_id ORDER BY f.amount DESC, f.creator_id COLLATE "C"`
	topProducts = `SELECT product_name, sum(orders)::bigint, sum(amount)::bigint FROM product_days WHERE org_id = $1 AND creator_id = '' AND day BETWEEN $2 AND $3
	GROUP BY product_name HAVING sum(orders) > 0 ORDER BY sum(amount) DESC, product_name COLLATE "C" LIMIT $4`
	sellers = `SELECT product_name, count(*) FROM (SELECT product_name FROM product_days WHERE org_id = $1 AND day BETWEEN $2 AND $3
	AND product_name = ANY ($4) AND creator_id <> '' GROUP BY product_name, creator_id HAVING sum(orders) > 0) f GROUP BY product_name`
)

// sold are the figures of something.
type sold struct {
	name                     string
	orders, amount, creators int64
}

func (s *server) data(ctx context.Context, w *writer, _ string, variables []byte) error {
	id, _, err := s.org(ctx, variables)
	if err != nil {
		return err
	}
	var span struct{ From, To string }
	if err := json.Unmarshal(variables, &span); err != nil {
		return err
	}
	from, err := civil.Parse(span.From)
	if err != nil {
		return err
	}
	to, err := civil.Parse(span.To)
	if err != nil {
		return err
	}
	var t [6]sql.NullInt64
	err = s.query(ctx, nil, total, func(r *sql.Rows) error { return r.Scan(&t[0], &t[1], &t[2], &t[3], &t[4], &t[5]) }, id,
		from, to)
	if err != nil {
		return err
	}
	days := make([]sold, to-from+1)
	err = s.query(ctx, nil, byDay, func(r *sql.Rows) error {
		var (
			d   civil.Day
			one sold
		)
		err := r.Scan(&d, &one.orders, &one.amount, &one.creators)
		days[d-from] = one
		return err
	}, id, from, to)
	if err != nil {
		return err
	}
	ranked := func(text string) (top []sold, err error) {
		err = s.query(ctx, nil, text, func(r *sql.Rows) error {
			var one sold
			err := r.Scan(&one.name, &one.orders, &one.amount)
			top = append(top, one)
			return err
		}, id, from, to, best)
		return top, err
	}
	creators, err := ranked(topCreators)
	if err != nil {
		return err
	}
	products, err := ranked(topProducts)
	if err != nil {
		return err
	}
	names := make([]string, len(products))
	for i, one := range products {
		names[i] = one.name
	}
	by := make(map[string]int64, len(names))
	err = s.query(ctx, nil, sellers, func(r *sql.Rows) error {
		var (
			name string
			n    int64
		)
		err := r.Scan(&name, &n)
		by[name] = n
		return err
	}, id, from, to, pq.StringArray(names))
	w.number(`{"org":{"data":{"total":{"orders":`, t[0].Int64)
	for i, key := range []string{`,"amount":`, `,"commission":`, `,"refunds":`, `,"refundAmount":`, `,"creators":`} {
		w.number(key, t[i+1].Int64)
	}
	w.raw(`},"periods":[`)
	for i, one := range days {
		w.comma(i)
		w.text(`{"dateFrom":`, (from + civil.Day(i)).String())
		w.number(`,"point":{"orders":`, one.orders)
		w.number(`,"amount":`, one.amount)
		w.number(`,"creators":`, one.creators)
		w.raw("}}")
	}
	w.raw(`],"topCreators":[`)
	for i, one := range creators {
		w.comma(i)
		w.text(`{"creatorName":`, one.name)
		w.number(`,"point":{"orders":`, one.orders)
		w.number(`,"amount":`, one.amount)
		w.raw("}}")
	}
	w.raw(`],"topProducts":[`)
	for i, one := range products {
		w.comma(i)
		w.text(`{"productName":`, one.name)
		w.number(`,"point":{"orders":`, one.orders)
		w.number(`,"amount":`, one.amount)
		w.number(`,"creators":`, by[one.name])
		w.raw("}}")
	}
	w.raw("]}}}")
	return err
}
