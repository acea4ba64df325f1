package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// TestCachesAsTheyCome has the caches of Apollo Client, urql and Relay, without any configuration, read the
// playground's operations two by two (e2e/browser/caches.test.mjs).
func TestCachesAsTheyCome(t *testing.T) {
	t.Parallel()
	compiler := relayCompiler(t)
	log := logFile(t)
	p := start(t, launch{
		args: []string{"--demo", "--code-limits=off"}, env: []string{"DATABASE_URL=" + database(t)},
		logTo: log,
	})
	w := p.welcome()
	caches := exec.CommandContext(t.Context(), "npm", "--prefix", "browser", "run", "test:caches")
	caches.Env = append(os.Environ(), "API="+p.url+"/graphql", "TOKEN="+w.token, "ORG="+w.orgID, "LOG="+log.Name(),
		"RELAY="+compiler)
	if out, err := caches.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
