package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// shared reads what an order of A keeps of its money, as "net commission = org's + creator's, basis points".
func (s *fixture) shared(number string) string {
	s.Helper()
	o := s.A.Owner.Do(`query($org: ID!, $number: String!) { org(id: $org) { orders(filter: {numbers: [$number]}) { nodes {
		status netAmount netCommission orgShare creatorShare shareBps refundAmount refundedAt } } } }`,
		vars{"org": s.A.ID, "number": number}).OK()
	at := func(field string) any { return o.Get("org.orders.nodes.0." + field) }
	return fmt.Sprintf("%v %v: %v = %v + %v, %v", at("status"), at("netAmount"), at("netCommission"), at("orgShare"),
		at("creatorShare"), at("shareBps"))
}

// TestSharesAreThoseOfThePayment: an order goes by what the creator's share was when it was paid, whenever it is
// imported, and keeps that through all that happens to it.
func TestSharesAreThoseOfThePayment(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		creator := s.creator("分成", vars{"platformId": "分成", "shareBps": 3333})
		s.creator("另一位", vars{"platformId": "另一位", "shareBps": 10_000})
		brought := func(row vars) {
			s.Helper()
			row["creatorPlatformId"] = orElse(row["creatorPlatformId"], "分成")
			s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row(row["number"].(string), row)}})
		}
		before := s.Clock.Now().UTC().Format(time.RFC3339Nano)
		early := vars{"number": "S1", "paidAt": before}
		brought(early)
		s.Clock.Add(time.Minute)
		s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": creator, "shareBps": 5000})
		s.Clock.Add(time.Minute)
		after := s.Clock.Now().UTC().Format(time.RFC3339Nano)
		brought(vars{"number": "S2", "paidAt": after})
		brought(vars{"number": "S3", "paidAt": before})                     // a week late
		brought(vars{"number": "S4", "paidAt": "2020-01-01T00:00:00Z"})     // before there was a contract
		brought(vars{"number": "S5", "paidAt": after, "orgShare": 600})     // the platform says
		brought(vars{"number": "S6", "paidAt": after, "refundAmount": 100}) // 1990 × 19800 ÷ 19900
		for number, want := range map[string]string{
			"S1": "PAID 19900: 1990 = 663 + 1327, 3333", "S2": "PAID 19900: 1990 = 995 + 995, 5000",
			"S3": "PAID 19900: 1990 = 663 + 1327, 3333", "S4": "PAID 19900: 1990 = 663 + 1327, 3333",
			"S5": "PAID 19900: 1990 = 600 + 1390, <nil>", "S6": "PAID 19800: 1980 = 990 + 990, 5000",
		} {
			if got := s.shared(number); got != want {
				t.Errorf("%s is %s, want %s", number, got, want)
			}
		}
		// A changed commission is divided as before; another day, or another creator, is another share.
		brought(vars{"number": "S1", "paidAt": before, "commission": 1001})
		if got, want := s.shared("S1"), "PAID 19900: 1001 = 333 + 668, 3333"; got != want {
			t.Errorf("another commission: %s, want %s", got, want)
		}
		brought(vars{"number": "S1", "paidAt": after})
		if got, want := s.shared("S1"), "PAID 19900: 1990 = 995 + 995, 5000"; got != want {
			t.Errorf("another day: %s, want %s", got, want)
		}
		brought(vars{"number": "S1", "paidAt": after, "creatorPlatformId": "另一位"})
		if got, want := s.shared("S1"), "PAID 19900: 1990 = 1990 + 0, 10000"; got != want {
			t.Errorf("another creator: %s, want %s", got, want)
		}
		brought(vars{"number": "S5", "paidAt": after, "commission": 995})
		if got, want := s.shared("S5"), "PAID 19900: 995 = 300 + 695, <nil>"; got != want {
			t.Errorf("the proportion that the platform gave: %s, want %s", got, want)
		}
	})
}

func orElse(value, other any) any {
	if value == nil {
		return other
	}
	return value
}

