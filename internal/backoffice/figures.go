package backoffice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"deputy/ent"
	"deputy/ent/order"
	"deputy/internal/bulk"
	"deputy/internal/civil"
	"deputy/internal/fault"
	"deputy/internal/store"
)

// slots is the number of transactions that may write the figures of one org at the same time. Others wait for one of
// them.
const slots = 16

// figures are sums over orders.
type figures struct {
	orders, amount, commission, refunds, refundAmount, netCommission, orgShare int64
}

// sums returns the sums in the order of their columns.
func (f figures) sums() []int64 {
	return []int64{f.orders, f.amount, f.commission, f.refunds, f.refundAmount, f.netCommission, f.orgShare}
}

func (f figures) plus(g figures) figures {
	return figures{
		checked(f.orders, g.orders), checked(f.amount, g.amount), checked(f.commission, g.commission),
		checked(f.refunds, g.refunds), checked(f.refundAmount, g.refundAmount), checked(f.netCommission, g.netCommission),
		checked(f.orgShare, g.orgShare),
	}
}

// checked returns a + b, or beyond or -beyond if not every client can represent the sum. Further sums stay at that
// limit.
func checked(a, b int64) int64 {
	switch sum := a + b; {
	case max(a, b, sum) >= beyond:
		return beyond
	case min(a, b, sum) <= -beyond:
		return -beyond
	default:
		return sum
	}
}

// fits reports whether every client can represent all of the sums.
func (f figures) fits() bool {
	for _, sum := range f.sums() {
		if sum >= beyond || sum <= -beyond {
			return false
		}
	}
	return true
}

// place is the key of the aggregates that an order is counted in.
type place struct {
	day       civil.Day
	creatorID string
	product   string
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.day, q.day), strings.Compare(p.creatorID, q.creatorID),
		strings.Compare(p.product, q.product))
}

// tally sums the changes of an org's figures by orders.
type tally struct {
	zone       *time.Location
	aggregates map[place]figures
}

func newTally(zone *time.Location) *tally { return &tally{zone, map[place]figures{}} }

// add adds the order to the figures; take subtracts it.
func (t *tally) add(o *ent.Order)  { t.count(o, 1) }
func (t *tally) take(o *ent.Order) { t.count(o, -1) }

func (t *tally) count(o *ent.Order, sign int64) {
	f := figures{
		orders: sign, amount: sign * o.Amount, commission: sign * o.Commission, refundAmount: sign * o.RefundAmount,
		netCommission: sign * o.NetCommission, orgShare: sign * o.OrgShare,
	}
	if o.Status == order.StatusREFUNDED || o.RefundAmount > 0 {
		f.refunds = sign
	}
	at := place{civil.Of(o.PaidAt, t.zone), o.CreatorID, o.ProductName}
	t.aggregates[at] = t.aggregates[at].plus(f)
}

// by groups the sums by the keys that the functions return for their places, such as creators, products, and products
// over all creators.
func (t *tally) by(keys ...func(place) place) (at []place, sums map[place]figures) {
	sums = make(map[place]figures, len(t.aggregates))
	for p, f := range t.aggregates {
		for _, key := range keys {
			sums[key(p)] = sums[key(p)].plus(f)
		}
	}
	maps.DeleteFunc(sums, func(_ place, f figures) bool { return f == figures{} })
	return slices.SortedFunc(maps.Keys(sums), place.compare), sums
}

// creators returns the changes of creator_days, and products those of product_days.
func (t *tally) creators() (at []place, sums map[place]figures) {
	return t.by(func(p place) place { return place{p.day, p.creatorID, ""} })
}

func (t *tally) products() (at []place, sums map[place]figures) {
	return t.by(func(p place) place { return p }, func(p place) place { return place{p.day, "", p.product} })
}

