package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/bulk"
	"deputy/internal/civil"
)

// transition is what a version of the schema takes besides its SQL, in its transaction.
type transition struct {
	// before refuses a database that the version would not fit, and names what does not.
	before func(context.Context, *sql.Tx, string) error
	// after brings derived rows to what the version says of them.
	after func(context.Context, *sql.Tx, string) error
}

// transitions returns them by what their version does, as its file is named.
func transitions() map[string]transition {
	return map[string]transition{
		"whole_sums":        {before: refuseMisfits, after: rebuildFigures},
		"origins_and_names": {after: fillNameKeys},
	}
}

// transitionOf returns the transition of a version; the zero value where there is none.
func transitionOf(v version) transition {
	return transitions()[v.does]
}

// ErrMisfit says that a database holds values that the next version of its schema has no room for.
var ErrMisfit = errors.New("there are values that do not fit; correct them with the version of deputy that you have " +
	"(import the order with its right amount, change the task or the creator), then migrate again")

// shownMisfits is how many values that do not fit are named; the others are counted.
const shownMisfits = 20

// refuseMisfits names the amounts, rewards, followers and sums that are out of their bounds. Nothing is cut to size in
// silence. On SQLite it empties the figures, which are made anew from the orders: a sum that once was a floating-point
// number may be wrong for good.
func refuseMisfits(ctx context.Context, tx *sql.Tx, name string) error {
	const most = "1000000000000"
	whole := func(string) string { return "" }
	if name == dialect.SQLite {
		whole = func(column string) string { return " OR typeof(" + column + ") <> 'integer'" }
	}
	parts := []string{
		"SELECT 'org ' || org_id || ', order ' || number || ': amount ' || amount || ', commission ' || commission FROM " +
			"orders WHERE amount > " +
			most + whole("amount") + whole("commission"),
		"SELECT 'org ' || org_id || ', task ' || id || ': reward ' || reward FROM tasks WHERE reward > " + most +
			whole("reward"),
		"SELECT 'org ' || org_id || ', creator ' || id || ': followers ' || followers FROM creators WHERE followers > " +
			most + whole("followers"),
	}
	if name == dialect.Postgres {
		parts = append(parts, "SELECT 'org ' || org_id || ', creator ' || creator_id || ': the sums of ' || (DATE "+
			"'1970-01-01' + day) FROM creator_days "+
			"WHERE GREATEST(orders, amount, commission, refunds, refund_amount) > CASE slot WHEN 0 THEN 4503599627370496 ELSE "+
			"281474976710656 END",
			"SELECT 'org ' || org_id || ', product ' || product_name || ': the sums of ' || (DATE '1970-01-01' + day) FROM "+
				"product_days "+
				"WHERE GREATEST(orders, amount, commission, refunds, refund_amount) > CASE slot WHEN 0 THEN 4503599627370496 "+
				"ELSE 281474976710656 END")
	}
	rows, err := tx.QueryContext(ctx, strings.Join(parts, " UNION ALL ")+" ORDER BY 1")
	if err != nil {
		return fmt.Errorf("look for values that do not fit: %w", err)
	}
	var misfits []string
	if err := errors.Join(entsql.ScanSlice(rows, &misfits), rows.Close()); err != nil {
		return fmt.Errorf("look for values that do not fit: %w", err)
	}
	if len(misfits) > 0 {
		return misfit(misfits)
	}
	if name != dialect.SQLite {
		return nil
	}
	for _, table := range []string{"creator_days", "product_days"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil { //nolint:gosec // one of the two
			return fmt.Errorf("clear %s: %w", table, err)
		}
	}
	return nil
}

func misfit(found []string) error {
	named := strings.Join(found[:min(len(found), shownMisfits)], "; ")
	if more := len(found) - shownMisfits; more > 0 {
		named += fmt.Sprintf("; and %d more", more)
	}
	return fmt.Errorf("%w: %s", ErrMisfit, named)
}

