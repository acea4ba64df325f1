package e2e

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/internal/config"
	"deputy/internal/id"
)

// snippet is a piece of code in a document.
type snippet struct {
	page, heading string
	// file is the one that it is, or that it stands in: `file` above it, or <!-- file -->.
	file string
	// language and what else stands behind the opening fence.
	language, info string
	code           string
}

func (s snippet) String() string { return s.page + ", " + s.heading + ":\n" + s.code }

var (
	fence = regexp.MustCompile("(?ms)^(?:(?:`([^`\n]+)`|<!-- (\\S+) -->)\n\n?)?```(\\w*) ?(.*?)\n(.*?)^```$")
	title = regexp.MustCompile(`(?m)^##? (.*)$`)
)

// documents are the pages that people read, whose snippets are run.
func documents(t testing.TB) []string {
	t.Helper()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(err)
	}
	return append(pages, "../README.md", "../README.zh-CN.md")
}

// snippets returns those of a page, in order.
func snippets(t testing.TB, page string) []snippet {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []snippet
	for _, at := range fence.FindAllSubmatchIndex(text, -1) {
		group := func(n int) string {
			if at[2*n] < 0 {
				return ""
			}
			return string(text[at[2*n]:at[2*n+1]])
		}
		headings := title.FindAllSubmatch(text[:at[0]], -1)
		all = append(all, snippet{
			page: filepath.Base(page), heading: string(headings[len(headings)-1][1]),
			file: group(1) + group(2), language: group(3), info: group(4), code: group(5),
		})
	}
	return all
}

// The examples of docs/modules.md, in their order: the second goes on where the first ends.
const (
	adding  = "Add a module in five steps"
	further = "Add a mutation, a filter and an audit record"
)

// What the first example may take, written by hand.
const (
	maxModuleLines = 110
	maxModuleFiles = 6
)

// The five steps of docs/modules.md, followed to the letter, make a module that is granted, guarded and answered. Those
// of the second example give it a mutation, a filter and a record. It compiles a copy of the project twice, in make
// examples alone.
func TestDocumentsAddAModule(t *testing.T) {
	if os.Getenv("DEPUTY_EXAMPLES") == "" {
		t.Skip("make examples")
	}
	t.Parallel()
	copied := scratch(t)
	command(t, copied, "git", "init", "-q")
	file := database(t)

	l := launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}, shell: follow(t, copied, adding)}
	p := start(t, l)
	w := p.welcome()
	p.stop()
	contract := enterContract(t, file, w.orgID, "年度合作")
	p = start(t, l)
	w = p.welcome()
	person := p.signIn("13800000011")
	checkContracts(t, p, w, person, contract)
	p.stop()

	other := enterContract(t, file, otherOrg(t, file, w.orgID), "别家合作")
	enterContract(t, file, w.orgID, "季度合作")
	l.shell = follow(t, copied, further)
	p = start(t, l)
	checkEndContract(t, p, p.welcome(), person, contract, other)
}

// TestAModuleIsSmall counts what the example of a read-only module adds: few lines, in few files.
func TestAModuleIsSmall(t *testing.T) {
	t.Parallel()
	lines, file := map[string]int{}, ""
	for _, step := range snippets(t, "../docs/modules.md") {
		switch {
		case step.heading != adding:
		case step.language == "diff":
			for line := range strings.Lines(step.code) {
				if name, head := strings.CutPrefix(line, "+++ b/"); head {
					file = strings.TrimSpace(name)
				} else if strings.HasPrefix(line, "+") {
					lines[file]++
				}
			}
		case step.file != "":
			lines[step.file] += strings.Count(step.code, "\n")
		}
	}
	total := 0
	for _, n := range lines {
		total += n
	}
	if total == 0 || total > maxModuleLines || len(lines) > maxModuleFiles {
		t.Errorf("it takes %d lines, and may take %d; %d files, and may take %d: %v", total, maxModuleLines, len(lines),
			maxModuleFiles, lines)
	}
}

