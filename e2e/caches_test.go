package e2e

import "testing"

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
	npm(t, "browser", "test:caches", "API="+p.url+"/graphql", "TOKEN="+w.token, "ORG="+w.orgID, "LOG="+log.Name(),
		"RELAY="+compiler)
}
