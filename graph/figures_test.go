package graph_test

import (
	"fmt"
	"strings"
	"testing"
)

// huge brings orders of the greatest amount, each by the creator.
func (s *fixture) huge(who *client, prefix, platformID, paidAt string, n int) *answer {
	s.Helper()
	rows := make([]vars, n)
	for i := range rows {
		rows[i] = s.row(fmt.Sprint(prefix, i), vars{
			"creatorPlatformId": platformID, "amount": 1_000_000_000_000, "commission": 1_000_000_000_000, "paidAt": paidAt,
		})
	}
	return who.Do(documentOf("importOrders"), vars{"in": vars{"orgId": s.A.ID, "orders": rows}}).OK()
}

const figuresOf = `query($org: ID!) { org(id: $org) { data(dateFrom: "2026-02-01", dateTo: "2026-02-28") {
	total { orders amount commission refunds creators }
	periods(period: DAY) { point { orders amount } }
	topCreators { creatorName point { orders amount commission } }
	topProducts { productName point { orders amount refundAmount } }
} } }`

// TestFiguresThatCannotBeShownAreAnErrorOfTheirOwn: somebody who imports orders of own creators alone takes nothing
// from the owner's figures but the sums that no client can hold, and those come back once the orders are voided.
func TestFiguresThatCannotBeShownAreAnErrorOfTheirOwn(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		importer := s.seat("录单", s.role4(grant("ORDERS", "EDIT", "OWN")))
		own := []string{
			s.creator("一", vars{"platformId": "h1"}), s.creator("二", vars{"platformId": "h2"}),
			s.creator("三", vars{"platformId": "h3"}),
		}
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": own, "managerId": importer.ID})
		for _, amount := range []int64{9007199254740991, 1_000_000_000_001} {
			a := importer.Do(documentOf("importOrders"), vars{"in": vars{
				"orgId":  s.A.ID,
				"orders": []vars{s.row("DYX", vars{"creatorPlatformId": "h1", "amount": amount, "commission": amount})},
			}}).OK()
			if got := userErrorsOf(a, "importOrders"); got != "INVALID input.orders.0.amount" {
				t.Errorf("%d: %q", amount, got)
			}
		}
		// 4,503 orders fit into one day of one creator; the call that would pass it does nothing.
		for part := range 4 {
			if got := userErrorsOf(s.huge(importer.Client, fmt.Sprint("H1-", part, "-"), "h1", "2026-02-10T04:00:00Z", 1000),
				"importOrders"); got != "" {
				t.Fatalf("%d: %s", part, got)
			}
		}
		for range 2 {
			if got := userErrorsOf(s.huge(importer.Client, "H1-4-", "h1", "2026-02-10T04:00:00Z", 1000),
				"importOrders"); got != "INVALID input.orders" {
				t.Errorf("a sum that does not fit: %q", got)
			}
		}
		a := s.A.Owner.Do(figuresOf, vars{"org": s.A.ID}).OK()
		if got := a.Get("org.data.total.amount"); got != 4e15 {
			t.Errorf("total %v: %s", got, a.Body)
		}
		for part := range 4 { // another product, so that each sum that is kept fits, and all of them together do not
			rows := s.huge(importer.Client, fmt.Sprint("H2-", part, "-"), "h2", "2026-02-11T04:00:00Z", 1000)
			if got := userErrorsOf(rows, "importOrders"); got != "" {
				t.Fatal(got)
			}
			if got := userErrorsOf(s.huge(importer.Client, fmt.Sprint("H3-", part, "-"), "h3", "2026-02-12T04:00:00Z", 1000),
				"importOrders"); got != "" {
				t.Fatal(got)
			}
		}
		a = s.A.Owner.Do(figuresOf, vars{"org": s.A.ID})
		if a.Get("org.data.total.orders") != 12000.0 || a.Get("org.data.total.creators") != 3.0 ||
			a.Get("org.data.total.amount") != nil || a.Get("org.data.total.commission") != nil {
			t.Errorf("total: %v", a.Get("org.data.total"))
		}
		if got := a.Get("org.data.periods.9.point.amount"); got != 4e15 || len(a.List("org.data.topCreators")) != 3 ||
			a.Get("org.data.topCreators.0.point.amount") != 4e15 {
			t.Errorf("the others: %s", a.Body[:min(len(a.Body), 2000)])
		}
		if a.Get("org.data.topProducts.0.point.amount") != nil || a.Get("org.data.topProducts.0.point.orders") != 12000.0 ||
			a.Get("org.data.topProducts.0.point.refundAmount") != 0.0 {
			t.Errorf("the product: %v", a.Get("org.data.topProducts"))
		}
		var paths []string
		for _, e := range a.Errors {
			paths = append(paths, fmt.Sprint(e.Path, e.Extensions["code"]))
		}
		if got := strings.Join(paths, " "); len(paths) != 3 || strings.Contains(got, "INTERNAL") ||
			!strings.Contains(got, "[org data total amount]LIMIT_EXCEEDED") {
			t.Errorf("errors: %s", got)
		}
		file := func(by, format string) ([]byte, string) {
			return s.downloaded(s.A.Owner, "exportFigures", vars{
				"by": by, "dateFrom": "2026-02-01", "dateTo": "2026-02-28", "format": format,
			})
		}
		for _, by := range []string{"MONTH", "PRODUCT"} {
			body, _ := file(by, "JSONL")
			if got := s.objects(body); got[0]["orders"] != 12000.0 || got[0]["amount"] != nil || got[0]["refundAmount"] != 0.0 {
				t.Errorf("by %s: %v", by, got)
			}
			if body, _ := file(by, "CSV"); !strings.Contains(string(body), ",12000,,,0,0.00,,,0.00,") {
				t.Errorf("by %s: %s", by, body)
			}
		}
		// The owner voids what the seat brought in, and the figures are there again.
		for range 31 {
			ids := s.A.Owner.Do(
				`query($org: ID!, $c: [ID!]) { org(id: $org) { orders(first: 100, filter: {creatorIds: $c}) { nodes { id } } } }`,
				vars{"org": s.A.ID, "c": own[1:2]}).OK()
			var gone []string
			for i := range ids.List("org.orders.nodes") {
				gone = append(gone, ids.Text(fmt.Sprintf("org.orders.nodes.%d.id", i)))
			}
			s.must(s.A.Owner, "voidOrders", vars{"orgId": s.A.ID, "ids": gone, "reason": "误录"})
		}
		a = s.A.Owner.Do(figuresOf, vars{"org": s.A.ID}).OK()
		if a.Get("org.data.total.amount") != 8.9e15 || a.Get("org.data.topProducts.0.point.amount") != 8.9e15 {
			t.Errorf("after voiding: %s", a.Body[:min(len(a.Body), 2000)])
		}
	})
}

