package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"deputy/ent/auditevent"
	entorder "deputy/ent/order"
)

// ofMonth imports orders, of which so many are paid, settled and refunded, and returns the filter that finds them.
func (s *fixture) ofMonth(product string, paid, settled, refunded int) vars {
	s.Helper()
	var rows []vars
	for status, n := range map[string]int{"PAID": paid, "SETTLED": settled, "REFUNDED": refunded} {
		for range n {
			rows = append(rows, s.row("M"+s.number(), vars{
				"productName": product, "status": status, "amount": 1000, "commission": 100,
			}))
		}
	}
	for part := range slices.Chunk(rows, 1000) {
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": part})
	}
	return vars{"search": product}
}

// TestSettlingByAFilter: all orders that it matches, beyond a hundred, as one event, on the condition of their number.
func TestSettlingByAFilter(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		filter := s.ofMonth("一月面膜", 1200, 1, 0)
		s.ofMonth("二月面膜", 3, 0, 0)
		in := vars{"orgId": s.A.ID, "filter": filter, "expectedCount": 1200, "settledAt": "2026-03-01T00:00:00Z"}
		known := s.knownEvents()
		a := s.A.Owner.Do(documentOf("settleOrders"), vars{"in": in}).OK()
		if got := userErrorsOf(a, "settleOrders"); got != "CHANGED_MEANWHILE input.expectedCount" ||
			a.Get("settleOrders.count") != 1201.0 || a.Get("settleOrders.settled") != 0.0 {
			s.Fatalf("another number: %s", a.Body)
		}
		if n := s.Store.Client.Order.Query().Where(entorder.StatusEQ(entorder.StatusSETTLED)).CountX(t.Context()); n != 1 {
			s.Fatalf("%d orders are settled", n)
		}
		if fresh := s.events(known); len(fresh) != 1 || text(fresh[0].Code) != "CHANGED_MEANWHILE" {
			s.Errorf("on record: %v", fresh)
		}
		in["expectedCount"] = 1201
		a = s.must(s.A.Owner, "settleOrders", in)
		if a.Get("settleOrders.count") != 1201.0 || a.Get("settleOrders.settled") != 1200.0 ||
			len(a.List("settleOrders.orders")) != 0 {
			s.Errorf("%s", a.Body)
		}
		event := s.Store.Client.AuditEvent.Query().Where(auditevent.Operation("settleOrders"),
			auditevent.OutcomeEQ("DONE")).OnlyX(t.Context())
		if got, want := s.event(event), `OWNER 主帐号 @甲 settleOrders DONE | SettleOrdersPayload "" `+
			`filter:→{"search":"一月面膜"} count:→1201 settled:→1200 amount:→1201000 commission:→120100 `+
			`settledAt:→2026-03-01T00:00:00Z`; got != want {
			s.Errorf("on record %s, want %s", got, want)
		}
		settled := s.Store.Client.Order.Query().Where(entorder.SettledBy(event.ID)).AllX(t.Context())
		if len(settled) != 1200 {
			s.Fatalf("%d orders name the event", len(settled))
		}
		for _, o := range settled {
			if o.Status != entorder.StatusSETTLED || o.ProductName != "一月面膜" || !o.UpdatedAt.After(o.CreatedAt) {
				s.Fatalf("%v", o)
			}
		}
		found := s.A.Owner.Do(aboutOrder, vars{"org": s.A.ID, "of": settled[7].ID}).OK()
		if got := found.Texts("org.auditEvents.nodes", "operation"); !slices.Equal(got,
			[]string{"settleOrders", "importOrders"}) {
			s.Errorf("an order is found in %q", got)
		}
		// The same again changes nothing, and nothing goes on record.
		known = s.knownEvents()
		a = s.must(s.A.Owner, "settleOrders", in)
		if a.Get("settleOrders.settled") != 0.0 || a.Get("settleOrders.count") != 1201.0 || len(s.events(known)) != 0 {
			s.Errorf("again: %s", a.Body)
		}
	})
}

