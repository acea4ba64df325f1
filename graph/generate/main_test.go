package main

import (
	"crypto/sha256"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGenerationRefusesAFault runs the generator's own command on a copy of the module with faults planted in its
// schema.
func TestGenerationRefusesAFault(t *testing.T) {
	root := copyModule(t)
	plant(t, filepath.Join(root, "graph/schema/org.graphqls"), "): RoleConnection @hasModule(module: SUB_ACCOUNTS)",
		"): RoleConnection")
	plant(t, filepath.Join(root, "graph/schema/node.graphqls"), "viewer: Viewer @public", "viewer: Viewer")
	before := contents(t, root)

	command := exec.CommandContext(t.Context(), "go", "generate", "./graph")
	command.Dir = root
	command.Env = append(os.Environ(), "PWD="+root)
	out, err := command.CombinedOutput()
	if err == nil {
		t.Errorf("the generator took a schema with faults:\n%s", out)
	}
	for _, want := range []string{
		"graph/schema/node.graphqls:39: Query.viewer: no rule says who may ask",
		"graph/schema/org.graphqls:28: Org.roles: hands out RoleConnection, which lives in SUB_ACCOUNTS, without its guard",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the generator does not say %q:\n%s", want, out)
		}
	}
	if !maps.Equal(before, contents(t, root)) {
		t.Error("the generator wrote before it refused")
	}
}

// copyModule copies what the generator's command needs, and what it writes.
func copyModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{
		"go.mod", "go.sum", "gqlgen.yml", "graph", "internal/access", "internal/fault", "internal/proof",
		"internal/rule",
	} {
		from := filepath.Join("../..", name)
		err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && entry.Name() == "testdata" {
				return filepath.SkipDir
			}
			if entry.IsDir() {
				return nil
			}
			to := filepath.Join(root, name, strings.TrimPrefix(path, from))
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			return os.WriteFile(to, text, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func plant(t *testing.T, file, was, is string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), was); n != 1 {
		t.Fatalf("%q stands %d times in %s, not once", was, n, file)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), was, is, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, root string) map[string][sha256.Size]byte {
	t.Helper()
	sums := map[string][sha256.Size]byte{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		sums[path] = sha256.Sum256(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}
