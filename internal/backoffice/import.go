package backoffice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/predicate"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/search"
	"deputy/internal/store"
)

// MaxImport is the maximum number of rows in one import.
const MaxImport = 1_000

// maxSource is the maximum length of an import's file name in the audit event, in bytes.
const maxSource = 200

// rounds is the maximum number of attempts at orders that other imports create at the same time.
const rounds = 5

// Imported counts the rows of an import by their effect.
type Imported struct{ Created, Changed, Unchanged int }

// importing is the state of an import of orders.
type importing struct {
	tx    *store.Tx
	act   audit.Entry
	now   time.Time
	rows  []*OrderRow
	wrong []*fault.Error // by the index of the row; nil for a valid one
	// rates are the org's shares of the creators' commissions.
	rates rates
	// own are the ids of the creators whose orders the viewer may edit; nil if it may edit all orders.
	own map[string]bool

	eventID string   // of the event that records the import
	made    []string // the ids of the new orders, by the index of the row; empty for the others

	created, changed []*ent.Order
	before           map[string]*ent.Order // the previous values of changed orders, by number
	unchanged        int
}

// ImportOrders creates and changes orders of the act's org by their numbers. Each refused row has a refusal at
// input.orders.N and the field; under AllOrNothing one refusal rejects all rows. It returns INVALID, NOT_FOUND,
// OUT_OF_SCOPE, TOO_MANY. The number of statements does not depend on the number of rows.
func (o *Office) ImportOrders(
	ctx context.Context, tx *store.Tx, act audit.Entry, rows []OrderRow, policy form.Policy,
) (Imported, fault.Refusals, error) {
	i, done, refusals, err := o.writeOrders(ctx, tx, act, rows, policy)
	if err != nil || len(i.created)+len(i.changed) == 0 {
		return done, refusals, err
	}
	if err := i.countUp(ctx); err != nil {
		return Imported{}, nil, err
	}
	created := make([]string, len(i.created))
	for n, o := range i.created {
		created[n] = o.ID
	}
	tx.NotifyRows(act.OrgID, created...) // the event sums them up
	act.EventID, act.Made = i.eventID, slices.DeleteFunc(i.made, func(made string) bool { return made == "" })
	return done, refusals, act.Record(ctx, tx, i.targets(done, refusals)...)
}

// writeOrders creates and changes the orders, without their figures and the event.
func (o *Office) writeOrders(
	ctx context.Context, tx *store.Tx, act audit.Entry, rows []OrderRow, policy form.Policy,
) (i *importing, done Imported, refusals fault.Refusals, err error) {
	switch {
	case len(rows) == 0:
		return nil, done, nil, refuse(fault.Invalid, noOrders).At("input", "orders")
	case len(rows) > MaxImport:
		return nil, done, nil, refuse(fault.TooMany, manyOrders, MaxImport).At("input", "orders")
	}
	i = &importing{
		tx: tx, act: act, now: o.Now(), wrong: make([]*fault.Error, len(rows)), before: map[string]*ent.Order{},
		eventID: id.New(id.AuditEvent), made: make([]string, len(rows)),
	}
	i.check(rows)
	if err := i.lookAround(ctx); err != nil {
		return nil, done, nil, err
	}
	left := i.good()
	for round := 0; len(left) > 0; round++ {
		if round == rounds {
			return nil, done, nil, errors.New("import orders: others keep making the same ones")
		}
		fresh, err := i.decide(ctx, left)
		if err != nil {
			return nil, done, nil, err
		}
		if refusals = i.refusals(); policy == form.AllOrNothing && len(refusals) > 0 {
			return nil, done, refusals, refusals
		}
		if left, err = i.insert(ctx, fresh); err != nil {
			return nil, done, nil, err
		}
	}
	refusals = i.refusals()
	done = Imported{len(i.created), len(i.changed), i.unchanged}
	if len(refusals) > 0 && (policy == form.AllOrNothing || done == Imported{}) {
		return nil, Imported{}, refusals, refusals
	}
	return i, done, refusals, i.update(ctx)
}

// check validates the rows and converts them to their canonical form. The second row with the same number is refused.
func (i *importing) check(rows []OrderRow) {
	seen := make(map[string]bool, len(rows))
	for n := range rows {
		row := &rows[n]
		i.rows = append(i.rows, row)
		if i.wrong[n] = row.Check(i.now); i.wrong[n] != nil {
			continue
		}
		if seen[row.Number] {
			i.wrong[n] = refuse(fault.Invalid, twiceNumber).At("number")
		}
		seen[row.Number] = true
	}
}

