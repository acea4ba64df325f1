package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const explain = `query($org: ID!, $id: ID!, $at: String!) { explainAccess(orgId: $org, subAccountId: $id, coordinate: $at) {
	coordinate subAccount { id name } status guard module action scope verdict message roles { role { name } scope } } }`

func (s *fixture) explain(c *apitest.Client, sub, at string) *apitest.Answer {
	return c.Do(explain, apitest.Vars{"org": s.A.ID, "id": sub, "at": at})
}

func TestExplainAccessSaysWhy(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		s := newFixture(t, db)
		two := s.seat("两岗", s.A.Roles["客服"], s.role4(grant("ORDERS", "EXPORT", "OWN")))
		kefu, off := s.A.Seats["客服"].ID, s.A.Disabled.ID
		for _, test := range []struct{ sub, at, want, zh, en string }{
			{
				kefu, "Order.commission", "ENABLED Org.orders ORDERS VIEW ALL ALLOWED",
				"“客服员”可以使用 Order.commission：岗位“客服”给了“订单管理”的查看权限，数据范围为全部。",
				"客服员 can use Order.commission: the role 客服 lets them view orders (all rows).",
			},
			{two.ID, "Mutation.exportOrders", "ENABLED Mutation.exportOrders ORDERS EXPORT OWN ALLOWED", "", ""},
			{
				kefu, "Mutation.createRole", "ENABLED Mutation.createRole SUB_ACCOUNTS EDIT <nil> DENIED",
				"“客服员”不能使用 Mutation.createRole：没有岗位给了“子帐号管理”的编辑权限。",
				"客服员 can't use Mutation.createRole: no role lets them edit sub-accounts.",
			},
			{kefu, "Order.creator", "ENABLED Order.creator CREATORS VIEW <nil> DENIED", "", ""},
			{kefu, "Creator.orders", "ENABLED Org.creators CREATORS VIEW <nil> DENIED", "", ""},
			{
				kefu, "AuditEvent.operation", "ENABLED Viewer.auditEvents <nil> <nil> <nil> ONLY_ABOUT_ITSELF",
				"“客服员”可以使用 AuditEvent.operation，但只限本人帐号的内容。", "客服员 can use AuditEvent.operation, but only for their own account.",
			},
			{kefu, "Org.name", "ENABLED", "“客服员”可以使用 Org.name：不需要岗位。", "客服员 can use Org.name: no role is needed."},
			{
				off, "Org.auditEvents", "DISABLED Org.auditEvents AUDIT_LOG VIEW <nil> DENIED", "“停用员”已停用，不能使用 Org.auditEvents。",
				"停用员 is disabled and can't use Org.auditEvents.",
			},
			{off, "Query.modules", "DISABLED Query.modules <nil> <nil> <nil> ALLOWED", "", ""},
		} {
			for lang, want := range map[string]string{"zh": test.zh, "en": test.en} {
				owner := *s.A.Owner
				owner.Lang = lang
				a := s.explain(&owner, test.sub, test.at).OK()
				e := a.Get("explainAccess").(map[string]any)
				got := fmt.Sprint(e["status"], " ", e["guard"], " ", e["module"], " ", e["action"], " ", e["scope"], " ",
					e["verdict"])
				if !strings.HasPrefix(got, test.want) || want != "" && e["message"] != want {
					t.Errorf("%s: %s %s", test.at, got, e["message"])
				}
			}
		}
		roles := s.explain(s.A.Owner, two.ID, "Mutation.exportOrders").OK()
		if roles.Get("explainAccess.roles.0.scope") != nil || roles.Text("explainAccess.roles.1.scope") != "OWN" ||
			roles.Text("explainAccess.roles.0.role.name") != "客服" {
			t.Error(roles.Body)
		}
		for _, sub := range []string{s.B.Seats["客服"].ID, "x", nowhere()["sub"]} {
			if a := s.explain(s.A.Owner, sub, "Order.commission").OK(); a.Get("explainAccess") != nil {
				t.Errorf("%s: %s", sub, a.Body)
			}
		}
		for _, at := range []string{
			"", "Order", "Order.", "Order.nothing", "Nothing.id", "CreateRoleInput.name", "Node.id",
			"__Type.name", "Query.__schema", "Order.commission.x",
		} {
			if a := s.explain(s.A.Owner, kefu, at); a.Code() != "BAD_REQUEST" ||
				!strings.Contains(a.Errors[0].Message, "“"+at+"”") {
				t.Errorf("%q: %s", at, a.Body)
			}
		}
		for _, c := range []*apitest.Client{s.A.Seats["客服"].Client, s.B.Owner, s.Stranger} {
			if a := s.explain(c, kefu, "Order.commission"); a.Code() != "FORBIDDEN" || a.Get("explainAccess") != nil {
				t.Error(a.Body)
			}
		}
		if ran := s.Statements(func() { s.explain(s.A.Owner, two.ID, "Order.commission").OK() }); len(ran) > 3 {
			t.Errorf("%d statements: %v", len(ran), ran)
		}
	})
}

