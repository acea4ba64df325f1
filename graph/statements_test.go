package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/internal/access"
	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// budgets are documents and what they may cost: one statement a level, and one a totalCount. A level is a place in the
// document where rows are answered; whatever the document asks under several names, or of several kinds, counts for
// each.
func budgets(w *apitest.World) []budget {
	a := w.A
	nodes := apitest.Vars{"ids": []string{a.Roles["运营"], a.Roles["审计"], a.Seats["运营"].ID, a.Seats["审计"].ID, a.ID}}
	org := apitest.Vars{"id": a.ID}
	access := apitest.Vars{"org": a.ID, "seat": a.Seats["运营"].ID, "role": a.Roles["运营"]}
	return []budget{
		{"an org", a.Owner, `query($id: ID!) { org(id: $id) { name viewerGrants { module } navigation { name } } }`, org, 1},
		{"the nested query", a.Owner, `query($id: ID!) { org(id: $id) { name roles(first: 20) { totalCount nodes { name modules
			subAccounts(first: 50) { totalCount nodes { name status roles { name } } } } } } }`, org, 6},
		{
			"four levels", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { nodes { subAccounts { nodes { roles { subAccounts { nodes { name } } } } }
				} } } }`, org, 5,
		},
		{
			"four levels, all counted", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { totalCount nodes { subAccounts { totalCount nodes { roles { subAccounts {
				totalCount nodes { name } } } } } } } } }`, org, 8,
		},
		{
			"counts alone", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { totalCount } subAccounts { totalCount } auditEvents { totalCount } } }`,
			org, 4,
		},
		{"nothing of a list", a.Owner, `query($id: ID!) { org(id: $id) { roles { __typename } } }`, org, 1},
		{"page info alone", a.Owner, `query($id: ID!) { org(id: $id) { roles { pageInfo { hasNextPage } } } }`, org, 2},
		{"aliases", a.Owner, `query($id: ID!) { org(id: $id) { a: roles(first: 1) { nodes { name } } b: roles(last: 1) { nodes { name } }
			c: roles(filter: {search: "运"}) { totalCount nodes { name } } } }`, org, 5},
		{
			"aliases below many parents", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { nodes { on: subAccounts(filter: {statuses: [ENABLED]}) { totalCount }
				off: subAccounts(filter: {statuses: [DISABLED]}) { totalCount } } } } }`, org, 4,
		},
		{
			"edges and nodes", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { edges { cursor node { name } } nodes { description } pageInfo {
				hasNextPage endCursor } } } }`, org, 2,
		},
		{
			"lists below edges and below nodes", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { edges { node { subAccounts { nodes { name } } } } nodes { subAccounts {
				nodes { name } } } } } }`, org, 4,
		},
		{"fragments", a.Owner, `query($id: ID!) { org(id: $id) { ...A ...B } } fragment A on Org { roles { nodes { name } } } fragment B on Org { roles { nodes { ... on Role { subAccounts { nodes { ...C } } } } } }
			fragment C on SubAccount { name roles { name } }`, org, 4},
		{
			"skipped", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { totalCount @skip(if: true) nodes { name subAccounts @include(if: false) {
				nodes { name } } } } } }`, org, 2,
		},
		{
			"up again", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { nodes { org { name subAccounts { nodes { org { name } grants { module } } }
				} } } } }`, org, 6,
		},
		{
			"owner", a.Owner, `query($id: ID!) { org(id: $id) { owner { phone } roles { nodes { org { owner { email } } } } } }`,
			org, 5,
		},
		{
			"node", a.Owner,
			`query($id: ID!) { node(id: $id) { ... on Role { name subAccounts { nodes { roles { name } } } } } }`,
			apitest.Vars{"id": a.Roles["审计"]},
			3,
		},
		{
			"nodes of three kinds", a.Owner,
			`query($ids: [ID!]!) { nodes(ids: $ids) { ... on Role { subAccounts { nodes { name } } } ... on SubAccount { roles {
				name } } ... on Org { counted: roles { totalCount } } } }`, nodes, 6,
		},
		{
			"orgs", a.Owner, `{ orgs { totalCount nodes { name roles { nodes { name subAccounts { nodes { name } } } } } } }`,
			nil, 4,
		},
		{"events", a.Owner, `query($id: ID!) { org(id: $id) { auditEvents(first: 100) { totalCount nodes { operation count actor { actorId name } org { name }
			targets { totalCount nodes { targetId label changes { field before after } } } } } } }`, org, 7},
		{
			"events of many", a.Owner,
			`query($id: ID!) { org(id: $id) { roles { nodes { auditEvents { nodes { operation targets { nodes { label } } } } } }
				subAccounts { nodes { auditEvents { totalCount nodes { at } } } } } }`, org, 7,
		},
		{"the viewer", a.Seats["审计"].Client, `{ viewer { account { phone } ownedOrg { name } mayOpenOrg sessions { current } auditEvents { totalCount nodes { operation } }
			seats { orgName roleNames org { name auditEvents { nodes { operation } } } } } }`, nil, 7},
		{
			"seats alone", a.Seats["审计"].Client, `{ viewer { seats { subAccountId orgName name status roleNames createdAt } } }`,
			nil, 1,
		},
		{
			"seats and orgs twice", a.Seats["审计"].Client,
			`{ viewer { seats { a: org { name } b: org { id roles { totalCount } } } } }`, nil, 2,
		},
		{"creators and all that is theirs", a.Owner, `query($id: ID!) { org(id: $id) { creators { totalCount nodes { name manager { name } tasks { nodes { title } }
			orders { totalCount nodes { number creatorName creator { platformId } } }
			data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { total { orders } periods(period: DAY) { dateFrom }
				topCreators { creatorName creator { name } } topProducts { productName }
				topManagers { managerName manager { name } } topCategories { category } } } } } }`, org, 18},
		{
			"colleagues and categories", a.Owner,
			`query($id: ID!) { org(id: $id) { creatorCategories colleagues(filter: {search: "员"}) { totalCount nodes {
				subAccountId name } } } }`, org, 4,
		},
		{
			"actors of the trail", a.Owner,
			`query($id: ID!) { org(id: $id) { auditActors(filter: {search: "员"}) { totalCount nodes { actorId name } } } }`, org, 3,
		},
		{"those of many", a.Owner, `{ orgs { nodes { name creatorCategories colleagues { nodes { name } } } } }`, nil, 3},
		{
			"tasks", a.Owner,
			`query($id: ID!) { org(id: $id) { tasks { totalCount nodes { title org { name } assignments { totalCount nodes {
				creatorName creator { name manager { name } } } } } } } }`, org, 9,
		},
		{
			"orders", a.Owner,
			`query($id: ID!) { org(id: $id) { orders(filter: {statuses: [PAID]}, orderBy: {field: AMOUNT}) { totalCount nodes {
				number creatorName } } } }`, org, 4,
		},
		{
			"figures", a.Owner,
			`query($id: ID!) { org(id: $id) { data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { total { orders } topCreators {
				point { orders } } topManagers { manager { name } point { orders } } topCategories { category } } } }`, org, 6,
		},
		{
			"why a field may be asked for", a.Owner,
			`query($org: ID!, $seat: ID!) { explainAccess(orgId: $org, subAccountId: $seat, coordinate: "Order.commission") {
				verdict roles { role { name } scope } subAccount { name roles { name } } } }`, access, 3,
		},
		{
			"what a role would do", a.Owner,
			`query($org: ID!, $role: ID!) { previewRole(input: {orgId: $org, id: $role, grants: []}) { subAccounts {
				gains loses subAccount { name roles { name } } } } }`, access, 4,
		},
		{
			"orgs with a seat", a.Seats["审计"].Client,
			`{ orgs { nodes { name auditEvents { nodes { operation targets { nodes { label } } } } roles { nodes { name } } } }
				}`, nil, 3,
		},
	}
}

