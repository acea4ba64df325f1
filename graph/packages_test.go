package graph_test

import (
	"os"
	"path/filepath"
	"testing"
)

// packages returns the absolute path of a folder below testdata whose npm packages are installed, as `make audits`
// does. Where a test must not be left out, DEPUTY_AUDIT=1 makes their absence a failure.
func packages(t *testing.T, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("npm is for make test")
	}
	dir, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		if os.Getenv("DEPUTY_AUDIT") != "" {
			t.Fatalf("npm's packages are not installed: %v", err)
		}
		t.Skip("npm's packages are not installed: make audits")
	}
	return dir
}
