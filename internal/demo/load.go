package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
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
	// copied is the number of orders in one COPY.
	copied = 20_000
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

// pour inserts very many orders: on PostgreSQL with COPY, and computes the figures at the end.
func (d *Demo) pour(ctx context.Context, act audit.Entry, m *maker, all []*signed, count int) error {
	if d.Store.Dialect() != dialect.Postgres {
		rows := m.orders(count, sellers(all))
		for part := range slices.Chunk(rows, backoffice.MaxImport) {
			err := d.Store.WriteLong(ctx, func(ctx context.Context, tx *store.Tx) error { return d.sell(ctx, tx, act, part) })
			if err != nil {
				return err
			}
		}
		return nil
	}
	creators, eventID := map[string]*ent.Creator{}, id.New(id.AuditEvent)
	for _, one := range all {
		creators[one.platformID] = one.Creator
	}
	from := sellers(all)
	for first := 1; first <= count; first += copied {
		if err := d.copyOrders(ctx, act.OrgID, eventID, m, from, creators, first, min(count, first+copied-1)); err != nil {
			return fmt.Errorf("copy orders: %w", err)
		}
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
	if _, err := d.Store.DB().ExecContext(ctx, "ANALYZE orders, creator_days, product_days"); err != nil {
		return fmt.Errorf("look at what is there: %w", err)
	}
	return nil
}

func (d *Demo) copyOrders(
	ctx context.Context, orgID, eventID string, m *maker, sellers []seller, creators map[string]*ent.Creator,
	from, to int,
) (err error) {
	tx, err := d.Store.DB().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	if _, err := tx.ExecContext(ctx, store.NoStatementTimeout); err != nil {
		return err
	}
	in, err := tx.PrepareContext(ctx,
		`COPY orders (id, org_id, made_by, created_at, updated_at, grams, number, product_name, amount, commission, status,
paid_at, settled_at, creator_id, refund_amount, refunded_at, net_commission, org_share, creator_share, share_bps) FROM STDIN`)
	if err != nil {
		return err
	}
	now := d.Now()
	for n := from; n <= to; n++ {
		row := m.order(n, sellers)
		c := creators[row.CreatorPlatformID]
		o := row.Order(orgID, c.ID, c.ShareBps, now)
		_, err := in.ExecContext(ctx, id.New(id.Order), orgID, eventID, now, now,
			search.Of(orgID, row.Number, row.ProductName).String(), row.Number, row.ProductName,
			row.Amount, row.Commission, string(row.Status), row.PaidAt, row.SettledAt, c.ID, o.RefundAmount, o.RefundedAt,
			o.NetCommission, o.OrgShare, o.CreatorShare, *o.ShareBps)
		if err != nil {
			return err
		}
	}
	if _, err := in.ExecContext(ctx); err != nil {
		return err
	}
	if err := in.Close(); err != nil {
		return err
	}
	return tx.Commit()
}
