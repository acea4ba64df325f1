package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestBrowsersOnOtherOrigins drives consoles with Apollo Client and urql, and pages that attack, in headless Chromium
// (e2e/browser/origins.test.mjs). It takes the pages to be built, npm's packages and a browser; where the test must not be left out,
// DEPUTY_BROWSER=1 makes their absence a failure. It runs before the tests that are parallel, since a browser takes all of a machine.
func TestBrowsersOnOtherOrigins(t *testing.T) {
	made(t, "make consoles playground", "browser/dist/vue.js", "../playground/node_modules/playwright-core")
	log := logFile(t)
	listed, stranger := pages(t), pages(t)
	// A site is a host: another port is another origin of it, and another name another site.
	elsewhere := strings.NewReplacer("127.0.0.1", "localhost")
	p := start(t, launch{
		args: []string{"--demo", "--code-limits=off"}, logTo: log,
		env: []string{"DATABASE_URL=" + database(t), "DEPUTY_ORIGINS=" + listed + ", " + elsewhere.Replace(listed)},
	})
	browser := exec.CommandContext(t.Context(), "npm", "--prefix", "browser", "test")
	browser.Env = append(os.Environ(), "API="+p.url+"/graphql", "TOKEN="+p.welcome().token, "LOG="+log.Name(), "CONSOLE="+listed,
		"ELSEWHERE="+elsewhere.Replace(listed), "SISTER="+stranger, "FOREIGN="+elsewhere.Replace(stranger))
	out, err := browser.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("the browser's test: %v", err)
	}
}

// pages serves the consoles and answers their origin.
func pages(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir("browser/dist")))
	t.Cleanup(server.Close)
	return server.URL
}
