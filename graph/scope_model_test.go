package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"deputy/internal/apitest"
)

// The slow and obvious model of who sees which rows: lists of everything there is, cut by the rules of the domain one
// after the other.

type (
	modelCreator struct{ id, manager string }
	modelTask    struct {
		id    string
		takes []string // creators
	}
	modelOrder struct {
		id, creator, status string
		amount              int
	}
)

// scopeModel is an org with creators, tasks and orders, and one person with two roles.
type scopeModel struct {
	*fixture
	who      *apitest.Seat
	other    *apitest.Seat
	roles    [2]string
	grants   [2]map[string][2]string // module → action and scope, of each role
	creators []modelCreator
	tasks    []modelTask
	orders   []modelOrder
}

func newScopeModel(s *fixture) *scopeModel {
	s.Helper()
	m := &scopeModel{fixture: s}
	m.roles = [2]string{s.role4(grant("DATA", "VIEW", "ALL")), s.role4(grant("DATA", "VIEW", "ALL"))}
	m.who, m.other = s.seat("某人", m.roles[:]...), s.seat("别人", m.roles[:]...)
	for i := range 5 {
		m.creators = append(m.creators, modelCreator{id: s.creator(fmt.Sprint("达人", i),
			vars{"platformId": fmt.Sprint("p", i)})})
	}
	for i := range 4 {
		t := modelTask{takes: []string{m.creators[i].id, m.creators[(i*2+1)%5].id}}
		slices.Sort(t.takes)
		t.takes = slices.Compact(t.takes)
		t.id = s.task(fmt.Sprint("任务", i), t.takes...)
		m.tasks = append(m.tasks, t)
	}
	m.platformID = "p0" // so that rows come with no creator of their own
	for i := range 9 {
		o := modelOrder{creator: m.creators[i*i%5].id, status: []string{"PAID", "REFUNDED"}[i%2], amount: 100 + i}
		o.id = s.order(vars{
			"creatorPlatformId": fmt.Sprint("p", i*i%5), "status": o.status, "amount": o.amount,
			"commission": 0,
		})
		m.orders = append(m.orders, o)
	}
	return m
}

// scope is the widest that any one role gives to the action itself.
func (m *scopeModel) scope(module, action string) string {
	widest := ""
	for _, role := range m.grants {
		g, held := role[module]
		if held && (g[0] == action || action == "VIEW") && (widest == "" || g[1] == "ALL") {
			widest = g[1]
		}
	}
	return widest
}

func (m *scopeModel) managed(creatorID string) bool {
	return slices.ContainsFunc(m.creators, func(c modelCreator) bool { return c.id == creatorID && c.manager == m.who.ID })
}

// reaches reports whether an action reaches a row that belongs to one of the creators.
func (m *scopeModel) reaches(module, action string, creatorIDs ...string) bool {
	switch m.scope(module, action) {
	case "ALL":
		return true
	case "OWN":
		return slices.ContainsFunc(creatorIDs, m.managed)
	}
	return false
}

// draw gives both roles other grants, and the creators other managers.
func (m *scopeModel) draw(t *rapid.T) {
	choices := map[string][][2]string{
		"CREATORS": {{"VIEW", "OWN"}, {"VIEW", "ALL"}, {"EDIT", "OWN"}, {"EDIT", "ALL"}},
		"TASKS":    {{"VIEW", "OWN"}, {"VIEW", "ALL"}, {"EDIT", "OWN"}},
		"ORDERS":   {{"VIEW", "OWN"}, {"VIEW", "ALL"}, {"EXPORT", "OWN"}, {"EXPORT", "ALL"}, {"EDIT", "OWN"}},
		"DATA":     {{"VIEW", "OWN"}, {"VIEW", "ALL"}},
	}
	for i, role := range m.roles {
		m.grants[i] = map[string][2]string{}
		given := []vars{}
		for _, module := range []string{"CREATORS", "TASKS", "ORDERS", "DATA"} {
			if k := rapid.IntRange(-1, len(choices[module])-1).Draw(t, fmt.Sprint(module, i)); k >= 0 {
				g := choices[module][k]
				m.grants[i][module] = g
				given = append(given, grant(module, g[0], g[1]))
			}
		}
		m.must(m.A.Owner, "updateRole", vars{"orgId": m.A.ID, "id": role, "grants": given})
	}
	for _, manager := range []string{m.who.ID, m.other.ID, ""} {
		var ids []string
		for i := range m.creators {
			if rapid.Bool().Draw(t, "hands over") || manager == m.who.ID {
				m.creators[i].manager = manager
				ids = append(ids, m.creators[i].id)
			}
		}
		if len(ids) > 0 {
			in := vars{"orgId": m.A.ID, "ids": ids, "managerId": any(manager)}
			if manager == "" {
				in["managerId"] = nil
			}
			m.must(m.A.Owner, "assignCreators", in)
		}
	}
}

