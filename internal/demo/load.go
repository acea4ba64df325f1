package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/id"
	"deputy/internal/search"
	"deputy/internal/store"
)

// Size is the amount of data for a load test.
type Size struct {
	// Orgs is the number of orgs, and Orders the number of orders in the first of them.
	Orgs, Orders int
	// Force adds the data to a database that has orgs already.
	Force bool
}

// ErrNotEmpty is returned for a database that has orgs.
var ErrNotEmpty = errors.New("the database has orgs already: name another one with --database, or add data for load " +
	"tests to it with --force")

const (
	// loadPhone is the first of the owners' phone numbers. The numbering plan of mainland China reserves none for
	// examples, so real people may have them.
	loadPhone = 13700000000
	// loadCreators is the number of creators of each org, and loadOthers the number of orders of each org except the
	// first.
	loadCreators = 40
	loadOthers   = 200
	// loadDays is the number of days of their orders.
	loadDays = 90
	// together is the number of orders that are copied at once.
	together = 20_000
)

// Load fills a database for load tests: the first org has size.Orders orders. It prints how to sign in. It returns
// ErrNotEmpty if there are orgs, unless size.Force is set.
func (d *Demo) Load(ctx context.Context, out io.Writer, size Size) error {
	begun := time.Now()
	taken, err := d.Store.Client.Org.Query().Exist(ctx)
	if err != nil {
		return fmt.Errorf("read orgs: %w", err)
	}
	if taken && !size.Force {
		return ErrNotEmpty
	}
	m := newMaker(d.Now(), loadDays)
	for n := range size.Orgs {
		var (
			act audit.Entry
			all []*signed
		)
		phone := fmt.Sprintf("+86%d", loadPhone+n)
		err := d.Store.WriteLong(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			if act, err = d.withClock(m.days[0].AddDate(0, 0, -9)).open(ctx, tx, phone, fmt.Sprintf("压测机构 %d", n+1),
				"主帐号"); err != nil {
				return err
			}
			var steps []step
			all, steps = m.contracts(loadCreators, nil)
			if err := d.take(ctx, tx, act, steps); err != nil || n == 0 {
				return err
			}
			return d.sell(ctx, tx, act, m.orders(loadOthers, sellers(all)))
		})
		if err != nil {
			return fmt.Errorf("fill org %d: %w", n+1, err)
		}
		if n == 0 {
			if err := d.pour(ctx, act, m, all, size.Orders); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(out, "org %s: %d orders\n", act.OrgID, size.Orders); err != nil {
				return err
			}
		}
	}
	_, err = fmt.Fprintf(out, "%d orgs in %s. Owners sign in with 13700000000 and the numbers after it: start with "+
		"--dev-codes, the codes are in the log. "+
		"The numbers may be somebody's: not on a server that sends codes.\n",
		size.Orgs, time.Since(begun).Round(time.Second))
	return err
}

// pour inserts very many orders, and computes their figures at the end.
func (d *Demo) pour(ctx context.Context, act audit.Entry, m *maker, all []*signed, count int) error {
	creators, eventID := map[string]*ent.Creator{}, id.New(id.AuditEvent)
	for _, one := range all {
		creators[one.platformID] = one.Creator
	}
	now := d.Now()
	from := sellers(all)
	insert := func(tx *sql.Tx, first int) error {
		values := func(args []any, n int) []any {
			row := m.order(n, from)
			c := creators[row.CreatorPlatformID]
			o := row.Order(act.OrgID, c.ID, c.ShareBps, now)
			return append(args, id.New(id.Order), act.OrgID, eventID, now, now,
				search.Of(act.OrgID, row.Number, row.ProductName).String(), row.Number, row.ProductName,
				row.Amount, row.Commission, string(row.Status), row.PaidAt, row.SettledAt, c.ID, o.RefundAmount, o.RefundedAt,
				o.NetCommission, o.OrgShare, o.CreatorShare, *o.ShareBps)
		}
		last := min(count, first+together-1)
		if d.Store.Dialect() == dialect.Postgres {
			return copyRows(ctx, tx, values, first, last)
		}
		return insertRows(ctx, tx, values, first, last)
	}
	if err := d.insert(ctx, insert, count); err != nil {
		return fmt.Errorf("insert orders: %w", err)
	}
	err := d.Store.WriteLong(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := backoffice.Rebuild(ctx, tx, act.OrgID, m.zone); err != nil {
			return err
		}
		made := d.doing(act, "importOrders")
		made.EventID = eventID
		return made.Record(ctx, tx, audit.Target{
			ID: act.OrgID, Type: "ImportOrdersPayload",
			Changes: audit.Set(audit.Number("created", count)),
		})
	})
	if err != nil {
		return fmt.Errorf("make figures: %w", err)
	}
	if d.Store.Dialect() != dialect.Postgres {
		return nil
	}
	if _, err := d.Store.DB().ExecContext(ctx, "ANALYZE orders, creator_days, product_days"); err != nil {
		return fmt.Errorf("look at what is there: %w", err)
	}
	return nil
}

