package platform_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestPlatforms has the compiler take what the documents list, and refuse the rest in a sentence.
func TestPlatforms(t *testing.T) {
	t.Parallel()
	for target, says := range map[string]string{
		"linux/amd64": "", "linux/arm64": "", "darwin/amd64": "", "darwin/arm64": "", "windows/amd64": "",
		"windows/arm64": "",
		"linux/386":     "needs a 64-bit processor", "linux/arm": "needs a 64-bit processor",
		"windows/386": "needs a 64-bit processor",
		"linux/mips":  "needs a 64-bit processor", "js/wasm": "runs on Linux, macOS and Windows",
		"plan9/amd64": "runs on Linux, macOS and Windows",
	} {
		system, processor, _ := strings.Cut(target, "/")
		build := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, ".")
		build.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0")
		out, err := build.CombinedOutput()
		if (err != nil) != (says != "") || !strings.Contains(string(out), says) {
			t.Errorf("%s: %v: %s", target, err, out)
		}
	}
}
