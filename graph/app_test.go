package graph_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent/apitoken"
	"deputy/ent/app"
	"deputy/internal/access"
	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/rule"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

const importOne = `mutation($in: ImportOrdersInput!) { importOrders(input: $in) { created userErrors { code message } } }`

func oneOrder(org, number string) apitest.Vars {
	return apitest.Vars{"in": apitest.Vars{"orgId": org, "orders": []apitest.Vars{{
		"number": number, "creatorPlatformId": "p1", "productName": "商品", "amount": 100, "commission": 10,
		"status": "PAID", "paidAt": "2026-02-28T00:00:00Z",
	}}}}
}

func soldBy(a *apitest.Agency) {
	a.Owner.Do(`mutation($in: CreateCreatorInput!) { createCreator(input: $in) { creator { id } userErrors { message } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": a.ID, "name": "达人", "platformId": "p1", "managerId": a.Seats["运营"].ID}}).OK()
}

// TestAnAppWorksInItsOwnName: what it reads, what it writes, and what stands on record.
func TestAnAppWorksInItsOwnName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		soldBy(w.A)
		p := w.App(t, w.A, "同步", "CREATORS VIEW, ORDERS EDIT", nil)
		who := p.Do(`query($org: ID!) { viewer { id } app { id name status grants { module actions scope } token { id hint status
			createdAt endsAt lastUsedAt lastUsedIp lastUsedUserAgent } org { id } }
			orgs { nodes { id viewerIsOwner navigation { module } viewerGrants { module } } } org(id: $org) { id } node(id: $org) { id
			} }`, apitest.Vars{"org": w.B.ID}).OK()
		if who.Get("viewer") != nil || who.Text("app.id") != p.ID || who.Text("app.token.id") != p.TokenID ||
			who.Text("app.org.id") != w.A.ID || who.Get("org") != nil || who.Get("node") != nil {
			t.Errorf("%s", who.Body)
		}
		if got := fmt.Sprint(who.Texts("orgs.nodes", "id"), who.Texts("orgs.nodes.0.navigation", "module"),
			who.Texts("app.grants", "module"), who.Texts("app.grants", "scope"), who.Get("app.grants.1.actions"),
			who.Get("orgs.nodes.0.viewerIsOwner")); got !=
			"["+w.A.ID+"] [CREATORS ORDERS] [CREATORS ORDERS] [ALL ALL] [VIEW EDIT] false" {
			t.Errorf("%s", got)
		}
		if who.Text("app.token.hint") != p.Token[:16] || who.Text("app.token.status") != "LIVE" ||
			who.Text("app.token.lastUsedIp") != "127.0.0.1" || who.Text("app.token.lastUsedUserAgent") == "" {
			t.Errorf("%s", who.Body)
		}
		p.Header.Set("Idempotency-Key", "one")
		for range 2 {
			if done := p.Do(importOne, oneOrder(w.A.ID, "n1")).OK(); fmt.Sprint(done.Get("importOrders.created")) != "1" {
				t.Errorf("%s", done.Body)
			}
		}
		p.Header.Del("Idempotency-Key")
		read := p.Do(`query($org: ID!) { org(id: $org) { orders { nodes { number creatorName } } creators { nodes { name } } } }`,
			apitest.Vars{"org": w.A.ID}).OK()
		if read.Text("org.orders.nodes.0.number") != "n1" || read.Text("org.creators.nodes.0.name") != "达人" {
			t.Errorf("%s", read.Body)
		}
		for _, refused := range []struct{ query, code, apps string }{
			{`{ org(id: $org) { tasks { totalCount } } }`, "FORBIDDEN", "<nil>"},
			{`{ org(id: $org) { subAccounts { totalCount } } }`, "FORBIDDEN", "<nil>"},
			{`{ org(id: $org) { apps { id } } }`, "FORBIDDEN", "<nil>"},
			{`{ org(id: $org) { colleagues { nodes { name } } } }`, "FORBIDDEN", "false"},
			{`{ org(id: $org) { creators { nodes { manager { name } } } } }`, "FORBIDDEN", "false"},
			{`{ app { tokens { id } } node(id: $org) { id } }`, "FORBIDDEN", "<nil>"},
		} {
			got := p.Do("query($org: ID!) "+refused.query, apitest.Vars{"org": w.A.ID})
			if got.Code() != refused.code || fmt.Sprint(got.Errors[0].Extensions["apps"]) != refused.apps {
				t.Errorf("%s: %s", refused.query, got.Body)
			}
		}
		// It is on record as an app, with its token, in the trail that the owner reads.
		told := w.A.Owner.Do(`query($org: ID!, $app: ID!) { org(id: $org) { auditEvents(filter: {actorIds: [$app], outcomes: [DONE]}) {
			nodes { operation actor { kind actorId name tokenId } ip } } } }`, apitest.Vars{"org": w.A.ID, "app": p.ID}).OK()
		if got := fmt.Sprint(told.Get("org.auditEvents.nodes")); !strings.Contains(got, "actorId:"+p.ID) ||
			!strings.Contains(got, "kind:API_TOKEN name:同步 tokenId:"+p.TokenID) || len(told.List("org.auditEvents.nodes")) != 1 {
			t.Errorf("%s", got)
		}
	})
}

// forPeople are the types that tell of people, roles, other apps, tokens, signing in and sessions.
var forPeople = []string{
	"Account", "ApiToken", "App", "Colleague", "Role", "RoleAccess", "RolePreview", "RolePreviewEntry", "Seat", "Session",
	"SubAccount", "Viewer", "AccessExplanation",
}

// TestNoSetOfGrantsOpensPeople: whatever an app is given, no field that it may ask for hands out people, roles, apps,
// tokens or sessions, but itself; and no mutation of theirs lets it in.
func TestNoSetOfGrantsOpensPeople(t *testing.T) {
	t.Parallel()
	schema := served()
	sets, widest := []access.Set{0}, access.Set(0)
	for _, info := range access.Modules() {
		if !info.Grantable {
			continue
		}
		for _, s := range sets {
			for bits := 1; bits < 1<<len(info.Actions); bits++ {
				var actions []access.Action
				for i, a := range info.Actions {
					if bits&(1<<i) != 0 {
						actions = append(actions, a)
					}
				}
				one, err := access.SetOf([]access.Grant{{Module: info.Module, Actions: actions, Scope: access.All}})
				if err != nil {
					t.Fatal(err)
				}
				sets = append(sets, s.Union(one))
			}
		}
		sets = slices.Compact(slices.Sorted(slices.Values(sets)))
	}
	asks, refused := 0, map[string]bool{}
	for _, set := range sets {
		widest = widest.Union(set)
		a := gqlserve.AskerOf(&viewer.Viewer{
			App:         &viewer.App{ID: "app"},
			Memberships: map[string]viewer.Membership{"org": {OrgID: "org", Grants: set}},
		})
		for _, def := range schema.Types {
			if def.Kind != ast.Object || def.BuiltIn {
				continue
			}
			for _, field := range rule.Fields(def) {
				asks++
				of, coordinate := field.Type.Name(), def.Name+"."+field.Name
				theirs := slices.Contains(forPeople, strings.TrimSuffix(strings.TrimSuffix(of, "Connection"), "Edge"))
				if def == schema.Mutation {
					theirs = !opens(t, field)
				}
				// What hangs on an object that an app is never handed is never asked for.
				below := slices.Contains(forPeople, strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(def.Name,
					"Connection"), "Edge"), "Payload")) && def.Name != "App"
				if !theirs || below || strings.HasSuffix(def.Name, "Payload") ||
					slices.Contains([]string{"Query.app", "Query.viewer", "App.token"}, coordinate) {
					continue
				}
				if a.Allows(rule.Of(def, field)) && !beneath(def) {
					t.Fatalf("an app with %v may ask for %s", set.Grants(), coordinate)
				}
				refused[coordinate] = true
			}
		}
	}
	if widest != access.Grantable() || len(sets) < 500 || len(refused) < 25 || asks == 0 {
		t.Errorf("%d sets, %d fields refused: %v", len(sets), len(refused), sortedKeys(refused))
	}
}

// opens reports whether a mutation is one of a module that an app can be given.
func opens(t *testing.T, field *ast.FieldDefinition) bool {
	t.Helper()
	for _, r := range rule.Own(field) {
		if m, _, asks := r.Asks(); asks {
			info, _ := m.Info()
			return info.Grantable
		}
	}
	return false
}

// beneath reports whether a type is only reached through one of a module that no app is given, or only wraps others.
func beneath(def *ast.Definition) bool {
	m := rule.Module(def)
	return m == "SUB_ACCOUNTS" || m == "INTEGRATIONS" && def.Name != "App" ||
		strings.HasSuffix(def.Name, "Connection") || strings.HasSuffix(def.Name, "Edge")
}

// TestNoAppChangesPeople sends every mutation of people, roles, apps, tokens, signing in and sessions, with all grants
// and with none: each is refused, and nothing is written.
func TestNoAppChangesPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		n, w := newTenants(t, db), newWalk(t)
		every := n.App(t, n.A, "全部", "CREATORS EDIT EXPORT, TASKS EDIT EXPORT, DATA VIEW, ORDERS EDIT EXPORT, AUDIT_LOG "+
			"EXPORT", nil)
		schema, before, tried := served(), contents(t, db, n.A.ID), 0
		for _, d := range w.mutations() {
			field := schema.Mutation.Fields.ForName(d.name)
			if opens(t, field) {
				continue
			}
			tried++
			for _, p := range []*apitest.App{every, n.whole, n.empty} {
				answer := w.ask(p.Client, d, n.ids)
				if answer.Code() != "FORBIDDEN" || answer.Get(d.name) != nil {
					t.Errorf("%s: %s", d.name, answer.Body)
				}
			}
		}
		if tried < 25 {
			t.Errorf("only %d mutations", tried)
		}
		if after := contents(t, db, n.A.ID); after != before {
			t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
		}
		// Neither does an app bring in who signs in: with a token, a cookie of a session counts for nothing.
		every.Header.Set("Cookie", "__Host-deputy="+n.A.Owner.Token)
		if got := every.Do("{ viewer { id } app { id } }", nil).OK(); got.Get("viewer") != nil ||
			got.Text("app.id") != every.ID {
			t.Errorf("%s", got.Body)
		}
	})
}

// TestTheDatabaseRefusesWhatNoAppCanHave: a grant of a module that is the owner's alone, and one for own rows.
func TestTheDatabaseRefusesWhatNoAppCanHave(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		p := w.App(t, w.A, "应用", "ORDERS VIEW", nil)
		own, err := access.SetOf([]access.Grant{{
			Module: access.Orders, Actions: []access.Action{access.View},
			Scope: access.Own,
		}})
		if err != nil {
			t.Fatal(err)
		}
		for name, set := range map[string]access.Set{
			"own rows": own, "sub-accounts": access.Owner & access.ModuleBits(access.SubAccounts) * (1 + 1<<32),
			"integrations": access.ModuleBits(access.Integrations) * (1 + 1<<32), "all of the owner's": access.Owner,
		} {
			_, err := db.Client.ExecContext(t.Context(), "UPDATE apps SET grants = $1 WHERE id = $2", int64(set), p.ID)
			if !store.Violates(err, "apps_grantable") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := db.Client.ExecContext(t.Context(), "UPDATE apps SET grants = $1 WHERE id = $2",
			int64(access.Grantable()),
			p.ID); err != nil {
			t.Error(err)
		}
		for module, code := range map[string]string{
			"SUB_ACCOUNTS": "MODULE_NOT_GRANTABLE", "INTEGRATIONS": "MODULE_NOT_GRANTABLE", "DATA": "INVALID",
		} {
			got := w.A.Owner.Do(`mutation($in: UpdateAppInput!) { updateApp(input: $in) { app { id } userErrors { code } } }`,
				apitest.Vars{"in": apitest.Vars{
					"orgId": w.A.ID, "id": p.ID, "grants": []apitest.Vars{{"module": module, "actions": []string{"EDIT"}}},
				}}).OK()
			if !slices.Equal(got.UserErrors("updateApp"), []string{code}) {
				t.Errorf("%s", got.Body)
			}
		}
		// A token is of an app of its org.
		if _, err := db.Client.ExecContext(t.Context(), "UPDATE api_tokens SET org_id = $1 WHERE id = $2", w.B.ID,
			p.TokenID); err == nil {
			t.Error("a token moved to another org")
		}
	})
}

// TestTheLifeOfAToken: its end, its rotation with and without overlap, twice when the response got lost, its
// revocation, and what is noted of a request with one that has ended.
func TestTheLifeOfAToken(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		p := w.App(t, w.A, "应用", "ORDERS VIEW", nil)
		works := func(secret string) bool {
			c := w.Nobody(t)
			c.Token = secret
			answer := c.Do("{ app { id } }", nil)
			if code := answer.Code(); code != "" && code != "UNAUTHENTICATED" {
				t.Errorf("%s", answer.Body)
			}
			return answer.Text("app.id") == p.ID
		}
		rotate := func(tokenID string, hours int) *apitest.Answer {
			return w.A.Owner.Do(`mutation($in: RotateApiTokenInput!) { rotateApiToken(input: $in) { secret token { id status }
				replaced { id status endsAt } userErrors { code message } } }`, apitest.Vars{"in": apitest.Vars{
				"orgId": w.A.ID, "id": tokenID, "overlapHours": hours, "days": 30,
			}}).OK()
		}
		status := func(tokenID string) string {
			return w.A.Owner.Do("query($id: ID!) { node(id: $id) { ... on ApiToken { status } } }",
				apitest.Vars{"id": tokenID}).OK().Text("node.status")
		}
		if !works(p.Token) {
			t.Fatal("a new token does not work")
		}
		first := rotate(p.TokenID, 24)
		lost, second := first.Text("rotateApiToken.secret"), rotate(p.TokenID, 24)
		if first.Text("rotateApiToken.replaced.endsAt") != second.Text("rotateApiToken.replaced.endsAt") {
			t.Errorf("a second rotation moves the end: %s %s", first.Body, second.Body)
		}
		now := second.Text("rotateApiToken.secret")
		if works(lost) || !works(now) || !works(p.Token) || status(first.Text("rotateApiToken.token.id")) != "REVOKED" ||
			status(p.TokenID) != "ROTATED" {
			t.Errorf("%s %s", first.Body, second.Body)
		}
		if third := rotate(p.TokenID, 24); !slices.Equal(third.UserErrors("rotateApiToken"), []string{"INVALID"}) {
			t.Errorf("a successor in use is replaced: %s", third.Body)
		}
		w.Clock.Add(24*time.Hour + time.Minute)
		if works(p.Token) || !works(now) || status(p.TokenID) != "EXPIRED" {
			t.Error("a rotated token outlives its overlap")
		}
		noted := w.A.Owner.Do("query($id: ID!) { node(id: $id) { ... on ApiToken { lastRefusedAt lastRefusedIp } } }",
			apitest.Vars{"id": p.TokenID}).OK()
		if noted.Text("node.lastRefusedIp") != "127.0.0.1" || noted.Text("node.lastRefusedAt") == "" {
			t.Errorf("%s", noted.Body)
		}
		nowID := second.Text("rotateApiToken.token.id")
		at := rotate(nowID, 0)
		if works(now) || !works(at.Text("rotateApiToken.secret")) || status(nowID) != "EXPIRED" {
			t.Error("a token without overlap still works")
		}
		last, id := at.Text("rotateApiToken.secret"), at.Text("rotateApiToken.token.id")
		revoked := w.A.Owner.Do(`mutation($in: RevokeApiTokensInput!) { revokeApiTokens(input: $in) { tokens { id status }
			userErrors { code field } } }`, apitest.Vars{"in": apitest.Vars{
			"orgId": w.A.ID, "ids": []string{id, id, nowID, w.A.ID},
		}}).OK()
		if works(last) || fmt.Sprint(revoked.Texts("revokeApiTokens.tokens", "status"), revoked.Get(
			"revokeApiTokens.userErrors")) != "[REVOKED EXPIRED] [map[code:NOT_FOUND field:[input ids 3]]]" {
			t.Errorf("%s", revoked.Body)
		}
		if again := rotate(id, 24); !slices.Equal(again.UserErrors("rotateApiToken"), []string{"INVALID"}) {
			t.Errorf("a revoked token is rotated: %s", again.Body)
		}
		_, short := w.A.NewToken(t, p.ID, "短")
		w.Clock.Add(90*24*time.Hour - 2*time.Minute)
		w.A.Owner = w.SignIn(t, "13901000000")
		if !works(short) {
			t.Error("a token ends early")
		}
		w.Clock.Add(time.Minute)
		if works(short) {
			t.Error("a token outlives its days")
		}
		for range 5 {
			w.A.NewToken(t, p.ID, "多")
		}
		sixth := w.A.Owner.Do(`mutation($in: CreateApiTokenInput!) { createApiToken(input: $in) { secret userErrors { code } } }`,
			apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "appId": p.ID, "name": "六"}}).OK()
		if !slices.Equal(sixth.UserErrors("createApiToken"), []string{"TOO_MANY"}) ||
			sixth.Get("createApiToken.secret") != nil {
			t.Errorf("%s", sixth.Body)
		}
		for range 19 {
			w.App(t, w.A, fmt.Sprint("应用", w.Clock.Now().Nanosecond()), "", nil)
		}
		many := w.A.Owner.Do(`mutation($in: CreateAppInput!) { createApp(input: $in) { userErrors { code } } }`,
			apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "name": "太多", "grants": []any{}}}).OK()
		if !slices.Equal(many.UserErrors("createApp"), []string{"TOO_MANY"}) {
			t.Errorf("%s", many.Body)
		}
	})
}

// TestWhereATokenMayComeFrom: from its ranges, with Authorization, and from no page of another origin.
func TestWhereATokenMayComeFrom(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, dialect.SQLite)
	w := apitest.NewWorld(t, db)
	p := w.App(t, w.A, "应用", "ORDERS VIEW", apitest.Vars{"ipRanges": []string{"203.0.113.7/24", "::1/128"}})
	if got := p.Do("{ app { id } }", nil); got.Code() != "UNAUTHENTICATED" ||
		!strings.Contains(got.Errors[0].Message, "地址") && !strings.Contains(got.Errors[0].Message, "address") {
		t.Errorf("%s", got.Body)
	}
	set := func(ranges ...string) *apitest.Answer {
		ranges = append([]string{}, ranges...)
		return w.A.Owner.Do(`mutation($in: UpdateAppInput!) { updateApp(input: $in) { app { ipRanges } userErrors { code field } } }`,
			apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "id": p.ID, "ipRanges": ranges}}).OK()
	}
	if got := set("127.0.0.0/8"); fmt.Sprint(got.Get("updateApp.app.ipRanges")) != "[127.0.0.0/8]" {
		t.Errorf("%s", got.Body)
	}
	p.Do("{ app { id } }", nil).OK()
	if set("10.0.0.0/8"); p.Do("{ app { id } }", nil).Code() != "UNAUTHENTICATED" {
		t.Error("ranges that changed are not felt at once")
	}
	for _, wrong := range []string{"127.0.0.1", "x", "::ffff:1.2.3.4/120", "1.2.3.4/33"} {
		if got := set(wrong); fmt.Sprint(got.Get("updateApp.userErrors.0.field")) != "[input ipRanges 0]" {
			t.Errorf("%s: %s", wrong, got.Body)
		}
	}
	set()
	p.Do("{ app { id } }", nil).OK()
	for header, value := range map[string]string{
		"Origin": apitest.Origin, "Sec-Fetch-Site": "cross-site",
	} {
		p.Header = http.Header{header: {value}}
		if got := p.Do("{ app { id } }", nil); got.Status != http.StatusForbidden || got.Code() != "BAD_REQUEST" {
			t.Errorf("%s: %d %s", header, got.Status, got.Body)
		}
	}
	p.Header = http.Header{}
	cookie := w.Nobody(t)
	cookie.Header.Set("Cookie", "__Host-deputy="+p.Token)
	if got := cookie.Do("{ app { id } }", nil); got.Code() != "UNAUTHENTICATED" {
		t.Errorf("a token comes in a cookie: %s", got.Body)
	}
	wrong := w.Nobody(t)
	wrong.Token = p.Token[:len(p.Token)-1] + "!"
	if got := wrong.Do("{ app { id } }", nil); got.Code() != "UNAUTHENTICATED" {
		t.Errorf("%s", got.Body)
	}
}

// TestAnAppIsCutOffAtOnce, also while it imports without pause, by whatever takes its right: its requests, WebSockets,
// event streams and downloads.
func TestAnAppIsCutOffAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		soldBy(w.A)
		for name, end := range map[string]func(p *apitest.App) (mutation, input string, in apitest.Vars){
			"revoked": func(p *apitest.App) (string, string, apitest.Vars) {
				return "revokeApiTokens", "RevokeApiTokensInput", apitest.Vars{"ids": []string{p.TokenID}}
			},
			"disabled": func(p *apitest.App) (string, string, apitest.Vars) {
				return "disableApp", "DisableAppInput", apitest.Vars{"id": p.ID}
			},
			"deleted": func(p *apitest.App) (string, string, apitest.Vars) {
				return "deleteApp", "DeleteAppInput", apitest.Vars{"id": p.ID}
			},
			"rotated": func(p *apitest.App) (string, string, apitest.Vars) {
				return "rotateApiToken", "RotateApiTokenInput", apitest.Vars{"id": p.TokenID, "overlapHours": 0}
			},
		} {
			p := w.App(t, w.A, name, "ORDERS EDIT EXPORT", nil)
			const follow = `subscription($org: ID!) { ordersChanged(orgId: $org) { number } }`
			socket, stream := p.Subscribe(follow, apitest.Vars{"org": w.A.ID}), p.Stream(follow, apitest.Vars{"org": w.A.ID})
			link := p.Do(`mutation($org: ID!) { exportOrders(input: {orgId: $org}) { url ticketUrl userErrors { code } } }`,
				apitest.Vars{"org": w.A.ID}).OK()
			if link.Get("exportOrders.ticketUrl") != nil {
				t.Errorf("a ticket for an app: %s", link.Body)
			}
			if status, _, _ := p.Download(link.Text("exportOrders.url")); status != http.StatusOK {
				t.Errorf("its file: %d", status)
			}
			if status, _, _ := w.A.Owner.Download(link.Text("exportOrders.url")); status != http.StatusNotFound {
				t.Errorf("another's file: %d", status)
			}
			stop, refused := make(chan struct{}), make(chan string, 4)
			for i := range 4 {
				go func() {
					for k := 0; ; k++ {
						select {
						case <-stop:
							refused <- "stopped"
							return
						default:
						}
						code, err := codeOf(t.Context(), w.Server, p.Token, importOne, oneOrder(w.A.ID, fmt.Sprint(name, i, "-", k)))
						if err != nil {
							code = err.Error()
						}
						if code != "" {
							refused <- code
							return
						}
					}
				}()
			}
			mutation, input, in := end(p)
			in["orgId"] = w.A.ID
			w.A.Owner.Do(fmt.Sprintf("mutation($in: %s!) { %s(input: $in) { userErrors { code } } }", input, mutation),
				apitest.Vars{"in": in}).OK()
			if code := p.Do("{ app { id } }", nil).Code(); code != "UNAUTHENTICATED" {
				t.Errorf("%s: the next request got %q", name, code)
			}
			for range 4 {
				if code := <-refused; code != "UNAUTHENTICATED" && code != "FORBIDDEN" {
					t.Errorf("%s: an import got %q", name, code)
				}
			}
			close(stop)
			if got := socket.Close(); got != 4403 {
				t.Errorf("%s: the socket is closed with %d", name, got)
			}
			for last := ""; ; {
				event, data := stream.Next()
				if event == "complete" || event == "" {
					if !strings.Contains(last, "UNAUTHENTICATED") && !strings.Contains(last, "FORBIDDEN") {
						t.Errorf("%s: the stream ends with %s", name, last)
					}
					break
				}
				last = data
			}
			if status, _, _ := p.Download(link.Text("exportOrders.url")); status != http.StatusNotFound {
				t.Errorf("%s: its file: %d", name, status)
			}
		}
	})
}

// TestARevokedTokenIsRefusedOnTheOtherServer, and new grants are felt there.
func TestARevokedTokenIsRefusedOnTheOtherServer(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	p := w.App(t, w.A, "应用", "ORDERS VIEW", nil)
	there := second.Nobody(t)
	there.Token = p.Token
	reads := func() string {
		return there.Do("query($org: ID!) { org(id: $org) { orders { totalCount } } }", apitest.Vars{"org": w.A.ID}).Code()
	}
	stream := there.Stream("subscription($org: ID!) { ordersChanged(orgId: $org) { id } }", apitest.Vars{"org": w.A.ID})
	if code := reads(); code != "" {
		t.Fatalf("it does not work there: %s", code)
	}
	w.A.Owner.Do(`mutation($in: UpdateAppInput!) { updateApp(input: $in) { userErrors { code } } }`, apitest.Vars{"in": apitest.Vars{
		"orgId": w.A.ID, "id": p.ID, "grants": []any{},
	}}).OK()
	eventually(t, "it reads nothing there", func() bool { return reads() == "FORBIDDEN" })
	w.A.Owner.Do(`mutation($in: RevokeApiTokensInput!) { revokeApiTokens(input: $in) { userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "ids": []string{p.TokenID}}}).OK()
	eventually(t, "it is refused there", func() bool { return reads() == "UNAUTHENTICATED" })
	for event := "next"; event != "" && event != "complete"; {
		event, _ = stream.Next()
	}
}

