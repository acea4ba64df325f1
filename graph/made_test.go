package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"deputy/ent/auditevent"
	entorder "deputy/ent/order"
)

const aboutOrder = `query($org: ID!, $of: ID!) { org(id: $org) { auditEvents(filter: {targetId: $of}) { totalCount nodes
	{ id operation actor { kind actorId } } } } }`

// TestWhoMadeAnOrder: the event that made an order is found from the order, by whoever reads the trail of its org, and
// keeps which orders it made in the order of the rows.
func TestWhoMadeAnOrder(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row("MADE-5", nil)}})
		importer := s.seat("导入的人", s.role4(grant("ORDERS", "EDIT", "ALL"), grant("CREATORS", "VIEW", "ALL")))
		a := importer.Do(documentOf("importOrders"), vars{"in": vars{"orgId": s.A.ID, "orders": []vars{
			s.row("MADE-9", nil), s.row("MADE-1", vars{"amount": -1}), s.row("MADE-7", nil),
			s.row("MADE-5", vars{"productName": "眉笔"}), s.row("MADE-8", settled),
		}}}).OK()
		if counts := fmt.Sprint(a.Get("importOrders.created"), a.Get("importOrders.changed")); counts != "3 1" {
			s.Fatalf("%s", a.Body)
		}
		ids := map[string]string{}
		var made string
		for _, o := range s.Store.Client.Order.Query().Where(entorder.NumberHasPrefix("MADE-")).AllX(t.Context()) {
			ids[o.Number] = o.ID
			if o.Number == "MADE-9" {
				made = *o.MadeBy
			}
		}
		event := s.Store.Client.AuditEvent.Query().Where(auditevent.ID(made)).OnlyX(t.Context())
		if want := strings.Join([]string{ids["MADE-9"], ids["MADE-7"], ids["MADE-8"]}, " "); event.Made == nil ||
			*event.Made != want || event.Operation != "importOrders" {
			s.Errorf("%s made %v, want %s", event.Operation, event.Made, want)
		}
		auditor := s.seat("看记录的人", s.role4(grant("AUDIT_LOG", "VIEW", "ALL")))
		about := func(number string, who *client, orgID string) []string {
			s.Helper()
			a := who.Do(aboutOrder, vars{"org": orgID, "of": ids[number]}).OK()
			found := a.Texts("org.auditEvents.nodes", "operation")
			if a.Get("org.auditEvents.totalCount") != float64(len(found)) {
				s.Errorf("%s: %s", number, a.Body)
			}
			return found
		}
		for _, who := range []*client{s.A.Owner, auditor.Client} {
			for number, want := range map[string][]string{
				"MADE-9": {"importOrders"}, "MADE-8": {"importOrders"},
				"MADE-5": {"importOrders", "importOrders"},
			} {
				if got := about(number, who, s.A.ID); !slices.Equal(got, want) {
					s.Errorf("%s is found in %q, want %q", number, got, want)
				}
			}
			found := who.Do(aboutOrder, vars{"org": s.A.ID, "of": ids["MADE-7"]}).OK()
			if found.Get("org.auditEvents.nodes.0.id") != made ||
				found.Get("org.auditEvents.nodes.0.actor.actorId") != importer.ID {
				s.Errorf("%s", found.Body)
			}
		}
		if a := importer.Do(aboutOrder, vars{"org": s.A.ID, "of": ids["MADE-9"]}); a.Code() != "FORBIDDEN" {
			s.Errorf("without the trail: %s", a.Body)
		}
		if got := about("MADE-9", s.B.Owner, s.B.ID); len(got) != 0 {
			s.Errorf("another org's order is found in %q", got)
		}
		if a := s.must(s.A.Owner, "exportAuditEvents", vars{
			"orgId":  s.A.ID,
			"filter": vars{"targetId": ids["MADE-9"]},
		}); a.Get("exportAuditEvents.rows") != 1.0 {
			s.Errorf("a file of what the order is about: %s", a.Body)
		}

		// What was made is told of an order that is gone, too.
		s.must(s.A.Owner, "voidOrders", vars{"orgId": s.A.ID, "ids": []string{ids["MADE-9"]}, "reason": "冒用"})
		changes, _ := s.last("voidOrders")
		if !slices.Contains(changes, "madeBy: "+made+" → ∅") {
			s.Errorf("the record of a void order: %q", changes)
		}
		// The same file again makes nothing, and an order is made once.
		s.must(s.A.Owner, "settleOrders", vars{"orgId": s.A.ID, "ids": []string{ids["MADE-7"]}})
		if got := about("MADE-7", s.A.Owner, s.A.ID); !slices.Equal(got, []string{"settleOrders", "importOrders"}) {
			s.Errorf("a settled order: %q", got)
		}
		_, err := s.Store.DB().ExecContext(t.Context(), "UPDATE orders SET made_by = $1 WHERE number = 'MADE-7'",
			ids["MADE-7"])
		if err == nil {
			s.Error("what made an order can be changed")
		}
	})
}
