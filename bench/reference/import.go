package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"deputy/internal/civil"
	"deputy/internal/id"
	"deputy/internal/search"
)

// row is an order as it is brought.
type row struct {
	Number            string     `json:"number"`
	CreatorPlatformID string     `json:"creatorPlatformId"`
	ProductName       string     `json:"productName"`
	Amount            int64      `json:"amount"`
	Commission        int64      `json:"commission"`
	Status            string     `json:"status"`
	PaidAt            time.Time  `json:"paidAt"`
	SettledAt         *time.Time `json:"settledAt"`
	creator           string
	orgShare          int64
}

// importOrders makes orders that are new, which is all that the bench asks for.
func (s *server) importOrders(ctx context.Context, w *writer, account string, variables []byte) error {
	var asked struct {
		Input struct {
			OrgID  string `json:"orgId"`
			Orders []row  `json:"orders"`
		} `json:"input"`
	}
	if err := json.Unmarshal(variables, &asked); err != nil {
		return err
	}
	rows := asked.Input.Orders
	err := s.write(ctx, asked.Input.OrgID, account, func(t *writing) error {
		if err := t.insert(ctx, rows); err != nil {
			return err
		}
		if err := t.countUp(ctx, rows); err != nil {
			return err
		}
		return t.record(ctx, "importOrders", rand.Text(), targets{
			kind: "ImportOrdersPayload", ids: []string{t.org}, labels: []string{""}, accounts: make([]sql.NullString, 1),
			changes: []string{
				fmt.Sprintf(`[{"f":"created","a":"%d"},{"f":"changed","a":"0"},{"f":"unchanged","a":"0"},{"f":"refused","a":"0"}]`,
					len(rows)),
			},
		})
	})
	w.number(`{"importOrders":{"created":`, int64(len(rows)))
	w.raw(`,"changed":0,"unchanged":0,"userErrors":[]}}`)
	return err
}

var errThere = errors.New("some of the orders are there already")

func (w *writing) insert(ctx context.Context, rows []row) error {
	n := len(rows)
	ids, numbers, platforms, creators := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	products, statuses, grams, paid, settled := make([]string, n), make([]string, n), make([]string, n), make([]string, n),
		make([]sql.NullString, n)
	amounts, commissions := make([]int64, n), make([]int64, n)
	const moment = "2006-01-02T15:04:05.000000Z07:00"
	for i, r := range rows {
		ids[i], numbers[i], platforms[i], products[i], statuses[i] = id.New(id.Order), r.Number, r.CreatorPlatformID,
			r.ProductName, r.Status
		amounts[i], commissions[i], paid[i] = r.Amount, r.Commission, r.PaidAt.Format(moment)
		grams[i] = search.Of(w.org, r.Number, r.ProductName).String()
		if r.SettledAt != nil {
			settled[i] = sql.NullString{String: r.SettledAt.Format(moment), Valid: true}
		}
	}
	nets, orgShares, creatorShares, shares := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	known, bps := map[string]string{}, map[string]int64{}
	slices.Sort(platforms)
	err := w.query(ctx, w.tx, "SELECT id, platform_id, share_bps FROM creators WHERE org_id = $1 AND platform_id = ANY "+
		"($2)",
		func(r *sql.Rows) error {
			var id, platform string
			err := r.Scan(&id, &platform)
			known[platform] = id
			return err
		}, w.org, pq.StringArray(slices.Compact(platforms)))
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].creator = known[rows[i].CreatorPlatformID]
		creators[i] = rows[i].creator
		shares[i], nets[i] = bps[rows[i].CreatorPlatformID], rows[i].Commission
		rows[i].orgShare = nets[i] * shares[i] / 10_000
		orgShares[i], creatorShares[i] = rows[i].orgShare, nets[i]-rows[i].orgShare
	}
	err = w.query(ctx, w.tx, "SELECT number FROM orders WHERE org_id = $1 AND number = ANY ($2) ORDER BY number FOR NO "+
		"KEY UPDATE",
		func(*sql.Rows) error { return errThere }, w.org, pq.StringArray(numbers))
	if err != nil {
		return err
	}
	w.made = sql.NullString{String: strings.Join(ids, " "), Valid: true}
	return w.run(ctx, `INSERT INTO orders (org_id, created_at, updated_at, made_by, id, number, creator_id, product_name, amount, commission,
status, paid_at, settled_at, grams, net_commission, org_share, creator_share, share_bps)
SELECT $1, now(), now(), $12, id, number, creator_id, product_name, amount, commission, status, paid_at, settled_at, grams::int[], net_commission,
	org_share, creator_share, share_bps
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::timestamptz[], $10::timestamptz[],
	$11::text[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[])
	AS v(id, number, creator_id, product_name, amount, commission, status, paid_at, settled_at, grams, net_commission, org_share, creator_share,
	share_bps)`,
		w.org, pq.StringArray(ids), pq.StringArray(numbers), pq.StringArray(creators), pq.StringArray(products),
		pq.Int64Array(amounts),
		pq.Int64Array(commissions), pq.StringArray(statuses), pq.StringArray(paid), pq.Array(settled), pq.StringArray(grams),
		w.event, pq.Int64Array(nets), pq.Int64Array(orgShares), pq.Int64Array(creatorShares), pq.Int64Array(shares))
}