// poured are the columns of an inserted order.
var poured = []string{
	"id", "org_id", "made_by", "created_at", "updated_at", "grams", "number", "product_name", "amount", "commission",
	"status", "paid_at", "settled_at", "creator_id", "refund_amount", "refunded_at", "net_commission", "org_share",
	"creator_share", "share_bps",
}

// insert inserts all orders, together of them at once: on PostgreSQL in a transaction each, and on SQLite in one
// transaction, which builds the indexes when all orders are there. Sorting them takes some 100 bytes of memory an order
// and index.
func (d *Demo) insert(ctx context.Context, some func(tx *sql.Tx, first int) error, count int) error {
	within := func(f func(tx *sql.Tx) error) error {
		tx, err := d.Store.DB().BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
	if d.Store.Dialect() == dialect.Postgres {
		for first := 1; first <= count; first += together {
			if err := within(func(tx *sql.Tx) error { return some(tx, first) }); err != nil {
				return err
			}
		}
		return nil
	}
	return within(func(tx *sql.Tx) error {
		indexes, err := dropIndexes(ctx, tx)
		if err != nil {
			return err
		}
		for first := 1; first <= count; first += together {
			if err := some(tx, first); err != nil {
				return err
			}
		}
		for _, create := range indexes {
			if _, err := tx.ExecContext(ctx, create); err != nil {
				return fmt.Errorf("build an index: %w", err)
			}
		}
		return nil
	})
}

// dropIndexes drops the indexes of the orders, and returns the statements that create them.
func dropIndexes(ctx context.Context, tx *sql.Tx) (create []string, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT 'DROP INDEX `' || name || '`', sql FROM sqlite_master "+
		"WHERE type = 'index' AND tbl_name = 'orders' AND sql <> ''")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	var drop []string
	for rows.Next() {
		var d, c string
		if err := rows.Scan(&d, &c); err != nil {
			return nil, err
		}
		drop, create = append(drop, d), append(create, c)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, statement := range drop {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("drop an index: %w", err)
		}
	}
	return create, nil
}

func copyRows(ctx context.Context, tx *sql.Tx, values func([]any, int) []any, from, to int) error {
	if _, err := tx.ExecContext(ctx, store.NoStatementTimeout); err != nil {
		return err
	}
	in, err := tx.PrepareContext(ctx, "COPY orders ("+strings.Join(poured, ", ")+") FROM STDIN")
	if err != nil {
		return err
	}
	for n := from; n <= to; n++ {
		if _, err := in.ExecContext(ctx, values(nil, n)...); err != nil {
			return err
		}
	}
	if _, err := in.ExecContext(ctx); err != nil {
		return err
	}
	return in.Close()
}

func insertRows(ctx context.Context, tx *sql.Tx, values func([]any, int) []any, from, to int) error {
	const rows = 1_000 // in a statement, which may have 32,766 arguments
	row := "(?" + strings.Repeat(", ?", len(poured)-1) + ")"
	var args []any
	for first := from; first <= to; first += rows {
		args = args[:0]
		last := min(to, first+rows-1)
		for n := first; n <= last; n++ {
			args = values(args, n)
		}
		//nolint:gosec // names of columns, and placeholders
		query := "INSERT INTO orders (" + strings.Join(poured, ", ") + ") VALUES " + row +
			strings.Repeat(", "+row, last-first)
		_, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
	}
	return nil
}
