package graph_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"deputy/internal/gqlserve"
)

var operationText = regexp.MustCompile(`"text": (".*")`)

// TestRelayCompiles has relay-compiler compile a small app of React components against the whole schema: pages that go
// on, objects that are asked for again by their id, lists that mutations add to and take from, subscriptions. What it
// writes is valid here.
func TestRelayCompiles(t *testing.T) {
	t.Parallel()
	app := relayApp(t)
	if out, err := relayCompile(t, app); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(app, "__generated__", "*.graphql.js"))
	if err != nil {
		t.Fatal(err)
	}
	operations := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := operationText.FindSubmatch(source)
		if found == nil {
			continue // a fragment
		}
		var text string
		if err := json.Unmarshal(found[1], &text); err != nil {
			t.Fatal(err)
		}
		operations++
		if _, err := gqlparser.LoadQueryWithRules(served(), text, rules.NewDefaultRules()); err != nil {
			t.Errorf("%s: %v\n%s", filepath.Base(file), err, text)
		}
	}
	if operations < 10 {
		t.Errorf("only %d operations in %d files", operations, len(files))
	}
}

// TestRelayRefuses makes sure that a compile can fail.
func TestRelayRefuses(t *testing.T) {
	t.Parallel()
	for name, sdl := range map[string]func(string) string{
		"a field that is gone": func(s string) string {
			return strings.Replace(s, "\n  number: String!\n",
				"\n  no: String!\n", 1)
		},
		"an edge without a cursor": func(s string) string {
			return strings.ReplaceAll(s, "\n  cursor: String!\n",
				"\n  place: String!\n")
		},
		"an object without an address": func(s string) string {
			return strings.Replace(s, "type Order implements Node",
				"type Order", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := relayApp(t)
			whole := gqlserve.SDL(served())
			broken := sdl(whole)
			if broken == whole {
				t.Fatal("nothing was planted")
			}
			if err := os.WriteFile(filepath.Join(app, "schema.graphql"), []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := relayCompile(t, app); err == nil {
				t.Errorf("it compiles:\n%s", out)
			}
		})
	}
}

// relayApp returns a copy of the app with the schema as it is served.
func relayApp(t *testing.T) string {
	t.Helper()
	app := t.TempDir()
	if err := os.CopyFS(app, os.DirFS(filepath.Join(packages(t, "schema"), "app"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(app, "schema.graphql"), []byte(gqlserve.SDL(served())), 0o600); err != nil {
		t.Fatal(err)
	}
	return app
}

func relayCompile(t *testing.T, app string) ([]byte, error) {
	t.Helper()
	compiler := exec.CommandContext(t.Context(), "node",
		filepath.Join(packages(t, "schema"), "node_modules/relay-compiler/cli.js"))
	compiler.Dir = app
	return compiler.CombinedOutput()
}
