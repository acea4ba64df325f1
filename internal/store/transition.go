package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/bulk"
	"deputy/internal/civil"
	"deputy/internal/id"
)

// transition is the code of a schema version that runs besides its SQL, in its transaction.
type transition struct {
	// before returns an error that names the values that do not fit the version.
	before func(context.Context, *sql.Tx, string) error
	// after updates derived rows to the version.
	after func(context.Context, *sql.Tx, string) error
}

// transitions returns the transitions by the description in the file name of their version.
func transitions() map[string]transition {
	return map[string]transition{
		"whole_sums":         {before: refuseMisfits, after: rebuildFigures},
		"origins_and_names":  {after: fillNameKeys},
		"shares_and_refunds": {after: computeShares},
		"full_text_search":   {after: indexTexts},
	}
}

// transitionOf returns the transition of a version; the zero value where there is none.
func transitionOf(v version) transition {
	return transitions()[v.does]
}

// ErrMisfit is returned when a database has values that are out of range in the next version of the schema.
var ErrMisfit = errors.New("some values are out of range; correct them with the deputy version that you have now " +
	"(import the order again with the right amount, update the task or the creator), then migrate again")

// shownMisfits is the maximum number of values that the error names; the others are counted.
const shownMisfits = 20

// refuseMisfits returns an error that names the amounts, rewards, followers and sums that are out of range; values are
// never truncated silently. On SQLite it clears the figures, which are rebuilt from the orders: a sum that was a
// floating-point number may be wrong.
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
	misfits, err := bulk.Collect[string](ctx, tx, strings.Join(parts, " UNION ALL ")+" ORDER BY 1")
	if err != nil {
		return fmt.Errorf("check for values out of range: %w", err)
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

// rebuildFigures rebuilds the figures of all orgs on SQLite. PostgreSQL never stored a wrong sum.
func rebuildFigures(ctx context.Context, tx *sql.Tx, name string) error {
	if name != dialect.SQLite {
		return nil
	}
	return rebuildAll(ctx, tx, name, []sum{
		{"orders", "1"},
		{"amount", "amount"},
		{"commission", "commission"},
		{"refunds", "CASE status WHEN 'REFUNDED' THEN 1 ELSE 0 END"},
		{"refund_amount", "CASE status WHEN 'REFUNDED' THEN amount ELSE 0 END"},
	})
}

// computeShares rebuilds the figures of all orgs, which now have net sums and shares. Each org with orders gets an
// audit event, because the current shares were used: there was no history of them.
func computeShares(ctx context.Context, tx *sql.Tx, name string) error {
	err := rebuildAll(ctx, tx, name, []sum{
		{"orders", "1"},
		{"amount", "amount"},
		{"commission", "commission"},
		{"refunds", "CASE status WHEN 'REFUNDED' THEN 1 ELSE 0 END"},
		{"refund_amount", "refund_amount"},
		{"net_commission", "net_commission"},
		{"org_share", "org_share"},
	})
	if err != nil {
		return err
	}
	orgs, err := bulk.Collect[string](ctx, tx, "SELECT org_id || ' ' || count(*) FROM orders GROUP BY org_id ORDER BY "+
		"org_id")
	if err != nil {
		return fmt.Errorf("count orders: %w", err)
	}
	at := "GREATEST(now(), (SELECT max(at) FROM audit_events WHERE org_id = $3) + interval '1 microsecond')"
	if name == dialect.SQLite {
		at = "MAX(CAST(unixepoch('subsec') * 1000000 AS integer), " +
			"COALESCE((SELECT MAX(at) FROM audit_events WHERE org_id = $3) + 1, 0))"
	}
	for _, org := range orgs {
		orgID, orders, _ := strings.Cut(org, " ")
		eventID := id.New(id.AuditEvent)
		_, err := tx.ExecContext(ctx, "INSERT INTO audit_events "+
			"(id, org_id, at, actor_kind, actor_name, operation, outcome, request_id) "+
			"VALUES ($1, $2, "+at+", 'SYSTEM', 'Deputy', 'computeShares', 'DONE', '')", eventID, orgID, orgID)
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO audit_targets "+
				"(event_id, org_id, at, target_id, type, label, outcome, changes) "+
				"SELECT e.id, e.org_id, e.at, o.id, 'Org', o.name, 'DONE', $2 FROM audit_events e JOIN orgs o ON o.id = e.org_id "+
				"WHERE e.id = $1", eventID, `[{"f":"orders","a":"`+orders+`"}]`)
		}
		if err != nil {
			return fmt.Errorf("record that shares were computed: %w", err)
		}
	}
	return nil
}