func sorted(ids []string) string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// TestScopesAgreeWithASlowModel draws grants, managers and filters, and compares every response with the model: lists,
// counts, nested edges, node, figures, downloads and mutations.
func TestScopesAgreeWithASlowModel(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		m := newScopeModel(s)
		rapid.Check(s.T, func(r *rapid.T) {
			m.draw(r)
			same := func(what string, got, want any) {
				if fmt.Sprint(got) != fmt.Sprint(want) {
					r.Fatalf("%s: %v, want %v; grants %v, creators %v", what, got, want, m.grants, m.creators)
				}
			}
			var creators, tasks, orders, filtered, exported, editable []string
			counted := map[string]int{}
			status := rapid.SampledFrom([]string{"PAID", "REFUNDED"}).Draw(r, "status")
			some := rapid.SliceOfNDistinct(rapid.SampledFrom(m.creators), 0, 3,
				func(c modelCreator) string { return c.id }).Draw(r, "of creators")
			among := func(id string) bool {
				return slices.ContainsFunc(some, func(c modelCreator) bool { return c.id == id })
			}
			for _, c := range m.creators {
				if m.reaches("CREATORS", "VIEW", c.id) {
					creators = append(creators, c.id)
				}
				if m.reaches("CREATORS", "EDIT", c.id) {
					editable = append(editable, c.id)
				}
			}
			for _, k := range m.tasks {
				if m.reaches("TASKS", "VIEW", k.takes...) {
					tasks = append(tasks, k.id)
				}
			}
			for _, o := range m.orders {
				if m.reaches("ORDERS", "VIEW", o.creator) {
					orders = append(orders, o.id)
					if o.status == status && among(o.creator) {
						filtered = append(filtered, o.id)
					}
				}
				if m.reaches("ORDERS", "EXPORT", o.creator) {
					exported = append(exported, o.id)
				}
				if m.reaches("DATA", "VIEW", o.creator) {
					counted["all"] += o.amount
					counted[o.creator] += o.amount
					if among(o.creator) {
						counted["some"] += o.amount
					}
				}
			}
			ids := []string{}
			for _, c := range some {
				ids = append(ids, c.id)
			}
			a := m.who.Do(`query($org: ID!, $status: OrderStatus!, $ids: [ID!]!) { org(id: $org) {
				creators { totalCount nodes { id orders { totalCount } tasks { totalCount } data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { total { amount } } } }
				tasks { totalCount nodes { id assignments { totalCount nodes { creatorName creator { id } } } } }
				orders(orderBy: {field: AMOUNT, direction: ASC}) { totalCount nodes { id creatorName creator { id } } }
				some: orders(filter: {statuses: [$status], creatorIds: $ids}) { totalCount nodes { id } }
				data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { total { amount } topCreators(first: 100) { point { amount } creator { id } } }
				part: data(dateFrom: "2026-02-01", dateTo: "2026-03-31", creatorIds: $ids) { total { amount } topProducts { point { amount } } } } }`,
				vars{"org": m.A.ID, "status": status, "ids": ids})
			for module, path := range map[string]string{
				"CREATORS": "org.creators", "TASKS": "org.tasks", "ORDERS": "org.orders",
				"DATA": "org.data",
			} {
				same(path+" is open", a.Get(path) != nil, m.scope(module, "VIEW") != "")
			}
			if m.scope("CREATORS", "VIEW") != "" {
				same("creators", sorted(a.Texts("org.creators.nodes", "id")), sorted(creators))
				same("count of creators", a.Get("org.creators.totalCount"), len(creators))
				for i, id := range a.Texts("org.creators.nodes", "id") {
					at := fmt.Sprintf("org.creators.nodes.%d.", i)
					n := [2]int{}
					for _, o := range m.orders {
						if o.creator == id && m.reaches("ORDERS", "VIEW", id) {
							n[0]++
						}
					}
					for _, k := range m.tasks {
						if slices.Contains(k.takes, id) && m.reaches("TASKS", "VIEW", id) {
							n[1]++
						}
					}
					if m.scope("ORDERS", "VIEW") != "" {
						same("orders of a creator", a.Get(at+"orders.totalCount"), n[0])
					}
					if m.scope("TASKS", "VIEW") != "" {
						same("tasks of a creator", a.Get(at+"tasks.totalCount"), n[1])
					}
					if m.scope("DATA", "VIEW") != "" {
						same("figures of a creator", a.Get(at+"data.total.amount"), counted[id])
					}
				}
			}
			if m.scope("TASKS", "VIEW") != "" {
				same("tasks", sorted(a.Texts("org.tasks.nodes", "id")), sorted(tasks))
				for i, id := range a.Texts("org.tasks.nodes", "id") {
					k := m.tasks[slices.IndexFunc(m.tasks, func(k modelTask) bool { return k.id == id })]
					n := 0
					for _, c := range k.takes {
						if m.reaches("TASKS", "VIEW", c) {
							n++
						}
					}
					same("assignments", a.Get(fmt.Sprintf("org.tasks.nodes.%d.assignments.totalCount", i)), n)
				}
			}
			if m.scope("ORDERS", "VIEW") != "" {
				same("orders by amount", strings.Join(a.Texts("org.orders.nodes", "id"), " "), strings.Join(orders, " "))
				same("filtered orders", sorted(a.Texts("org.some.nodes", "id")), sorted(filtered))
				same("count of filtered orders", a.Get("org.some.totalCount"), len(filtered))
				for i, id := range a.Texts("org.orders.nodes", "id") {
					o := m.orders[slices.IndexFunc(m.orders, func(o modelOrder) bool { return o.id == id })]
					at := fmt.Sprintf("org.orders.nodes.%d.", i)
					same("the name of a creator", a.Text(at+"creatorName") != "", true)
					same("the creator of an order", a.Get(at+"creator") != nil, slices.Contains(creators, o.creator))
				}
			}
			if m.scope("DATA", "VIEW") != "" {
				same("figures", a.Get("org.data.total.amount"), counted["all"])
				same("figures of some", a.Get("org.part.total.amount"), counted["some"])
				sum := 0.0
				for i := range a.List("org.data.topCreators") {
					sum += a.Get(fmt.Sprintf("org.data.topCreators.%d.point.amount", i)).(float64)
				}
				same("figures of the best", sum, counted["all"])
			}

			var all []string
			for _, c := range m.creators {
				all = append(all, c.id)
			}
			for _, k := range m.tasks {
				all = append(all, k.id)
			}
			for _, o := range m.orders {
				all = append(all, o.id)
			}
			var shown []string
			for _, id := range m.who.Do(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": all}).OK().Texts("nodes",
				"id") {
				if id != "" {
					shown = append(shown, id)
				}
			}
			same("nodes", sorted(shown), sorted(slices.Concat(creators, tasks, orders)))

			if m.scope("ORDERS", "EXPORT") != "" {
				same("rows of a download", m.must(m.who.Client, "exportOrders", vars{"orgId": m.A.ID}).Get("exportOrders.rows"),
					len(exported))
			}
			if m.scope("CREATORS", "EDIT") != "" {
				one := rapid.SampledFrom(m.creators).Draw(r, "to edit")
				edited := m.who.Do(
					`mutation($in: UpdateCreatorInput!) { updateCreator(input: $in) { creator { id } userErrors { code } } }`,
					vars{"in": vars{"orgId": m.A.ID, "id": one.id}}).OK()
				same("may edit", edited.Get("updateCreator.creator") != nil, slices.Contains(editable, one.id))
			}
		})
	})
}
