package graph_test

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/demo"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestFiltersLookAsFarAsIsCharged: what no index serves looks into so many rows as it was charged for, into more when
// the request may cost more, and is refused then. It returns what a filter of all rows would.
func TestFiltersLookAsFarAsIsCharged(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			db := storetest.ConnectWith(t, storetest.URL(t, d), store.Options{Conns: 4})
			s := &shelf{Server: apitest.NewWith(t, db, apitest.Options{Limits: bounds.Limits{Cost: 20_000}}), T: t}
			filler := &demo.Demo{Store: db, Now: s.Clock.Now, Agency: s.Agency, Office: s.Resolver.Office, Identity: s.Identity}
			if err := filler.Load(t.Context(), io.Discard, demo.Size{Orgs: 2, Orders: 11_000}); err != nil {
				t.Fatal(err)
			}
			s.owner = s.SignIn(t, "13700000000")
			a := s.owner.Do(`{ viewer { ownedOrg { id creators(first: 100) { nodes { id } } } } }`, nil).OK()
			s.id, s.creators = a.Text("viewer.ownedOrg.id"), a.Texts("viewer.ownedOrg.creators.nodes", "id")
			amount := vars{"field": "AMOUNT", "direction": "DESC"}
			none := vars{"paidTo": "2001-01-01T00:00:00Z"}

			// A page that is full is charged what was known before; one that finds nothing for all that was looked into.
			for name, c := range map[string]struct {
				by, filter vars
				found      int
				cost       int
			}{
				"found near": {amount, vars{"statuses": []string{"PAID"}, "paidFrom": "2001-01-01T00:00:00Z"}, 10, 1 + 10 +
					1000},
				"found nowhere":        {amount, none, 0, 1 + 10 + 1000 + 2000},
				"served":               {nil, none, 0, 1 + 10},
				"a letter of none":     {nil, vars{"search": "\u007e"}, 0, 1 + 10 + 1000},
				"a letter of all":      {nil, vars{"search": "2", "paidTo": "2001-01-01T00:00:00Z"}, 0, 1 + 10 + 1000},
				"a letter of all, cut": {amount, vars{"search": "2", "paidTo": "2001-01-01T00:00:00Z"}, 0, 1 + 10 + 1000 + 2000},
				"a text of all, cut":   {amount, vars{"search": "dy", "paidTo": "2001-01-01T00:00:00Z"}, 0, 1 + 10 + 1000 + 2000},
			} {
				a := s.page(c.by, c.filter, 10, nil)
				if n, cost := len(a.List("org.orders.nodes")), charged(t, a.Body); n != c.found || cost != c.cost {
					t.Errorf("%s: %d rows for %d, want %d for %d", name, n, cost, c.found, c.cost)
				}
			}
			total := `query($org: ID!, $filter: OrderFilter, $by: OrderOrder) { org(id: $org) {
				orders(filter: $filter, orderBy: $by) { totalCount } } }`
			for name, c := range map[string]struct {
				filter vars
				cost   int
			}{
				"none of all":   {none, 2 + 100 + 1000 + 2000},
				"few of a text": {vars{"search": "00042"}, 2 + 100 + 1000},
			} {
				a := s.owner.Do(total, vars{"org": s.id, "by": amount, "filter": c.filter}).OK()
				want := 0
				if name != "none of all" {
					want = len(s.page(nil, c.filter, 100, nil).List("org.orders.nodes"))
				}
				if n, cost := a.Get("org.orders.totalCount"), charged(t, a.Body); n != float64(want) || cost != c.cost ||
					name != "none of all" && want == 0 {
					t.Errorf("%s: %v for %d, want %d for %d", name, n, cost, want, c.cost)
				}
			}

			// A creator's name finds what the creator's id does, however deep it is, on each page and in the total.
			for i, of := range s.creators[:3] {
				name := s.owner.Do(`query($id: ID!) { node(id: $id) { ... on Creator { name } } }`,
					vars{"id": of}).OK().Text("node.name")
				s.owner.Do(`mutation($in: UpdateCreatorInput!) { updateCreator(input: $in) { userErrors { code } } }`,
					vars{"in": vars{"orgId": s.id, "id": of, "name": fmt.Sprint(name, "·独", i)}}).OK()
				for _, by := range []vars{nil, amount} {
					for _, more := range []vars{{}, {"paidTo": "2001-01-01T00:00:00Z"}} {
						text, id := vars{"search": fmt.Sprint("·独", i)}, vars{"creatorIds": []string{of}}
						maps.Copy(text, more)
						maps.Copy(id, more)
						found, want := s.page(by, text, 30, nil), s.page(by, id, 30, nil)
						if got := found.Texts("org.orders.nodes", "id"); !slices.Equal(got, want.Texts("org.orders.nodes", "id")) {
							t.Errorf("%q by %v: %v, want %v", text, by, got, want.Body)
						}
					}
				}
			}

			// Beyond the limit, that list alone is refused.
			many := `query($org: ID!, $filter: OrderFilter, $by: OrderOrder) { org(id: $org) { name ` +
				numbered(9, "a%d: orders(first: 1, filter: $filter, orderBy: $by) { nodes { id } } ") + ` } }`
			a = s.owner.Do(many, vars{"org": s.id, "by": amount, "filter": none})
			if cost := charged(t, a.Body); len(a.Errors) != 4 || cost != 1+9*1001+5*2000 || a.Get("org.name") == nil ||
				a.Get("org.a4") == nil || a.Get("org.a5") != nil {
				t.Errorf("%d errors for %d: %.500s", len(a.Errors), cost, a.Body)
			}
			for _, err := range a.Errors {
				if err.Extensions["code"] != "LIMIT_EXCEEDED" || err.Extensions["limit"] != "search" ||
					err.Extensions["max"] != 10_000.0 {
					t.Errorf("%+v", err)
				}
			}

			// Lists of many parents, and those of one, are the same.
			nested := s.owner.Do(`query($org: ID!) { org(id: $org) { creators(first: 30) { nodes { id
				orders(first: 7, filter: {statuses: [REFUNDED]}) { totalCount nodes { id } } tasks(first: 3, filter: {statuses: [OPEN]}) { totalCount nodes { id } } } } } }`, vars{"org": s.id}).OK()
			met := 0
			for i := range nested.List("org.creators.nodes") {
				at := fmt.Sprintf("org.creators.nodes.%d.", i)
				alone := s.owner.Do(`query($org: ID!, $id: ID!) { node(id: $id) { ... on Creator { orders(first: 7, filter: {statuses: [REFUNDED]}) { totalCount nodes { id } }
					tasks(first: 3, filter: {statuses: [OPEN]}) { totalCount nodes { id } } } }
					org(id: $org) { orders(first: 7, filter: {statuses: [REFUNDED], creatorIds: [$id]}) { totalCount nodes { id } } } }`, vars{"org": s.id, "id": nested.Text(at + "id")}).OK()
				for _, list := range []string{"orders", "tasks"} {
					ids := nested.Texts(at+list+".nodes", "id")
					if met += len(ids); !slices.Equal(ids, alone.Texts("node."+list+".nodes", "id")) ||
						nested.Get(at+list+".totalCount") != alone.Get("node."+list+".totalCount") {
						t.Errorf("%s of creator %d: %v and %v", list, i, ids, alone.Body)
					}
				}
				if ids := nested.Texts(at+"orders.nodes", "id"); !slices.Equal(ids, alone.Texts("org.orders.nodes", "id")) ||
					nested.Get(at+"orders.totalCount") != alone.Get("org.orders.totalCount") {
					t.Errorf("orders of creator %d: %v and %v", i, ids, alone.Body)
				}
			}
			if met < 50 {
				t.Errorf("%d rows in all", met)
			}
		})
	}
}
