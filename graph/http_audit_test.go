package graph_test

import (
	"os/exec"
	"strings"
	"testing"
)

// The audits are npm's graphql-http.
func TestHTTPAudits(t *testing.T) {
	t.Parallel()
	ts, _ := server(t, newSchema())
	node := exec.CommandContext(t.Context(), "node", "audit.mjs", ts.URL+"/graphql")
	node.Dir = packages(t, "audit")
	out, err := node.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.HasSuffix(string(out), "61 of 61\n") {
		t.Errorf("not every audit passes: %v", err)
	}
}