// key is where orders count, and sum what they count for.
type key struct {
	day              civil.Day
	creator, product string
}

type sum [7]int64

// columns are those of the figures.
var columns = [7]string{
	"orders", "amount", "commission", "refunds", "refund_amount", "net_commission", "org_share",
}

// countUp adds the orders to the figures by day.
func (w *writing) countUp(ctx context.Context, rows []row) error {
	zone, err := time.LoadLocation(w.zone)
	if err != nil {
		return err
	}
	ofCreators, ofProducts := map[key]sum{}, map[key]sum{}
	for _, r := range rows {
		at := civil.Of(r.PaidAt, zone)
		one := sum{1, r.Amount, r.Commission, 0, 0, r.Commission, r.orgShare} // the bench brings nothing that was refunded
		add(ofCreators, key{at, r.creator, ""}, one)
		add(ofProducts, key{at, r.creator, r.ProductName}, one)
		add(ofProducts, key{at, "", r.ProductName}, one)
	}
	var slot int64
	err = w.query(ctx, w.tx, "SELECT s FROM generate_series(0, 15) AS s WHERE pg_try_advisory_xact_lock(hashtext($1), "+
		"s) LIMIT 1",
		func(r *sql.Rows) error { return r.Scan(&slot) }, w.org)
	if err != nil {
		return err
	}
	if err := w.upsert(ctx, "creator_days", "day, creator_id", slot, ofCreators); err != nil {
		return err
	}
	return w.upsert(ctx, "product_days", "creator_id, day, product_name", slot, ofProducts)
}

func add(to map[key]sum, at key, one sum) {
	all := to[at]
	for i := range all {
		all[i] += one[i]
	}
	to[at] = all
}

// upsert adds sums to those that are kept, in one order for all transactions.
func (w *writing) upsert(ctx context.Context, table, name string, slot int64, sums map[key]sum) error {
	keys := make([]key, 0, len(sums))
	for k := range sums {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.day, b.day), strings.Compare(a.creator, b.creator), strings.Compare(a.product, b.product))
	})
	days, creators, products := make([]int64, len(keys)), make([]string, len(keys)), make([]string, len(keys))
	args := []any{w.org, slot, pq.Int64Array(days), pq.StringArray(creators), pq.StringArray(products)}
	sources, updates := "", make([]string, len(columns))
	for c, column := range columns {
		values := make([]int64, len(keys))
		for i, k := range keys {
			values[i] = sums[k][c]
		}
		args = append(args, pq.Int64Array(values))
		sources += ", $" + strconv.Itoa(len(args)) + "::bigint[]"
		updates[c] = column + " = " + table + "." + column + " + excluded." + column
	}
	for i, k := range keys {
		days[i], creators[i], products[i] = int64(k.day), k.creator, k.product
	}
	all := strings.Join(columns[:], ", ")
	return w.run(ctx, fmt.Sprintf(`INSERT INTO %[1]s (org_id, slot, %[2]s, %[3]s) SELECT $1, $2::smallint, %[2]s, %[3]s
FROM unnest($3::bigint[], $4::text[], $5::text[]%[4]s) AS v(day, creator_id, product_name, %[3]s)
ON CONFLICT (org_id, %[2]s, slot) DO UPDATE SET %[5]s`, table, name, all, sources, strings.Join(updates, ", ")), args...)
}