// TestExplainAccessIsWhatHappens draws grants, asks for every field as who has them, and compares with what the owner
// is told and with what introspection shows.
func TestExplainAccessIsWhatHappens(t *testing.T) {
	t.Parallel()
	for _, name := range []string{dialect.SQLite, dialect.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTenants(t, storetest.Open(t, name))
			made := s.A.Owner.Do(
				`mutation($org: ID!) { createRole(input: {orgId: $org, name: "抽签", grants: []}) { role { id } } }`,
				apitest.Vars{"org": s.A.ID}).OK().Text("createRole.role.id")
			who := s.Seat(t, s.A, "13700009999", "抽签员", made)
			modules := map[string][]string{
				"CREATORS": {"VIEW", "EDIT", "EXPORT"}, "TASKS": {"VIEW", "EDIT", "EXPORT"}, "DATA": {"VIEW"},
				"ORDERS": {"VIEW", "EDIT", "EXPORT"}, "AUDIT_LOG": {"VIEW", "EXPORT"},
			}
			grants := rapid.Custom(func(t *rapid.T) []apitest.Vars {
				given := []apitest.Vars{}
				for _, module := range sortedKeys(modules) {
					if action := rapid.SampledFrom(append([]string{""}, modules[module]...)).Draw(t, module); action != "" {
						given = append(given, apitest.Vars{"module": module, "actions": []string{action}})
					}
				}
				return given
			})
			for seed := range 4 {
				given := grants.Example(seed)
				s.A.Owner.Do(`mutation($in: UpdateRoleInput!) { updateRole(input: $in) { userErrors { code } } }`,
					apitest.Vars{"in": apitest.Vars{"orgId": s.A.ID, "id": made, "grants": given}}).OK()
				happened(t, s, who, fmt.Sprint(given))
			}
		})
	}
}

func happened(t *testing.T, s *tenants, who *apitest.Seat, given string) {
	t.Helper()
	w := newWalk(t)
	shown := introspect(who.Client)
	verdicts := map[string]string{}
	for at := range coordinates(w.schema) {
		answer := s.A.Owner.Do(explain, apitest.Vars{"org": s.A.ID, "id": who.ID, "at": at}).OK()
		verdicts[at] = answer.Text("explainAccess.verdict")
		if (verdicts[at] != "DENIED") != shown.fields[at] {
			t.Errorf("%s: %s is %s, and shown: %v: %s", given, at, verdicts[at], shown.fields[at], answer.Body)
		}
	}
	refused := map[string]bool{}
	ask := func(d document, ids map[string]string) {
		answer := w.ask(who.Client, d, ids)
		if answer.Data != nil {
			w.visit(d.tree.Operations[0].SelectionSet, any(answer.Data))
		}
		for _, e := range answer.Errors {
			if _, needsAll := e.Extensions["scope"]; e.Extensions["code"] == "FORBIDDEN" && !needsAll {
				refused[coordinateOf(d.tree.Operations[0].SelectionSet, e.Path)] = true
			}
		}
	}
	for _, d := range w.queries() {
		ask(d, s.ids)
	}
	ids := nowhere()
	ids["org"] = s.A.ID
	for _, d := range w.mutations() {
		if !slices.Contains([]string{
			"signOut", "releaseSeat", "endSessions", "signIn", "sendCode", "setPassword",
			"createOrg",
		}, d.name) {
			ask(d, ids)
		}
	}
	for coordinate, field := range coordinates(w.schema) {
		guarded := field.Directives.ForName("hasModule") != nil
		switch verdict := verdicts[coordinate]; {
		case verdict == "DENIED" && w.answered[coordinate]:
			t.Errorf("%s: %s is denied and answered", given, coordinate)
		case verdict != "DENIED" && refused[coordinate]:
			t.Errorf("%s: %s is %s and refused", given, coordinate, verdict)
		case verdict == "DENIED" && guarded && strings.Contains("Query Mutation Org", strings.Split(coordinate, ".")[0]) &&
			!refused[coordinate]:
			t.Errorf("%s: %s is denied and not refused", given, coordinate)
		}
	}
}

