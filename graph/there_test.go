package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// pageOfRoles is what a console shows of all roles.
const pageOfRoles = `query($org: ID!) { org(id: $org) { roles(first: 100) { nodes { name subAccounts(first: 50) { nodes
	{ name roles { name } } } } } } }`

// TestOrdinaryPagesAreWithinTheCost: a page is not refused for how long its lists could be, but for how long they are.
func TestOrdinaryPagesAreWithinTheCost(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorldWith(t, db, apitest.Options{Limits: bounds.Limits{Cost: 20_000}})
		r := &rows{t: t, db: db}
		var roles []insertRole
		for i := range 90 {
			roles = append(roles, insertRole{name: fmt.Sprint("岗位", i), createdAt: noon})
		}
		ids := r.roles(w.A.ID, roles...)
		var seats []newSeat
		for i := range 300 {
			held := []string{w.A.Roles["客服"], ids[i%90], ids[(i+7)%90]}
			if i%3 > 0 {
				held = held[:1+i%3]
			}
			seats = append(seats, newSeat{name: fmt.Sprint("员", i), roles: held, createdAt: noon})
		}
		r.seats(w.A.ID, seats...)
		for name, c := range map[string]struct {
			query string
			looks int
		}{
			"all roles, who holds them, and what else they hold": {pageOfRoles, 1},
			"the same by edges": {
				`query($org: ID!) { org(id: $org) { roles(first: 100) { edges { node { name subAccounts(first: 50) { edges { node {
					name roles { name } } } } } } } } }`, 1,
			},
			"of the orgs of an account": {
				`{ orgs { nodes { roles(first: 100) { nodes { name subAccounts(first: 50) { nodes { name roles { name } } } } } } }
					}`, 1,
			},
			"sub-accounts, their roles and grants": {`query($org: ID!) { org(id: $org) { subAccounts(first: 100) { nodes { name roles { name grants { module actions scope } }
				grants { module actions scope } } } } }`, 0},
			"sub-accounts, their roles and who holds those": {
				`query($org: ID!) { org(id: $org) { subAccounts(first: 50) { nodes { roles { name subAccounts(first: 40) { nodes {
					name } } } } } } }`, 1,
			},
			"the nested query of the README": {`query($org: ID!) { org(id: $org) { name roles(first: 20) { totalCount nodes { name modules
				subAccounts(first: 50) { totalCount nodes { name status roles { name } } } } } } }`, 0},
			"what a role would do": {`query($org: ID!) { previewRole(input: {orgId: $org, id: "` + w.A.Roles["客服"] +
				`", grants: []}) { subAccounts { gains subAccount { name roles { name subAccounts(first: 3) { nodes { id } } } } } } }`, 1},
		} {
			var a *apitest.Answer
			in := vars{}
			if strings.Contains(c.query, "$org") {
				in["org"] = w.A.ID
			}
			ran := w.Statements(func() { a = w.A.Owner.Do(c.query, in) })
			looks := 0
			for _, statement := range ran {
				if strings.Contains(statement, "holders AS") {
					looks++
				}
			}
			cost := charged(t, a.Body)
			if objects := strings.Count(a.Body, `"name":`) + strings.Count(a.Body, `"gains":`); a.Code() != "" ||
				cost < objects || cost > 20_000 || looks != c.looks || objects < 200 {
				t.Errorf("%s: %q, cost %d for %d objects, looked %d times: %.200s", name, a.Code(), cost, objects, looks, a.Body)
			}
		}

		// What is really there is refused.
		seats = nil
		for i := range 200 {
			seats = append(seats, newSeat{name: fmt.Sprint("满", i), roles: ids[i%80 : i%80+10], createdAt: noon})
		}
		r.seats(w.A.ID, seats...)
		if a := w.A.Owner.Do(pageOfRoles, vars{"org": w.A.ID}); a.Code() != "LIMIT_EXCEEDED" ||
			a.Errors[0].Extensions["limit"] != "cost" {
			t.Errorf("%q: %.300s", a.Code(), a.Body)
		}
		// Who owns no org has none of these lists, whatever they could come to, and is told so.
		if a := w.A.Seats["审计"].Do(pageOfRoles, vars{"org": w.A.ID}); a.Code() != "FORBIDDEN" {
			t.Errorf("%q: %.300s", a.Code(), a.Body)
		}
		if a := w.Nobody(t).Do(pageOfRoles, vars{"org": w.A.ID}); a.Code() != "UNAUTHENTICATED" {
			t.Errorf("%q: %.300s", a.Code(), a.Body)
		}
	})
}

// TestLookingIsCharged, also for what is refused then.
func TestLookingIsCharged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorldWith(t, db, apitest.Options{Limits: bounds.Limits{Cost: 20_000}, Budget: 3_500})
		ask := `query($org: ID!) { org(id: $org) { ` + numbered(5,
			"a%d: creators(first: 100) { nodes { orders(first: 100) { nodes { id } } } } ") + ` } }`
		codes := []string{}
		for range 5 {
			codes = append(codes, w.A.Owner.Do(ask, vars{"org": w.A.ID}).Code())
		}
		if got := strings.Join(codes, " "); got != "LIMIT_EXCEEDED LIMIT_EXCEEDED LIMIT_EXCEEDED RATE_LIMITED RATE_LIMITED" {
			t.Error(got)
		}
	})
}
