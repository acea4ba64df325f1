package graph_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/internal/apitest"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// kinds are the ids that documents of the walk name, and what makes a new one of each.
func kinds() map[string]id.Kind {
	return map[string]id.Kind{
		"org": id.Org, "role": id.Role, "sub": id.SubAccount, "heir": id.SubAccount,
		"creator": id.Creator, "task": id.Task, "assignment": id.TaskAssignment, "order": id.Order,
		"event": id.AuditEvent, "account": id.Account, "session": id.Session, "flow": id.Flow, "app": id.App,
		"token": id.APIToken,
	}
}

func nowhere() map[string]string {
	ids := map[string]string{}
	for name, kind := range kinds() {
		ids[name] = id.New(kind)
	}
	return ids
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// tenants is the world with an org A in which every field has something to answer, and the marks by which its private
// rows are known in a response.
type tenants struct {
	*apitest.World
	// byEmail has a seat in A and signs in with an e-mail address.
	byEmail *apitest.Client
	// whole, trail and empty are apps of A: with all that an app can have but the trail, with that alone, and with
	// nothing. other is one of B with all.
	whole, trail, empty, other *apitest.App
	ids                        map[string]string
	marks                      marks
}

// marks are texts that stand in A's rows and nowhere else, by what they tell.
type marks struct{ org, owner, people, contacts, private, trail []string }

func newTenants(t *testing.T, db *store.Store) *tenants {
	w := apitest.NewWorld(t, db)
	a := w.A
	a.Owner.Do(`mutation($in: UpdateOrgInput!) { updateOrg(input: $in) { userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": a.ID, "name": "甲独有机构", "ownerName": "甲独有主"}}).OK()
	role := a.Owner.Do(`mutation($in: CreateRoleInput!) { createRole(input: $in) { role { id } userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{
			"orgId": a.ID, "name": "甲独有岗", "description": "甲独有描述", "grants": []any{apitest.Vars{"module": "TASKS"}},
		}}).OK().Text("createRole.role.id")
	sent := a.Owner.Do(
		`mutation($org: ID!) { sendBindCode(input: {orgId: $org, to: {email: "only-a@example.org"}}) { flow } }`,
		apitest.Vars{"org": a.ID}).OK().Text("sendBindCode.flow")
	sub := a.Owner.Do(
		`mutation($in: CreateSubAccountInput!) { createSubAccount(input: $in) { subAccount { id } userErrors { message } } }`,
		apitest.Vars{"in": apitest.Vars{
			"orgId": a.ID, "name": "甲独有员", "roleIds": []string{role, a.Roles["客服"]},
			"code": apitest.Vars{"flow": sent, "code": w.Codes.Of(sent)},
		}}).OK().Text("createSubAccount.subAccount.id")
	// A mutation that was refused.
	a.Owner.Do(`mutation($in: DeleteRoleInput!) { deleteRole(input: $in) { userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": a.ID, "id": role}}).OK()

	// Events of two seats, of which each may read its own part, and of an id that is refused.
	for _, mutation := range []string{"disableSubAccounts", "enableSubAccounts"} {
		a.Owner.Do(
			`mutation($in: `+strings.ToUpper(
				mutation[:1])+mutation[1:]+`Input!) { `+mutation+`(input: $in) { userErrors { code } } }`,
			apitest.Vars{"in": apitest.Vars{"orgId": a.ID, "ids": []string{
				sub, a.Seats["商务"].ID,
				id.New(id.SubAccount),
			}}}).OK()
	}

	n := &tenants{World: w, byEmail: w.Nobody(t)}
	sent = n.byEmail.Do(
		`mutation { sendCode(input: {to: {email: "only-a@example.org"}, purpose: SET_PASSWORD}) { flow } }`,
		nil).OK().Text("sendCode.flow")
	n.byEmail.Do(
		`mutation($code: CodeInput!) { setPassword(input: {code: $code, password: "a password of the tests"}) { account { id }
			userErrors { code } } }`,
		apitest.Vars{"code": apitest.Vars{"flow": sent, "code": w.Codes.Of(sent)}}).OK()
	n.byEmail.Token = n.byEmail.Do(
		`mutation { signIn(input: {password: {email: "only-a@example.org", password: "a password of the tests"}}) { token }
			}`, nil).OK().Text("signIn.token")
	w.Clock.Add(5 * time.Minute) // after which requests are noted as last activity again
	a.Seats["商务"].Do("{ viewer { seatLimit } }", nil).OK()
	client, ctx := db.Client, t.Context()
	creator := a.Owner.Do(
		`mutation($in: CreateCreatorInput!) { createCreator(input: $in) { creator { id } userErrors { message } } }`,
		apitest.Vars{"in": apitest.Vars{
			"orgId": a.ID, "name": "甲独有达人", "platformId": "甲独有平台号", "category": "甲独有类", "managerId": a.Seats["运营"].ID,
			"contractFrom": "2026-01-01", "contractTo": "2026-12-31", "shareBps": 1234,
		}}).OK().Text("createCreator.creator.id")
	task := a.Owner.Do(
		`mutation($in: CreateTaskInput!) { createTask(input: $in) { task { id assignments { nodes { id } } } userErrors {
			message } } }`, apitest.Vars{"in": apitest.Vars{
			"orgId": a.ID, "title": "甲独有任务", "brief": "甲独有简介", "creatorIds": []string{creator},
			"deadline": "2026-12-31T00:00:00Z",
		}}).OK()
	a.Owner.Do(`mutation($in: ImportOrdersInput!) { importOrders(input: $in) { created userErrors { message } } }`,
		apitest.Vars{"in": apitest.Vars{
			"orgId": a.ID, "orders": []any{apitest.Vars{
				"number": "甲独有订单号", "creatorPlatformId": "甲独有平台号", "productName": "甲独有商品", "amount": 500, "commission": 50,
				"status": "SETTLED",
				"paidAt": "2026-02-28T00:00:00Z", "settledAt": "2026-02-28T01:00:00Z",
				"parentNumber": "甲独有主单号", "refundAmount": 7, "refundedAt": "2026-02-28T02:00:00Z",
			}},
		}}).OK()
	const rest = "CREATORS VIEW EDIT EXPORT, TASKS VIEW EDIT EXPORT, DATA VIEW, ORDERS VIEW EDIT EXPORT"
	n.whole = w.App(t, a, "甲独有应用", rest, apitest.Vars{
		"description": "甲独有用途", "contacts": []string{"app-of@only-a.example.org"},
		"ipRanges": []string{"127.0.0.0/8"}, "budget": apitest.Vars{"rows": 1_000_000, "refill": 1000},
	})
	n.trail, n.empty = w.App(t, a, "甲日志应用", "AUDIT_LOG VIEW EXPORT", nil), w.App(t, a, "甲空应用", "", nil)
	n.other = w.App(t, w.B, "乙应用", rest+", AUDIT_LOG VIEW EXPORT", nil)
	n.whole.Do("{ app { id } }", nil).OK()
	n.whole.Do(`mutation($in: UpdateCreatorInput!) { updateCreator(input: $in) { creator { id } userErrors { message } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": a.ID, "id": creator, "followers": 7}}).OK()
	ended := w.Nobody(t) // with a token that is rotated away at once
	rotated := a.Owner.Do(`mutation($in: RotateApiTokenInput!) { rotateApiToken(input: $in) { secret token { id } userErrors {
		message } } }`, apitest.Vars{"in": apitest.Vars{"orgId": a.ID, "id": n.whole.TokenID, "overlapHours": 0}}).OK()
	ended.Token, n.whole.Token = n.whole.Token, rotated.Text("rotateApiToken.secret")
	n.whole.Do("{ app { id } }", nil).OK()
	if code := ended.Do("{ app { id } }", nil).Code(); code != "UNAUTHENTICATED" {
		t.Fatalf("a token that ended: %q", code)
	}
	order := a.Owner.Do(`query($org: ID!) { org(id: $org) { orders { nodes { id } } } }`, apitest.Vars{"org": a.ID}).OK()
	n.ids = map[string]string{
		"creator": creator, "task": task.Text("createTask.task.id"),
		"assignment": task.Text("createTask.task.assignments.nodes.0.id"),
		"order":      order.Text("org.orders.nodes.0.id"),
		"org":        a.ID, "role": role, "sub": sub, "heir": a.Seats["运营"].ID, "flow": sent,
		"account": a.Owner.Do("{ viewer { account { id } } }", nil).Text("viewer.account.id"),
		"session": a.Owner.Do("{ viewer { sessions { id } } }", nil).Text("viewer.sessions.0.id"),
		"app":     n.whole.ID, "token": n.whole.TokenID,
	}
	n.marks = marks{
		org: []string{a.ID, "甲独有机构"}, owner: []string{"甲独有主"}, private: []string{"甲独有描述"},
		people:   []string{"甲独有员", "甲独有岗", role, sub, a.Disabled.ID, "甲独有应用", n.whole.ID, n.whole.TokenID},
		contacts: []string{"only-a@example.org", "13901", n.ids["account"], n.ids["session"], "app-of@only-a"},
	}
	for _, r := range a.Roles {
		n.marks.people = append(n.marks.people, r)
	}
	for _, s := range a.Seats {
		n.marks.people = append(n.marks.people, s.ID)
	}
	events, err := client.AuditEvent.Query().Where(auditevent.OrgID(a.ID)).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		// What was done to somebody is theirs to read; all else is the trail's.
		own, err := client.AuditTarget.Query().Where(audittarget.EventID(e.ID), audittarget.AccountIDNotNil()).Exist(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !own {
			n.marks.trail = append(n.marks.trail, e.ID)
			if e.Operation == "deleteRole" {
				n.ids["event"] = e.ID
			}
		}
	}
	if n.ids["event"] == "" || len(n.marks.trail) < 3 {
		t.Fatalf("%d events, %v", len(n.marks.trail), n.ids)
	}
	return n
}

// caller is somebody, and what of A must never stand in a response to them.
type caller struct {
	name   string
	client *apitest.Client
	never  []string
}

// callers are all kinds but A's owner, who sees everything.
func (n *tenants) callers(t *testing.T) []caller {
	m := n.marks
	everything := slices.Concat(m.org, m.owner, m.people, m.contacts, m.private, m.trail)
	without := func(list []string, own ...string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(own, s) })
	}
	// Who sees creators sees the names of those whom they can go to.
	seat, reader := n.A.Seats["商务"], n.A.Seats["审计"]
	colleagues := []string{n.ids["sub"], "甲独有员"}
	for _, s := range n.A.Seats {
		colleagues = append(colleagues, s.ID)
	}
	contacts := without(m.contacts, "13901", n.ids["account"])
	for _, s := range n.A.Seats {
		contacts = append(contacts, "+86"+s.Phone)
	}
	contacts = append(contacts, "+8613901000000", "+86"+n.A.Disabled.Phone)
	apps := []string{"甲独有应用", n.whole.ID, n.whole.TokenID}
	contactsOfAll := append(slices.Clone(contacts), n.ids["account"], n.ids["session"])
	return []caller{
		{"nobody", n.Nobody(t), everything},
		{"stranger", n.Stranger, everything},
		{"the other org's owner", n.B.Owner, everything},
		{"the other org's reader of the trail", n.B.Seats["审计"].Client, everything},
		{"the other org's disabled seat", n.B.Disabled.Client, everything},
		{"the other org's app", n.other.Client, everything},
		{"a seat without the module", seat.Client, slices.Concat(without(m.people, colleagues...),
			without(contacts, "+86"+seat.Phone), []string{n.ids["account"]}, m.private, m.trail)},
		{"a seat with the trail alone", reader.Client, slices.Concat(without(contacts, "+86"+reader.Phone), m.private)},
		{"a disabled seat", n.A.Disabled.Client, slices.Concat(without(m.people, n.A.Disabled.ID),
			without(contacts, "+86"+n.A.Disabled.Phone), []string{n.ids["account"]}, m.private, m.trail)},
		{"an app with nothing", n.empty.Client, slices.Concat(m.people, contactsOfAll, m.private, m.trail)},
		// Who reads the trail reads the names in it.
		{"an app with the trail alone", n.trail.Client, slices.Concat(contacts, m.private)},
		// Its own contacts are its own.
		{"an app with all but the trail", n.whole.Client, slices.Concat(without(m.people, apps...),
			without(contactsOfAll, "app-of@only-a"), m.private, m.trail)},
	}
}

func (n *tenants) foreign(t *testing.T) []caller { return n.callers(t)[:6] }

// check fails the test when a response tells what the caller must never see. The org that a refusal names is the one
// that the caller named.
func (c caller) check(t *testing.T, what string, a *apitest.Answer) {
	t.Helper()
	body := a.Body
	for _, e := range a.Errors {
		if named, ok := e.Extensions["orgId"].(string); ok {
			body = strings.ReplaceAll(body, fmt.Sprintf(`"orgId":%q`, named), "")
		}
	}
	for _, mark := range c.never {
		if strings.Contains(body, mark) {
			t.Errorf("%s asked %s and was told %q: %.2000s", c.name, what, mark, a.Body)
		}
	}
}

// stir changes a sub-account and an order, and nothing that anybody looks for.
func (n *tenants) stir() {
	for _, status := range []string{"disable", "enable"} {
		n.A.Owner.Do(
			`mutation($org: ID!, $id: ID!) { `+status+`SubAccounts(input: {orgId: $org, ids: [$id]}) { userErrors { code } } }`,
			apitest.Vars{"org": n.A.ID, "id": n.ids["sub"]}).OK()
	}
	n.A.Owner.Do(`mutation($in: ImportOrdersInput!) { importOrders(input: $in) { created userErrors { message } } }`,
		apitest.Vars{"in": apitest.Vars{
			"orgId": n.A.ID, "orders": []apitest.Vars{{
				"number": "甲独有单号2", "creatorPlatformId": "甲独有平台号", "productName": "甲独有商品", "amount": 2, "commission": 1,
				"status": "SETTLED", "paidAt": "2026-02-28T00:00:00Z",
			}},
		}}).OK()
}

func TestWalkOfEveryField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		n, w := newTenants(t, db), newWalk(t)
		queries := w.queries()
		mutations, subscriptions := w.mutations(), w.subscriptions()
		if missing := w.missing(w.asked); len(missing) > 0 {
			t.Errorf("no document asks for %v", missing)
		}

		// The owner is told everything: the walk finds what it looks for.
		told := n.A.Owner.Do("query($org: ID!) { org(id: $org) { auditEvents(first: 100) { nodes { id } } } }",
			apitest.Vars{"org": n.A.ID}).OK().Body
		for _, d := range queries {
			answer := w.ask(n.A.Owner, d, n.ids)
			told += answer.Body
			w.visit(d.tree.Operations[0].SelectionSet, answer.Data)
		}
		for _, c := range []*apitest.Client{
			n.A.Seats["审计"].Client, n.A.Disabled.Client, n.byEmail, n.whole.Client,
		} {
			for _, d := range queries {
				w.visit(d.tree.Operations[0].SelectionSet, w.ask(c, d, n.ids).Data)
			}
		}
		var streams []*apitest.Stream
		for _, d := range subscriptions {
			streams = append(streams, w.stream(n.A.Owner, d, n.ids))
		}
		following(t, n.Server, 2*len(streams))
		n.stir()
		for i, d := range subscriptions {
			w.visit(d.tree.Operations[0].SelectionSet, streams[i].Event().Data)
			streams[i].Leave()
		}
		for _, mark := range slices.Concat(n.marks.org, n.marks.owner, n.marks.people, n.marks.contacts, n.marks.private,
			n.marks.trail) {
			if !strings.Contains(told, mark) {
				t.Errorf("the owner's walk does not meet %q", mark)
			}
		}
		for _, at := range w.missing(w.answered) {
			if on, _, _ := strings.Cut(at, "."); on != "Mutation" && on != "UserError" && !strings.HasSuffix(on, "Payload") {
				t.Errorf("nobody was answered anything for %s: the walk proves nothing of it", at)
			}
		}

		callers := n.callers(t)
		for _, c := range callers {
			for _, d := range queries {
				c.check(t, d.name, w.ask(c.client, d, n.ids))
			}
		}
		for _, c := range callers {
			for _, d := range subscriptions {
				s := w.stream(c.client, d, n.ids)
				c.check(t, d.name, s.Event())
				s.Leave()
			}
		}
		before := contents(t, db, n.A.ID)
		for _, c := range callers {
			for _, d := range mutations {
				if d.name != "signOut" && d.name != "releaseSeat" && d.name != "endSessions" {
					c.check(t, d.name, w.ask(c.client, d, n.ids))
				}
			}
		}
		for _, c := range n.foreign(t) {
			for _, d := range mutations {
				if d.name == "releaseSeat" || d.name == "endSessions" {
					c.check(t, d.name, w.ask(c.client, d, n.ids))
				}
			}
		}
		if after := contents(t, db, n.A.ID); after != before {
			t.Errorf("a refused mutation changed something:\n%s\nbefore:\n%s", after, before)
		}
		n.A.Owner.Do("{ viewer { account { id } } }", nil).OK()
	})
}

