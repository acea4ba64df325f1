package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func build(ctx context.Context, url string) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "CREATE TABLE counted (n int NOT NULL); INSERT INTO counted SELECT generate_series(1, "+
		"100)")
	return errors.Join(err, db.Close())
}

func TestTwentyDatabasesAtOnce(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{})
	const count = 20
	var built atomic.Int32
	var group sync.WaitGroup
	urls := make([]string, count)
	drops := make([]func(context.Context) error, count)
	for i := range count {
		group.Go(func() {
			name, err := Template(t.Context(), s.AdminURL(), "v1", func(ctx context.Context, url string) error {
				built.Add(1)
				return build(ctx, url)
			})
			if err == nil {
				urls[i], drops[i], err = Create(t.Context(), s.AdminURL(), name)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	if built.Load() != 1 {
		t.Errorf("built %d times", built.Load())
	}
	for i, url := range urls {
		db := open(t, url)
		if _, err := db.ExecContext(t.Context(), "DELETE FROM counted WHERE n > $1", i); err != nil {
			t.Fatal(err)
		}
	}
	for i, url := range urls {
		var n int
		if err := open(t, url).QueryRowContext(t.Context(), "SELECT count(*) FROM counted").Scan(&n); err != nil || n != i {
			t.Errorf("database %d has %d rows: %v", i, n, err)
		}
		// Connections of the test are still open.
		if err := drops[i](t.Context()); err != nil {
			t.Error(err)
		}
	}
	admin := open(t, s.AdminURL())
	if got := ask(t, admin, "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'deputy\\_test\\_%'"); got != "0" {
		t.Errorf("%s databases are left", got)
	}
}

func TestFailedBuildLeavesNoTemplate(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{})
	broken := errors.New("broken")
	_, err := Template(t.Context(), s.AdminURL(), "v1", func(ctx context.Context, url string) error {
		return errors.Join(build(ctx, url), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	name, err := Template(t.Context(), s.AdminURL(), "v1", build)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Template(t.Context(), s.AdminURL(), "v2", build)
	if err != nil || other == name {
		t.Errorf("another key: %q, %v", other, err)
	}
	if got := ask(t, open(t, Database(t, s.AdminURL(), name)), "SELECT sum(n)::text FROM counted"); got != "5050" {
		t.Errorf("sum %s", got)
	}
}

// TestExistingServer works with nothing but the right to create databases.
func TestExistingServer(t *testing.T) {
	s := begin(t, Options{})
	admin := open(t, s.AdminURL())
	if _, err := admin.ExecContext(t.Context(), "CREATE ROLE modest LOGIN CREATEDB PASSWORD 'modest'"); err != nil {
		t.Fatal(err)
	}
	t.Setenv(URLVariable, strings.Replace(s.AdminURL(), superuser+":"+s.password, "modest:modest", 1))
	url, release, err := Acquire(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	name, err := Template(t.Context(), url, "v1", build)
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, open(t, Database(t, url, name)), "SELECT current_user || count(*) FROM counted"); got != "modest100" {
		t.Errorf("%s", got)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	ask(t, admin, "SELECT 1") // the server was not ours to stop
}

func TestRunCommand(t *testing.T) {
	t.Parallel()
	program := t.TempDir() + "/run"
	if out, err := exec.Command("go", "build", "-o", program, "./run").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, c := range map[string]struct {
		url, script, out string
		code             int
	}{
		"own server": {
			"", `case $TEST_DATABASE_URL in postgres://*@127.0.0.1:*) echo started;; esac; exit 7`, "started\n",
			7,
		},
		"named server": {"postgres://there", `echo "$TEST_DATABASE_URL"`, "postgres://there\n", 0},
		"signal":       {"postgres://there", `kill -TERM $$`, "", 128 + 15},
		"passed signal": {
			"postgres://there",
			`trap 'echo caught; exit 3' TERM; kill -TERM $PPID; while :; do sleep 0.1; done`, "caught\n", 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.Command(program, "--", "sh", "-c", c.script)
			command.Env = append(os.Environ(), URLVariable+"="+c.url)
			out, err := command.Output()
			if command.ProcessState == nil {
				t.Fatal(err)
			}
			if got := command.ProcessState.ExitCode(); got != c.code || string(out) != c.out {
				t.Errorf("exit code %d, want %d; output %q, want %q", got, c.code, out, c.out)
			}
		})
	}
}
