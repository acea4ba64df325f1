package graph_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestCursorOfAnotherListIsRefused takes the cursor of one list to every other one.
func TestCursorOfAnotherListIsRefused(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		type place struct {
			name   string
			caller *apitest.Client
			query  string
		}
		org := func(w *apitest.Agency, field, order string) place {
			if order != "" {
				order = ", orderBy: {" + order + "}"
			}
			return place{
				fmt.Sprint(w.ID, field, order), w.Owner,
				fmt.Sprintf(
					`query($c: String) { org(id: %q) { list: %s(first: 1, after: $c%s) { pageInfo { endCursor } edges { node { id } } }
						} }`, w.ID, field, order),
			}
		}
		role := func(w *apitest.Agency, name string) place {
			return place{
				name, w.Owner,
				fmt.Sprintf(
					`query($c: String) { org: node(id: %q) { ... on Role { list: subAccounts(first: 1, after: $c) { pageInfo {
						endCursor } edges { node { id } } } } } }`, w.Roles[name]),
			}
		}
		places := []place{
			org(w.A, "roles", ""), org(w.B, "roles", ""),
			org(w.A, "roles", "field: NAME"), org(w.A, "roles", "field: CREATED_AT, direction: DESC"),
			org(w.A, "roles", "field: NAME, direction: DESC"),
			org(w.A, "subAccounts", ""), org(w.B, "subAccounts", ""),
			org(w.A, "subAccounts", "field: NAME"), org(w.A, "subAccounts", "field: LAST_ACTIVE_AT"),
			org(w.A, "auditEvents", ""), org(w.B, "auditEvents", ""),
			role(w.A, "运营"), role(w.A, "审计"), role(w.B, "运营"),
			{
				"orgs", w.A.Owner,
				`query($c: String) { org: viewer { id: seatLimit } orgs(first: 1, after: $c) { edges { node { id } } pageInfo {
					endCursor } } }`,
			},
			{
				"viewer", w.A.Owner,
				`query($c: String) { org: viewer { list: auditEvents(first: 1, after: $c) { edges { node { id } } pageInfo {
					endCursor } } } }`,
			},
			{
				"role's events", w.A.Owner,
				fmt.Sprintf(
					`query($c: String) { org: node(id: %q) { ... on Role { list: auditEvents(first: 1, after: $c) { edges { node { id }
						} pageInfo { endCursor } } } } }`, w.A.Roles["审计"]),
			},
		}
		cursors := map[string]string{}
		for _, p := range places {
			first := p.caller.Do(p.query, nil).OK()
			cursors[p.name] = first.Text("org.list.pageInfo.endCursor") + first.Text("orgs.pageInfo.endCursor")
			if cursors[p.name] == "" {
				t.Fatalf("%s has no cursor: %s", p.name, first.Body)
			}
			p.caller.Do(p.query, apitest.Vars{"c": cursors[p.name]}).OK()
		}
		for _, p := range places {
			for from, cursor := range cursors {
				if from == p.name {
					continue
				}
				answer := p.caller.Do(p.query, apitest.Vars{"c": cursor})
				if answer.Code() != "BAD_REQUEST" || strings.Contains(answer.Body, `"node"`) {
					t.Errorf("cursor of %s in %s: %s", from, p.name, answer.Body)
				}
			}
			for _, text := range []string{
				"", "x", "====", "\x00", "王", strings.Repeat("A", 100_000),
				base64.RawURLEncoding.EncodeToString(make([]byte, 40)),
			} {
				if answer := p.caller.Do(p.query, apitest.Vars{"c": text}); answer.Code() != "BAD_REQUEST" {
					t.Errorf("%.20q in %s: %.200s", text, p.name, answer.Body)
				}
			}
		}
	})
}

// TestEditedCursorIsBadRequest edits each byte of a cursor on its way through the whole server.
func TestEditedCursorIsBadRequest(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		const query = `query($org: ID!, $after: String, $before: String) { org(id: $org) {
			roles(first: 1, after: $after, before: $before) { nodes { id } pageInfo { endCursor } } } }`
		cursor := w.A.Owner.Do(query, apitest.Vars{"org": w.A.ID}).OK().Text("org.roles.pageInfo.endCursor")
		for i := range cursor {
			for _, b := range []byte{cursor[i] ^ 1, cursor[i] ^ 3, 'A', '\n'} {
				edited := cursor[:i] + string(b) + cursor[i+1:]
				if edited == cursor {
					continue
				}
				for _, arg := range []string{"after", "before"} {
					answer := w.A.Owner.Do(query, apitest.Vars{"org": w.A.ID, arg: edited})
					if answer.Code() != "BAD_REQUEST" || answer.Get("org.roles") != nil {
						t.Errorf("%q as %s: %s", edited, arg, answer.Body)
					}
				}
			}
		}
	})
}

// TestCursorOutlivesItsReader: a cursor is a place and no permission.
func TestCursorOutlivesItsReader(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		const query = `query($org: ID!, $after: String) { org(id: $org) { auditEvents(first: 2, after: $after) {
			totalCount nodes { id } pageInfo { endCursor } } } }`
		reader := w.A.Seats["审计"]
		vars := apitest.Vars{"org": w.A.ID}
		vars["after"] = reader.Do(query, vars).OK().Text("org.auditEvents.pageInfo.endCursor")
		if n := len(reader.Do(query, vars).OK().List("org.auditEvents.nodes")); n != 2 {
			t.Fatalf("%d events", n)
		}
		for name, c := range map[string]*apitest.Client{
			"a seat without the module": w.A.Seats["商务"].Client,
			"a disabled seat":           w.A.Disabled.Client, "the other org's owner": w.B.Owner, "nobody": w.Nobody(t),
		} {
			if answer := c.Do(query, vars); answer.Get("org.auditEvents") != nil || len(answer.Errors) == 0 &&
				answer.Get("org") != nil {
				t.Errorf("%s reads on: %s", name, answer.Body)
			}
		}
		w.A.Owner.Do(`mutation($in: UpdateRoleInput!) { updateRole(input: $in) { userErrors { code } } }`,
			apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "id": w.A.Roles["审计"], "grants": []any{}}}).OK()
		if answer := reader.Do(query, vars); answer.Code() != "FORBIDDEN" || answer.Get("org.auditEvents") != nil {
			t.Errorf("who lost the grant reads on: %s", answer.Body)
		}
	})
}
