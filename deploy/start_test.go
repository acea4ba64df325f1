package deploy

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"deputy/deploy/program"
)

// TestSystemdKnowsTheUnit has systemd read the unit, where there is one.
func TestSystemdKnowsTheUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd here")
	}
	unit := strings.Replace(read(t, "deputy.service"), "/usr/local/bin/deputy", "/bin/true", 1)
	file := filepath.Join(t.TempDir(), "deputy.service")
	if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", file).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "deputy.service") { // others are those of this machine
			t.Errorf("%v: %s", err, line)
		}
	}
}

// TestLogAtTheStartAsDocumented starts the program with every setting that has a line of its own, and looks each line
// up in docs/deploy.md.
func TestLogAtTheStartAsDocumented(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the whole binary is for make test")
	}
	path, err := program.Compile(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	folder := t.TempDir()
	s, err := program.Start(ctx, path, folder, "DATABASE_URL="+filepath.Join(folder, "deputy.db"),
		"DEPUTY_METRICS_ADDR=127.0.0.1:0", "DEPUTY_TRUSTED_PROXY=x",
		"DEPUTY_COST_BUDGET=0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	_, table, found := strings.Cut(read(t, "../docs/deploy.md"), "Log lines at startup:\n\n")
	table, _, ends := strings.Cut(table, "\n\n")
	if !found || !ends {
		t.Fatal("docs/deploy.md does not list the log lines at startup")
	}
	before, _, _ := strings.Cut(s.Log(), "msg=listening")
	lines := regexp.MustCompile(`msg=(?:"([^"]+)"|(\S+))`).FindAllStringSubmatch(before+"msg=listening", -1)
	seen := map[string]bool{}
	for _, line := range lines {
		said := line[1] + line[2]
		seen[said] = true
		if !strings.Contains(table, "| `"+said+"` |") && !strings.Contains(said, "code") {
			t.Errorf("docs/deploy.md does not explain %q", said)
		}
	}
	for _, want := range []string{
		"settings", "the database was empty: its tables were created", "metrics",
		"listening",
	} {
		if !seen[want] {
			t.Errorf("the log does not say %q:\n%s", want, before)
		}
	}
}
