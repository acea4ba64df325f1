package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"deputy/deploy/program"
)

// TestBackupAsDocumented backs up beside a running server, loses the server and its files, and takes the steps of
// docs/deploy.md to restore, word by word.
func TestBackupAsDocumented(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the whole binary is for make test")
	}
	path, err := program.Compile(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder, backups := t.TempDir(), t.TempDir()
	backup := filepath.Join(backups, "deputy-2026-03-01.db")
	database := "DATABASE_URL=" + filepath.Join(folder, "deputy.db")
	first := begin(t, path, folder, database)
	ask(t, first, `mutation($org: ID!) { createRole(input: {orgId: $org, name: "before", grants: []}) { role { id } } }`)
	made := exec.CommandContext(t.Context(), path, "backup", backup)
	made.Env = append(os.Environ(), database)
	if out, err := made.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("deputy backup: %v: %s", err, out)
	}
	const trail = `query($org: ID!) { org(id: $org) { auditEvents(first: 100) { nodes { id at operation requestId } }
		roles(first: 100) { nodes { id name } } } }`
	before := ask(t, first, trail)
	ask(t, first, `mutation($org: ID!) { createRole(input: {orgId: $org, name: "after", grants: []}) { role { id } } }`)
	if after := ask(t, first, trail); after == before {
		t.Fatal("the trail does not tell what happened after the backup")
	}
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "deputy.db"), []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	restore(t, folder, backups)
	second := begin(t, path, folder, database)
	stale := *second
	stale.Token = first.Token
	if text, err := post(t.Context(), &stale, `{"query":"{ viewer { account { id } } }"}`); err != nil ||
		!strings.Contains(text, `"viewer":null`) {
		t.Errorf("a session of before lives again: %v, %s", err, text)
	}
	if got := ask(t, second, trail); got != before {
		t.Errorf("restored\n%s\nwant\n%s", got, before)
	}
	if err := second.Stop(); err != nil {
		t.Error(err)
	}
}

// restore takes the steps that docs/deploy.md names, with folders of the test's own and without systemd.
func restore(t *testing.T, folder, backups string) {
	t.Helper()
	_, rest, found := strings.Cut(read(t, "../docs/deploy.md"), "To restore:\n\n```sh\n")
	steps, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/deploy.md does not tell how to restore")
	}
	steps = strings.NewReplacer("/var/lib/deputy", folder, "/backup", backups, "systemctl", ": systemctl").Replace(steps)
	if out, err := exec.CommandContext(t.Context(), "sh", "-e", "-c", steps).CombinedOutput(); err != nil {
		t.Fatalf("%s\n%v: %s", steps, err, out)
	}
}

func begin(t *testing.T, path, folder string, settings ...string) *program.Server {
	t.Helper()
	s, err := program.Start(t.Context(), path, folder, settings...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask returns the data of an operation on the demo's org.
func ask(t *testing.T, s *program.Server, operation string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": operation, "variables": map[string]string{"org": s.Org}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := post(t.Context(), s, string(body))
	if err != nil || strings.Contains(text, `"errors"`) {
		t.Fatalf("%v: %s", err, text)
	}
	return text
}

func post(ctx context.Context, s *program.Server, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/graphql", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.Token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("ask: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read
	text, err := io.ReadAll(response.Body)
	return string(text), err
}
