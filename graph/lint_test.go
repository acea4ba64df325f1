package graph_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSchemaKeepsTheRules holds graph/schema against graphql-eslint; exceptions stand in its configuration with their
// reason.
func TestSchemaKeepsTheRules(t *testing.T) {
	t.Parallel()
	for _, fault := range linted(t, packages(t, "schema"), ".", "eslint.config.mjs", "schema") {
		t.Errorf("%+v", fault)
	}
}

// TestLintSeesFaults plants one fault of each kind that the exceptions leave forbidden.
func TestLintSeesFaults(t *testing.T) {
	t.Parallel()
	dir, work := packages(t, "schema"), t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "schema"), os.DirFS("schema")); err != nil {
		t.Fatal(err)
	}
	planted := map[string]string{
		"naming-convention":          `extend type Query { "x" getThings: Int }`,
		"no-typename-prefix":         `"x" type Thing { "x" id: ID! "x" thingName: String } extend type Query { "x" thing: Thing }`,
		"no-unreachable-types":       `"x" type Lost { "x" id: ID! }`,
		"relay-arguments":            `extend type Org { "x" all: OrgConnection }`,
		"relay-connection-types":     `"x" type HalfConnection { "x" nodes: [Int] "x" pageInfo: PageInfo! } extend type Query { "x" half("x" first: Int "x" after: String): HalfConnection }`,
		"relay-edge-types":           `"x" type BareConnection { "x" edges: [Bare] "x" pageInfo: PageInfo! } "x" type Bare { "x" id: ID! } extend type Query { "x" bare("x" first: Int "x" after: String): BareConnection }`,
		"require-deprecation-reason": `extend type Query { "x" old: Int @deprecated }`,
		"require-description":        `extend enum Scope { MINE }`,
		"strict-id-in-types":         `"x" type Nameless { "x" at: Time } extend type Query { "x" nameless: Nameless }`,
	}
	for rule, sdl := range planted {
		if err := os.WriteFile(filepath.Join(work, "schema", "planted-"+rule+".graphqls"), []byte(sdl+"\n"),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]bool{}
	for _, fault := range linted(t, dir, work, "eslint.config.mjs", "schema") {
		found[filepath.Base(fault.file)] = true
		if want := "planted-" + filepath.Base(fault.Rule) + ".graphqls"; filepath.Base(fault.file) != want {
			t.Errorf("%+v, want it in %s", fault, want)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(planted)) {
		if !found["planted-"+rule+".graphqls"] {
			t.Errorf("%s is not seen", rule)
		}
	}
}

// TestOperationsSelectIDs holds every operation that people copy to the rule require-selections: an object that has an
// id is asked for it, since caches of clients know objects by their ids. Three operations without it are seen.
func TestOperationsSelectIDs(t *testing.T) {
	t.Parallel()
	dir, work := packages(t, "schema"), t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "schema"), os.DirFS("schema")); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(work, "operations")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, operation string) {
		if err := os.WriteFile(filepath.Join(folder, name+".graphql"), []byte(operation), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	planted := map[string]string{
		"planted-org":   `query ($id: ID!) { org(id: $id) { name } }`,
		"planted-rows":  `query ($id: ID!) { org(id: $id) { id orders { nodes { number } } } }`,
		"planted-below": `query ($id: ID!) { node(id: $id) { id ... on SubAccount { roles { name } } } }`,
	}
	for name, operation := range planted {
		write(name, operation)
	}
	for pattern, operations := range map[string]*regexp.Regexp{
		"../playground/operations/*.graphql": regexp.MustCompile(`(?s)(.*)`),
		"../playground/src/*.js*":            templates,
		"../e2e/*/src/*.*s*":                 templates,
		"../docs/*.md":                       fences,
		"../README*.md":                      fences,
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no file: %v", pattern, err)
		}
		read := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range operations.FindAllSubmatch(text, -1) {
				read++
				write(strings.NewReplacer("../", "", "/", "_").Replace(file)+"_"+strconv.Itoa(read),
					inserted.ReplaceAllString(string(found[1]), ""))
			}
		}
		if read == 0 {
			t.Errorf("%s: no operation is found", pattern)
		}
	}
	seen := map[string]bool{}
	for _, fault := range linted(t, dir, work, "eslint.operations.config.mjs", "operations") {
		name := strings.TrimSuffix(filepath.Base(fault.file), ".graphql")
		if planted[name] == "" || fault.Rule != "@graphql-eslint/require-selections" {
			t.Errorf("%+v", fault)
		}
		seen[name] = true
	}
	for name := range planted {
		if !seen[name] {
			t.Errorf("%s is not seen", name)
		}
	}
}

var (
	// templates finds operations in the template strings of JavaScript, inserted the fragments that are put into them, and
	// fences the operations of Markdown.
	templates = regexp.MustCompile("`\\s*((?:query|mutation|subscription|fragment)\\b[^`]+)`")
	inserted  = regexp.MustCompile(`\$\{\w+\}`)
	fences    = regexp.MustCompile("(?s)```graphql[^\\n]*\\n((?:query|mutation|subscription)\\b.+?)```")
)

// lintFault is what graphql-eslint says of one place.
type lintFault struct {
	file    string
	Rule    string `json:"ruleId"`
	Message string `json:"message"`
	Line    int    `json:"line"`
}

// linted returns the faults that a configuration of graphql-eslint finds in what stands below the folder.
func linted(t *testing.T, dir, folder, config, what string) []lintFault {
	t.Helper()
	eslint := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "node_modules/eslint/bin/eslint.js"),
		"--config", filepath.Join(dir, config), "--format", "json", what)
	eslint.Dir, eslint.Stderr = folder, os.Stderr
	out, _ := eslint.Output() // it fails when there are faults, and then says them
	var files []struct {
		Path     string      `json:"filePath"`
		Messages []lintFault `json:"messages"`
	}
	if err := json.Unmarshal(out, &files); err != nil || len(files) == 0 {
		t.Fatalf("eslint read %d files and said %q: %v", len(files), out, err)
	}
	var faults []lintFault
	for _, file := range files {
		for _, fault := range file.Messages {
			fault.file = file.Path
			faults = append(faults, fault)
		}
	}
	return faults
}