// sum is a column of figures, and the expression that an order adds to it.
type sum struct{ column, of string }

// rebuildAll computes the figures of all orgs from their orders. The tables must be empty.
func rebuildAll(ctx context.Context, tx *sql.Tx, name string, sums []sum) error {
	orgs, err := bulk.Collect[string](ctx, tx, "SELECT id || ' ' || time_zone FROM orgs ORDER BY id")
	if err != nil {
		return fmt.Errorf("read orgs: %w", err)
	}
	for _, org := range orgs {
		orgID, zoneName, _ := strings.Cut(org, " ")
		zone, err := time.LoadLocation(zoneName)
		if err != nil {
			return fmt.Errorf("read the time zone of org %s: %w", orgID, err)
		}
		if err := rebuildOrg(ctx, tx, name, orgID, zone, sums); err != nil {
			return err
		}
	}
	return nil
}

// rolled is the key of a sum: a day and a creator or a product, or both.
type rolled struct {
	day              civil.Day
	creator, product string
}

// fullest is the maximum of the first slot of a sum; see derived.go.
const fullest = 1 << 52

func rebuildOrg(
	ctx context.Context, tx *sql.Tx, name, orgID string, zone *time.Location, sums []sum,
) error {
	creators, products := map[rolled][]int64{}, map[rolled][]int64{}
	query := "SELECT creator_id, product_name, paid_at"
	for _, one := range sums {
		query += ", " + one.of
	}
	query += " FROM orders WHERE org_id = $1"
	err := bulk.Each(ctx, tx, query, []any{orgID}, func(scan bulk.Scan) error {
		var (
			creator, product string
			paid             time.Time
			one              = make([]int64, len(sums))
			into             = []any{&creator, &product, &paid}
		)
		for i := range one {
			into = append(into, &one[i])
		}
		if err := scan(into...); err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		on := civil.Of(paid, zone)
		for _, cell := range []struct {
			of map[rolled][]int64
			at rolled
		}{
			{creators, rolled{on, creator, ""}},
			{products, rolled{on, creator, product}},
			{products, rolled{on, "", product}},
		} {
			all := cell.of[cell.at]
			if all == nil {
				all = make([]int64, len(sums))
				cell.of[cell.at] = all
			}
			for i := range all {
				if all[i] += one[i]; all[i] > fullest {
					return misfit([]string{fmt.Sprintf("org %s: the sums of %s", orgID, on)})
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := insertSums(ctx, tx, name, "creator_days", "creator_id, day", orgID, creators, sums); err != nil {
		return err
	}
	return insertSums(ctx, tx, name, "product_days", "creator_id, day, product_name", orgID, products, sums)
}

// summedAtOnce is the number of rows of figures that one statement inserts.
const summedAtOnce = 5_000

func insertSums(
	ctx context.Context, tx *sql.Tx, name, table, key, orgID string, of map[rolled][]int64, sums []sum,
) error {
	for places := range slices.Chunk(slices.Collect(maps.Keys(of)), summedAtOnce) {
		days, texts, numbers := make([]int64, len(places)), [2][]string{}, make([][]int64, len(sums))
		for n, at := range places {
			days[n] = int64(at.day)
			texts[0], texts[1] = append(texts[0], at.creator), append(texts[1], at.product)
			for i, sum := range of[at] {
				numbers[i] = append(numbers[i], sum)
			}
		}
		columns := []bulk.Column{
			{Name: "day", Numbers: days},
			{Name: "creator_id", Texts: texts[0]},
			{Name: "product_name", Texts: texts[1]},
		}
		names := make([]string, len(sums))
		for i, one := range sums {
			names[i] = one.column
			columns = append(columns, bulk.Column{Name: one.column, Numbers: numbers[i]})
		}
		from, args, err := bulk.Table(name, columns...)
		if err != nil {
			return err
		}
		statement := fmt.Sprintf("INSERT INTO %[1]s (org_id, slot, %[2]s, %[3]s) "+ //nolint:gosec // names of ours
			"SELECT CAST($%[4]d AS varchar), 0, %[2]s, %[3]s FROM %[5]s", table, key, strings.Join(names, ", "), len(args)+1,
			from)
		if _, err := tx.ExecContext(ctx, statement, append(args, orgID)...); err != nil {
			return fmt.Errorf("rebuild %s: %w", table, err)
		}
	}
	return nil
}
