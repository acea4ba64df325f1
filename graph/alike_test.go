package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestEqualRefusalsAreOneError: a page on which a field is refused for each row has one error, in compiled plans and
// without.
func TestEqualRefusalsAreOneError(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		s := newFixture(t, db)
		o := newOwn(s)
		both := []string{s.order(vars{"creatorPlatformId": "mine"}), o.myOrder}
		for i := range 30 {
			s.task(fmt.Sprint("任务", i), o.mine, o.theirs)
		}
		abroad := s.must(s.B.Owner, "createCreator", vars{
			"orgId": s.B.ID, "name": "乙的",
			"platformId": "b",
		}).Text("createCreator.creator.id")
		s.must(s.B.Owner, "importOrders", vars{
			"orgId":  s.B.ID,
			"orders": []vars{s.row("B1", vars{"creatorPlatformId": "b"})},
		})
		foreign := s.B.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Creator { orders { nodes { id } } } } }`,
			vars{"id": abroad}).OK().Text("node.orders.nodes.0.id")
		reader := s.seat("看单", s.role4(grant("ORDERS", "VIEW", "ALL"), grant("TASKS", "VIEW", "ALL")))
		roleInB := func(grants ...vars) string {
			return s.must(s.B.Owner, "createRole", vars{
				"orgId": s.B.ID, "name": "角色" + s.number()[6:],
				"grants": grants,
			}).Text("createRole.role.id")
		}
		s.Clock.Add(time.Minute)
		inB := s.Seat(t, s.B, reader.Phone, "看单", roleInB(grant("ORDERS", "VIEW", "ALL")))

		type refused struct {
			path        string
			count       any
			coordinate  any
			orgID, code string
		}
		check := func(name, query string, in vars, want ...refused) {
			t.Helper()
			a := reader.Do(query, in)
			var got []refused
			for _, e := range a.Errors {
				got = append(got, refused{
					fmt.Sprint(e.Path), e.Extensions["count"], e.Extensions["coordinate"],
					e.Extensions["orgId"].(string), e.Extensions["code"].(string),
				})
			}
			slices.SortFunc(got, func(a, b refused) int { return slices.Compare([]string{a.path}, []string{b.path}) })
			if !slices.Equal(got, want) || a.Get("extensions.omittedErrors") != nil {
				t.Errorf("%s: %+v\nwant %+v\n%.600s", name, got, want, a.Body)
			}
			tw := newDifferential(s.World)
			planned, _ := ask(t, tw.planned, reader.Token, query, in)
			plain, _ := ask(t, tw.plain, reader.Token, query, in)
			if len(want) < 2 && planned != plain || !same(planned, plain) {
				t.Errorf("%s: a plan answers\n%s\nand the executor\n%s", name, planned, plain)
			}
		}
		const orders = `query($id: ID!) { org(id: $id) { orders(first: 100) { nodes { number creator { name } } } } }`
		check("a page", orders, vars{"id": s.A.ID}, refused{
			"[org orders nodes 0 creator]", 3.0, "Order.creator", s.A.ID,
			"FORBIDDEN",
		})
		check("two levels",
			`query($id: ID!) { org(id: $id) { tasks(first: 30) { nodes { all: assignments { edges { node { creator { name } } } }
				} } } }`, vars{"id": s.A.ID},
			refused{"[org tasks nodes 0 all edges 0 node creator]", 60.0, "TaskAssignment.creator", s.A.ID, "FORBIDDEN"})
		check("one row", `query($id: ID!) { org(id: $id) { orders(first: 1) { nodes { creator { name } } } } }`,
			vars{"id": s.A.ID},
			refused{"[org orders nodes 0 creator]", 1.0, "Order.creator", s.A.ID, "FORBIDDEN"})
		check("no list", `query($id: ID!) { org(id: $id) { creators { totalCount } } }`, vars{"id": s.A.ID},
			refused{"[org creators]", nil, "Org.creators", s.A.ID, "FORBIDDEN"})
		const nodes = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { creator { name } } } }`
		ids := vars{"ids": []string{both[0], foreign, both[1]}}
		check("two orgs, both refused", nodes, ids,
			refused{"[nodes 0 creator]", 2.0, "Order.creator", s.A.ID, "FORBIDDEN"},
			refused{"[nodes 1 creator]", 1.0, "Order.creator", s.B.ID, "FORBIDDEN"})
		s.must(s.B.Owner, "updateSubAccount", vars{
			"orgId": s.B.ID, "id": inB.ID,
			"roleIds": []string{roleInB(grant("ORDERS", "VIEW", "ALL"), grant("CREATORS", "VIEW", "ALL"))},
		})
		check("two orgs, one refused", nodes, ids, refused{"[nodes 0 creator]", nil, "Order.creator", s.A.ID, "FORBIDDEN"},
			refused{"[nodes 2 creator]", nil, "Order.creator", s.A.ID, "FORBIDDEN"})

		// What a mutation answers is refused alike, and was done.
		editor := s.seat("结算", s.role4(grant("ORDERS", "EDIT", "ALL")))
		a := editor.Do(documentOf("settleOrders"), vars{"in": vars{"orgId": s.A.ID, "ids": both}})
		if e := a.Errors; len(e) != 1 || e[0].Extensions["count"] != 2.0 || e[0].Extensions["committed"] != true ||
			fmt.Sprint(e[0].Path) != "[settleOrders orders 0 creator]" {
			t.Errorf("a mutation: %s", a.Body)
		}
	})
}