// TestRefundsOnlyGrow: by mutation and by import, in parts and in full; yesterday's file changes nothing, and the
// figures tell gross, refunds and net apart.
func TestRefundsOnlyGrow(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.creator("退款", vars{"platformId": "退款", "shareBps": 2500})
		brought := func(want string, change vars) {
			s.Helper()
			row := s.row("R1", vars{"creatorPlatformId": "退款", "amount": 1000, "commission": 101})
			for key, value := range change {
				row[key] = value
			}
			a := s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{row}})
			if a.Get("importOrders."+want) != 1.0 {
				s.Errorf("%v: %s", change, a.Body)
			}
		}
		brought("created", vars{"orgShare": 50})
		orderID := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { orders(filter: {numbers: ["R1"]}) { nodes { id } } } }`,
			vars{"org": s.A.ID}).OK().Text("org.orders.nodes.0.id")
		refund := func(amount int, at string) *answer {
			return s.must(s.A.Owner, "refundOrder", vars{
				"orgId": s.A.ID, "id": orderID, "refundAmount": amount, "refundedAt": at, "reason": "退差价",
			})
		}
		refund(400, "2026-02-28T01:00:00Z")
		if got, want := s.shared("R1"), "PAID 600: 60 = 29 + 31, <nil>"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		n := s.Store.Client.AuditEvent.Query().CountX(t.Context())
		if a := refund(400, "2026-02-28T01:00:00Z"); a.Get("refundOrder.order.refundAmount") != 400.0 {
			t.Errorf("%s", a.Body)
		}
		if again := s.Store.Client.AuditEvent.Query().CountX(t.Context()); again != n {
			t.Error("the same refund is on record twice")
		}
		brought("unchanged", vars{"orgShare": 50})      // yesterday's file
		brought("unchanged", vars{"refundAmount": 300}) // of an earlier part
		brought("changed", vars{"status": "SETTLED", "settledAt": "2026-02-28T02:00:00Z", "commissionAfterRefunds": true})
		if got, want := s.shared("R1"), "SETTLED 600: 101 = 50 + 51, <nil>"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		figures := func(want string) {
			s.Helper()
			point := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { data(dateFrom: "2026-02-01", dateTo: "2026-02-28") { total {
				orders amount commission refunds refundAmount netAmount netCommission orgShare creatorShare } } } }`,
				vars{"org": s.A.ID}).OK().Get("org.data.total").(map[string]any)
			got := fmt.Sprint(point["orders"], point["amount"], point["commission"], point["refunds"], point["refundAmount"],
				point["netAmount"], point["netCommission"], point["orgShare"], point["creatorShare"])
			if got != want {
				s.Errorf("the figures are %s, want %s", got, want)
			}
		}
		figures("1 1000 101 1 400 600 101 50 51")
		brought("changed", vars{"status": "SETTLED", "refundAmount": 1000, "refundedAt": "2026-02-28T03:00:00Z"})
		if got, want := s.shared("R1"), "REFUNDED 0: 0 = 0 + 0, <nil>"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		figures("1 1000 101 1 1000 0 0 0 0")
		// What is final stays final, and a void keeps all that the order was.
		a := s.A.Owner.Do(documentOf("refundOrder"), vars{"in": vars{
			"orgId": s.A.ID, "id": orderID, "refundAmount": 999, "reason": "记错了",
		}}).OK()
		if got := userErrorsOf(a, "refundOrder"); got != "INVALID input.refundAmount" {
			t.Errorf("a refund is taken back: %s", a.Body)
		}
		s.must(s.A.Owner, "voidOrders", vars{"orgId": s.A.ID, "ids": []string{orderID}, "reason": "记错了"})
		voided, _ := s.last("voidOrders")
		for _, want := range []string{
			"refundAmount: 1000 → ∅", "refundedAt: 2026-02-28T03:00:00Z → ∅", "commissionAfterRefunds: true → ∅",
			"netCommission: 0 → ∅", "orgShare: 0 → ∅", "creatorShare: 0 → ∅", "givenShare: 50 → ∅", "givenNet: 101 → ∅",
		} {
			if !slices.Contains(voided, want) {
				t.Errorf("the record of the void order has no %q: %q", want, voided)
			}
		}
		brought("created", nil)
		figures("1 1000 101 0 0 1000 101 25 76")
	})
}