// write adds the tally to the figures of the org, in the transaction that writes its orders and has locked the slot,
// with one statement for each table. It returns INVALID at the field if a sum would exceed its column; on PostgreSQL
// the transaction is aborted then.
func (t *tally) write(ctx context.Context, tx *store.Tx, orgID string, slot int64, field ...string) error {
	creators, ofCreators := t.creators()
	products, ofProducts := t.products()
	if len(products) == 0 && len(creators) == 0 {
		return nil
	}
	for _, of := range []map[place]figures{ofCreators, ofProducts} {
		for _, f := range of {
			if !f.fits() {
				return refuse(fault.Invalid, tooMuch).At(field...)
			}
		}
	}
	err := upsert(ctx, tx, "creator_days", []string{"day", "creator_id"}, orgID, slot, creators, ofCreators)
	if err == nil {
		err = upsert(ctx, tx, "product_days", []string{"creator_id", "day", "product_name"}, orgID, slot, products,
			ofProducts)
	}
	if store.Violates(err, "creator_days_sums", "product_days_sums") {
		return refuse(fault.Invalid, tooMuch).At(field...)
	}
	return err
}

// takeSlot locks the first free slot of the org's figures for the transaction.
func takeSlot(ctx context.Context, tx *store.Tx, orgID string) (slot int64, err error) {
	if !tx.LocksRows() {
		return 0, nil // one transaction writes at a time
	}
	const free = "SELECT slot FROM figure_slots WHERE org_id = $1 ORDER BY slot LIMIT 1 " + store.ForNoKeyUpdate +
		" SKIP LOCKED"
	slot, found, err := bulk.One[int64](ctx, tx, free, orgID)
	if err != nil || found {
		return slot, err
	}
	if err := makeSlots(ctx, tx, orgID); err != nil {
		return 0, err
	}
	const first = "SELECT slot FROM figure_slots WHERE org_id = $1 AND slot = 0 " + store.ForNoKeyUpdate
	slot, _, err = bulk.One[int64](ctx, tx, first, orgID)
	return slot, err
}

// makeSlots inserts the slots of the org unless they exist.
func makeSlots(ctx context.Context, tx *store.Tx, orgID string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO figure_slots (org_id, slot) "+
		"SELECT CAST($1 AS varchar), s FROM generate_series(0, CAST($2 AS int) - 1) AS s ON CONFLICT DO NOTHING", orgID,
		slots)
	if err != nil {
		return fmt.Errorf("make slots of figures: %w", err)
	}
	return nil
}

// HoldFigures locks the figures of the org until the transaction ends, after it has waited for the transactions that
// write them. Orders that are counted later are counted by the org's time zone of that time.
func HoldFigures(ctx context.Context, tx *store.Tx, orgID string) error {
	if !tx.LocksRows() {
		return nil // one transaction writes at a time
	}
	if err := makeSlots(ctx, tx, orgID); err != nil {
		return err
	}
	const all = "SELECT count(*) FROM (SELECT slot FROM figure_slots WHERE org_id = $1 ORDER BY slot " +
		store.ForNoKeyUpdate + ") AS held"
	_, _, err := bulk.One[int64](ctx, tx, all, orgID)
	return err
}

// aggregates are the columns of figures.
var aggregates = []string{"orders", "amount", "commission", "refunds", "refund_amount", "net_commission", "org_share"}

// maxUpsert is the maximum number of rows of figures in one statement.
const maxUpsert = 5_000

func upsert(
	ctx context.Context, tx *store.Tx, table string, key []string, orgID string, slot int64, at []place,
	of map[place]figures,
) error {
	for part := range slices.Chunk(at, maxUpsert) {
		columns := append(keyColumns(key, part), sumColumns(part, of)...)
		from, args, err := bulk.Table(tx.Dialect(), columns...)
		if err != nil {
			return err
		}
		fixed := len(args)
		added := make([]string, len(aggregates))
		for i, sum := range aggregates {
			added[i] = sum + " = " + table + "." + sum + " + excluded." + sum
		}
		statement := fmt.Sprintf(`INSERT INTO %[1]s (org_id, slot, %[2]s, %[3]s) SELECT CAST($%[5]d AS varchar), CAST($%[6]d AS smallint), %[2]s, %[3]s FROM %[4]s WHERE true
ON CONFLICT (org_id, %[2]s, slot) DO UPDATE SET %[7]s`,
			table, strings.Join(key, ", "), strings.Join(aggregates, ", "), from, fixed+1, fixed+2, strings.Join(added, ", "))
		if _, err := tx.ExecContext(ctx, statement, append(args, orgID, slot)...); err != nil {
			return fmt.Errorf("add to %s: %w", table, err)
		}
	}
	return nil
}

