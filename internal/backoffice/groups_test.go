package backoffice_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/order"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// managers makes sub-accounts of the org that manage creators.
func (o *shop) managers(n int) []string {
	o.Helper()
	ctx := o.Context()
	role := o.s.Client.Role.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(o.orgID).
		SetName("经纪").SetGrants(0).SaveX(ctx)
	made := make([]string, n)
	for i := range made {
		seated := o.s.Client.Account.Create().SetCreatedAt(noon).SetEmail(id.New(id.Account) + "@example.org").
			SetSide(account.SideSEATED).SaveX(ctx)
		made[i] = id.New(id.SubAccount)
		o.ok(o.s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			tx.Recorded()
			if !tx.LocksRows() {
				if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
					return err
				}
			}
			err := tx.SubAccountRole.Create().SetOrgID(o.orgID).SetSubAccountID(made[i]).
				SetRoleID(role.ID).Exec(ctx)
			if err != nil {
				return err
			}
			return tx.SubAccount.Create().SetID(made[i]).SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(o.orgID).
				SetAccountID(seated.ID).SetSlot(1).SetName(fmt.Sprint("经纪", i)).SetEmail(*seated.Email).Exec(ctx)
		}))
	}
	return made
}

// work draws something that changes what figures are made of, or what they are told apart by: settling, a refund, a
// void, a hand-over, another category and another share. What is refused changes nothing.
func (o *shop) work(r *rapid.T, managers []string) {
	o.Helper()
	ctx := context.WithoutCancel(o.Context())
	creator := rapid.SampledFrom(o.creators).Draw(r, "creator")
	orders := o.s.Client.Order.Query().Where(order.OrgID(o.orgID)).Order(order.ByNumber()).AllX(ctx)
	one := &ent.Order{}
	if len(orders) > 0 {
		one = rapid.SampledFrom(orders).Draw(r, "order")
	}
	act := o.act()
	deeds := map[string]func(context.Context, *store.Tx) error{
		"settleOrders": func(ctx context.Context, tx *store.Tx) error {
			_, _, err := o.office.SettleOrders(ctx, tx, act, []string{one.ID}, nil, form.PerItem)
			return err
		},
		"refundOrder": func(ctx context.Context, tx *store.Tx) error {
			amount := rapid.Int64Range(0, one.Amount).Draw(r, "refund")
			_, err := o.office.RefundOrder(ctx, tx, act, backoffice.Refund{OrderID: one.ID, Amount: amount, Reason: "退差价"})
			return err
		},
		"voidOrders": func(ctx context.Context, tx *store.Tx) error {
			_, _, err := o.office.VoidOrders(ctx, tx, act, []string{one.ID}, "误录", form.PerItem)
			return err
		},
		"assignCreators": func(ctx context.Context, tx *store.Tx) error {
			to := backoffice.Manager{Said: true}
			if n := rapid.IntRange(0, len(managers)).Draw(r, "manager"); n < len(managers) {
				to.ID = &managers[n]
			}
			_, _, err := o.office.AssignCreators(ctx, tx, act, []string{creator.ID}, to, form.PerItem)
			return err
		},
		"updateCreator": func(ctx context.Context, tx *store.Tx) error {
			_, err := o.office.UpdateCreator(ctx, tx, act, creator.ID, backoffice.CreatorChange{
				Category: new(rapid.SampledFrom([]string{"", "美妆", "美食", "Z"}).Draw(r, "category")),
				ShareBps: new(rapid.IntRange(0, 10_000).Draw(r, "bps")),
			})
			return err
		},
	}
	act.Operation = rapid.SampledFrom([]string{
		"settleOrders", "refundOrder", "voidOrders", "assignCreators", "updateCreator",
	}).Draw(r, "deed")
	if err := o.s.Write(ctx, deeds[act.Operation]); err != nil && !refusal(err) {
		r.Fatalf("%s: %v", act.Operation, err)
	}
}

// line tells a row of figures.
func line(key string, p *backoffice.Point) string {
	return fmt.Sprint(key, " ", *p)
}

