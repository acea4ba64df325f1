package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// TestPlaygroundInABrowser drives the page of the binary in headless Chromium (playground/browser.test.mjs). It takes
// the page to be built, npm's packages and a browser; where the test must not be left out, DEPUTY_BROWSER=1 makes their
// absence a failure.
func TestPlaygroundInABrowser(t *testing.T) {
	t.Parallel()
	made(t, "make playground", "../playground/dist/index.html", "../playground/node_modules/playwright-core")
	log := logFile(t)
	p := start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + database(t)}, logTo: log})
	w := p.welcome()
	browser := exec.CommandContext(t.Context(), "npm", "--prefix", "../playground", "test")
	browser.Env = append(os.Environ(), "PLAYGROUND_URL="+p.url+"/playground", "PLAYGROUND_TOKEN="+w.token,
		"PLAYGROUND_ORG="+w.orgID, "PLAYGROUND_LOG="+log.Name())
	out, err := browser.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("the browser's test: %v", err)
	}
}
