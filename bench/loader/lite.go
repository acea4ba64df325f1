package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// lite writes with one statement a table for all rows, prepared once for a full part.
type lite struct {
	order *sql.Stmt
	sums  map[string]*sql.Stmt
}

// ofOrder are the columns of an order.
var ofOrder = []string{
	"org_id", "made_by", "created_at", "updated_at", "id", "grams", "number", "product_name", "amount", "commission",
	"status", "paid_at", "settled_at", "creator_id", "net_commission", "org_share", "creator_share", "share_bps",
}

// insert returns the statement that makes so many orders.
func insert(n int) string {
	row := "(?" + strings.Repeat(", ?", len(ofOrder)-1) + ")"
	return "INSERT INTO orders (" + strings.Join(ofOrder, ", ") + ") VALUES " + row + strings.Repeat(", "+row, n-1)
}

func (l *lite) open(ctx context.Context, database string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", (&url.URL{
		Scheme: "file", Opaque: url.PathEscape(database), RawQuery: url.Values{
			"_txlock": {"immediate"}, "_time_integer_format": {"unix_micro"}, "_inttotime": {"1"},
			"_pragma": {
				"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "recursive_triggers(1)", "temp_store(MEMORY)",
				"cache_size(-65536)", "wal_autocheckpoint(16384)",
			},
		}.Encode(),
	}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if l.order, err = db.PrepareContext(ctx, insert(together)); err != nil {
		return nil, err
	}
	l.sums = map[string]*sql.Stmt{}
	for _, t := range []table{creatorDays, productDays} {
		updates := make([]string, len(sums))
		for c, column := range sums {
			updates[c] = column + " = " + column + " + excluded." + column
		}
		key := strings.Count(t.key(), ",") + 1
		if l.sums[t.name], err = db.PrepareContext(ctx, fmt.Sprintf(`INSERT INTO %[1]s (org_id, slot, %[2]s, %[3]s)
VALUES (?, 0%[4]s) ON CONFLICT (org_id, %[2]s, slot) DO UPDATE SET %[5]s`, t.name, t.key(), strings.Join(sums[:], ", "),
			strings.Repeat(", ?", key+len(sums)), strings.Join(updates, ", "))); err != nil {
			return nil, err
		}
	}
	return db, nil
}

func (*lite) begin(context.Context, *sql.Tx, string) (int64, error) { return 0, nil }

func (l *lite) orders(
	ctx context.Context, tx *sql.Tx, org, event string, now time.Time, rows []row,
) (err error) {
	args, moment := make([]any, 0, len(ofOrder)*len(rows)), now.UnixMicro()
	for i := range rows {
		r := &rows[i]
		var settled any
		if r.settled != nil {
			settled = r.settled.UnixMicro()
		}
		args = append(args, org, event, moment, moment, r.id, r.grams, r.number, r.product, r.amount, r.commission,
			r.status, r.paid.UnixMicro(), settled, r.creator, r.net, r.orgShare, r.creatorPart, r.bps)
	}
	if len(rows) == together {
		_, err = tx.StmtContext(ctx, l.order).ExecContext(ctx, args...)
	} else {
		_, err = tx.ExecContext(ctx, insert(len(rows)), args...)
	}
	return err
}

func (l *lite) add(ctx context.Context, tx *sql.Tx, org string, _ int64, t table, of map[place]figures) error {
	insert := tx.StmtContext(ctx, l.sums[t.name])
	for _, at := range inOrder(of) {
		args := []any{org, int64(at.day), at.creator}
		if t.ofProduct {
			args = []any{org, at.creator, int64(at.day), at.product}
		}
		for _, sum := range of[at] {
			args = append(args, sum)
		}
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

func (*lite) turn(context.Context, *sql.Tx, string) error { return nil }

func (*lite) moment(t time.Time) any { return t.UnixMicro() }
