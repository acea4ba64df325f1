package e2e

import (
	"os"
	"testing"
)

// TestConsoleInABrowser drives the console of the binary in headless Chromium, flow by flow (console/test). It takes the
// page to be built, npm's packages and a browser; where the test must not be left out, DEPUTY_BROWSER=1 makes their
// absence a failure.
func TestConsoleInABrowser(t *testing.T) {
	t.Parallel()
	made(t, "make console", "../console/dist/index.html", "../console/node_modules/playwright-core")
	npm(t, "../console", "test", "BINARY="+os.Getenv(binaryVariable))
}