// asked asks the orders themselves for the figures by what a column of them, or of their creators, holds.
func (o *shop) asked(column string) string {
	o.Helper()
	rows, err := o.s.Client.QueryContext(context.WithoutCancel(o.Context()), `SELECT COALESCE(`+column+`, ''), COUNT(*),
SUM(o.amount), SUM(o.commission), SUM(CASE WHEN o.status = 'REFUNDED' OR o.refund_amount > 0 THEN 1 ELSE 0 END),
SUM(o.refund_amount), SUM(o.amount - o.refund_amount), SUM(o.net_commission), SUM(o.org_share), SUM(o.creator_share),
COUNT(DISTINCT o.creator_id)
FROM orders o JOIN creators c ON c.id = o.creator_id WHERE o.org_id = $1 GROUP BY COALESCE(`+column+`, '')`, o.orgID)
	o.ok(err)
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var lines []string
	for rows.Next() {
		var (
			key string
			p   backoffice.Point
		)
		o.ok(rows.Scan(&key, &p.Orders, &p.Amount, &p.Commission, &p.Refunds, &p.RefundAmount, &p.NetAmount,
			&p.NetCommission, &p.OrgShare, &p.CreatorShare, &p.Creators))
		lines = append(lines, line(key, &p))
	}
	o.ok(rows.Err())
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// told reads the figures by a dimension as a file does, two rows at a time, and as a report does where it has them.
func (o *shop) told(r *rapid.T, by backoffice.Dimension) (file, report string) {
	o.Helper()
	ctx := context.WithoutCancel(o.Context())
	to := civil.Of(noon, noon.Location())
	one := &backoffice.Report{OrgID: o.orgID, From: to - 30, To: to + 2}
	one.Level = page.NewLevel([]*backoffice.Report{one})
	read := backoffice.Reader{
		Each: o.s.Each, Dialect: o.s.Dialect(), Viewer: o.owner, Action: access.View, Aggregates: []string{
			"orders", "amount", "commission", "refunds", "refund_amount", "net_commission", "org_share",
		},
	}
	var inFile, inReport, keys []string
	o.ok(read.Walk(ctx, one, by, 2, func(part []*backoffice.RowFigures) error {
		for _, row := range part {
			inFile, keys = append(inFile, line(row.Key, row.Point)), append(keys, row.Key)
		}
		return nil
	}))
	if n, err := read.Rows(ctx, one, by); err != nil || n != len(inFile) || !slices.IsSorted(keys) {
		r.Fatalf("%d rows of %q, counted as %d, %v", len(inFile), keys, n, err)
	}
	slices.Sort(inFile)
	all := []*backoffice.Report{one}
	switch by {
	case backoffice.ByManager:
		best, err := read.TopManagers(ctx, all, 100)
		o.ok(err)
		for _, m := range best[o.orgID] {
			if (m.ManagerName == nil) != (m.ManagerID == "") {
				r.Fatalf("%s is called %v", m.ManagerID, m.ManagerName)
			}
			inReport = append(inReport, line(m.ManagerID, m.Point))
		}
	case backoffice.ByCategory:
		best, err := read.TopCategories(ctx, all, 100)
		o.ok(err)
		for _, c := range best[o.orgID] {
			inReport = append(inReport, line(c.Category, c.Point))
		}
	default:
		inReport = slices.Clone(inFile)
	}
	slices.Sort(inReport)
	return strings.Join(inFile, "\n"), strings.Join(inReport, "\n")
}

// TestFiguresOfAnyWorkAreThoseOfTheOrders draws imports, settling, refunds, voids, hand-overs and changes of categories
// and shares. Whatever came of them, the figures are those that are made anew, and by whatever they are told apart they
// are what the orders themselves add up to, by who manages the creators and what their categories are then.
func TestFiguresOfAnyWorkAreThoseOfTheOrders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(r *rapid.T) {
			const zone = "Asia/Shanghai"
			o := newShop(t, s, zone)
			managers := o.managers(2)
			for range rapid.IntRange(1, 9).Draw(r, "steps") {
				if rapid.IntRange(0, 2).Draw(r, "import") > 0 {
					o.work(r, managers)
					continue
				}
				rows := rapid.SliceOfN(rapid.Custom(someRow), 1, 12).Draw(r, "rows")
				if _, err := o.bring(context.WithoutCancel(t.Context()), rows); err != nil && !refusal(err) {
					r.Fatal(err)
				}
			}
			o.sharesAddUp(r)
			kept := o.kept()
			if rebuilt := o.rebuilt(zone); kept != rebuilt {
				r.Fatalf("kept:\n%s\nmade anew:\n%s", kept, rebuilt)
			}
			for by, column := range map[backoffice.Dimension]string{
				backoffice.ByManager: "c.manager_id", backoffice.ByCategory: "c.category",
				backoffice.ByCreator: "o.creator_id", backoffice.ByProduct: "o.product_name",
			} {
				file, report := o.told(r, by)
				if asked := o.asked(column); file != asked || report != asked {
					r.Fatalf("by %s:\n%s\nin a report:\n%s\nof the orders:\n%s", by, file, report, asked)
				}
			}
		})
	})
}
