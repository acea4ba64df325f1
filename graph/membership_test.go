package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const standing = `query($org: ID!) {
	viewer { seats { orgId orgName name status roleNames org { id } } mayOpenOrg }
	orgs { totalCount nodes { id } }
	org(id: $org) { name viewerIsOwner viewerGrants { module actions scope } navigation { module name } auditEvents { totalCount } } }`

func TestSubAccountSeesItsSeatsAndNavigation(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		w.B.Owner.Do(`{ viewer { seatLimit } }`, nil).OK()
		answer := w.A.Seats["运营"].Do(standing, apitest.Vars{"org": w.A.ID})
		for path, want := range map[string]any{
			"viewer.seats.0.orgId": w.A.ID, "viewer.seats.0.orgName": "甲机构", "viewer.seats.0.name": "运营员",
			"viewer.seats.0.status":      "ENABLED",
			"viewer.seats.0.roleNames.0": "运营", "viewer.seats.0.org.id": w.A.ID, "viewer.seats.1": nil,
			"viewer.mayOpenOrg": false,
			"orgs.totalCount":   1.0, "orgs.nodes.0.id": w.A.ID, "org.viewerIsOwner": false, "org.name": "甲机构",
			"org.auditEvents": nil,
		} {
			if got := answer.Get(path); got != want {
				t.Errorf("%s is %v, want %v", path, got, want)
			}
		}
		if got := answer.Texts("org.navigation", "module"); !slices.Equal(got, []string{"CREATORS", "TASKS", "DATA"}) {
			t.Errorf("navigation: %v", got)
		}
		want := "[map[actions:[VIEW EDIT] module:CREATORS scope:ALL] map[actions:[VIEW EDIT] module:TASKS scope:ALL] " +
			"map[actions:[VIEW] module:DATA scope:ALL]]"
		if got := fmt.Sprint(answer.Get("org.viewerGrants")); got != want {
			t.Errorf("grants: %s", got)
		}
	})
}

func TestForbiddenFieldIsNullBesideItsSiblings(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		seat := w.A.Seats["商务"]
		for lang, message := range map[string]string{
			"":   "您在该机构没有“子帐号管理”的查看权限，请联系机构的主帐号。",
			"en": "You can't view sub-accounts in this org. Ask the owner.",
		} {
			seat.Lang = lang
			answer := seat.Do(
				`query($org: ID!) { mine: org(id: $org) { before: name people: roles { totalCount } trail: auditEvents {
					totalCount } owner { phone } after: currency } modules { module } }`,
				apitest.Vars{"org": w.A.ID})
			if answer.Get("mine.before") != "甲机构" || answer.Get("mine.after") != "CNY" || len(answer.List("modules")) == 0 {
				t.Errorf("siblings are not answered: %s", answer.Body)
			}
			for _, field := range []string{"people", "trail", "owner"} {
				if value, there := answer.Get("mine").(map[string]any)[field]; !there || value != nil {
					t.Errorf("%s is %v", field, value)
				}
			}
			if len(answer.Errors) != 3 {
				t.Fatalf("%s", answer.Body)
			}
			for _, e := range answer.Errors {
				module := map[string]string{
					"people": "SUB_ACCOUNTS", "owner": "SUB_ACCOUNTS",
					"trail": "AUDIT_LOG",
				}[fmt.Sprint(e.Path[1])]
				field := map[string]string{"people": "roles", "owner": "owner", "trail": "auditEvents"}[fmt.Sprint(e.Path[1])]
				if got, want := fmt.Sprint(e.Extensions), fmt.Sprintf("map[action:VIEW code:FORBIDDEN coordinate:Org.%s "+
					"module:%s orgId:%s]", field, module, w.A.ID); got != want || e.Path[0] != "mine" || len(e.Path) != 2 {
					t.Errorf("%v: %s, want %s", e.Path, got, want)
				}
				if module == "SUB_ACCOUNTS" && message != "" && e.Message != message {
					t.Errorf("message %q", e.Message)
				}
			}
		}
		edit := seat.Do(
			`mutation($in: DeleteRoleInput!) { deleteRole(input: $in) { deletedId } viewer: signOut { endedId } }`,
			apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "id": w.A.Roles["客服"]}})
		if edit.Code() != "FORBIDDEN" || edit.Errors[0].Extensions["action"] != "EDIT" || edit.Get("deleteRole") != nil ||
			edit.Text("viewer.endedId") == "" {
			t.Errorf("%s", edit.Body)
		}
	})
}