// lookAround reads the creators of the orders and their shares, and refuses rows whose creator was not found.
func (i *importing) lookAround(ctx context.Context) error {
	known, err := i.creators(ctx)
	if err != nil {
		return err
	}
	var until time.Time
	for _, row := range i.rows {
		until = later(until, row.PaidAt)
	}
	if i.rates, err = readRates(ctx, i.tx, i.act.OrgID, known, until, i.now); err != nil {
		return err
	}
	byPlatformID := make(map[string]string, len(known))
	for _, c := range known {
		byPlatformID[c.PlatformID] = c.ID
		if i.own != nil {
			i.own[c.ID] = true
		}
	}
	var others []string
	for n, row := range i.rows {
		if row.creatorID = byPlatformID[row.CreatorPlatformID]; row.creatorID == "" && i.wrong[n] == nil {
			i.wrong[n] = refuse(fault.NotFound, noPlatformID, row.CreatorPlatformID).At("creatorPlatformId")
			others = append(others, row.CreatorPlatformID)
		}
	}
	seen, err := aCreator.visibleValues(ctx, i.tx, i.act, access.Orders, creator.FieldPlatformID, others)
	if err != nil {
		return err
	}
	for n, row := range i.rows {
		if seen[row.CreatorPlatformID] && row.creatorID == "" && i.wrong[n] != nil && i.wrong[n].Code == fault.NotFound {
			i.wrong[n] = outOfScope(i.act).At("creatorPlatformId")
		}
	}
	return nil
}

// creators returns the creators of the rows or, if the viewer may not edit all orders, all creators whose orders it may
// edit. If one of them is handed over during the transaction, the transaction is retried.
func (i *importing) creators(ctx context.Context) ([]*ent.Creator, error) {
	mine := predicate.Creator(within(i.act, OrderCreators, access.Edit))
	query := i.tx.Creator.Query().Where(mine)
	if scope(i.act, access.Orders, access.Edit) == access.All {
		var wanted []string
		for n, row := range i.rows {
			if i.wrong[n] == nil {
				wanted = append(wanted, row.CreatorPlatformID)
			}
		}
		slices.Sort(wanted)
		wanted = slices.Compact(wanted)
		query.Where(func(s *sql.Selector) { s.Where(page.In(s.C(creator.FieldPlatformID), wanted)) })
	} else {
		i.own = map[string]bool{}
	}
	found, err := query.Select(creator.FieldID, creator.FieldOrgID, creator.FieldPlatformID,
		creator.FieldShareBps).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read creators: %w", err)
	}
	if i.own != nil {
		held := make([]string, len(found))
		for k, c := range found {
			held[k] = c.ID
		}
		rely(i.tx, held, mine)
	}
	return found, nil
}

// good returns the indices of the valid rows, sorted by number: all imports take locks in that order.
func (i *importing) good() []int {
	var places []int
	for n := range i.rows {
		if i.wrong[n] == nil {
			places = append(places, n)
		}
	}
	slices.SortFunc(places, func(a, b int) int { return compareNumbers(i.rows[a], i.rows[b]) })
	return places
}

// decide locks the existing orders of the rows, and determines which rows change them and which do not. It returns the
// indices of the rows that are new.
func (i *importing) decide(ctx context.Context, places []int) (fresh []int, err error) {
	numbers := make([]string, len(places))
	for k, n := range places {
		numbers[k] = i.rows[n].Number
	}
	columns := slices.DeleteFunc(slices.Clone(order.Columns), func(name string) bool { return name == order.FieldGrams })
	found, err := page.Read[ent.Order](order.Table, i.tx.Dialect(), i.tx.Each)(ctx, columns, func(s *sql.Selector) {
		s.Where(sql.EQ(s.C(order.FieldOrgID), i.act.OrgID))
		page.Lookup(s, order.FieldNumber, numbers, func(s *sql.Selector) { store.Lock(i.tx, s) })
	})
	if err != nil {
		return nil, fmt.Errorf("lock orders: %w", err)
	}
	existing := make(map[string]*ent.Order, len(found))
	for _, o := range found {
		existing[o.Number] = o
	}
	var foreign []int
	for _, n := range places {
		before, row := existing[i.rows[n].Number], i.rows[n]
		switch {
		case before == nil:
			fresh = append(fresh, n)
		case i.own != nil && !i.own[before.CreatorID]:
			foreign = append(foreign, n)
			i.wrong[n] = refuse(fault.NotFound, foreignOrder).At("number").About(fault.Object{ID: before.ID})
		default:
			if rank(row.status()) < rank(before.Status) {
				i.unchanged++ // the row is older than the stored order
				continue
			}
			after := row.onto(before, i.now, i.rates)
			if wrong := follows(after); wrong != nil {
				i.wrong[n] = wrong.About(fault.Object{ID: before.ID})
				continue
			}
			if len(orderChanges(before, after)) == 0 {
				i.unchanged++
				continue
			}
			i.changed, i.before[after.Number] = append(i.changed, after), before
		}
	}
	return fresh, i.beyond(ctx, foreign)
}

