package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"deputy/bench/fill"
	"deputy/bench/workload"
	"deputy/internal/search"
)

// lastEvents is what a request put on record in an org: its last events with their targets, but for ids, times and
// where it came from.
const lastEvents = `SELECT coalesce(json_agg(json_build_array(e.operation, e.outcome, e.code, e.actor_kind, e.actor_id, e.account_id, e.actor_name, e.made IS NOT NULL, (
	SELECT json_agg(json_build_array(t.org_id, t.target_id, t.type, t.label, t.account_id, t.outcome, t.code, t.changes, t.at = e.at) ORDER BY t.id)
	FROM audit_targets t WHERE t.event_id = e.id)) ORDER BY e.at, e.id), '[]')
FROM (SELECT * FROM audit_events WHERE org_id = $1 ORDER BY at DESC, id DESC LIMIT $2) e`

// lastOrders is what an import made in an org, but for what is another one each time.
const lastOrders = `SELECT json_agg(json_build_array(right(number, 5), creator_id, product_name, amount, commission, status, paid_at, settled_at, updated_at = created_at, made_by IS NOT NULL) ORDER BY number)
FROM orders WHERE org_id = $1 AND created_at = (SELECT max(created_at) FROM orders WHERE org_id = $1)`

// done returns what a request that changes something left behind in the org.
func (b *bench) done(ctx context.Context, l workload.Load, o fill.Org) (any, error) {
	events := 1
	if l.Name == "batch100" {
		events = 2
	}
	var text []byte
	if err := b.db.QueryRowContext(ctx, lastEvents, o.ID, events).Scan(&text); err != nil {
		return nil, err
	}
	var record any
	if err := json.Unmarshal(text, &record); err != nil {
		return nil, err
	}
	if l.Name != "import1000" {
		return record, nil
	}
	var orders []byte
	if err := b.db.QueryRowContext(ctx, lastOrders, o.ID).Scan(&orders); err != nil {
		return nil, err
	}
	return []any{record, string(orders)}, b.imported(ctx, o)
}

var errFigures = errors.New("the figures are not those of the orders")

// imported reports whether the order that was made last can be found by its text, and whether the figures add the
// orders up.
func (b *bench) imported(ctx context.Context, o fill.Org) error {
	var (
		number, product                  string
		grams                            search.Grams
		orders, creators, products, each int64
	)
	err := b.db.QueryRowContext(ctx, "SELECT number, product_name, grams FROM orders WHERE org_id = $1 ORDER BY "+
		"created_at DESC, id DESC LIMIT 1", o.ID).
		Scan(&number, &product, &grams)
	if err != nil {
		return err
	}
	if want := search.Of(o.ID, number, product).String(); grams.String() != want {
		return fmt.Errorf("order %s keeps the grams %s, not %s", number, grams, want)
	}
	err = b.db.QueryRowContext(ctx, `SELECT (SELECT sum(amount) FROM orders WHERE org_id = $1), (SELECT sum(amount) FROM creator_days WHERE org_id = $1),
	(SELECT sum(amount) FROM product_days WHERE org_id = $1 AND creator_id = ''), (SELECT sum(amount) FROM product_days WHERE org_id = $1 AND creator_id <> '')`,
		o.ID).Scan(&orders, &creators, &products, &each)
	if err == nil && (orders != creators || orders != products || orders != each) {
		err = fmt.Errorf("%w: %d, %d, %d and %d", errFigures, orders, creators, products, each)
	}
	return err
}
