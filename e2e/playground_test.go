package e2e

import "testing"

// TestPlaygroundInABrowser drives the page of the binary in headless Chromium (playground/browser.test.mjs). It takes
// the page to be built, npm's packages and a browser; where the test must not be left out, DEPUTY_BROWSER=1 makes their
// absence a failure.
func TestPlaygroundInABrowser(t *testing.T) {
	t.Parallel()
	made(t, "make playground", "../playground/dist/index.html", "../playground/node_modules/playwright-core")
	log := logFile(t)
	p := start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + database(t)}, logTo: log})
	w := p.welcome()
	npm(t, "../playground", "test", "PLAYGROUND_URL="+p.url+"/playground", "PLAYGROUND_TOKEN="+w.token,
		"PLAYGROUND_ORG="+w.orgID, "PLAYGROUND_LOG="+log.Name())
}