// TestForeignIDLooksUnknown: an id of A and one that does not exist get the same answer, byte by byte.
func TestForeignIDLooksUnknown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		n, w := newTenants(t, db), newWalk(t)
		type question struct {
			document
			ownOrg bool
		}
		var questions []question
		for _, d := range slices.Concat(w.queries(), w.mutations()) {
			if slices.Contains(d.kind, "org") && len(d.kind) > 1 {
				questions = append(questions, question{d, true}) // their objects in the caller's own org
			}
			if len(d.kind) > 0 {
				questions = append(questions, question{d, false})
			}
		}
		if len(questions) < 60 {
			t.Fatalf("only %d questions: the walk lost its way", len(questions))
		}
		// The same for all of them: what was refused is on record in the callers' org, by the ids that they gave.
		unknown := nowhere()
		for _, c := range n.foreign(t) {
			for _, q := range questions {
				theirs, none := maps.Clone(n.ids), maps.Clone(unknown)
				if q.ownOrg {
					theirs["org"], none["org"] = n.B.ID, n.B.ID
				}
				a, b := w.ask(c.client, q.document, theirs), w.ask(c.client, q.document, none)
				got, want := anonymous(a.Body, theirs), anonymous(b.Body, none)
				if q.ownOrg { // the callers' own refusals have places of their own
					got, want = placed.ReplaceAllString(got, ""), placed.ReplaceAllString(want, "")
				}
				if got != want || a.Status != b.Status {
					t.Errorf("%s asks %s:\nA's     %d %s\nunknown %d %s\n%s", c.name, q.name, a.Status, got, b.Status, want, q.text)
				}
			}
		}
	})
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