// TestWhatAFilterCanNotSettle changes nothing, whatever else it matches.
func TestWhatAFilterCanNotSettle(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.ofMonth("面膜", 3, 0, 2)
		for _, c := range []struct {
			name string
			in   vars
			want string
			said string
		}{
			{"refunded ones", vars{"filter": vars{}, "expectedCount": 5}, "INVALID input.filter", "其中 2 个订单已退款"},
			{
				"paid later", vars{
					"filter": vars{"statuses": []string{"PAID"}}, "expectedCount": 3, "settledAt": "2020-01-01T00:00:00Z",
				}, "INVALID input.settledAt", "其中 3 个订单的支付时间晚于结算时间",
			},
			{
				"in the future", vars{
					"filter": vars{"statuses": []string{"PAID"}}, "expectedCount": 3, "settledAt": "2036-01-01T00:00:00Z",
				}, "INVALID input.settledAt", "结算时间不能在未来",
			},
			{"none", vars{"filter": vars{"search": "没有"}, "expectedCount": 0}, "INVALID input.expectedCount", "至少"},
			{
				"too many",
				vars{"filter": vars{}, "expectedCount": 10_001},
				"TOO_MANY input.expectedCount",
				"一次最多结算 10000 个订单",
			},
			{"without a number", vars{"filter": vars{}}, "INVALID input.expectedCount", "expectedCount"},
			{"both", vars{"filter": vars{}, "ids": []string{"x"}, "expectedCount": 1}, "INVALID input.ids", "之一"},
			{"neither", vars{}, "INVALID input.ids", "之一"},
		} {
			in := maps.Clone(c.in)
			in["orgId"] = s.A.ID
			a := s.A.Owner.Do(documentOf("settleOrders"), vars{"in": in}).OK()
			if got := userErrorsOf(a, "settleOrders"); got != c.want || a.Get("settleOrders.settled") != 0.0 ||
				!strings.Contains(a.Text("settleOrders.userErrors.0.message"), c.said) {
				s.Errorf("%s: %s", c.name, a.Body)
			}
		}
		if n := s.Store.Client.Order.Query().Where(entorder.SettledByNotNil()).CountX(t.Context()); n != 0 {
			s.Errorf("%d orders are settled", n)
		}
	})
}

// TestSettlingReachesWhatOneEdits: a filter matches own orders alone for who edits those alone, whatever it sees.
func TestSettlingReachesWhatOneEdits(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		who := s.seat("结算的", s.role4(grant("ORDERS", "VIEW", "ALL"), grant("ORDERS", "EDIT", "OWN")))
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": who.ID})
		for _, filter := range []vars{{}, {"creatorIds": []string{o.theirs}}, {"categories": []string{""}}} {
			a := who.Do(documentOf("settleOrders"), vars{"in": vars{"orgId": s.A.ID, "filter": filter, "expectedCount": 2}}).OK()
			want := map[bool]any{true: 1.0, false: 0.0}[len(filter) == 0]
			if got := userErrorsOf(a, "settleOrders"); got != "CHANGED_MEANWHILE input.expectedCount" ||
				a.Get("settleOrders.count") != want {
				s.Errorf("%v: %s", filter, a.Body)
			}
		}
		s.must(who.Client, "settleOrders", vars{"orgId": s.A.ID, "filter": vars{}, "expectedCount": 1})
		for id, status := range map[string]entorder.Status{
			o.myOrder: entorder.StatusSETTLED, o.theirOrder: entorder.StatusPAID,
		} {
			if got := s.Store.Client.Order.GetX(t.Context(), id).Status; got != status {
				s.Errorf("%s is %s", id, got)
			}
		}
	})
}

// TestSettlingTwiceAtOnce: of two who settle what they both saw, one does, and the other changes nothing.
func TestSettlingTwiceAtOnce(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		s.ofMonth("面膜", 40, 0, 0)
		in := vars{"orgId": s.A.ID, "filter": vars{"statuses": []string{"PAID"}}, "expectedCount": 40}
		var (
			all     sync.WaitGroup
			answers [2]*answer
		)
		for i := range answers {
			all.Go(func() { answers[i] = s.A.Owner.Do(documentOf("settleOrders"), vars{"in": in}).OK() })
		}
		all.Wait()
		got := []string{}
		for _, a := range answers {
			got = append(got, fmt.Sprint(a.Get("settleOrders.settled"), " of ", a.Get("settleOrders.count"), " ",
				userErrorsOf(a, "settleOrders")))
		}
		slices.Sort(got)
		if want := []string{"0 of 0 CHANGED_MEANWHILE input.expectedCount", "40 of 40 "}; !slices.Equal(got, want) {
			s.Errorf("%q", got)
		}
	})
}