// coordinateOf returns the coordinate that the path of an error leads to.
func coordinateOf(set ast.SelectionSet, path []any) string {
	coordinate := ""
	for _, step := range path {
		name, named := step.(string)
		if !named {
			continue
		}
		for _, selection := range flat(set) {
			if selection.Alias == name {
				coordinate, set = selection.ObjectDefinition.Name+"."+selection.Name, selection.SelectionSet
				break
			}
		}
	}
	return coordinate
}

func flat(set ast.SelectionSet) (fields []*ast.Field) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			fields = append(fields, s)
		case *ast.InlineFragment:
			fields = append(fields, flat(s.SelectionSet)...)
		}
	}
	return fields
}

func coordinates(schema *ast.Schema) map[string]*ast.FieldDefinition {
	all := map[string]*ast.FieldDefinition{}
	for _, def := range schema.Types {
		if def.Kind != ast.Object || def.BuiltIn {
			continue
		}
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				all[def.Name+"."+f.Name] = f
			}
		}
	}
	return all
}

// TestPreviewRoleTellsWhoGainsAndLoses looks before a role is saved, and compares with introspection before and after.
func TestPreviewRoleTellsWhoGainsAndLoses(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		s := newFixture(t, db)
		role := s.role4(grant("ORDERS", "VIEW", "ALL"), grant("TASKS", "EDIT", "ALL"))
		one, two := s.seat("一岗", role), s.seat("两岗", role, s.A.Roles["商务"])
		preview := func(c *apitest.Client, in vars) *apitest.Answer {
			in["orgId"] = s.A.ID
			return c.Do(
				`query($in: PreviewRoleInput!) { previewRole(input: $in) { subAccounts { subAccount { id } gains loses grantsBefore
					{ module } grantsAfter { module } } } }`, vars{"in": in})
		}
		grants := []vars{grant("ORDERS", "EDIT", "ALL")}
		var answer *apitest.Answer
		if ran := s.Statements(func() {
			answer = preview(s.A.Owner,
				vars{"id": role, "grants": grants}).OK()
		}); len(ran) > 4 {
			t.Errorf("%d statements: %v", len(ran), ran)
		}
		before := []sentFields{introspect(one.Client), introspect(two.Client)}
		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": role, "grants": grants})
		for i, seat := range []*apitest.Seat{one, two} {
			after := introspect(seat.Client)
			at := fmt.Sprintf("previewRole.subAccounts.%d.", i)
			if got, want := fmt.Sprint(answer.List(at+"gains")),
				fmt.Sprint(less(after.fields, before[i].fields)); got != want || !strings.Contains(got, "Mutation.importOrders") {
				t.Errorf("gains %s, want %s", got, want)
			}
			if got, want := fmt.Sprint(answer.List(at+"loses")),
				fmt.Sprint(less(before[i].fields, after.fields)); got != want ||
				strings.Contains(got, "Mutation.createTask") != (i == 0) {
				t.Errorf("loses %s, want %s", got, want)
			}
		}
		made := preview(s.A.Owner, vars{
			"grants":        []vars{grant("DATA", "VIEW", "ALL")},
			"subAccountIds": []string{one.ID, s.A.Disabled.ID},
		}).OK()
		if len(made.List("previewRole.subAccounts")) != 2 || !strings.Contains(made.Body, "DataReport.total") ||
			len(made.List("previewRole.subAccounts.0.gains")) != 0 {
			t.Error(made.Body) // the first is the older one, who is disabled
		}
		taken := preview(s.A.Owner, vars{"id": role, "subAccountIds": []string{two.ID}}).OK()
		if len(taken.List("previewRole.subAccounts.0.loses")) == 0 ||
			len(taken.List("previewRole.subAccounts.1.loses")) != 0 {
			t.Error(taken.Body)
		}
		for name, in := range map[string]vars{
			"another org's role": {"id": s.B.Roles["客服"]}, "no id": {"id": "x"},
			"another org's seat": {"id": role, "subAccountIds": []string{s.B.Seats["客服"].ID}},
			"no seat":            {"subAccountIds": []string{"x"}},
		} {
			if a := preview(s.A.Owner, in).OK(); a.Get("previewRole") != nil {
				t.Errorf("%s: %s", name, a.Body)
			}
		}
		if a := preview(s.A.Owner, vars{"grants": []vars{grant("DATA", "EDIT", "ALL")}}); a.Code() != "BAD_REQUEST" {
			t.Error(a.Body)
		}
		if a := preview(s.B.Owner, vars{"id": role}); a.Code() != "FORBIDDEN" {
			t.Error(a.Body)
		}
	})
}

func less(of, in map[string]bool) []string {
	names := []string{}
	for _, name := range sortedKeys(of) {
		if !in[name] {
			names = append(names, name)
		}
	}
	return names
}
