package backoffice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"deputy/internal/audit"
	"deputy/internal/bulk"
	"deputy/internal/store"
)

// ErrNoOrg is returned if there is no org with the id that an operator named.
var ErrNoOrg = errors.New("there is no such org")

// Mending compares the figures of orgs with their orders, and rebuilds those that differ. A server may run meanwhile:
// changes of an org's orders wait while its figures are rebuilt.
type Mending struct {
	Store *store.Store
	// OrgID selects one org; empty for all.
	OrgID string
	Now   func() time.Time
	// Out gets a line for each org.
	Out io.Writer
}

// Run processes one org after the other, each in a transaction of its own, and records an event for each rebuilt org.
func (m Mending) Run(ctx context.Context) error {
	orgs, err := bulk.Collect[string](ctx, m.Store.Client,
		"SELECT id FROM orgs WHERE $1 = '' OR id = $1 ORDER BY id", m.OrgID)
	if err != nil {
		return fmt.Errorf("read orgs: %w", err)
	}
	if m.OrgID != "" && len(orgs) == 0 {
		return ErrNoOrg
	}
	for _, orgID := range orgs {
		var kept, wrong int
		err := m.Store.WriteLong(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			kept, wrong, err = m.mend(ctx, tx, orgID)
			return err
		})
		if err != nil {
			return fmt.Errorf("mend figures of org %s: %w", orgID, err)
		}
		if _, err := fmt.Fprintf(m.Out, "org %s: %d rows, %d of them differed\n", orgID, kept, wrong); err != nil {
			return err
		}
	}
	return nil
}

// mend rebuilds the figures of an org if necessary. It returns the number of rows of figures that the org has or should
// have, and the number of those that differed from its orders.
func (m Mending) mend(ctx context.Context, tx *store.Tx, orgID string) (rows, wrong int, err error) {
	if err := HoldFigures(ctx, tx, orgID); err != nil {
		return 0, 0, err
	}
	_, zone, err := takeFigures(ctx, tx, orgID)
	if err != nil {
		return 0, 0, err
	}
	anew, err := recount(ctx, tx, orgID, zone)
	if err != nil {
		return 0, 0, err
	}
	_, creators := anew.creators()
	_, products := anew.products()
	for _, part := range []struct {
		table, product string
		should         map[place]figures
	}{{"creator_days", "''", creators}, {"product_days", "product_name", products}} {
		kept, err := keptFigures(ctx, tx, orgID, part.table, part.product)
		if err != nil {
			return 0, 0, err
		}
		all, differ := compared(kept, part.should)
		rows, wrong = rows+all, wrong+differ
	}
	if wrong == 0 {
		tx.Recorded() // only the slots were written
		return rows, 0, nil
	}
	if err := anew.replace(ctx, tx, orgID); err != nil {
		return 0, 0, err
	}
	act := audit.Entry{OrgID: orgID, Operation: "rebuildFigures", At: m.Now()}
	return rows, wrong, act.Record(ctx, tx, audit.Target{
		ID: orgID, Type: "Org", Changes: audit.Set(audit.Number("rows", wrong)),
	})
}

// keptFigures returns the figures of the org in a table, summed over the slots.
func keptFigures(
	ctx context.Context, tx *store.Tx, orgID, table, product string,
) (map[place]figures, error) {
	kept := map[place]figures{}
	query := "SELECT day, creator_id, " + product + ", orders, amount, commission, refunds, refund_amount, " +
		"net_commission, org_share FROM " + table + " WHERE org_id = $1"
	err := bulk.Each(ctx, tx, query, []any{orgID}, func(scan bulk.Scan) error {
		var (
			p place
			f figures
		)
		err := scan(&p.day, &p.creatorID, &p.product, &f.orders, &f.amount, &f.commission, &f.refunds, &f.refundAmount,
			&f.netCommission, &f.orgShare)
		kept[p] = kept[p].plus(f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	return kept, nil
}

// compared returns the number of places with figures on either side, and the number of those that differ.
func compared(kept, should map[place]figures) (all, differ int) {
	for p, f := range kept {
		if f == (figures{}) && should[p] == (figures{}) {
			continue // added and subtracted again
		}
		all++
		if f != should[p] {
			differ++
		}
	}
	for p := range should {
		if _, known := kept[p]; !known {
			all, differ = all+1, differ+1
		}
	}
	return all, differ
}