// TestTheUseOfATokenIsNotedOnceAMinute, and on its app.
func TestTheUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		p := w.App(t, w.A, "应用", "ORDERS VIEW", nil)
		noted := func() time.Time {
			one := db.Client.ApiToken.Query().Where(apitoken.ID(p.TokenID)).OnlyX(t.Context())
			of := db.Client.App.Query().Where(app.ID(p.ID)).OnlyX(t.Context())
			if one.LastUsedAt == nil || of.LastUsedAt == nil || !one.LastUsedAt.Equal(*of.LastUsedAt) {
				t.Fatalf("%v %v", one.LastUsedAt, of.LastUsedAt)
			}
			return *one.LastUsedAt
		}
		p.Do("{ app { id } }", nil).OK()
		first := noted()
		w.Clock.Add(50 * time.Second)
		p.Do("{ app { id } }", nil).OK()
		if got := noted(); !got.Equal(first) {
			t.Errorf("noted after 50 s: %v, %v", first, got)
		}
		w.Clock.Add(11 * time.Second)
		p.Do("{ app { id } }", nil).OK()
		if got := noted(); !got.After(first.Add(time.Minute)) {
			t.Errorf("not noted after a minute: %v, %v", first, got)
		}
	})
}

// TestTheBudgetOfAnApp: each of its tokens has the one that the owner gave it, and all of them four times that.
func TestTheBudgetOfAnApp(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, dialect.SQLite)
	w := apitest.NewWorldWith(t, db, apitest.Options{Budget: 20_000, Limits: bounds.Limits{Cost: 10_000}})
	p := w.App(t, w.A, "应用", "ORDERS VIEW", apitest.Vars{"budget": apitest.Vars{"rows": 1000, "refill": 1}})
	high := w.A.Owner.Do(`mutation($in: UpdateAppInput!) { updateApp(input: $in) { userErrors { code field } } }`,
		apitest.Vars{"in": apitest.Vars{
			"orgId": w.A.ID, "id": p.ID,
			"budget": apitest.Vars{"rows": 20_001, "refill": 1},
		}}).OK()
	if !slices.Equal(high.UserErrors("updateApp"), []string{"INVALID"}) {
		t.Errorf("%s", high.Body)
	}
	const costly = `query($org: ID!) { org(id: $org) { a: orders(first: 100) { nodes { id } } b: orders(first: 100) { nodes { id } }
		c: orders(first: 100) { nodes { id } } d: orders(first: 100) { nodes { id } } } }`
	ask := func(secret string) *apitest.Answer {
		c := w.Nobody(t)
		c.Token = secret
		return c.Do(costly, apitest.Vars{"org": w.A.ID})
	}
	ask(p.Token).OK()
	ask(p.Token).OK()
	if got := ask(p.Token); got.Code() != "RATE_LIMITED" || got.Errors[0].Extensions["retryAfter"] == nil {
		t.Errorf("%s", got.Body)
	}
	for range 4 {
		_, secret := w.A.NewToken(t, p.ID, "又一个")
		for range 2 {
			if got := ask(secret); got.Code() != "" && got.Code() != "RATE_LIMITED" {
				t.Errorf("%s", got.Body)
			}
		}
	}
	w.A.Owner.Do(`mutation($in: RevokeApiTokensInput!) { revokeApiTokens(input: $in) { userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "ids": []string{p.TokenID}}}).OK()
	_, fresh := w.A.NewToken(t, p.ID, "新的")
	if got := ask(fresh); got.Code() != "RATE_LIMITED" {
		t.Errorf("a new token refills the app's budget: %s", got.Body)
	}
}
