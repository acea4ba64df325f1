package e2e

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestAdminFrameworks drives consoles with Refine, react-admin and ProTable in headless Chromium, through Vite's proxy
// (e2e/admin/admin.test.mjs). Like TestBrowsersOnOtherOrigins it runs before the tests that are parallel.
func TestAdminFrameworks(t *testing.T) {
	made(t, "make consoles playground", "admin/dist/refine.js", "../playground/node_modules/playwright-core")
	log := logFile(t)
	p := start(t, launch{
		args: []string{"--demo", "--code-limits=off"}, logTo: log,
		env: []string{"DATABASE_URL=" + database(t)},
	})
	w := p.welcome()
	npm(t, "admin", "test", "DEPUTY="+p.url, "TOKEN="+w.token, "ORG="+w.orgID, "LOG="+log.Name())
}

// TestGlueIsShort holds that an admin framework takes at most 20 lines for its data, imports included, and that
// docs/front-ends.md shows all of them.
func TestGlueIsShort(t *testing.T) {
	t.Parallel()
	shown := map[string]string{}
	for _, s := range snippets(t, "../docs/front-ends.md") {
		shown[s.file] += s.code
	}
	for _, name := range []string{"refine", "react-admin", "protable"} {
		file := "e2e/admin/src/" + name + "-data.js"
		text, err := os.ReadFile("../" + file)
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for line := range strings.Lines(string(text)) {
			if strings.TrimSpace(line) != "" {
				lines++
			}
			if utf8.RuneCountInString(line) > 121 {
				t.Errorf("%s: it is too long: %s", file, line)
			}
		}
		if lines > 20 {
			t.Errorf("%s has %d lines", file, lines)
		}
		if shown[file] != string(text) {
			t.Errorf("docs/front-ends.md does not show %s", file)
		}
	}
}