// follow does what an example says in a copy of the repository, and returns the command that starts what is built.
func follow(t testing.TB, copied, example string) string {
	t.Helper()
	for _, step := range snippets(t, "../docs/modules.md") {
		switch {
		case step.heading != example:
		case step.language == "diff":
			write(t, filepath.Join(copied, "step.diff"), step.code)
			command(t, copied, "git", "apply", "--unidiff-zero", "step.diff")
		case step.language == "sh":
			command(t, copied, "sh", "-ec", step.code)
		case step.file != "":
			write(t, filepath.Join(copied, step.file), step.code)
		default:
			t.Fatalf("nobody knows what to do with %s", step)
		}
	}
	binary := filepath.Join(t.TempDir(), "deputy")
	// nothing is gained by a fast one
	command(t, copied, "go", "build", "-gcflags=deputy/graph/...=-N -l", "-o", binary, ".")
	return `exec "` + binary + `" "$@"`
}

// checkContracts shows that the module is granted, guarded and answered. The person is given a grant to see contracts.
func checkContracts(t testing.TB, p *process, w welcome, person, contract string) {
	t.Helper()
	const contracts = `query($id: ID!) { org(id: $id) { name navigation { module } contracts { totalCount nodes {
		id title } } } }`
	owner := p.do(w.token, contracts, vars{"id": w.orgID})
	if got := owner.texts("org.contracts.nodes", "title"); !slices.Equal(got, []string{"年度合作"}) ||
		owner.get("org.contracts.totalCount") != 1.0 || owner.text("org.contracts.nodes.0.id") != contract {
		t.Errorf("the owner reads %s", owner.raw)
	}
	const node = `query($id: ID!) { node(id: $id) { ... on Contract { title } } }`

	if a, err := p.ask(person, contracts, vars{"id": w.orgID}); err != nil || len(a.Errors) != 1 ||
		a.Errors[0].Extensions["code"] != "FORBIDDEN" || a.text("org.name") == "" {
		t.Errorf("without the grant: %v %s", err, a.raw)
	}
	if got := p.do(person, node, vars{"id": contract}); got.get("node") != nil {
		t.Errorf("without the grant, node answers %s", got.raw)
	}
	roleID := p.do(w.token, nested, vars{"id": w.orgID}).text("org.roles.nodes.0.id")
	p.do(w.token,
		`mutation($input: UpdateRoleInput!) { updateRole(input: $input) { role { modules } userErrors { code } } }`,
		vars{"input": vars{"orgId": w.orgID, "id": roleID, "grants": []vars{{"module": "CONTRACTS"}}}})
	granted := p.do(person, contracts, vars{"id": w.orgID})
	if got := granted.texts("org.navigation", "module"); !slices.Equal(got, []string{"CONTRACTS"}) ||
		granted.get("org.contracts.totalCount") != 1.0 {
		t.Errorf("with the grant: %s", granted.raw)
	}
	if got := p.do(person, node, vars{"id": contract}).text("node.title"); got != "年度合作" {
		t.Errorf("with the grant, node answers %q", got)
	}
}