type budget struct {
	name   string
	caller *apitest.Client
	query  string
	vars   apitest.Vars
	most   int
}

func TestStatementsAreOneALevelWhateverTheRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		(&rows{t: t, db: db}).event(w.A.ID, w.Clock.Now(), "FORBIDDEN", w.A.Roles["审计"])
		furnish(t, w, 1)
		before, tw := map[string]int{}, newDifferential(w)
		for round, name := range []string{"few rows", "many rows"} {
			if round == 1 {
				grow(t, w, db)
			}
			for _, b := range budgets(w) {
				var answer *apitest.Answer
				ran := w.Statements(func() { answer = b.caller.Do(b.query, b.vars) })
				if answer.Data == nil || len(answer.Errors) > 0 && answer.Code() != "FORBIDDEN" {
					t.Fatalf("%s, %s: %s", b.name, name, answer.Body)
				}
				if wrong := tw.differ(t, b.caller.Token, b.query, b.vars); wrong != "" {
					t.Errorf("%s, %s: the generated executor and the plan differ: %s", b.name, name, wrong)
				}
				if len(ran) > b.most {
					t.Errorf("%s, %s: %d statements, budget %d:\n%s", b.name, name, len(ran), b.most, strings.Join(ran, "\n"))
				}
				if round == 1 && len(ran) != before[b.name] {
					t.Errorf("%s: %d statements with few rows, %d with many:\n%s", b.name, before[b.name], len(ran),
						strings.Join(ran, "\n"))
				}
				before[b.name] = len(ran)
			}
		}
	})
}

