package e2e

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/config"
	"deputy/internal/id"
	"deputy/internal/store/storetest"
)

// hosts are the commands of a machine that operators run: no test can, but what they name is there.
var hosts = []string{"systemctl", "docker", "install", "cp", "cd", "mkdir", "chown"}

// TestDeploymentAsDocumented takes every block of docs/deploy.md: SQL and the dump run on PostgreSQL, settings are good
// ones, commands have arguments that deputy knows, files are there. The proxies, the container and the restore of a
// SQLite file run in package deploy.
func TestDeploymentAsDocumented(t *testing.T) {
	t.Parallel()
	page := "../docs/deploy.md"
	roles := strings.NewReplacer("deputy", strings.ToLower(id.New("doc")))
	admin := open(t, storetest.Empty(t, dialect.Postgres))
	t.Cleanup(func() { drop(t, admin, roles.Replace("deputy")) })
	for _, s := range snippets(t, page) {
		switch {
		case s.language == "nginx", s.language == "caddyfile": // TestProxiesAsDocumented
		case s.language == "sql":
			text := regexp.MustCompile(`--.*`).ReplaceAllString(roles.Replace(s.code), "")
			for statement := range strings.SplitSeq(text, ";") {
				if strings.TrimSpace(statement) == "" {
					continue
				}
				if _, err := admin.ExecContext(t.Context(), statement); err != nil {
					t.Errorf("%v: %s", err, s)
				}
			}
		case s.language == "" && strings.HasPrefix(s.code, "acknowledged "):
			tally, err := os.ReadFile("../deploy/failover/tally.go")
			if err != nil || !strings.Contains(string(tally), regexp.MustCompile(`\d+`).ReplaceAllString(strings.SplitN(s.code,
				", seconds", 2)[0], "%d")) {
				t.Errorf("make failover does not say (%v) %s", err, s)
			}
		case s.language == "sh" && strings.HasPrefix(s.code, "pg_dump"):
			dump(t, s)
		case s.language == "sh":
			for _, line := range strings.Split(strings.ReplaceAll(strings.TrimSpace(s.code), "\\\n", ""), "\n") {
				operator(t, s, line)
			}
		default:
			t.Errorf("nobody runs %s", s)
		}
	}
}

// operator holds a line of a shell against the program and the repository.
func operator(t *testing.T, s snippet, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, "  #")
	line = regexp.MustCompile(`\$\([^)]*\)`).ReplaceAllString(line, "x")
	for _, file := range regexp.MustCompile(`\bdeploy/[\w.]+`).FindAllString(line, -1) {
		// .env is what the line makes
		if _, err := os.Stat(filepath.Join("..", file)); err != nil && !strings.Contains(line, " "+file+" &&") {
			t.Errorf("%v: %s", err, s)
		}
	}
	words := strings.Fields(line)
	var env []string
	for len(words) > 0 && strings.Contains(words[0], "=") {
		env, words = append(env, strings.Trim(strings.NewReplacer("'", "", "…", "x").Replace(words[0]), " ")), words[1:]
	}
	var args []string
	switch {
	case len(words) == 0:
	case words[0] == "deputy":
		args = words[1:]
	case words[0] == "caddy", slices.Contains(hosts, words[0]):
		return
	default:
		t.Errorf("nobody runs %s", s)
	}
	_, err := config.Parse(args, env, io.Discard)
	var wrong *config.ArgumentError
	var invalid config.Invalid
	if errors.As(err, &wrong) {
		t.Errorf("%v: %s", err, s)
	}
	if errors.As(err, &invalid) {
		for _, p := range invalid {
			if strings.Contains(p.Err.Error(), "must ") && strings.Contains(line, p.Env+"=") {
				t.Errorf("%v: %s", p.Err, s)
			}
		}
	}
}

// dump takes the steps of a dump and its restore, with databases of the test's own.
func dump(t *testing.T, s snippet) {
	t.Helper()
	from, to := storetest.URL(t, dialect.Postgres), storetest.Empty(t, dialect.Postgres)
	tools := t.TempDir()
	if err := os.Symlink(os.Getenv(binaryVariable), filepath.Join(tools, "deputy")); err != nil {
		t.Fatal(err)
	}
	// it is there
	steps := exec.CommandContext(limited(t), "sh", "-ec", strings.ReplaceAll(s.code, "createdb ", ": createdb "))
	steps.Dir, steps.Env = tools, append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "DATABASE_URL="+from,
		"RESTORED_URL="+to)
	if out, err := steps.CombinedOutput(); err != nil || !strings.Contains(string(out), "ended 0 sessions") {
		t.Errorf("%v: %s: %s", err, s, out)
	}
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// drop removes what the documented SQL made.
func drop(t *testing.T, admin *sql.DB, name string) {
	t.Helper()
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + name, "DROP ROLE IF EXISTS " + name,
		"DROP ROLE IF EXISTS " + name + "_request",
	} {
		if _, err := admin.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