// checkEndContract shows that the mutation is guarded, that it ends a contract of its own org and no other, and that
// the filter and the record tell. The person may see contracts, and not edit them.
func checkEndContract(t testing.TB, p *process, w welcome, person, contract, other string) {
	t.Helper()
	const end = `mutation($id: ID!, $org: ID!) { endContract(input: {orgId: $org, id: $id}) { contract { title status }
		userErrors { code message field } } }`
	ended := func(token, contractID string) answer {
		t.Helper()
		a, err := p.ask(token, end, vars{"org": w.orgID, "id": contractID})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	titles := func(statuses ...string) []string {
		t.Helper()
		return p.do(w.token, `query($id: ID!, $statuses: [ContractStatus!]) { org(id: $id) {
			contracts(filter: {statuses: $statuses}) { nodes { title } } } }`,
			vars{"id": w.orgID, "statuses": statuses}).texts("org.contracts.nodes", "title")
	}

	refused := ended(person, contract)
	if len(refused.Errors) != 1 || refused.Errors[0].Extensions["code"] != "FORBIDDEN" ||
		refused.get("endContract") != nil {
		t.Errorf("without EDIT: %s", refused.raw)
	}
	missing, others := ended(w.token, id.New("con")), ended(w.token, other)
	if missing.text("endContract.userErrors.0.code") != "NOT_FOUND" || missing.get("endContract.contract") != nil ||
		!reflect.DeepEqual(others.Data, missing.Data) || len(others.Errors)+len(missing.Errors) > 0 {
		t.Errorf("another org's contract: %s\none that does not exist: %s", others.raw, missing.raw)
	}
	if got := titles("ACTIVE"); !slices.Equal(got, []string{"年度合作", "季度合作"}) {
		t.Errorf("what was refused ended one: %q are active", got)
	}

	for range 2 { // the second time changes nothing
		done := ended(w.token, contract)
		if done.text("endContract.contract.status") != "ENDED" || strings.Contains(done.raw, `"userErrors":[{`) {
			t.Errorf("the owner ends one: %s", done.raw)
		}
	}
	if got := titles("ACTIVE"); !slices.Equal(got, []string{"季度合作"}) {
		t.Errorf("%q are active", got)
	}
	if got := titles("ENDED"); !slices.Equal(got, []string{"年度合作"}) {
		t.Errorf("%q have ended", got)
	}
	if got := titles("ACTIVE", "ENDED"); !slices.Equal(got, []string{"年度合作", "季度合作"}) {
		t.Errorf("%q are active or have ended", got)
	}

	const events = `query($id: ID!, $how: AuditOutcome!) { org(id: $id) { auditEvents(filter: {operations: ["endContract"],
		outcomes: [$how]}) { nodes { code actor { kind } targets { nodes { targetId type label
		changes { field before after } } } } } } }`
	done := p.do(w.token, events, vars{"id": w.orgID, "how": "DONE"})
	if got, want := done.get("org.auditEvents.nodes"), []any{map[string]any{
		"code": nil, "actor": map[string]any{"kind": "OWNER"},
		"targets": map[string]any{"nodes": []any{map[string]any{
			"targetId": contract, "type": "Contract", "label": "年度合作",
			"changes": []any{map[string]any{"field": "status", "before": "ACTIVE", "after": "ENDED"}},
		}}},
	}}; !reflect.DeepEqual(got, want) {
		t.Errorf("on record is %s", done.raw)
	}
	kept := p.do(w.token, events, vars{"id": w.orgID, "how": "REFUSED"})
	codes := kept.texts("org.auditEvents.nodes", "code")
	if slices.Sort(codes); !slices.Equal(codes, []string{"FORBIDDEN", "NOT_FOUND", "NOT_FOUND"}) {
		t.Errorf("refusals on record are %s", kept.raw)
	}
}

// otherOrg returns an org of the demo beside the one.
func otherOrg(t testing.TB, file, orgID string) (other string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it only reads
	if err := db.QueryRowContext(t.Context(), "SELECT id FROM orgs WHERE id <> ?", orgID).Scan(&other); err != nil {
		t.Fatal(err)
	}
	return other
}

// enterContract puts a row into the table that the steps made, and returns its id.
func enterContract(t testing.TB, file, orgID, named string) string {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the row is there, or the test fails
	contract := id.New("con")
	if _, err := db.ExecContext(t.Context(), "INSERT INTO contracts (id, org_id, created_at, title) VALUES (?, ?, ?, ?)",
		contract, orgID, time.Now().UnixMicro(), named); err != nil {
		t.Fatal(err)
	}
	return contract
}

// reader takes what the documents say to the demo.
type reader struct {
	*process
	welcome
	desk       string // the token of somebody who sees orders and nothing else
	vars       vars
	order      string // the id of one that is paid
	registered string // the id of a document that the server has
	flow, link string
	last       answer
}

// Everything that the documents show is run: operations and commands against a server with the demo, answers are
// compared, and code stands in a file that another test runs.
func TestEverySnippetIsRun(t *testing.T) {
	t.Parallel()
	p, w := owned(t, database(t), "--code-limits=off")
	for _, page := range documents(t) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			r := &reader{process: p, welcome: w, desk: p.signIn("13800000016")}
			r.look()
			for _, s := range snippets(t, page) {
				r.take(t, s)
			}
		})
	}
}

// look finds ids for what is asked with variables.
func (r *reader) look() {
	found := r.do(r.token, `query($org: ID!) { org(id: $org) { subAccounts(last: 1, filter: {statuses: [ENABLED]}) { nodes { id } }
		orders(first: 1, filter: {statuses: [PAID]}) { nodes { id } } } }`, vars{"org": r.orgID})
	r.vars = vars{"id": r.orgID, "org": r.orgID, "orgId": r.orgID, "sub": found.text("org.subAccounts.nodes.0.id")}
	r.order = found.text("org.orders.nodes.0.id")
	const document = `query($id: ID!) { org(id: $id) { name } }`
	sum := sha256.Sum256([]byte(document))
	r.registered = hex.EncodeToString(sum[:])
	body := fmt.Sprintf(
		`{"query": %q, "variables": {"id": %q}, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": %q}}}`,
		document, r.orgID, r.registered)
	response, err := http.Post(r.url+"/graphql", "application/json", strings.NewReader(body))
	if err != nil || response.Body.Close() != nil || response.StatusCode != http.StatusOK {
		r.t.Fatal("the document is not kept: ", err)
	}
}