// furnish adds creators, each with a manager, a task and an order.
func furnish(t testing.TB, w *apitest.World, n int) {
	t.Helper()
	do := func(mutation, input string, in apitest.Vars) *apitest.Answer {
		t.Helper()
		in["orgId"] = w.A.ID
		return w.A.Owner.Do("mutation($in: "+input+"!) { "+mutation+"(input: $in) { userErrors { message } } }",
			apitest.Vars{"in": in}).OK()
	}
	var rows []apitest.Vars
	for i := range n {
		key := fmt.Sprint(n, "_", i)
		do("createCreator", "CreateCreatorInput", apitest.Vars{
			"name": "达人" + key, "platformId": key,
			"managerId": w.A.Seats["运营"].ID,
		})
		rows = append(rows, apitest.Vars{
			"number": key, "creatorPlatformId": key, "productName": "商品" + key, "amount": 100, "commission": 1, "status": "PAID",
			"paidAt": "2026-02-28T00:00:00Z",
		})
	}
	do("importOrders", "ImportOrdersInput", apitest.Vars{"orders": rows})
	ids := w.A.Owner.Do(`query($org: ID!) { org(id: $org) { creators(first: 100) { nodes { id } } } }`,
		apitest.Vars{"org": w.A.ID}).OK().Texts("org.creators.nodes", "id")
	for i := range n {
		do("createTask", "CreateTaskInput", apitest.Vars{"title": fmt.Sprint("任务", i), "creatorIds": ids})
	}
}

// grow adds 30 creators, 60 roles, 60 sub-accounts, 60 events and 15 seats of one account.
func grow(t *testing.T, w *apitest.World, db *store.Store) {
	t.Helper()
	furnish(t, w, 30)
	r := &rows{t: t, db: db}
	var roles []insertRole
	for i := range 60 {
		roles = append(roles, insertRole{name: fmt.Sprint("岗位", i), createdAt: noon})
	}
	ids := r.roles(w.A.ID, roles...)
	var seats []newSeat
	for i := range 60 {
		seats = append(seats, newSeat{
			name: fmt.Sprint("员", i), roles: []string{ids[i], ids[(i+1)%60], w.A.Roles["审计"]},
			createdAt: noon,
		})
	}
	people := r.seats(w.A.ID, seats...)
	for i := range 60 {
		r.event(w.A.ID, w.Clock.Now().Truncate(time.Microsecond), []string{"", "FORBIDDEN"}[i%2], ids[i], people[i],
			w.A.Roles["审计"])
	}
	account := w.A.Seats["审计"].Do(`{ viewer { account { id } } }`, nil).Text("viewer.account.id")
	for i := range 15 {
		orgID, roleID := r.org(fmt.Sprint("机构", i), mustSet(t,
			access.Grant{Module: access.AuditLog, Actions: []access.Action{access.View}, Scope: access.All}))
		r.seats(orgID, newSeat{name: "审计员", roles: []string{roleID}, createdAt: noon, account: account, slot: i + 2})
	}
}

