package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// npm runs a script of the folder's package.json, which must end well, with these variables beside those of the
// process. A script that stands still is killed with everything that it started, so that the test fails and says how
// far it got, and the others go on.
func npm(t *testing.T, folder, script string, env ...string) {
	t.Helper()
	run := exec.CommandContext(limited(t), "npm", "--prefix", folder, "run", script)
	run.Env = append(os.Environ(), env...)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGKILL) }
	run.WaitDelay = 10 * time.Second
	out, err := run.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("npm run %s in %s: %v", script, folder, err)
	}
}

// limited returns a context for programs that talk to a server, which may stand still.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestTestsOfNodeHaveALimit looks at every script that runs tests: a promise that is never settled holds up node's
// runner for ever, unless it is told how long to wait.
func TestTestsOfNodeHaveALimit(t *testing.T) {
	t.Parallel()
	scripts := 0
	folders := []string{"../console", "../packages/permissions", "../playground", "admin", "browser", "clients"}
	for _, file := range folders {
		text, err := os.ReadFile(filepath.Join(file, "package.json"))
		if err != nil {
			t.Fatal(err)
		}
		var manifest struct{ Scripts map[string]string }
		if err := json.Unmarshal(text, &manifest); err != nil {
			t.Fatal(err)
		}
		for name, line := range manifest.Scripts {
			if !strings.Contains(line, "node --test") {
				continue
			}
			scripts++
			if !strings.Contains(line, "--test-timeout=") {
				t.Errorf("%s: %s runs without --test-timeout: %s", file, name, line)
			}
		}
	}
	if scripts < 10 {
		t.Errorf("%d scripts run tests, want all", scripts)
	}
}