// beyond refuses the rows whose orders the viewer may see but not change with OUT_OF_SCOPE.
func (i *importing) beyond(ctx context.Context, places []int) error {
	ids := make([]string, len(places))
	for k, n := range places {
		ids[k] = i.wrong[n].Object.ID
	}
	seen, err := anOrder.visibleValues(ctx, i.tx, i.act, access.Orders, "id", ids)
	if err != nil {
		return err
	}
	for k, n := range places {
		if seen[ids[k]] {
			i.wrong[n] = outOfScope(i.act).At("number").About(*i.wrong[n].Object)
		}
	}
	return nil
}

// insert inserts the orders of the rows, and returns the indices of those that another import has created meanwhile.
func (i *importing) insert(ctx context.Context, fresh []int) (lost []int, err error) {
	if len(fresh) == 0 {
		return nil, nil
	}
	made := make([]*ent.Order, len(fresh))
	for k, n := range fresh {
		made[k] = i.rows[n].toOrder(i.act.OrgID, i.now, i.rates)
		made[k].ID = id.New(id.Order)
	}
	from, args, err := bulk.Table(i.tx.Dialect(), orderColumns(made)...)
	if err != nil {
		return nil, err
	}
	k := len(args)
	names, values := i.written()
	numbers, err := bulk.Collect[string](ctx, i.tx, fmt.Sprintf(`INSERT INTO orders (org_id, created_at, updated_at, made_by, id, number, %[1]s)
SELECT CAST($%[2]d AS varchar), CAST($%[3]d AS timestamptz), CAST($%[4]d AS timestamptz), CAST($%[5]d AS varchar), id, number, %[6]s
FROM %[7]s WHERE true
ON CONFLICT (org_id, number) DO NOTHING RETURNING number`,
		strings.Join(names, ", "), k+1, k+2, k+3, k+4, strings.Join(values, ", "), from),
		append(args, i.act.OrgID, i.now, i.now, i.eventID)...)
	if err != nil {
		return nil, fmt.Errorf("insert orders: %w", err)
	}
	inserted := make(map[string]bool, len(numbers))
	for _, number := range numbers {
		inserted[number] = true
	}
	for k, n := range fresh {
		if inserted[made[k].Number] {
			i.created, i.made[n] = append(i.created, made[k]), made[k].ID
		} else {
			lost = append(lost, n)
		}
	}
	return lost, nil
}

// written returns the columns that an import writes of new and of changed orders, and the expression of each in the
// table v.
func (i *importing) written() (names, values []string) {
	kept := []string{
		"creator_id", "product_name", "amount", "commission", "status", "paid_at", "settled_at", "refund_amount",
		"refunded_at",
		"net_commission", "org_share", "creator_share",
	}
	for _, name := range kept {
		names, values = append(names, name), append(values, "v."+name)
	}
	grams := "v.grams"
	if i.tx.LocksRows() {
		grams += "::int[]"
	}
	names = append(names, "parent_number", "commission_after_refunds", "share_bps", "given_share", "given_net", "grams")
	values = append(values, "NULLIF(v.parent_number, '')", "v.commission_after_refunds <> 0", "NULLIF(v.share_bps, -1)",
		"NULLIF(v.given_share, -1)", "NULLIF(v.given_net, -1)", grams)
	return names, values
}

// update writes the changed orders.
func (i *importing) update(ctx context.Context) error {
	if len(i.changed) == 0 {
		return nil
	}
	from, args, err := bulk.Table(i.tx.Dialect(), orderColumns(i.changed)...)
	if err != nil {
		return err
	}
	names, values := i.written()
	set := make([]string, len(names))
	for n, name := range names {
		set[n] = name + " = " + values[n]
	}
	result, err := i.tx.ExecContext(ctx, fmt.Sprintf("UPDATE orders SET %s, updated_at = $%d FROM %s WHERE orders.id = "+
		"v.id",
		strings.Join(set, ", "), len(args)+1, from), append(args, i.now)...)
	if err != nil {
		return fmt.Errorf("update orders: %w", err)
	}
	n, err := result.RowsAffected()
	return exactly("update orders", int(n), len(i.changed), err)
}

