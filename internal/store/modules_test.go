package store_test

import (
	"testing"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/order"
	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// makeCreator makes a creator of the org, whom nobody manages.
func makeCreator(t *testing.T, s *store.Store, a agency, platformID string) *ent.Creator {
	t.Helper()
	return must[*ent.Creator](
		t)(s.Client.Creator.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(a.org.ID).SetName("小美").
		SetPlatformID(platformID).SetGrams(search.Of(a.org.ID, "小美", platformID)).Save(t.Context()))
}

func newOrder(s *store.Store, of *ent.Creator, number string) *ent.OrderCreate {
	return s.Client.Order.Create().SetCreatedAt(
		noon).SetUpdatedAt(noon).SetOrgID(of.OrgID).SetCreatorID(of.ID).SetNumber(number).
		SetProductName(
			"口红").SetAmount(
		19900).SetCommission(
		1990).SetNetCommission(
		1990).SetOrgShare(
		199).SetCreatorShare(
		1791).SetShareBps(1000).SetStatus(order.StatusPAID).SetPaidAt(noon).SetGrams(search.Of(of.OrgID,
		number, "口红"))
}

func TestWhatBelongsToAnOrgStaysInIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a, b := makeAgency(t, s), makeAgency(t, s)
		creator, foreign := makeCreator(t, s, a, "1"), makeCreator(t, s, b, "1")
		colleague := must[string](t)(seat(ctx, s, b, makeAccount(t, s, account.SideSEATED).ID, 1, b.roles[0]))
		task := must[*ent.Task](
			t)(s.Client.Task.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(a.org.ID).SetTitle("任务").
			SetGrams(search.Of(a.org.ID, "任务")).Save(ctx))
		foreignKey := "FOREIGN KEY constraint failed"
		refused(t, s, s.Client.Creator.UpdateOne(creator).SetManagerID(colleague).Exec(ctx), "creators_sub_accounts_manager",
			foreignKey)
		refused(t, s, newOrder(s, foreign, "1").SetOrgID(a.org.ID).Exec(ctx), "orders_creators_creator", foreignKey)
		refused(t, s,
			s.Client.TaskAssignment.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(a.org.ID).SetTaskID(task.ID).
				SetCreatorID(foreign.ID).Exec(ctx), "task_assignments_creators_creator", foreignKey)
		if err := s.Client.Creator.UpdateOne(foreign).SetManagerID(colleague).Exec(ctx); err != nil {
			t.Fatal(err)
		}
		refused(t, s, s.Client.SubAccount.DeleteOneID(colleague).Exec(ctx), "creators_sub_accounts_manager", foreignKey)
	})
}

func TestOrdersKeepTheirRules(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		creator := makeCreator(t, s, makeAgency(t, s), "1")
		kept := must[*ent.Order](t)(newOrder(s, creator, "DY1").Save(ctx))
		refused(t, s, newOrder(s, creator, "DY1").Exec(ctx), "order_org_id_number", "orders.org_id, orders.number")
		refused(t, s, newOrder(s, creator, "DY2").SetAmount(-1).Exec(ctx), "orders_amount", "orders_")
		refused(t, s, newOrder(s, creator, "DY2").SetCommission(19901).Exec(ctx), "orders_commission", "orders_commission")
		refused(t, s, newOrder(s, creator, "DY2").SetSettledAt(noon).Exec(ctx), "orders_settled", "orders_settled")
		refused(t, s, newOrder(s, creator, "DY2").SetStatus(order.StatusSETTLED).Exec(ctx), "orders_settled",
			"orders_settled")
		for _, next := range []order.Status{order.StatusSETTLED, order.StatusREFUNDED} {
			change := s.Client.Order.UpdateOne(kept).SetStatus(next).SetSettledAt(noon)
			if next == order.StatusREFUNDED {
				change.SetRefundAmount(kept.Amount).SetRefundedAt(noon).SetNetCommission(0).SetOrgShare(0).SetCreatorShare(0)
			}
			if err := change.Exec(ctx); err != nil {
				t.Fatal(err)
			}
			refused(t, s, s.Client.Order.UpdateOne(kept).SetStatus(order.StatusPAID).ClearSettledAt().Exec(ctx), "status_back",
				"status_back")
		}
		refused(t, s, s.Client.Order.UpdateOne(kept).SetStatus(order.StatusSETTLED).Exec(ctx), "status_back", "status_back")
		refused(t, s, run(ctx, s, "UPDATE orders SET number = 'DY3'"), "immutable", "immutable")
	})
}

// TestIndexesFollowTheRows is about SQLite, where a full-text index stands in for an index into a column: it knows a
// row's grams, whatever becomes of the row and of the file.
func TestIndexesFollowTheRows(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.SQLite)
	ctx := t.Context()
	a := makeAgency(t, s)
	found := func(table, text string) string {
		t.Helper()
		return value(t, s,
			"SELECT coalesce(group_concat(id ORDER BY id), '') FROM "+table+" WHERE seq IN (SELECT rowid FROM "+
				table+"_search WHERE "+table+"_search MATCH '"+search.For(a.org.ID, text).Match()+"')")
	}
	check := func(when, table, id string, texts map[string]bool) {
		t.Helper()
		for text, want := range texts {
			if got := found(table, text); want && got != id || !want && got != "" {
				t.Errorf("%s: %q finds %q in %s, want %v", when, text, got, table, want)
			}
		}
	}
	creator := makeCreator(t, s, a, "1")
	gone := must[*ent.Order](t)(newOrder(s, creator, "X0").Save(ctx))
	made := must[*ent.Order](t)(newOrder(s, creator, "DY1").Save(ctx))
	if err := s.Client.Order.DeleteOne(gone).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	check("a row that is gone", "orders", "", map[string]bool{"X0": false, "x": false})
	check("a creator", "creators", creator.ID, map[string]bool{"小美": true, "1": true, "美小": false})
	if _, err := s.DB().ExecContext(ctx, "VACUUM"); err != nil { // which numbers rows anew
		t.Fatal(err)
	}
	check("after VACUUM", "orders", made.ID, map[string]bool{"口红": true, "DY1": true, "y": true, "红": true, "x": false})
	for _, product := range []string{"眉笔", "口红礼盒"} {
		grams := search.Of(made.OrgID, "DY1", product)
		if err := s.Client.Order.UpdateOne(made).SetProductName(product).SetGrams(grams).Exec(ctx); err != nil {
			t.Fatal(err)
		}
		check(product, "orders", made.ID, map[string]bool{"dy": true, "1": true, product: true, "口红": product == "口红礼盒"})
	}
	if kept := value(t, s, "SELECT group_concat(grams, '|') FROM orders"); kept != "" {
		t.Errorf("rows keep their grams: %s", kept)
	}
}