// TestNextRequestFeelsWhatChanged does to a seat whatever narrows it, and asks at once.
func TestNextRequestFeelsWhatChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		const reads, refused, gone = "reads the trail", "is in the org, not in the trail", "has no business in the org"
		change := func(caller *apitest.Client, mutation string, in apitest.Vars) {
			t.Helper()
			answer := caller.Do("mutation { "+mutation+" { userErrors { code } } }", nil)
			if in != nil {
				kind := map[string]string{
					"updateRole": "UpdateRoleInput", "updateSubAccount": "UpdateSubAccountInput",
					"deleteSubAccounts": "DeleteSubAccountsInput", "releaseSeat": "ReleaseSeatInput",
				}[mutation]
				if kind == "" {
					kind = strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
				}
				answer = caller.Do(fmt.Sprintf("mutation($in: %s!) { %s(input: $in) { userErrors { code message } } }", kind,
					mutation), apitest.Vars{"in": in})
			}
			if answer.OK(); len(answer.List(mutation+".userErrors")) > 0 {
				t.Fatalf("%s: %s", mutation, answer.Body)
			}
		}
		serial := 60
		for name, test := range map[string]struct {
			do   func(seat *apitest.Seat)
			then string
			undo func(seat *apitest.Seat)
		}{
			"disable": {
				func(s *apitest.Seat) {
					change(w.A.Owner, "disableSubAccounts", apitest.Vars{"orgId": w.A.ID, "ids": []string{s.ID}})
				}, gone,
				func(s *apitest.Seat) {
					change(w.A.Owner, "enableSubAccounts", apitest.Vars{"orgId": w.A.ID, "ids": []string{s.ID}})
				},
			},
			"delete": {func(s *apitest.Seat) {
				change(w.A.Owner, "deleteSubAccounts", apitest.Vars{"orgId": w.A.ID, "ids": []string{s.ID}})
			}, gone, nil},
			"release": {func(s *apitest.Seat) { change(s.Client, "releaseSeat", apitest.Vars{"orgId": w.A.ID}) }, gone, nil},
			"release while disabled": {func(s *apitest.Seat) {
				change(w.A.Owner, "disableSubAccounts", apitest.Vars{"orgId": w.A.ID, "ids": []string{s.ID}})
				change(s.Client, "releaseSeat", apitest.Vars{"orgId": w.A.ID})
			}, gone, nil},
			"another role": {
				func(s *apitest.Seat) {
					change(w.A.Owner, "updateSubAccount", apitest.Vars{
						"orgId": w.A.ID, "id": s.ID,
						"roleIds": []string{w.A.Roles["客服"]},
					})
				}, refused,
				func(s *apitest.Seat) {
					change(w.A.Owner, "updateSubAccount", apitest.Vars{
						"orgId": w.A.ID, "id": s.ID,
						"roleIds": []string{w.A.Roles["客服"], w.A.Roles["审计"]},
					})
				},
			},
			"a narrower role": {
				func(*apitest.Seat) {
					change(w.A.Owner, "updateRole", apitest.Vars{"orgId": w.A.ID, "id": w.A.Roles["审计"], "grants": []any{}})
				}, refused,
				func(*apitest.Seat) {
					change(w.A.Owner, "updateRole", apitest.Vars{
						"orgId": w.A.ID, "id": w.A.Roles["审计"],
						"grants": []any{apitest.Vars{"module": "AUDIT_LOG"}},
					})
				},
			},
		} {
			serial++
			phone := fmt.Sprintf("139010000%d", serial)
			seat := w.Seat(t, w.A, phone, "来去员", w.A.Roles["审计"])
			w.Seat(t, w.B, phone, "来去员", w.B.Roles["审计"])
			is := func(when, orgID, want string) {
				t.Helper()
				// Twice: the second answer may come from what the server keeps.
				for range 2 {
					answer := seat.Do(
						`query($org: ID!) { org(id: $org) { name auditEvents { totalCount } } node(id: $org) { id } viewer { seats {
							status org { id } } } orgs { nodes { id } } }`, apitest.Vars{"org": orgID})
					got := gone
					switch {
					case answer.Get("org.auditEvents.totalCount") != nil:
						got = reads
					case answer.Get("org") != nil && answer.Code() == "FORBIDDEN":
						got = refused
					}
					listed := slices.Contains(answer.Texts("orgs.nodes", "id"), orgID)
					if got != want || listed != (want != gone) || (answer.Get("node") != nil) != (want != gone) {
						t.Errorf("%s, %s: it %s, want it %s: %s", name, when, got, want, answer.Body)
					}
				}
			}
			is("before", w.A.ID, reads)
			is("before, in the other org", w.B.ID, reads)
			test.do(seat)
			is("after", w.A.ID, test.then)
			is("after, in the other org", w.B.ID, reads)
			if test.undo != nil {
				test.undo(seat)
				is("undone", w.A.ID, reads)
			}
		}
	})
}