func keyColumns(key []string, at []place) []bulk.Column {
	days, creators, products := make([]int64, len(at)), make([]string, len(at)), make([]string, len(at))
	for i, p := range at {
		days[i], creators[i], products[i] = int64(p.day), p.creatorID, p.product
	}
	columns := make([]bulk.Column, len(key))
	for i, name := range key {
		switch name {
		case "day":
			columns[i] = bulk.Column{Name: name, Numbers: days}
		case "creator_id":
			columns[i] = bulk.Column{Name: name, Texts: creators}
		default:
			columns[i] = bulk.Column{Name: name, Texts: products}
		}
	}
	return columns
}

func sumColumns(at []place, of map[place]figures) []bulk.Column {
	columns := make([]bulk.Column, len(aggregates))
	for i, name := range aggregates {
		columns[i] = bulk.Column{Name: name, Numbers: make([]int64, len(at))}
	}
	for n, p := range at {
		f := of[p]
		for i, sum := range f.sums() {
			columns[i].Numbers[n] = sum
		}
	}
	return columns
}

// takeFigures locks a slot of the org's figures for the transaction, and returns it and the org's time zone. The zone
// can't change while the transaction has the slot: a change of it locks all slots.
func takeFigures(ctx context.Context, tx *store.Tx, orgID string) (slot int64, zone *time.Location, err error) {
	if slot, err = takeSlot(ctx, tx, orgID); err != nil {
		return 0, nil, err
	}
	name, found, err := bulk.One[string](ctx, tx, "SELECT time_zone FROM orgs WHERE id = $1", orgID)
	if err == nil && !found {
		err = errors.New("there is no such org")
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read time zone: %w", err)
	}
	if zone, err = time.LoadLocation(name); err != nil {
		return 0, nil, fmt.Errorf("read time zone: %w", err)
	}
	return slot, zone, nil
}

// HasOrders reports whether the org has orders.
func HasOrders(ctx context.Context, tx *store.Tx, orgID string) (bool, error) {
	found, err := tx.Order.Query().Where(order.OrgID(orgID)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for orders: %w", err)
	}
	return found, nil
}

// Rebuild recomputes the figures of an org from its orders, by the days of a time zone. The caller must have called
// HoldFigures. It returns INVALID at the field if a sum of a day would exceed its column.
func Rebuild(ctx context.Context, tx *store.Tx, orgID string, zone *time.Location, field ...string) error {
	anew, err := recount(ctx, tx, orgID, zone)
	if err != nil {
		return err
	}
	return anew.replace(ctx, tx, orgID, field...)
}

// replace replaces the figures of the org with the tally.
func (t *tally) replace(ctx context.Context, tx *store.Tx, orgID string, field ...string) error {
	for _, table := range []string{"creator_days", "product_days"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE org_id = $1", orgID); err != nil {
			return fmt.Errorf("clear %s: %w", table, err)
		}
	}
	return t.write(ctx, tx, orgID, 0, field...)
}

// recount adds up all orders of the org.
func recount(ctx context.Context, tx *store.Tx, orgID string, zone *time.Location) (*tally, error) {
	anew := newTally(zone)
	const query = "SELECT creator_id, product_name, amount, commission, status, paid_at, refund_amount, net_commission, " +
		"org_share FROM orders WHERE org_id = $1"
	err := bulk.Each(ctx, tx, query, []any{orgID}, func(scan bulk.Scan) error {
		var o ent.Order
		err := scan(&o.CreatorID, &o.ProductName, &o.Amount, &o.Commission, &o.Status, &o.PaidAt, &o.RefundAmount,
			&o.NetCommission, &o.OrgShare)
		anew.add(&o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	return anew, nil
}