// countUp adds the import to the figures.
func (i *importing) countUp(ctx context.Context) error {
	slot, zone, err := takeFigures(ctx, i.tx, i.act.OrgID)
	if err != nil {
		return err
	}
	t := newTally(zone)
	for _, o := range i.created {
		t.add(o)
	}
	for _, o := range i.changed {
		t.take(i.before[o.Number])
		t.add(o)
	}
	return t.write(ctx, i.tx, i.act.OrgID, slot, "input", "orders")
}

// targets returns the targets of the event: a summary of the import, the changed orders and the refused ones.
func (i *importing) targets(done Imported, refusals fault.Refusals) []audit.Target {
	targets := []audit.Target{importSummary(i.act, "ImportOrdersPayload", done, refusals)}
	for _, o := range i.changed {
		targets = append(targets, orderTarget(o, orderChanges(i.before[o.Number], o)))
	}
	return append(targets, audit.RefusedTargets(refusals)...)
}

// refusals returns the refusals in the order of the rows. The audit event identifies a row by its number, and an
// existing order by its id.
func (i *importing) refusals() (all fault.Refusals) {
	for n, wrong := range i.wrong {
		if wrong == nil {
			continue
		}
		about := fault.Object{Type: orders.Type, Label: i.rows[n].Number}
		if wrong.Object != nil {
			about.ID = wrong.Object.ID
		}
		all = append(all, wrong.At(append([]string{"input", "orders", strconv.Itoa(n)}, wrong.Field...)...).About(about))
	}
	return all
}

func orderColumns(rows []*ent.Order) []bulk.Column {
	texts := func(name string, of func(*ent.Order) string) bulk.Column {
		c := bulk.Column{Name: name, Texts: make([]string, len(rows))}
		for i, o := range rows {
			c.Texts[i] = of(o)
		}
		return c
	}
	numbers := func(name string, of func(*ent.Order) int64) bulk.Column {
		c := bulk.Column{Name: name, Numbers: make([]int64, len(rows))}
		for i, o := range rows {
			c.Numbers[i] = of(o)
		}
		return c
	}
	moments := func(name string, of func(*ent.Order) *time.Time) bulk.Column {
		c := bulk.Column{Name: name, Moments: make([]*time.Time, len(rows))}
		for i, o := range rows {
			c.Moments[i] = of(o)
		}
		return c
	}
	return []bulk.Column{
		texts("id", func(o *ent.Order) string { return o.ID }),
		texts("number", func(o *ent.Order) string { return o.Number }),
		texts("creator_id", func(o *ent.Order) string { return o.CreatorID }),
		texts("product_name", func(o *ent.Order) string { return o.ProductName }),
		numbers("amount", func(o *ent.Order) int64 { return o.Amount }),
		numbers("commission", func(o *ent.Order) int64 { return o.Commission }),
		texts("status", func(o *ent.Order) string { return string(o.Status) }),
		moments("paid_at", func(o *ent.Order) *time.Time { return &o.PaidAt }),
		moments("settled_at", func(o *ent.Order) *time.Time { return o.SettledAt }),
		texts("parent_number", func(o *ent.Order) string { return orNone(o.ParentNumber, "") }),
		numbers("commission_after_refunds", func(o *ent.Order) int64 {
			if o.CommissionAfterRefunds {
				return 1
			}
			return 0
		}),
		numbers("refund_amount", func(o *ent.Order) int64 { return o.RefundAmount }),
		moments("refunded_at", func(o *ent.Order) *time.Time { return o.RefundedAt }),
		numbers("net_commission", func(o *ent.Order) int64 { return o.NetCommission }),
		numbers("org_share", func(o *ent.Order) int64 { return o.OrgShare }),
		numbers("creator_share", func(o *ent.Order) int64 { return o.CreatorShare }),
		numbers("share_bps", func(o *ent.Order) int64 { return int64(orNone(o.ShareBps, -1)) }),
		numbers("given_share", func(o *ent.Order) int64 { return orNone(o.GivenShare, -1) }),
		numbers("given_net", func(o *ent.Order) int64 { return orNone(o.GivenNet, -1) }),
		texts("grams", func(o *ent.Order) string { return orderGrams(o).String() }),
	}
}

// orNone returns the value of a pointer, and none for nil.
func orNone[T any](value *T, none T) T {
	if value == nil {
		return none
	}
	return *value
}

func orderGrams(o *ent.Order) search.Grams {
	return search.Of(o.OrgID, o.Number, o.ProductName, orNone(o.ParentNumber, ""))
}
