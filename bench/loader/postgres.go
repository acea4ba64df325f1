package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// postgres writes with COPY, and adds up with one statement a table.
type postgres struct{}

func (*postgres) open(_ context.Context, database string) (*sql.DB, error) {
	db, err := sql.Open("postgres", database)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func (*postgres) begin(ctx context.Context, tx *sql.Tx, org string) (slot int64, err error) {
	const free = "SELECT slot FROM figure_slots WHERE org_id = $1 ORDER BY slot LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
	err = tx.QueryRowContext(ctx, free, org).Scan(&slot)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO figure_slots (org_id, slot)
SELECT $1::varchar, s FROM generate_series(0, 15) AS s ON CONFLICT DO NOTHING`, org); err != nil {
			return 0, err
		}
		err = tx.QueryRowContext(ctx, free, org).Scan(&slot)
	}
	return slot, err
}

func (*postgres) orders(ctx context.Context, tx *sql.Tx, org, event string, now time.Time, rows []row) error {
	in, err := tx.PrepareContext(ctx, `COPY orders (id, org_id, made_by, created_at, updated_at, grams, number,
product_name, amount, commission, status, paid_at, settled_at, creator_id, net_commission, org_share, creator_share,
share_bps) FROM STDIN`)
	if err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		if _, err := in.ExecContext(ctx, r.id, org, event, now, now, r.grams, r.number, r.product, r.amount, r.commission,
			r.status, r.paid, r.settled, r.creator, r.net, r.orgShare, r.creatorPart, r.bps); err != nil {
			return err
		}
	}
	if _, err := in.ExecContext(ctx); err != nil {
		return err
	}
	return in.Close()
}

func (*postgres) add(
	ctx context.Context, tx *sql.Tx, org string, slot int64, t table, of map[place]figures,
) error {
	keys := inOrder(of)
	days, creators, products := make([]int64, len(keys)), make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		days[i], creators[i], products[i] = int64(k.day), k.creator, k.product
	}
	args := []any{org, slot, pq.Int64Array(days), pq.StringArray(creators), pq.StringArray(products)}
	sources, updates := "", make([]string, len(sums))
	for c, column := range sums {
		values := make([]int64, len(keys))
		for i, k := range keys {
			values[i] = of[k][c]
		}
		args = append(args, pq.Int64Array(values))
		sources += ", $" + strconv.Itoa(len(args)) + "::bigint[]"
		updates[c] = column + " = " + t.name + "." + column + " + excluded." + column
	}
	all := strings.Join(sums[:], ", ")
	_, err := tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %[1]s (org_id, slot, %[2]s, %[3]s)
SELECT $1, $2::smallint, %[2]s, %[3]s FROM unnest($3::bigint[], $4::text[], $5::text[]%[4]s)
	AS v(day, creator_id, product_name, %[3]s)
ON CONFLICT (org_id, %[2]s, slot) DO UPDATE SET %[5]s`, t.name, t.key(), all, sources, strings.Join(updates, ", ")),
		args...)
	return err
}

func (*postgres) turn(ctx context.Context, tx *sql.Tx, org string) error {
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext($1), -1)", org)
	return err
}

func (*postgres) moment(t time.Time) any { return t }

// inOrder returns where orders count, in the one order in which all transactions take rows.
func inOrder(of map[place]figures) []place {
	return slices.SortedFunc(maps.Keys(of), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.day, b.day), strings.Compare(a.creator, b.creator),
			strings.Compare(a.product, b.product))
	})
}
