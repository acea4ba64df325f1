package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const nested = `query($id: ID!) { org(id: $id) { name roles(first: 20) { totalCount nodes { id name modules
	subAccounts(first: 50) { totalCount nodes { name status roles { name } } } } } } }`

func TestPrintedCurlAnswersTheNestedQuery(t *testing.T) {
	t.Parallel()
	p, w := owned(t, database(t))
	for _, want := range []string{p.url + "/graphql", p.url + "/playground", "13800000001", "13800000011"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("the demo does not print %s:\n%s", want, p.stdout)
		}
	}
	out, err := exec.CommandContext(limited(t), "sh", "-c", w.curl).Output()
	if err != nil {
		t.Fatalf("%s: %v", w.curl, err)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil || len(a.Errors) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	if got := a.texts("org.roles.nodes", "name"); !slices.Equal(got, []string{"运营", "商务", "财务", "客服"}) {
		t.Errorf("roles %v", got)
	}
	if !strings.Contains(string(out), "韩雪") || !strings.Contains(string(out), "DISABLED") {
		t.Errorf("nobody is disabled in %s", out)
	}
}

// What the server serves as its schema is what the generator read.
func TestSchemaIsServed(t *testing.T) {
	t.Parallel()
	p := demo(t, database(t))
	page, err := http.Get(p.url + "/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(page.Body)
	if err != nil || page.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", page.StatusCode, err)
	}
	for _, want := range []string{
		"disableSubAccounts(", "@hasModule(module: SUB_ACCOUNTS, action: EDIT)", "解除授权",
		"ALREADY_BOUND",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the schema lacks %s", want)
		}
	}
}

// TestPermissionsAreServed to everybody, and not again to who has them.
func TestPermissionsAreServed(t *testing.T) {
	t.Parallel()
	p := demo(t, database(t))
	ask := func(etag string) (*http.Response, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/permissions.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", etag)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close() //nolint:errcheck // it was read
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(text)
	}
	answer, text := ask("")
	file, err := os.ReadFile("../graph/permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || text != string(file) ||
		answer.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%s %v: %.200s", answer.Status, answer.Header, text)
	}
	if again, text := ask(answer.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || text != "" {
		t.Errorf("again: %s: %.200s", again.Status, text)
	}
}

func TestMainJob(t *testing.T) {
	t.Parallel()
	file := database(t)
	p, w := owned(t, file)

	// The owner signs in, makes a role and gives somebody a seat.
	owner := p.signIn("13800000001")
	if got := p.do(owner, nested, vars{"id": w.orgID}).text("org.name"); got != "星河文化传媒" {
		t.Errorf("the org is %q", got)
	}
	roleID := p.do(owner,
		`mutation($input: CreateRoleInput!) { createRole(input: $input) { role { id modules } userErrors { code } } }`,
		vars{"input": vars{
			"orgId": w.orgID, "name": "质检",
			"grants": []vars{{"module": "TASKS", "actions": []string{"VIEW"}, "scope": "ALL"}},
		}}).text("createRole.role.id")
	seat := p.bind(owner, w.orgID, "13900000001", "梁小满", roleID)

	// That person signs in and sees what the role opens, and nothing else.
	person := p.signIn("13900000001")
	seats := p.do(person, `{ viewer { seats { orgId name status roleNames } } }`, nil)
	if got := seats.text("viewer.seats.0.name"); got != "梁小满" || seats.text("viewer.seats.0.status") != "ENABLED" {
		t.Errorf("seats %s", seats.raw)
	}
	a, err := p.ask(person,
		`query($id: ID!) { org(id: $id) { name viewerIsOwner navigation { module } viewerGrants { module actions scope } roles
			{ totalCount } } }`, vars{"id": w.orgID})
	if err != nil {
		t.Fatal(err)
	}
	if a.text("org.name") == "" || !slices.Equal(a.texts("org.navigation", "module"), []string{"TASKS"}) ||
		a.get("org.roles") != nil {
		t.Errorf("the siblings of the refused field: %s", a.raw)
	}
	if len(a.Errors) != 1 || len(a.Errors[0].Path) != 2 || a.Errors[0].Path[1] != "roles" {
		t.Fatalf("errors %s", a.raw)
	}
	for key, want := range map[string]string{
		"code": "FORBIDDEN", "module": "SUB_ACCOUNTS", "action": "VIEW",
		"orgId": w.orgID,
	} {
		if got := a.Errors[0].Extensions[key]; got != want {
			t.Errorf("%s is %v", key, got)
		}
	}

	// The owner disables the seat: the next request feels it.
	p.do(owner,
		`mutation($input: DisableSubAccountsInput!) { disableSubAccounts(input: $input) { subAccounts { status } userErrors {
			code } } }`,
		vars{"input": vars{"orgId": w.orgID, "ids": []string{seat}}})
	if stopped := p.do(person, `query($id: ID!) { org(id: $id) { name } viewer { seats { status org { name } } } }`,
		vars{"id": w.orgID}); stopped.get("org") != nil ||
		stopped.text("viewer.seats.0.status") != "DISABLED" || stopped.get("viewer.seats.0.org") != nil {
		t.Errorf("a disabled seat still opens the org: %s", stopped.raw)
	}

	// All of it is on record.
	trail := p.do(owner,
		`query($id: ID!) { org(id: $id) { auditEvents(first: 5) { nodes { operation outcome actor { kind name } targets {
			nodes { label changes { field before after } } } } } } }`, vars{"id": w.orgID})
	if got := trail.texts("org.auditEvents.nodes", "operation"); !slices.Equal(got[:3],
		[]string{"disableSubAccounts", "createSubAccount", "sendBindCode"}) {
		t.Errorf("the trail is %v", got)
	}
	if got := trail.text("org.auditEvents.nodes.0.actor.kind"); got != "OWNER" || !strings.Contains(trail.raw, "梁小满") {
		t.Errorf("the trail is %s", trail.raw)
	}
	p.stop()
	leaksNothing(t, p, file, owner, person)
}

// leaksNothing holds that the log has no token and no secret, and that the secret is its owner's alone.
func leaksNothing(t *testing.T, p *process, file string, tokens ...string) {
	t.Helper()
	secret, err := os.ReadFile(file + ".secret")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file + ".secret")
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the secret's file has mode %o", got)
	}
	for _, hidden := range append(tokens, strings.TrimSpace(string(secret))) {
		if hidden == "" || strings.Contains(p.log.String(), hidden) ||
			strings.Contains(p.stdout.String(), strings.TrimSpace(string(secret))) {
			t.Errorf("the log holds a token or the secret:\n%s", p.log)
		}
	}
	if kept, err := os.ReadFile(file); err != nil || strings.Contains(string(kept), strings.TrimSpace(string(secret))) {
		t.Errorf("the secret is in the database (%v)", err)
	}
}
