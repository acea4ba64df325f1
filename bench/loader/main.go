// Command loader brings a file of new orders into an org the way somebody would who writes for this one file: the bench
// measures Deputy's imports beside it. It checks each row, adds the figures up, and puts each transaction on record; it
// knows one heading, and stops at the first row that is wrong or is there already.
//
//	loader -database postgres://… -org org_… orders.csv
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"deputy/internal/civil"
	"deputy/internal/id"
)

func main() {
	database := flag.String("database", "", "path of a SQLite file, or postgres://…")
	org := flag.String("org", "", "the org that the orders are of")
	flag.Parse()
	n, err := run(context.Background(), *database, *org, flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "loader:", err)
		os.Exit(1)
	}
	fmt.Println(n, "created")
}

// together is how many orders one transaction brings: as many as one of Deputy's.
const together = 1_000

func run(ctx context.Context, database, org, path string) (n int, err error) {
	var to sink = &lite{}
	if strings.HasPrefix(database, "postgres://") {
		to = &postgres{}
	}
	db, err := to.open(ctx, database)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	l := &loader{db: db, org: org, to: to}
	if err := l.look(ctx); err != nil {
		return 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close() //nolint:errcheck // it was read
	rows, err := newReader(file, l.zone)
	if err != nil {
		return 0, err
	}
	part := make([]row, 0, together)
	for {
		part, err = rows.read(part[:0], together)
		if err != nil || len(part) == 0 {
			return n, err
		}
		if err := l.bring(ctx, part); err != nil {
			return n, err
		}
		n += len(part)
	}
}

// sink is what differs between the databases.
type sink interface {
	open(ctx context.Context, database string) (*sql.DB, error)
	// begin starts a transaction; it returns which of the org's sums it may add to.
	begin(ctx context.Context, tx *sql.Tx, org string) (slot int64, err error)
	// orders makes them, by an event, at a moment; it fails when one is there already.
	orders(ctx context.Context, tx *sql.Tx, org, event string, now time.Time, rows []row) error
	// add adds sums to a table's.
	add(ctx context.Context, tx *sql.Tx, org string, slot int64, t table, sums map[place]figures) error
	// turn has transactions that record in the org come one after the other.
	turn(ctx context.Context, tx *sql.Tx, org string) error
	// moment is what a time is stored as.
	moment(t time.Time) any
}

// loader brings orders into an org.
type loader struct {
	db    *sql.DB
	to    sink
	org   string
	zone  *time.Location
	known map[string]*creator
}

// creator is who brings orders in, and what the org had of that one's commission from when on.
type creator struct {
	id    string
	since []time.Time
	bps   []int64
}

// look reads what holds for all rows.
func (l *loader) look(ctx context.Context) (err error) {
	var zone string
	if err := l.db.QueryRowContext(ctx, "SELECT time_zone FROM orgs WHERE id = $1", l.org).Scan(&zone); err != nil {
		return fmt.Errorf("read org: %w", err)
	}
	if l.zone, err = time.LoadLocation(zone); err != nil {
		return err
	}
	rows, err := l.db.QueryContext(ctx, `SELECT c.id, c.platform_id, s.since, s.share_bps FROM creators c
JOIN creator_shares s ON s.org_id = c.org_id AND s.creator_id = c.id WHERE c.org_id = $1 ORDER BY c.id, s.since`, l.org)
	if err != nil {
		return fmt.Errorf("read creators: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	l.known = map[string]*creator{}
	for rows.Next() {
		var (
			creatorID, platformID string
			since                 time.Time
			bps                   int64
		)
		if err := rows.Scan(&creatorID, &platformID, &since, &bps); err != nil {
			return err
		}
		c := l.known[platformID]
		if c == nil {
			c = &creator{id: creatorID}
			l.known[platformID] = c
		}
		c.since, c.bps = append(c.since, since), append(c.bps, bps)
	}
	return rows.Err()
}

// at returns what the org had at a moment; before the first, the first.
func (c *creator) at(moment time.Time) int64 {
	bps := c.bps[0]
	for i, since := range c.since {
		if since.After(moment) {
			break
		}
		bps = c.bps[i]
	}
	return bps
}

// bring brings some orders in, in a transaction.
func (l *loader) bring(ctx context.Context, rows []row) (err error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	for i := range rows {
		if err := rows[i].check(now); err != nil {
			return fmt.Errorf("order %s: %w", rows[i].number, err)
		}
		of := l.known[rows[i].platformID]
		if of == nil {
			return fmt.Errorf("order %s: no creator %s", rows[i].number, rows[i].platformID)
		}
		rows[i].share(of)
		rows[i].id, rows[i].grams = id.New(id.Order), grams(l.org, rows[i].number, rows[i].product)
	}
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	slot, err := l.to.begin(ctx, tx, l.org)
	if err != nil {
		return err
	}
	event := id.New(id.AuditEvent)
	if err := l.to.orders(ctx, tx, l.org, event, now, rows); err != nil {
		return fmt.Errorf("make orders: %w", err)
	}
	if err := l.countUp(ctx, tx, slot, rows); err != nil {
		return fmt.Errorf("add up: %w", err)
	}
	if err := l.record(ctx, tx, event, now, rows); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return tx.Commit()
}

// countUp adds the orders to the org's figures.
func (l *loader) countUp(ctx context.Context, tx *sql.Tx, slot int64, rows []row) error {
	creators, products := make(map[place]figures, len(rows)), make(map[place]figures, 2*len(rows))
	for i := range rows {
		r := &rows[i]
		one := figures{1, r.amount, r.commission, 0, 0, r.net, r.orgShare}
		day := civil.Of(r.paid, l.zone)
		for _, at := range []struct {
			in    map[place]figures
			place place
		}{
			{creators, place{day, r.creator, ""}},
			{products, place{day, r.creator, r.product}},
			{products, place{day, "", r.product}},
		} {
			sum := at.in[at.place]
			for k := range sum {
				sum[k] += one[k]
			}
			at.in[at.place] = sum
		}
	}
	if err := l.to.add(ctx, tx, l.org, slot, creatorDays, creators); err != nil {
		return err
	}
	return l.to.add(ctx, tx, l.org, slot, productDays, products)
}

// record says what the transaction did.
func (l *loader) record(ctx context.Context, tx *sql.Tx, event string, now time.Time, rows []row) error {
	if err := l.to.turn(ctx, tx, l.org); err != nil {
		return err
	}
	var last time.Time
	err := tx.QueryRowContext(ctx, "SELECT at FROM audit_events WHERE org_id = $1 ORDER BY at DESC, id DESC LIMIT 1",
		l.org).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if !now.After(last) {
		now = last.Add(time.Microsecond)
	}
	made := make([]string, len(rows))
	for i := range rows {
		made[i] = rows[i].id
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_events (id, org_id, at, actor_kind, actor_name, operation, outcome, request_id, made)
VALUES ($1, $2, $3, 'SYSTEM', '', 'importOrders', 'DONE', '', $4)`, event, l.org, l.to.moment(now),
		strings.Join(made, " "))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_targets (event_id, org_id, at, target_id, type, label, outcome, changes)
VALUES ($1, $2, $3, $4, 'ImportOrdersPayload', '', 'DONE', $5)`, event, l.org, l.to.moment(now), l.org,
		fmt.Sprintf(`[{"f":"created","a":"%d"},{"f":"changed","a":"0"},{"f":"unchanged","a":"0"},{"f":"refused","a":"0"}]`,
			len(rows)))
	return err
}