// rebuildFigures makes the figures of all orgs anew on SQLite. PostgreSQL never kept a sum that is wrong.
func rebuildFigures(ctx context.Context, tx *sql.Tx, name string) error {
	if name != dialect.SQLite {
		return nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT id || ' ' || time_zone FROM orgs ORDER BY id")
	if err != nil {
		return fmt.Errorf("read orgs: %w", err)
	}
	var orgs []string
	if err := errors.Join(entsql.ScanSlice(rows, &orgs), rows.Close()); err != nil {
		return fmt.Errorf("read orgs: %w", err)
	}
	for _, org := range orgs {
		orgID, zoneName, _ := strings.Cut(org, " ")
		zone, err := time.LoadLocation(zoneName)
		if err != nil {
			return fmt.Errorf("read the time zone of org %s: %w", orgID, err)
		}
		if err := rebuildOrg(ctx, tx, orgID, zone); err != nil {
			return err
		}
	}
	return nil
}

// rolled is where orders are added up: a day and a creator or a product, or both.
type rolled struct {
	day              civil.Day
	creator, product string
}

// aggregates are those of derived.go, in their order.
type aggregates [5]int64

// fullest is the most that the first slot of a sum holds; see derived.go.
const fullest = 1 << 52

func rebuildOrg(ctx context.Context, tx *sql.Tx, orgID string, zone *time.Location) error {
	creators, products := map[rolled]aggregates{}, map[rolled]aggregates{}
	rows, err := tx.QueryContext(ctx, "SELECT creator_id, product_name, amount, commission, status, paid_at FROM orders "+
		"WHERE org_id = $1", orgID)
	if err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var (
			creator, product, status string
			amount, commission       int64
			paid                     time.Time
		)
		if err := rows.Scan(&creator, &product, &amount, &commission, &status, &paid); err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		one := aggregates{1, amount, commission}
		if status == "REFUNDED" {
			one[3], one[4] = 1, amount
		}
		on := civil.Of(paid, zone)
		for _, cell := range []struct {
			of map[rolled]aggregates
			at rolled
		}{
			{creators, rolled{on, creator, ""}},
			{products, rolled{on, creator, product}},
			{products, rolled{on, "", product}},
		} {
			all := cell.of[cell.at]
			for i := range all {
				all[i] += one[i]
			}
			if all[1] > fullest {
				return misfit([]string{fmt.Sprintf("org %s: the sums of %s", orgID, on)})
			}
			cell.of[cell.at] = all
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	if err := insertAggregates(ctx, tx, "creator_days", "creator_id, day", orgID, creators); err != nil {
		return err
	}
	return insertAggregates(ctx, tx, "product_days", "creator_id, day, product_name", orgID, products)
}

func insertAggregates(ctx context.Context, tx *sql.Tx, table, key, orgID string, of map[rolled]aggregates) error {
	days, texts := make([]int64, 0, len(of)), [2][]string{}
	var numbers [5][]int64
	for at, all := range of {
		days = append(days, int64(at.day))
		texts[0], texts[1] = append(texts[0], at.creator), append(texts[1], at.product)
		for i, n := range all {
			numbers[i] = append(numbers[i], n)
		}
	}
	const names = "orders, amount, commission, refunds, refund_amount"
	columns := []bulk.Column{
		{Name: "day", Numbers: days},
		{Name: "creator_id", Texts: texts[0]},
		{Name: "product_name", Texts: texts[1]},
	}
	for i, sum := range strings.Split(names, ", ") {
		columns = append(columns, bulk.Column{Name: sum, Numbers: numbers[i]})
	}
	if len(of) == 0 {
		return nil
	}
	from, args, err := bulk.Table(dialect.SQLite, columns...)
	if err != nil {
		return err
	}
	statement := fmt.Sprintf("INSERT INTO %[1]s (org_id, slot, %[2]s, %[3]s) SELECT $%[4]d, 0, %[2]s, %[3]s FROM %[5]s", //nolint:gosec // names of ours
		table, key, names, len(args)+1, from)
	if _, err := tx.ExecContext(ctx, statement, append(args, orgID)...); err != nil {
		return fmt.Errorf("rebuild %s: %w", table, err)
	}
	return nil
}
