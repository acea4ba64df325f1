package graph_test

import (
	"strings"
	"testing"
)

// TestWhatOneSeesAndMayNotEditIsOutOfScope, and what one does not see is not found.
func TestWhatOneSeesAndMayNotEditIsOutOfScope(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		o := newOwn(s)
		number := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Order { number } } }`,
			vars{"id": o.theirOrder}).OK().Text("node.number")
		who := s.onlooker()
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": who.ID})
		narrow := s.seat("少看", s.role4(grant("TASKS", "VIEW", "ALL"), grant("TASKS", "EDIT", "OWN"),
			grant("ORDERS", "EDIT", "OWN")))
		third := s.creator("第三", vars{"platformId": "third", "managerId": narrow.ID})
		abroad := s.foreignCreator()
		for _, c := range []struct {
			name     string
			who      *client
			mutation string
			in       vars
			want     string
		}{
			{"one's own creator", who.Client, "updateCreator", vars{"id": o.mine, "category": "美食"}, ""},
			{
				"a creator of another", who.Client, "updateCreator",
				vars{"id": o.theirs, "category": "美食"},
				"OUT_OF_SCOPE input.id",
			},
			{
				"a creator of another org", who.Client, "updateCreator",
				vars{"id": abroad, "category": "美食"},
				"NOT_FOUND input.id",
			},
			{
				"a batch", who.Client, "endCreators",
				vars{"ids": []string{o.theirs, o.mine, abroad, "x"}},
				"OUT_OF_SCOPE input.ids.0 | NOT_FOUND input.ids.2 | NOT_FOUND input.ids.3",
			},
			{"a task of another", who.Client, "updateTask", vars{"id": o.theirTask, "title": "新"}, "OUT_OF_SCOPE input.id"},
			{
				"an assignment of another", who.Client, "setAssignmentStatus",
				vars{"id": o.theirInMine, "status": "ACCEPTED"},
				"OUT_OF_SCOPE input.id",
			},
			{"orders", who.Client, "settleOrders", vars{"ids": []string{o.theirOrder, o.myOrder}}, "OUT_OF_SCOPE input.ids.0"},
			{
				"an import", who.Client, "importOrders", vars{"orders": []vars{
					s.row("N1", vars{"creatorPlatformId": "theirs"}), s.row(number, vars{"creatorPlatformId": "mine"}),
					s.row("N2", vars{"creatorPlatformId": "none"}), s.row("N3", vars{"creatorPlatformId": "mine"}),
				}}, "OUT_OF_SCOPE input.orders.0.creatorPlatformId | OUT_OF_SCOPE input.orders.1.number | NOT_FOUND " +
					"input.orders.2.creatorPlatformId",
			},
			{
				"a task that one sees, without its creators", narrow.Client, "updateTask",
				vars{"id": o.theirTask, "title": "新"},
				"OUT_OF_SCOPE input.id",
			},
			{
				"a creator that one does not see", narrow.Client, "createTask",
				vars{"title": "新", "creatorIds": []string{third, o.theirs}},
				"NOT_FOUND input.creatorIds.1",
			},
			{
				"an order that one does not see", narrow.Client, "settleOrders",
				vars{"ids": []string{o.theirOrder}},
				"NOT_FOUND input.ids.0",
			},
			{
				"an import of what one does not see", narrow.Client, "importOrders",
				vars{"orders": []vars{
					s.row(number, vars{"creatorPlatformId": "third"}),
					s.row("N9", vars{"creatorPlatformId": "theirs"}),
				}},
				"NOT_FOUND input.orders.0.number | NOT_FOUND input.orders.1.creatorPlatformId",
			},
		} {
			c.in["orgId"] = s.A.ID
			a := c.who.Do(documentOf(c.mutation), vars{"in": c.in}).OK()
			if got := userErrorsOf(a, c.mutation); got != c.want {
				t.Errorf("%s: %q, want %q: %s", c.name, got, c.want, a.Body)
			}
		}
		for lang, said := range map[string]string{
			"zh": "能看到但不是自己负责的，返回 OUT_OF_SCOPE。",
			"en": "(own rows). Rows that they can see but don't manage return OUT_OF_SCOPE.",
		} {
			owner := *s.A.Owner
			owner.Lang = lang
			for at, told := range map[string]bool{"Mutation.settleOrders": true, "Org.orders": false} {
				if a := s.explain(&owner, who.ID, at).OK(); strings.HasSuffix(a.Text("explainAccess.message"), said) != told {
					t.Errorf("%s: %s", at, a.Body)
				}
			}
			for at, verdict := range map[string]string{
				"Mutation.voidOrders": "DENIED", "Mutation.createCreator": "DENIED",
				"Mutation.assignCreators": "DENIED", "Mutation.importOrders": "ALLOWED",
			} {
				a := s.explain(&owner, o.manager.ID, at).OK()
				if message := a.Text("explainAccess.message"); a.Text("explainAccess.verdict") != verdict || verdict == "DENIED" &&
					!strings.Contains(message, "全部数据") && !strings.Contains(message, "requires the right to edit all ") {
					t.Errorf("%s: %s", at, a.Body)
				}
			}
			if a := s.explain(&owner, o.manager.ID,
				"Mutation.settleOrders").OK(); strings.HasSuffix(a.Text("explainAccess.message"), said) {
				t.Errorf("who sees no others: %s", a.Body)
			}
		}
	})
}
