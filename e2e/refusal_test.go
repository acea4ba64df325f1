package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		launch
		says string
	}{
		"codes in the log without being asked": {launch{}, "no way to send verification codes"},
		"no limits without demo data": {
			launch{args: []string{"--dev-codes", "--code-limits=off"}},
			"--code-limits=off requires --demo",
		},
		"unknown flag": {
			launch{args: []string{"--dmeo"}},
			"flag provided but not defined: -dmeo: see deputy --help",
		},
		"unknown command": {launch{args: []string{"migrat"}}, "unknown command"},
		"secret too short": {launch{
			args: []string{"--demo"},
			env:  []string{"DEPUTY_SECRET=hunter2hunter2"},
		}, "DEPUTY_SECRET must have at least 32 characters"},
		"address that is no address": {
			launch{args: []string{"--demo", "--addr", "nowhere"}},
			"--addr must be a host and a port",
		},
		"proxies that are none": {launch{
			args: []string{"--demo"},
			env:  []string{"DEPUTY_TRUSTED_PROXIES=everyone"},
		}, "DEPUTY_TRUSTED_PROXIES"},
		"operations that are not there": {launch{
			args: []string{"--demo"},
			env:  []string{"DEPUTY_OPERATIONS=hunter2.json"},
		}, "read DEPUTY_OPERATIONS: no such file or directory"},
		"text messages without an HTTPS address": {launch{env: []string{
			"DEPUTY_SMS_URL=http://gateway.example",
			"DEPUTY_SMS_SECRET=hunter2hunter2hunter2hunter2hunter2",
		}}, "DEPUTY_SMS_URL"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.env = append([]string{"DATABASE_URL=" + filepath.Join(t.TempDir(), "deputy.db")}, tt.env...)
			said := refused(t, tt.launch)
			if !strings.Contains(said, "deputy: ") || !strings.Contains(said, tt.says) {
				t.Errorf("it does not say %q:\n%s", tt.says, said)
			}
			if strings.Contains(said, "hunter2") {
				t.Errorf("it repeats a secret:\n%s", said)
			}
		})
	}
}

// Without Node nothing is in playground/dist: the server starts all the same.
func TestBinaryWithoutThePlayground(t *testing.T) {
	t.Parallel()
	clone := scratch(t)
	if err := os.RemoveAll(filepath.Join(clone, "playground", "dist")); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "deputy")
	goRun(t, clone, "build", "-o", binary, ".")
	p := begin(t, launch{
		args: []string{"--demo"}, env: []string{"DATABASE_URL=" + database(t)},
		shell: `set -- "$@"; exec "` + binary + `" "$@"`,
	})
	p.url = "http://" + p.waitLog(listening)[1]
	if got := p.do(p.welcome().token, `{ viewer { account { id } } }`, nil).text("viewer.account.id"); got == "" {
		t.Error("nobody is signed in")
	}
	page, err := http.Get(p.url + "/playground")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(page.Body)
	if err != nil || page.StatusCode != http.StatusServiceUnavailable ||
		!strings.Contains(string(text), "make playground") {
		t.Errorf("got %d, %v: %s", page.StatusCode, err, text)
	}
}