// take does with a snippet what somebody would who reads it.
func (r *reader) take(t *testing.T, s snippet) {
	t.Helper()
	switch {
	case s.language == "mermaid", s.page == "modules.md" && (s.heading == adding || s.heading == further):
	case s.page == "deploy.md": // TestDeploymentAsDocumented
	case s.page == "partners.md": // TestPartnersAsDocumented
	case s.file != "":
		text, err := os.ReadFile(filepath.Join("..", s.file))
		if err != nil || !strings.Contains(string(text), s.code) {
			t.Errorf("it is not what stands in %s (%v): %s", s.file, err, s)
		}
	case s.language == "graphql":
		begins := append(beginning.FindAllStringIndex(s.code, -1), []int{len(s.code)})
		for i, at := range begins[:len(begins)-1] {
			r.operate(t, s, s.code[at[0]:begins[i+1][0]])
		}
		if len(begins) == 1 {
			t.Errorf("there is no operation in %s", s)
		}
	case s.language == "json":
		r.compare(t, s)
	case s.language == "sh":
		for _, line := range strings.Split(strings.ReplaceAll(strings.TrimSpace(s.code), "\\\n", ""), "\n") {
			r.run(t, s, line)
		}
	default:
		t.Errorf("nobody runs %s", s)
	}
}

// beginning is that of an operation.
var beginning = regexp.MustCompile(`(?m)^(?:query|mutation|subscription)\b`)

// operate runs an operation, refused where the document says so.
func (r *reader) operate(t *testing.T, s snippet, operation string) {
	t.Helper()
	if r.flow != "" {
		operation = strings.NewReplacer("…", r.flow, "123456", r.code(r.flow)).Replace(operation)
		r.flow = ""
	}
	given := vars{}
	for _, name := range regexp.MustCompile(`\$(\w+):`).FindAllStringSubmatch(operation, -1) {
		if value, known := r.vars[name[1]]; known {
			given[name[1]] = value
		}
	}
	if strings.HasPrefix(strings.TrimSpace(operation), "subscription") {
		r.watch(t, operation, given)
		return
	}
	token := r.token
	if s.info == "refused" {
		token = r.desk
	}
	a, err := r.ask(token, operation, given)
	if err != nil || (len(a.Errors) > 0) != (s.info == "refused") || strings.Contains(a.raw, `"userErrors":[{`) {
		t.Errorf("%v: %s answers %s", err, s, a.raw)
	}
	r.last = a
	if flow := a.text("sendCode.flow"); flow != "" {
		r.flow = flow
	}
	if link := a.text("exportOrders.url"); link != "" {
		r.link = link
	}
}

// watch subscribes, and leaves when the stream is open.
func (r *reader) watch(t *testing.T, operation string, given vars) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": operation, "variables": given})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Accept": "text/event-stream",
		"Authorization": "Bearer " + r.token,
	} {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusOK ||
		!strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		t.Errorf("%s: %s", operation, response.Status)
	}
}

// compare holds an answer that a document shows to the one that came: the data, and the errors but for what names a
// request.
func (r *reader) compare(t *testing.T, s snippet) {
	t.Helper()
	var shown answer
	// Ids of roles are other ones in each org: those of the answer stand for them, in order.
	code := strings.ReplaceAll(s.code, "org_…", r.orgID)
	for _, role := range regexp.MustCompile(`"rol_\w+"`).FindAllString(r.last.raw, -1) {
		code = strings.Replace(code, `"rol_…"`, role, 1)
	}
	if err := json.Unmarshal([]byte(code), &shown); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	if !reflect.DeepEqual(shown.Data, r.last.Data) || !reflect.DeepEqual(shown.Errors, r.last.Errors) {
		t.Errorf("the answer is %s, and not %s", r.last.raw, s)
	}
}