// TestSeatsReadTheirOrgsTogether holds a hole that was closed: each seat read its org with a statement of its own.
func TestSeatsReadTheirOrgsTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		grow(t, w, db)
		var answer *apitest.Answer
		ran := w.Statements(func() {
			answer = w.A.Seats["审计"].Do(`{ viewer { seats { orgId orgName status roleNames createdAt org { id name } } } }`,
				nil).OK()
		})
		if len(ran) != 2 {
			t.Errorf("%d statements: %v", len(ran), ran)
		}
		seats := answer.List("viewer.seats")
		if len(seats) != 16 {
			t.Fatalf("%d seats", len(seats))
		}
		for i := range seats {
			at := fmt.Sprintf("viewer.seats.%d.", i)
			if answer.Get(at+"orgId") != answer.Get(at+"org.id") || answer.Get(at+"orgName") != answer.Get(at+"org.name") ||
				fmt.Sprint(answer.Get(at+"roleNames")) != "[审计]" {
				t.Errorf("seat %v", seats[i])
			}
		}
	})
}

func TestOnlySelectedColumnsAreRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		furnish(t, w, 1)
		for _, q := range []struct {
			query    string
			never    []string
			answered string
		}{
			{
				`query($org: ID!) { org(id: $org) { roles { nodes { name } } } }`,
				[]string{"description", "grants", "updated_at", "owner_name", "time_zone"},
				"org.roles.nodes.0.name",
			},
			{
				`query($org: ID!) { org(id: $org) { roles { edges { node { description } } } } }`,
				[]string{"grants", "updated_at", "owner_name"},
				"org.roles.edges.0.node.description",
			},
			{
				`query($org: ID!) { org(id: $org) { subAccounts { nodes { name roles { name } } } } }`,
				[]string{"phone", "email", "status", "last_active_at", "account_id", "description", "grants"},
				"org.subAccounts.nodes.0.roles.0.name",
			},
			{
				`query($org: ID!) { org(id: $org) { roles { nodes { org { name } } } } }`,
				[]string{"time_zone", "currency", "owner_name", "description"},
				"org.roles.nodes.0.org.name",
			},
			{`query($org: ID!) { org(id: $org) { owner { id } } }`, []string{"password_hash", "phone", "email"}, "org.owner.id"},
			{
				`query($org: ID!) { org(id: $org) { auditEvents { nodes { operation } } } }`,
				[]string{"user_agent", "request_id", "refusal_key", "actor_name"},
				"org.auditEvents.nodes.0.operation",
			},
			{
				`query($role: ID!) { node(id: $role) { ... on Role { name } } }`,
				[]string{"description", "grants", "created_at"},
				"node.name",
			},
			{
				`query($role: ID!) { nodes(ids: [$role]) { id } }`,
				[]string{"description", "grants", "created_at", "name"},
				"nodes.0.id",
			},
			{
				`query($org: ID!) { org(id: $org) { creators { nodes { name } } } }`,
				[]string{"grams", "platform_id", "followers", "manager_id", "category"},
				"org.creators.nodes.0.name",
			},
			{
				`query($org: ID!) { org(id: $org) { tasks { nodes { title } } } }`,
				[]string{"grams", "brief", "reward"},
				"org.tasks.nodes.0.title",
			},
			{
				`query($org: ID!) { org(id: $org) { orders { nodes { number } } } }`,
				[]string{"grams", "product_name", "amount", "creator_id", "settled_at"},
				"org.orders.nodes.0.number",
			},
			{`{ viewer { account { phone } } }`, []string{"password_hash", "email", "created_at"}, "viewer.account.phone"},
			{`{ viewer { sessions { id } } }`, []string{"token_hash", "user_agent"}, "viewer.sessions.0.id"},
		} {
			vars := apitest.Vars{"org": w.A.ID, "role": w.A.Roles["运营"]}
			for name := range vars {
				if !strings.Contains(q.query, "$"+name) {
					delete(vars, name)
				}
			}
			var answer *apitest.Answer
			ran := w.Statements(func() { answer = w.A.Owner.Do(q.query, vars).OK() })
			if answer.Get(q.answered) == nil {
				t.Errorf("%s answers %s", q.query, answer.Body)
			}
			for _, column := range q.never {
				quoted := []string{`"` + column + `"`, "`" + column + "`"}
				if slices.ContainsFunc(ran, func(s string) bool {
					s, _, _ = strings.Cut(s, " FROM ") // what is read, not what it is found by
					return strings.Contains(s, quoted[0]) || strings.Contains(s, quoted[1]) || strings.Contains(s, "*")
				}) {
					t.Errorf("%s reads %s:\n%s", q.query, column, strings.Join(ran, "\n"))
				}
			}
		}
	})
}
