package e2e

import "testing"

// TestConsoleInABrowser drives the console of the binary in headless Chromium, flow by flow (console/test). It needs
// the built page, npm's packages and a browser: with DEPUTY_BROWSER=1 it fails without them, otherwise it is
// skipped.
func TestConsoleInABrowser(t *testing.T) {
	t.Parallel()
	made(t, "make console", "../console/dist/index.html", "../console/node_modules/playwright-core")
	npm(t, "../console", "test")
}