// run does what a line of a shell says: make knows its target, deputy its arguments, and curl is answered without
// errors.
func (r *reader) run(t *testing.T, s snippet, line string) {
	t.Helper()
	words := strings.Fields(strings.Split(line, "  #")[0])
	switch {
	case len(words) == 0:
	case words[0] == "make":
		for _, target := range words[1:] {
			command(t, "..", "make", "--dry-run", "--always-make", target)
		}
	case words[0] == "go", words[0] == "npx", words[0] == "npm":
	case words[0] == "deputy":
		var wrong *config.ArgumentError
		if _, err := config.Parse(words[1:], nil, io.Discard); errors.As(err, &wrong) {
			t.Errorf("%v: %s", err, s)
		}
	case words[0] == "curl":
		line = strings.NewReplacer("Bearer …", "Bearer "+r.token, "org_…", r.orgID, "ord_…", r.order, "5f2c…", r.registered,
			"/downloads/…", r.link,
			"http://127.0.0.1:8080", r.url, "curl -OJ", "curl -sS", "curl -N", "curl -sS -N --max-time 1").Replace(line)
		out, err := exec.CommandContext(limited(t), "sh", "-c", line).CombinedOutput()
		var ended *exec.ExitError
		// it was open until its time was up
		streams := strings.Contains(line, "event-stream") && errors.As(err, &ended) && ended.ExitCode() == 28
		if err != nil && !streams || strings.Contains(string(out), `"errors"`) || len(out) == 0 {
			t.Errorf("%v: %s says %s", err, s, out)
		}
	default:
		t.Errorf("nobody runs %s", s)
	}
}

// TestRecipesOfConsoles runs what docs/front-ends.md shows and no browser does (e2e/browser/recipes.test.mjs).
func TestRecipesOfConsoles(t *testing.T) {
	t.Parallel()
	compiler := relayCompiler(t)
	p, w := owned(t, database(t))
	npm(t, "browser", "test:recipes", "API="+p.url+"/graphql", "TOKEN="+p.signIn("13800000016"), "OWNER="+w.token,
		"ORG="+w.orgID, "RELAY="+compiler)
}

// relayCompiler returns where relay-compiler is, once it and the clients are installed.
func relayCompiler(t *testing.T) string {
	t.Helper()
	compiler, err := filepath.Abs("../graph/testdata/schema/node_modules/relay-compiler")
	if err != nil {
		t.Fatal(err)
	}
	made(t, "make consoles audits", "browser/node_modules/relay-runtime", "browser/vue-apollo/node_modules/@apollo/client",
		compiler)
	return compiler
}

// The README is short, and says the same in both languages: the same headings, snippets and links, in the same order.
func TestREADMEsAreEqual(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	var shapes [2][]string
	for i, page := range []string{"../README.md", "../README.zh-CN.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines > 150 {
			t.Errorf("%s has %d lines", page, lines)
		}
		for _, s := range snippets(t, page) {
			if s.language != "sh" { // a remark stands in the language of the page
				shapes[i] = append(shapes[i], s.language+" "+s.code)
			}
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			shapes[i] = append(shapes[i], strings.NewReplacer(".zh-CN", "").Replace(found[1]))
		}
		shapes[i] = append(shapes[i], fmt.Sprint(len(title.FindAllString(string(text), -1)), " headings"))
	}
	if !slices.Equal(shapes[0], shapes[1]) {
		t.Errorf("they differ:\n%q\n%q", shapes[0], shapes[1])
	}
}

// Every link of the documents leads to a file and to a heading of it, and every folder and target of the map is there.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`\]\(([\w./-]+)?(?:#([\w-]+))?\)`)
	for _, page := range append(documents(t), "../CONTRIBUTING.md", "../CHANGELOG.md", "../SECURITY.md",
		"../deploy/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links.FindAllStringSubmatch(string(text), -1) {
			target := filepath.Join(filepath.Dir(page), link[1])
			if link[1] == "" {
				target = page
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if link[2] != "" && !hasHeading(t, target, link[2]) {
				t.Errorf("%s: %s has no heading %s", page, target, link[2])
			}
		}
		if page != "../CONTRIBUTING.md" {
			continue
		}
		for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(string(text), -1) {
			for name := range strings.SplitSeq(row[1], ", ") {
				name = strings.Trim(name, "`")
				if target, made := strings.CutPrefix(name, "make "); made {
					command(t, "..", "make", "--dry-run", "--always-make", target)
				} else if _, err := os.Stat(filepath.Join("..", name)); err != nil {
					t.Errorf("the map: %v", err)
				}
			}
		}
	}
}

// hasHeading reports whether a document has the heading that an anchor names.
func hasHeading(t *testing.T, page, anchor string) bool {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		name := strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-")
		if regexp.MustCompile(`[^\w-]`).ReplaceAllString(name, "") == anchor {
			return true
		}
	}
	return false
}
