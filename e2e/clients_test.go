package e2e

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestToolsReadTheSchema runs the tools that people read the schema with: those that tell most, and all of them where
// DEPUTY_CLIENTS is set (make clients). It runs before the tests that are parallel, since compilers take all of a
// machine.
func TestToolsReadTheSchema(t *testing.T) {
	script, installed := "test", "clients/node_modules/@apollo/composition"
	if os.Getenv("DEPUTY_CLIENTS") != "" {
		script, installed = "test:all", "clients/node_modules/@graphql-hive/gateway-runtime"
	}
	made(t, "make readers", installed)
	p, w := owned(t, database(t), "--code-limits=off")
	npm(t, "clients", script, "API="+p.url+"/graphql", "TOKEN="+w.token, "ORG="+w.orgID)
}

// TestGenqlient generates a client in Go from the schema as it is served, and runs what docs/api.md shows of it. A
// second client has every operation of the playground.
func TestGenqlient(t *testing.T) {
	t.Parallel()
	if os.Getenv("DEPUTY_BROWSER") == "" {
		t.Skip("its modules may have to be fetched: DEPUTY_BROWSER=1 has it run")
	}
	p, w := owned(t, database(t))
	own := t.TempDir()
	if err := os.CopyFS(own, os.DirFS("clients/genqlient")); err != nil {
		t.Fatal(err)
	}
	served, err := http.Get(p.url + "/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	defer served.Body.Close() //nolint:errcheck // it was read
	schema, err := io.ReadAll(served.Body)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(own, "schema.graphql"), string(schema))
	command(t, own, "go", "tool", "genqlient")
	every := filepath.Join(own, "every")
	if err := os.CopyFS(filepath.Join(every, "operations"), os.DirFS("../playground/operations")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(every, "genqlient.yaml"), `
schema: ../schema.graphql
operations: ["operations/*.graphql"]
generated: generated.go
package: every
optional: pointer
bindings: { Int64: { type: int64 }, Time: { type: time.Time }, Date: { type: string } }
`)
	command(t, own, "go", "tool", "genqlient", "every/genqlient.yaml")
	command(t, own, "go", "vet", "./...")
	run := exec.CommandContext(limited(t), "go", "test", "-count=1", ".")
	run.Dir = own
	run.Env = append(os.Environ(), "API="+p.url+"/graphql", "TOKEN="+w.token, "ORG="+w.orgID)
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