// TestLinkAcrossOrgsIsNotFound gives a role of B to a sub-account of A, and a sub-account of A to B's owner.
func TestLinkAcrossOrgsIsNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		before := contents(t, db, w.A.ID) + contents(t, db, w.B.ID)
		tried := 0
		for name, role := range map[string]string{
			"a role of B": w.B.Roles["运营"], "no role": id.New(id.Role), "no id": "x",
			"a seat": w.A.Seats["运营"].ID,
		} {
			update := w.A.Owner.Do(
				`mutation($in: UpdateSubAccountInput!) { updateSubAccount(input: $in) { subAccount { id } userErrors {
					code field message } } }`,
				apitest.Vars{"in": apitest.Vars{
					"orgId": w.A.ID, "id": w.A.Seats["客服"].ID,
					"roleIds": []string{w.A.Roles["客服"], role},
				}}).OK()
			tried++
			if got, want := fmt.Sprintf("%v %v %v", update.Get("updateSubAccount.userErrors.0.code"),
				update.Get("updateSubAccount.userErrors.0.field"), update.Get("updateSubAccount.subAccount")),
				"NOT_FOUND [input roleIds 1] <nil>"; got != want {
				t.Errorf("%s given by an update: %s", name, update.Body)
			}
			flow := w.A.Owner.Do(
				`mutation($org: ID!, $to: String!) { sendBindCode(input: {orgId: $org, to: {phone: $to}}) { flow } }`,
				apitest.Vars{"org": w.A.ID, "to": fmt.Sprint("1370000008", tried)}).OK().Text("sendBindCode.flow")
			made := w.A.Owner.Do(
				`mutation($in: CreateSubAccountInput!) { createSubAccount(input: $in) { subAccount { id } userErrors { code field }
					} }`, apitest.Vars{"in": apitest.Vars{
					"orgId": w.A.ID, "name": "跨机构", "roleIds": []string{role},
					"code": apitest.Vars{"flow": flow, "code": w.Codes.Of(flow)},
				}}).OK()
			if got := fmt.Sprint(made.UserErrors("createSubAccount"),
				made.Get("createSubAccount.subAccount")); got != "[NOT_FOUND] <nil>" {
				t.Errorf("%s given to somebody new: %s", name, made.Body)
			}
		}
		for name, seat := range map[string]string{"a seat of A": w.A.Seats["客服"].ID, "no seat": id.New(id.SubAccount)} {
			taken := w.B.Owner.Do(
				`mutation($in: UpdateSubAccountInput!) { updateSubAccount(input: $in) { subAccount { id } userErrors { code } } }`,
				apitest.Vars{"in": apitest.Vars{"orgId": w.B.ID, "id": seat, "roleIds": []string{w.B.Roles["客服"]}}}).OK()
			if got := taken.UserErrors("updateSubAccount"); !slices.Equal(got, []string{"NOT_FOUND"}) {
				t.Errorf("%s: %s", name, taken.Body)
			}
		}
		if after := contents(t, db, w.A.ID) + contents(t, db, w.B.ID); after != before {
			t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
		}
	})
}