// TestASquattersOrderIsVoided: a row under a foreign order's number, refunded for good, leaves orders, search and
// figures, the record keeps all that it was, and the true row is taken.
func TestASquattersOrderIsVoided(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		squatter := s.seat("抢号", s.role4(grant("ORDERS", "EDIT", "OWN")))
		mine := s.creator("抢号的", vars{"platformId": "sq"})
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{mine}, "managerId": squatter.ID})
		number := "SQ" + s.number()
		s.must(squatter.Client, "importOrders", vars{
			"orgId": s.A.ID,
			"orders": []vars{s.row(number, vars{
				"creatorPlatformId": "sq", "amount": 0, "commission": 0,
				"status": "REFUNDED",
			})},
		})
		trueRow := []vars{s.row(number, nil)}
		a := s.A.Owner.Do(documentOf("importOrders"), vars{"in": vars{"orgId": s.A.ID, "orders": trueRow}}).OK()
		if a.Get("importOrders.created") != 0.0 || a.Get("importOrders.changed") != 0.0 {
			t.Errorf("the true row: %s", a.Body)
		}
		const search = `query($org: ID!, $number: String!) { org(id: $org) { orders(filter: {search: $number}) {
			totalCount nodes { id } } data(dateFrom: "2026-02-01", dateTo: "2026-02-28") { total { orders refunds amount } } } }`
		found := s.A.Owner.Do(search, vars{"org": s.A.ID, "number": number}).OK()
		orderID := found.Text("org.orders.nodes.0.id")
		if a := squatter.Do(documentOf("voidOrders"), vars{"in": vars{
			"orgId": s.A.ID, "ids": []string{orderID},
			"reason": "我的",
		}}); a.Code() != "FORBIDDEN" {
			t.Errorf("who edits own orders alone voids: %s", a.Body)
		}
		if got := userErrorsOf(s.B.Owner.Do(documentOf("voidOrders"),
			vars{"in": vars{"orgId": s.B.ID, "ids": []string{orderID}, "reason": "外人"}}).OK(),
			"voidOrders"); got != "NOT_FOUND input.ids.0" {
			t.Errorf("another org voids: %q", got)
		}
		s.must(s.A.Owner, "voidOrders", vars{"orgId": s.A.ID, "ids": []string{orderID, orderID}, "reason": "冒用订单号"})
		gone := s.A.Owner.Do(search, vars{"org": s.A.ID, "number": number}).OK()
		if gone.Get("org.orders.totalCount") != 0.0 ||
			gone.Get("org.data.total.refunds") != found.Get("org.data.total.refunds").(float64)-1 {
			t.Errorf("before %s, after %s", found.Body, gone.Body)
		}
		if node := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { id } }`,
			vars{"id": orderID}).OK(); node.Get("node") != nil {
			t.Errorf("%s", node.Body)
		}
		event := s.A.Owner.Do(`query($id: ID!, $of: ID!) { org(id: $id) { auditEvents(filter: {targetId: $of, operations: ["voidOrders"]}) { nodes {
			targets { nodes { targetId label changes { field before after } } } } } } }`, vars{"id": s.A.ID, "of": orderID}).OK()
		for _, has := range []string{
			`"label":"` + number, `"field":"number","before":"` + number, `"field":"creator","before":"` + mine,
			`"field":"productName","before":"口红"`,
			`"field":"amount","before":"0"`, `"field":"commission","before":"0"`, `"field":"status","before":"REFUNDED"`,
			`"field":"paidAt","before":"2026-02-27T16:00:00Z"`,
			`"field":"reason","before":null,"after":"冒用订单号"`,
		} {
			if !strings.Contains(event.Body, has) {
				t.Errorf("%s is not in %s", has, event.Body)
			}
		}
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": trueRow})
		again := s.A.Owner.Do(search, vars{"org": s.A.ID, "number": number}).OK()
		if again.Get("org.orders.totalCount") != 1.0 {
			t.Errorf("%s", again.Body)
		}
	})
}
