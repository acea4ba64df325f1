package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTrustedOperationsAlone has neither a playground nor its address.
func TestTrustedOperationsAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "operations.json")
	if err := os.WriteFile(file, []byte(`{"modules": "{ modules { module } }"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + database(t), "DEPUTY_OPERATIONS=" +
		file}})
	p.await(p.stdout, regexp.MustCompile(`schema\.graphql\n\n`))
	said := p.stdout.String()
	if !strings.Contains(said, p.url+"/graphql") || strings.Contains(said, "/playground") ||
		strings.Contains(said, "Bearer") {
		t.Errorf("it says: %s", said)
	}
	for path, status := range map[string]int{
		"/graphql?id=modules": 200, "/schema.graphql": 200, "/playground": 404,
		"/playground/": 404,
	} {
		response, err := http.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		if _ = response.Body.Close(); response.StatusCode != status {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}
