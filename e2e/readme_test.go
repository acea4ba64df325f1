package e2e

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/internal/id"
)

const readme = "../README.md"

// section answers what stands below a heading of the README.
func section(t testing.TB, heading string) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the README has no %q", heading)
	}
	below, _, _ = strings.Cut(below, "\n## ")
	return below
}

// block is a piece of code in the README, after the name of its file when it has one.
var block = regexp.MustCompile("(?ms)^(?:`([^`\n]+)`\n\n)?```(\\w+)\n(.*?)^```$")

// The README's five steps, followed to the letter, make a module that is granted, guarded and answered.
func TestREADMEAddsAModule(t *testing.T) {
	t.Parallel()
	copied := scratch(t)
	command(t, copied, "git", "init", "-q")
	for _, step := range block.FindAllStringSubmatch(section(t, "Add a module in five steps"), -1) {
		switch file, language, code := step[1], step[2], step[3]; {
		case language == "diff":
			write(t, filepath.Join(copied, "step.diff"), code)
			command(t, copied, "git", "apply", "--unidiff-zero", "step.diff")
		case language == "sh":
			command(t, copied, "sh", "-ec", code)
		case file != "":
			write(t, filepath.Join(copied, file), code)
		default:
			t.Fatalf("nobody knows what to do with\n%s", code)
		}
	}
	binary := filepath.Join(t.TempDir(), "deputy")
	command(t, copied, "go", "build", "-o", binary, ".")

	file := database(t)
	l := launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}, shell: `exec "` + binary + `" "$@"`}
	p := start(t, l)
	w := p.welcome()
	p.stop()
	enterContract(t, file, w.orgID)
	p = start(t, l)
	w = p.welcome()
	const contracts = `query($id: ID!) { org(id: $id) { name navigation { module } contracts { totalCount nodes { id title } } } }`
	owner := p.do(w.token, contracts, vars{"id": w.orgID})
	if got := owner.texts("org.contracts.nodes", "title"); !slices.Equal(got, []string{"年度合作"}) || owner.get("org.contracts.totalCount") != 1.0 {
		t.Errorf("the owner reads %s", owner.raw)
	}
	contract := owner.text("org.contracts.nodes.0.id")
	const node = `query($id: ID!) { node(id: $id) { ... on Contract { title } } }`

	person := p.signIn("13800000011")
	if a, err := p.ask(person, contracts, vars{"id": w.orgID}); err != nil || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "FORBIDDEN" || a.text("org.name") == "" {
		t.Errorf("without the grant: %v %s", err, a.raw)
	}
	if got := p.do(person, node, vars{"id": contract}); got.get("node") != nil {
		t.Errorf("without the grant, node answers %s", got.raw)
	}
	roleID := p.do(w.token, nested, vars{"id": w.orgID}).text("org.roles.nodes.0.id")
	p.do(w.token, `mutation($input: UpdateRoleInput!) { updateRole(input: $input) { role { modules } userErrors { code } } }`,
		vars{"input": vars{"orgId": w.orgID, "id": roleID, "grants": []vars{{"module": "CONTRACTS"}}}})
	granted := p.do(person, contracts, vars{"id": w.orgID})
	if got := granted.texts("org.navigation", "module"); !slices.Equal(got, []string{"CONTRACTS"}) || granted.get("org.contracts.totalCount") != 1.0 {
		t.Errorf("with the grant: %s", granted.raw)
	}
	if got := p.do(person, node, vars{"id": contract}).text("node.title"); got != "年度合作" {
		t.Errorf("with the grant, node answers %q", got)
	}
}

// enterContract puts a row into the table that the steps made.
func enterContract(t testing.TB, file, orgID string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the row is there, or the test fails
	if _, err := db.ExecContext(t.Context(), "INSERT INTO contracts (id, org_id, created_at, title) VALUES (?, ?, ?, ?)",
		id.New("con"), orgID, time.Now().UnixMicro(), "年度合作"); err != nil {
		t.Fatal(err)
	}
}

// What the README says to ask is asked.
func TestREADMEQueries(t *testing.T) {
	t.Parallel()
	p, w := owned(t, database(t))
	first := block.FindStringSubmatch(section(t, "First query"))
	if got := p.do(w.token, first[3], vars{"id": w.orgID}); got.get("org.roles.totalCount") != 4.0 {
		t.Errorf("the first query answers %s", got.raw)
	}
	steps := strings.Split(strings.TrimSpace(block.FindStringSubmatch(section(t, "Signing in"))[3]), "\n")
	flow := p.do("", steps[0], nil).text("sendCode.flow")
	signIn := strings.NewReplacer("…", flow, "123456", p.code(flow)).Replace(steps[1])
	if token := p.do("", signIn, nil).text("signIn.token"); token == "" {
		t.Error("signing in answers no token")
	}
}

// Every link of the documents leads to a file, and every folder of the map is there.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`\]\(([\w./-]+)\)|^\| ` + "`([^`]+/[^`]*|[a-z]+\\.go)`")
	for _, name := range []string{readme, "../CONTRIBUTING.md", "../CHANGELOG.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			for _, link := range links.FindAllStringSubmatch(line, -1) {
				target := link[1] + link[2]
				if _, err := os.Stat(filepath.Join("..", target)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}