// TestARefundIsAsThePlatformReportsIt: an import makes up no time of a refund, and the share that the platform gives of
// an order is kept whether the order comes in before it is refunded or after.
func TestARefundIsAsThePlatformReportsIt(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.creator("原样", vars{"platformId": "原样", "shareBps": 2500})
		step := func(want string, number string, change vars) {
			s.Helper()
			change["creatorPlatformId"] = "原样"
			s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row(number, change)}})
			o := s.A.Owner.Do(`query($org: ID!, $number: String!) { org(id: $org) { orders(filter: {numbers: [$number]}) { nodes {
				refundAmount refundedAt } } } }`, vars{"org": s.A.ID, "number": number}).OK()
			got := fmt.Sprint(s.shared(number), ", ", o.Get("org.orders.nodes.0.refundAmount"), " at ",
				o.Get("org.orders.nodes.0.refundedAt"))
			if got != want {
				s.Errorf("%s, %v: %s, want %s", number, change, got, want)
			}
		}
		step("PAID 19800: 1980 = 495 + 1485, 2500, 100 at 2026-02-28T02:00:00.000000Z", "原样一",
			vars{"refundAmount": 100, "refundedAt": "2026-02-28T02:00:00Z"})
		step("PAID 19800: 1980 = 495 + 1485, 2500, 100 at 2026-02-28T02:00:00.000000Z", "原样一", vars{"refundAmount": 100})
		step("PAID 19700: 1970 = 492 + 1478, 2500, 200 at <nil>", "原样一", vars{"refundAmount": 200})
		step("PAID 19700: 1970 = 492 + 1478, 2500, 200 at 2026-02-28T03:00:00.000000Z", "原样一",
			vars{"refundAmount": 200, "refundedAt": "2026-02-28T03:00:00Z"})
		step("REFUNDED 0: 0 = 0 + 0, 2500, 19900 at <nil>", "原样一", vars{"status": "REFUNDED"})

		step("PAID 19900: 1990 = 600 + 1390, <nil>, 0 at <nil>", "原样二", vars{"orgShare": 600})
		step("REFUNDED 0: 0 = 0 + 0, <nil>, 19900 at <nil>", "原样二", vars{"status": "REFUNDED", "orgShare": 600})
		step("REFUNDED 0: 0 = 0 + 0, <nil>, 19900 at <nil>", "原样三", vars{"status": "REFUNDED", "orgShare": 600})
		a := s.A.Owner.Do(documentOf("importOrders"), vars{"in": vars{"orgId": s.A.ID, "orders": []vars{
			s.row("原样四", vars{"creatorPlatformId": "原样", "status": "REFUNDED", "orgShare": 1991}),
		}}}).OK()
		if got := userErrorsOf(a, "importOrders"); got != "INVALID input.orders.0.orgShare" {
			s.Errorf("a share above the commission: %s", a.Body)
		}
	})
}

// TestAnOrderIsFoundByEitherNumber: its own, and that of the order that it was split off.
func TestAnOrderIsFoundByEitherNumber(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{
			s.row("子单一", vars{"parentNumber": " 主单壹 "}), s.row("子单二", vars{"parentNumber": "主单壹"}), s.row("子单三", nil),
		}})
		for _, filter := range []vars{{"numbers": []string{"主单壹"}}, {"search": "主单壹"}} {
			a := s.A.Owner.Do(`query($org: ID!, $f: OrderFilter) { org(id: $org) { orders(filter: $f) { totalCount nodes {
				number parentNumber } } } }`, vars{"org": s.A.ID, "f": filter}).OK()
			if got := fmt.Sprint(a.Texts("org.orders.nodes", "number"), a.Get("org.orders.nodes.0.parentNumber")); got !=
				"[子单二 子单一]主单壹" && got != "[子单一 子单二]主单壹" || a.Get("org.orders.totalCount") != 2.0 {
				t.Errorf("%v finds %s: %s", filter, got, a.Body)
			}
		}
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row("子单二", vars{"parentNumber": "主单贰"})}})
		if a := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { orders(filter: {search: "主单贰"}) { totalCount } } }`,
			vars{"org": s.A.ID}).OK(); a.Get("org.orders.totalCount") != 1.0 {
			t.Errorf("another parent: %s", a.Body)
		}
	})
}
