package graph_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"deputy/internal/access"
	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// pages is an org with rows that tie: equal moments, equal names, moments that never were.
type pages struct {
	*apitest.World
	rows    *rows
	lists   []list
	roleIDs []string
}

func newPages(t *testing.T, db *store.Store) *pages {
	p := &pages{World: apitest.NewWorld(t, db), rows: &rows{t: t, db: db}}
	var roles []insertRole
	for i, name := range []string{"a", "B", "É", "é", "%", "_", `\`, "王", "王二", "a_b", "axb", "z z"} {
		roles = append(roles, insertRole{
			name, []string{"", "100% a_b", `c:\d`}[i%3], access.Set(i % 2),
			noon.Add(time.Duration(i/4) * time.Hour),
		})
	}
	p.roleIDs = p.rows.roles(p.A.ID, roles...)
	var seats []newSeat
	for i := range 26 {
		s := newSeat{
			name:      []string{"王", "王小", "a_b", "axb", "É", "Z", "a"}[i%7],
			roles:     p.roleIDs[i%3 : i%3+1+i%2],
			createdAt: noon.Add(time.Duration(i/5) * time.Second),
			disabled:  i%4 == 0,
			email:     []string{"", "under_score@example.org"}[i%2],
		}
		if i%3 != 0 {
			active := noon.Add(time.Duration(i/6) * time.Minute)
			s.active = &active
		}
		seats = append(seats, s)
	}
	p.rows.seats(p.A.ID, seats...)
	p.lists = []list{
		{p.A.ID, "Org", "subAccounts", true, subAccountRows(db, p.A.ID, "")},
		{p.roleIDs[1], "Role", "subAccounts", true, subAccountRows(db, p.A.ID, p.roleIDs[1])},
		{p.roleIDs[11], "Role", "subAccounts", true, subAccountRows(db, p.A.ID, p.roleIDs[11])},
		{p.A.ID, "Org", "roles", false, roleRows(db, p.A.ID)},
	}
	return p
}

// cursors returns the cursor of every row of the list.
func (p *pages) cursors(_ testing.TB, l list, o order) map[string]string {
	all := p.A.Owner.Do(l.query(), apitest.Vars{"parent": l.parent, "first": 100, "order": o.vars()}).OK()
	found := map[string]string{}
	for i := range all.List("node.page.edges") {
		edge := fmt.Sprintf("node.page.edges.%d.", i)
		found[all.Text(edge+"node.id")] = all.Text(edge + "cursor")
	}
	return found
}

func TestPagesAgreeWithASlowModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		p := newPages(t, db)
		all, cursors := map[string][]row{}, map[string]map[string]string{}
		for _, l := range p.lists {
			all[l.parent+l.field] = l.rows(t)
		}
		rapid.Check(t, func(rt *rapid.T) {
			l := rapid.SampledFrom(p.lists).Draw(rt, "list")
			o, f := drawOrder(rt, l), drawFilter(rt, l, p.roleIDs)
			rows := all[l.parent+l.field]
			vars := apitest.Vars{"parent": l.parent, "order": o.vars(), "filter": f.vars}
			key := fmt.Sprint(l.parent, l.field, o)
			if cursors[key] == nil {
				cursors[key] = p.cursors(t, l, o)
			}
			var at [2]*row
			for i, name := range []string{"after", "before"} {
				if len(rows) > 0 && rapid.Bool().Draw(rt, name+"?") {
					at[i] = &rows[rapid.IntRange(0, len(rows)-1).Draw(rt, name)]
					vars[name] = cursors[key][at[i].id]
				}
			}
			first, last := 20, 0
			size := rapid.OneOf(rapid.IntRange(1, 7), rapid.IntRange(1, 100)).Draw(rt, "size")
			switch rapid.IntRange(0, 4).Draw(rt, "from") {
			case 0, 1:
				first, vars["first"] = size, size
			case 2, 3:
				last, vars["last"] = size, size
			}
			kept := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !f.keep(r) })
			want := cut(kept, o, at[0], at[1], first, last)
			answer := p.A.Owner.Do(l.query(), vars).OK()
			if got := came(answer, "node.page"); !reflect.DeepEqual(got, want) {
				rt.Fatalf("%v\ngot  %+v\nwant %+v", vars, got, want)
			}
			if ids := answer.Texts("node.page.nodes", "id"); len(ids) != len(want.ids) || len(ids) > 0 &&
				!slices.Equal(ids, want.ids) {
				rt.Fatalf("nodes are %v, edges %v", ids, want.ids)
			}
			ends := [2]string{answer.Text("node.page.pageInfo.startCursor"), answer.Text("node.page.pageInfo.endCursor")}
			if n := len(want.ids); n > 0 && ends != [2]string{cursors[key][want.ids[0]], cursors[key][want.ids[n-1]]} ||
				n == 0 && ends != [2]string{} {
				rt.Fatalf("the page's ends are %q", ends)
			}
		})
	})
}

func TestPagesOfManyParentsAreThoseOfEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		p := newPages(t, db)
		roles := roleRows(db, p.A.ID)(t)
		rapid.Check(t, func(rt *rapid.T) {
			l := list{subAccounts: true}
			o, f := drawOrder(rt, l), drawFilter(rt, l, p.roleIDs)
			size, name := rapid.IntRange(1, 9).Draw(rt, "size"), rapid.SampledFrom([]string{"first", "last"}).Draw(rt, "from")
			answer := p.A.Owner.Do(fmt.Sprintf(`query($org: ID!, $n: Int, $filter: SubAccountFilter, $order: SubAccountOrder) { org(id: $org) { roles(first: 100) { nodes { id
				subAccounts(%s: $n, filter: $filter, orderBy: $order) { totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage } } } } } }`, name),
				apitest.Vars{"org": p.A.ID, "n": size, "filter": f.vars, "order": o.vars()}).OK()
			nodes := answer.List("org.roles.nodes")
			if len(nodes) != len(roles) {
				rt.Fatalf("%d roles of %d", len(nodes), len(roles))
			}
			for i := range nodes {
				roleID := answer.Text(fmt.Sprintf("org.roles.nodes.%d.id", i))
				kept := slices.DeleteFunc(subAccountRows(db, p.A.ID, roleID)(t), func(r row) bool { return !f.keep(r) })
				want := cut(kept, o, nil, nil, size, map[string]int{"last": size}[name])
				if got := came(answer, fmt.Sprintf("org.roles.nodes.%d.subAccounts", i)); !reflect.DeepEqual(got, want) {
					rt.Fatalf("role %s, %s: %d, %v\ngot  %+v\nwant %+v", roleID, name, size, o, got, want)
				}
			}
		})
	})
}

func TestWalkMeetsEachRowOnceWhileRowsAreAdded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		p := newPages(t, db)
		lists := p.lists[:2]
		rapid.Check(t, func(rt *rapid.T) {
			l := rapid.SampledFrom(lists).Draw(rt, "list")
			o, backwards := drawOrder(rt, l), rapid.Bool().Draw(rt, "backwards")
			rows := l.rows(t)
			slices.SortFunc(rows, o.compare)
			known := map[string]bool{}
			var want, met []string
			for _, r := range rows {
				known[r.id] = true
				want = append(want, r.id)
			}
			vars := apitest.Vars{"parent": l.parent, "order": o.vars()}
			for added := 0; ; {
				size := rapid.IntRange(1, 30).Draw(rt, "size")
				if backwards {
					vars["last"] = size
				} else {
					vars["first"] = size
				}
				answer := p.A.Owner.Do(l.query(), vars).OK()
				page := came(answer, "node.page")
				if backwards {
					slices.Reverse(page.ids)
				}
				met = append(met, page.ids...)
				more := page.hasNext
				vars["after"] = answer.Text("node.page.pageInfo.endCursor")
				if backwards {
					more = page.hasBefore
					delete(vars, "after")
					vars["before"] = answer.Text("node.page.pageInfo.startCursor")
				}
				if !more {
					break
				}
				if added < 2 && rapid.Bool().Draw(rt, "add") {
					added++
					like := rows[rapid.IntRange(0, len(rows)-1).Draw(rt, "beside")]
					p.rows.seats(p.A.ID, newSeat{name: like.name, createdAt: like.created, active: like.active, roles: p.roleIDs[1:2]})
				}
			}
			seen := map[string]bool{}
			for _, id := range met {
				if seen[id] {
					rt.Fatalf("%s came twice: %v", id, met)
				}
				seen[id] = true
			}
			met = slices.DeleteFunc(met, func(id string) bool { return !known[id] })
			if backwards {
				slices.Reverse(met)
			}
			if !slices.Equal(met, want) {
				rt.Fatalf("%v, backwards %v\ngot  %v\nwant %v", o, backwards, met, want)
			}
		})
	})
}

func TestSizeOfPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		for args, code := range map[string]string{
			"first: 0": "BAD_REQUEST", "first: -1": "BAD_REQUEST", "last: 0": "BAD_REQUEST", "last: -1": "BAD_REQUEST",
			"first: 101": "LIMIT_EXCEEDED", "last: 101": "LIMIT_EXCEEDED", "first: 2147483647": "LIMIT_EXCEEDED",
			"first: 1, last: 1": "BAD_REQUEST", "first: 101, last: 101": "BAD_REQUEST",
			"first: 1": "", "last: 100": "", "first: 100": "", "first: null": "", "first: null, last: 1": "",
		} {
			for place, query := range map[string]string{
				"Query.orgs":       "{ orgs(%s) { nodes { id } } }",
				"Org.roles":        `{ orgs { nodes { roles(%s) { nodes { id } } } } }`,
				"Org.subAccounts":  `{ orgs { nodes { subAccounts(%s) { totalCount } } } }`,
				"Org.auditEvents":  `{ orgs { nodes { auditEvents(%s) { pageInfo { hasNextPage } } } } }`,
				"Role.subAccounts": `{ orgs { nodes { roles(first: 1) { nodes { subAccounts(%s) { nodes { id } } } } } } }`,
			} {
				answer := w.A.Owner.Do(fmt.Sprintf(query, args), nil)
				if answer.Code() != code {
					t.Errorf("%s(%s): code %q, want %q: %s", place, args, answer.Code(), code, answer.Body)
				}
				if limit := answer.Body; code == "LIMIT_EXCEEDED" && answer.Errors[0].Extensions["limit"] != "page" {
					t.Errorf("%s(%s) does not name the limit: %s", place, args, limit)
				}
			}
		}
		empty := w.A.Owner.Do("{ nodes(ids: []) { id } }", nil)
		if empty.Code() != "BAD_REQUEST" {
			t.Errorf("no ids: %s", empty.Body)
		}
		many := w.A.Owner.Do("query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
			apitest.Vars{"ids": slices.Repeat([]string{w.A.ID}, 101)})
		if many.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("101 ids: %s", many.Body)
		}
	})
}
