package graph_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestPagesByNumberAreThoseOfCursors has pages behind an offset hold what the pages hold that cursors lead to, for
// every filter and order of orders.
func TestPagesByNumberAreThoseOfCursors(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			s := newShelf(t, d, 1, 2500)
			const query = `query($org: ID!, $filter: OrderFilter, $by: OrderOrder, $first: Int, $last: Int, $after: String, $offset: Int) { org(id: $org) {
				page: orders(first: $first, last: $last, after: $after, offset: $offset, filter: $filter, orderBy: $by) {
					totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`
			for name, list := range s.lists() {
				for _, by := range []vars{nil, {"field": "PAID_AT", "direction": "ASC"}, {"field": "AMOUNT", "direction": "DESC"}} {
					given := vars{"org": s.id, "filter": list.filter, "by": by}
					ask := func(more vars) *apitest.Answer {
						all := vars{}
						for _, of := range []vars{given, more} {
							for k, v := range of {
								all[k] = v
							}
						}
						return s.owner.Do(query, all).OK()
					}
					var ids []string
					var after any
					for range 2 {
						a := ask(vars{"first": 100, "after": after})
						ids = append(ids, came(a, "org.page").ids...)
						after = a.Get("org.page.pageInfo.endCursor")
					}
					total := came(ask(vars{"first": 1}), "org.page").total
					for _, offset := range []int{0, 1, 99, 100, 150} {
						got := came(ask(vars{"first": 7, "offset": offset}), "org.page")
						want := page{
							ids: ids[min(offset, len(ids)):min(offset+7, len(ids))], hasNext: total > offset+7,
							hasBefore: offset > 0, total: total,
						}
						if !slices.Equal(got.ids, want.ids) || got.hasNext != want.hasNext || got.hasBefore != want.hasBefore ||
							got.total != want.total {
							t.Errorf("%s by %v, behind %d: %+v, want %+v", name, by, offset, got, want)
						}
					}
					end := max(total-3, 0)
					if got, want := came(ask(vars{"first": 7, "offset": end}), "org.page"),
						came(ask(vars{"last": min(max(total, 1), 3)}), "org.page"); !slices.Equal(got.ids, want.ids) || got.hasNext {
						t.Errorf("%s by %v, the end behind %d: %v, want %v", name, by, end, got, want)
					}
				}
			}
		})
	}
}

// TestEveryListOfAnOrgHasPagesByNumber has the pages of all lists behind an offset, and those of two orgs at once be
// those of each.
func TestEveryListOfAnOrgHasPagesByNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		for i, a := range []*apitest.Agency{w.A, w.B} {
			for n := range 5 + i {
				a.Owner.Do(`mutation($org: ID!, $name: String!) { createCreator(input: {orgId: $org, name: $name, platformId: $name}) { userErrors { message } }
					createTask(input: {orgId: $org, title: $name}) { userErrors { message } } }`, apitest.Vars{"org": a.ID, "name": fmt.Sprint("第", n)}).OK()
			}
		}
		for _, list := range []string{"roles", "subAccounts", "creators", "tasks", "orders", "auditEvents"} {
			query := `query($org: ID!, $first: Int, $offset: Int) { org(id: $org) { page: ` + list +
				`(first: $first, offset: $offset) { totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage } } } }`
			all := came(w.A.Owner.Do(query, apitest.Vars{"org": w.A.ID, "first": 100}).OK(), "org.page")
			for offset := range len(all.ids) + 2 {
				got := came(w.A.Owner.Do(query, apitest.Vars{"org": w.A.ID, "first": 2, "offset": offset}).OK(), "org.page")
				want := page{
					ids: all.ids[min(offset, len(all.ids)):min(offset+2, len(all.ids))], hasNext: len(all.ids) > offset+2,
					hasBefore: offset > 0, total: all.total,
				}
				if len(want.ids) == 0 {
					want.ids = nil
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s behind %d: %+v, want %+v", list, offset, got, want)
				}
			}
		}

		// Somebody in both orgs reads the same pages of each, alone and together.
		both := w.Seat(t, w.A, "13999000001", "两家员", w.A.Roles["运营"])
		w.Seat(t, w.B, "13999000001", "两家员", w.B.Roles["运营"])
		const lists = `creators(first: 2, offset: 3) { totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage } }
			tasks(first: 3, offset: 4) { totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage } }`
		together := both.Do(`{ orgs(first: 2) { nodes { id `+lists+` } } }`, nil).OK()
		for i := range 2 {
			at := fmt.Sprintf("orgs.nodes.%d.", i)
			alone := both.Do(`query($org: ID!) { org(id: $org) { `+lists+` } }`,
				apitest.Vars{"org": together.Text(at + "id")}).OK()
			for _, list := range []string{"creators", "tasks"} {
				got, want := came(together, at+list), came(alone, "org."+list)
				if !reflect.DeepEqual(got, want) || len(got.ids) == 0 {
					t.Errorf("%s of org %d: %+v, want %+v", list, i, got, want)
				}
			}
		}
	})
}

// TestOffsetGoesWithFirst refuses what has two meanings, and what is too deep.
func TestOffsetGoesWithFirst(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	const one = `query($org: ID!) { org(id: $org) { roles(first: 1) { pageInfo { endCursor } } } }`
	cursor := w.A.Owner.Do(one, apitest.Vars{"org": w.A.ID}).OK().Text("org.roles.pageInfo.endCursor")
	for args, code := range map[string]string{
		"offset: 0": "", "offset: 10000": "", "offset: null, last: 1": "", "first: 3, offset: 1": "",
		"offset: -1": "BAD_REQUEST", "offset: 0, last: 1": "BAD_REQUEST", `offset: 0, after: "` + cursor + `"`: "BAD_REQUEST",
		`offset: 0, before: "` + cursor + `"`: "BAD_REQUEST", "offset: 10001": "LIMIT_EXCEEDED",
		"offset: 2147483647": "LIMIT_EXCEEDED",
	} {
		a := w.A.Owner.Do(`query($org: ID!) { org(id: $org) { roles(`+args+`) { nodes { id } } } }`,
			apitest.Vars{"org": w.A.ID})
		if a.Code() != code {
			t.Errorf("%s: %s, want %q", args, a.Body, code)
		}
		if code == "LIMIT_EXCEEDED" && (a.Errors[0].Extensions["max"] != 10_000.0 || a.Errors[0].Extensions["asked"] == nil) {
			t.Errorf("%s: %s", args, a.Body)
		}
	}
	cost := func(offset string) int {
		return charged(t, w.A.Owner.Do(`query($org: ID!) { org(id: $org) { roles(first: 20`+offset+`) { nodes { id } } } }`,
			apitest.Vars{"org": w.A.ID}).OK().Body)
	}
	if first, far := cost(""), cost(", offset: 4780"); far != first+4780 {
		t.Errorf("page 240 costs %d, the first one %d", far, first)
	}
}