var placed = regexp.MustCompile(`"(cursor|startCursor|endCursor)":"[^"]*"`)

// anonymous takes out of a response what the question named, and what differs from request to request.
func anonymous(body string, ids map[string]string) string {
	for name, text := range ids {
		body = strings.ReplaceAll(body, text, "<"+name+">")
	}
	return changing.ReplaceAllString(requestID.ReplaceAllString(body, ""), `"$1":0`)
}

var changing = regexp.MustCompile(`"(flow|lastUsedAt|expiresAt|updatedAt|url|ticketUrl)":("[^"]*"|\d+)`)

// contents returns all rows of an org, and of the accounts in it, as text.
func contents(t *testing.T, db *store.Store, orgID string) string {
	t.Helper()
	var b strings.Builder
	for _, query := range []string{
		"SELECT id, name, owner_id, owner_name, time_zone, currency, '' FROM orgs WHERE id = $1",
		"SELECT id, name, description, CAST(grants AS TEXT), '', '', '' FROM roles WHERE org_id = $1 ORDER BY id",
		"SELECT id, account_id, name, COALESCE(phone, ''), COALESCE(email, ''), status, CAST(slot AS TEXT) FROM " +
			"sub_accounts WHERE org_id = $1 ORDER BY id",
		"SELECT sub_account_id, role_id, '', '', '', '', '' FROM sub_account_roles WHERE org_id = $1 ORDER BY " +
			"sub_account_id, role_id",
		"SELECT id, name, description, status, CAST(grants AS TEXT), ip_ranges, contacts FROM apps WHERE org_id = $1 ORDER " +
			"BY id",
		"SELECT id, app_id, name, COALESCE(successor_id, ''), CAST(ends_at AS TEXT), COALESCE(CAST(revoked_at AS TEXT), " +
			"''), '' " +
			"FROM api_tokens WHERE org_id = $1 ORDER BY id",
		"SELECT a.id, COALESCE(phone, ''), COALESCE(email, ''), COALESCE(password_hash, ''), side, '', '' FROM accounts a " +
			"JOIN orgs o ON o.owner_id = a.id WHERE o.id = $1",
		"SELECT s.id, s.account_id, '', '', '', '', '' FROM sessions s JOIN orgs o ON o.owner_id = s.account_id WHERE o.id " +
			"= $1 ORDER BY s.id",
	} {
		rows, err := db.Client.QueryContext(context.WithoutCancel(t.Context()), query, orgID)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var c [7]string
			if err := rows.Scan(&c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6]); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, c)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
