package graph_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The audits are npm's graphql-http; `npm ci --prefix graph/testdata/audit` installs them. Where they must not be left out,
// DEPUTY_AUDIT=1 makes their absence a failure.
func TestHTTPAudits(t *testing.T) {
	t.Parallel()
	const dir = "testdata/audit"
	if _, err := os.Stat(dir + "/node_modules/graphql-http"); err != nil {
		if os.Getenv("DEPUTY_AUDIT") != "" {
			t.Fatalf("the audits are not installed: %v", err)
		}
		t.Skip("the audits are not installed; npm ci --prefix graph/testdata/audit")
	}
	ts, _ := server(t, newSchema())
	node := exec.CommandContext(t.Context(), "node", "audit.mjs", ts.URL+"/graphql")
	node.Dir = dir
	out, err := node.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.HasSuffix(string(out), "61 of 61\n") {
		t.Errorf("not every audit passes: %v", err)
	}
}
