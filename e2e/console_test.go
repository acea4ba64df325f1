package e2e

import (
	"strings"
	"testing"
)

// TestConsoleInABrowser drives the console of the binary in headless Chromium, flow by flow (console/test). It takes the
// page to be built, npm's packages and a browser; where the test must not be left out, DEPUTY_BROWSER=1 makes their
// absence a failure.
func TestConsoleInABrowser(t *testing.T) {
	t.Parallel()
	made(t, "make console", "../console/dist/index.html", "../console/node_modules/playwright-core")
	log := logFile(t)
	p := start(t, launch{
		args: []string{"--demo", "--code-limits=off"}, env: []string{"DATABASE_URL=" + database(t)}, logTo: log,
	})
	// The cookie of the session is secure, and browsers take it from localhost without TLS.
	base := strings.Replace(p.url, "127.0.0.1", "localhost", 1)
	npm(t, "../console", "test", "BASE="+base, "LOG="+log.Name())
}
