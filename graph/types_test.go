package graph_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"deputy/internal/store/storetest"
)

// TestAnOrgTellsItsDecimals, by its currency.
func TestAnOrgTellsItsDecimals(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		for currency, digits := range map[string]float64{"CNY": 2, "JPY": 0, "KWD": 3} {
			s.must(s.A.Owner, "updateOrg", vars{"orgId": s.A.ID, "currency": currency})
			a := s.A.Seats["客服"].Do(
				`query($id: ID!) { org(id: $id) { currencyDigits } orgs { nodes { currency currencyDigits } } }`,
				vars{"id": s.A.ID}).OK()
			if a.Get("org.currencyDigits") != digits || a.Get("orgs.nodes.0.currencyDigits") != digits ||
				a.Text("orgs.nodes.0.currency") != currency {
				t.Errorf("%s: %s", currency, a.Body)
			}
		}
	})
}

// TestGrantsAreThoseOfTheNavigation: neither names a module that the other leaves out, whoever asks.
func TestGrantsAreThoseOfTheNavigation(t *testing.T) {
	t.Parallel()
	s := newFixture(t, storetest.Open(t, "sqlite3"))
	for name, who := range map[string]*client{
		"the owner": s.A.Owner, "运营": s.A.Seats["运营"].Client,
		"审计": s.A.Seats["审计"].Client,
	} {
		a := who.Do(`query($id: ID!) { org(id: $id) { viewerGrants { module } navigation { module } } }`,
			vars{"id": s.A.ID}).OK()
		granted := slices.Compact(a.Texts("org.viewerGrants", "module"))
		if shown := a.Texts("org.navigation", "module"); len(shown) == 0 || !slices.Equal(granted, shown) {
			t.Errorf("%s has %v, and sees %v", name, granted, shown)
		}
	}
}

// TestPermissionsSayWhatTakesAllRows: who edits own rows alone is refused what takes all of them, and nothing else.
func TestPermissionsSayWhatTakesAllRows(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	var permissions struct {
		Fields  map[string]struct{ Rule, Module, Action, Scope string }
		Scalars map[string]string
	}
	if err := json.Unmarshal(text, &permissions); err != nil {
		t.Fatal(err)
	}
	n := newTenants(t, storetest.Open(t, "sqlite3"))
	made := n.A.Owner.Do(`mutation($in: CreateRoleInput!) { createRole(input: $in) { role { id } } }`,
		vars{"in": vars{"orgId": n.A.ID, "name": "自己的", "grants": []vars{
			grant("CREATORS", "EDIT", "OWN"), grant("TASKS", "EDIT", "OWN"), grant("ORDERS", "EDIT", "OWN"),
			grant("ORDERS", "EXPORT", "OWN"), grant("DATA", "VIEW", "OWN"),
		}}}).OK()
	who := n.Seat(t, n.A, "13700007777", "自己的", made.Text("createRole.role.id"))
	walk, seen := newWalk(t), 0
	for _, d := range walk.mutations() {
		p := permissions.Fields["Mutation."+d.name]
		if p.Rule != "hasModule" || !slices.Contains(opened, p.Module) {
			continue
		}
		seen++
		a := walk.ask(who.Client, d, n.ids)
		whole := a.Code() == "FORBIDDEN" && a.Errors[0].Extensions["scope"] == "ALL"
		if whole != (p.Scope == "ALL") {
			t.Errorf("%s opens to %s %s %s: %.300s", d.name, p.Module, p.Action, p.Scope, a.Body)
		}
	}
	if seen < 12 {
		t.Errorf("%d mutations were asked for", seen)
	}
	for coordinate, p := range permissions.Fields {
		if guarded := p.Rule == "hasModule" || p.Rule == "inModule"; guarded != (p.Module != "" && p.Action != "" &&
			p.Scope != "") || p.Rule == "" || !strings.Contains(coordinate, ".") {
			t.Errorf("%s: %+v", coordinate, p)
		}
	}
	console, err := os.ReadFile("../docs/front-ends.md")
	if err != nil {
		t.Fatal(err)
	}
	_, mapped, _ := strings.Cut(string(console), "scalars: { ")
	mapped, _, _ = strings.Cut(mapped, " }")
	// which tools know
	told := map[string]string{"Boolean": "boolean", "Float": "number", "ID": "string", "Int": "number", "String": "string"}
	for _, one := range strings.Split(mapped, ", ") {
		name, kind, _ := strings.Cut(one, ": ")
		told[name] = strings.Trim(kind, "'")
	}
	if !maps.Equal(told, permissions.Scalars) {
		t.Errorf("docs/front-ends.md maps scalars as %v, and permissions.json as %v", told, permissions.Scalars)
	}
	for scalar, kind := range map[string]string{"Int64": "number", "Time": "string", "Date": "string", "ID": "string"} {
		if permissions.Scalars[scalar] != kind {
			t.Errorf("%s is a %s", scalar, permissions.Scalars[scalar])
		}
	}
}
