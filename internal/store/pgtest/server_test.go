package pgtest

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// begin starts a server that the test's end stops.
func begin(t *testing.T, options Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
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

func ask(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var answer string
	if err := db.QueryRowContext(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

// traces are what a server may leave behind.
type traces struct {
	dir  string
	port int
	pids []string
}

func tracesOf(t *testing.T, s *Server) traces {
	t.Helper()
	db := open(t, s.AdminURL())
	var pids []string
	for begun := time.Now(); len(pids) < 5 && time.Since(begun) < time.Minute; { // they come one after the other
		pids = strings.Split(ask(t, db, "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity"), " ")
	}
	lock, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pids = append(pids, strings.SplitN(string(lock), "\n", 2)[0], strconv.Itoa(s.supervisor.command.Process.Pid))
	if len(pids) < 7 {
		t.Fatalf("only the processes %v are known", pids)
	}
	return traces{dir: s.dir, port: s.port, pids: pids}
}

// left returns what is still there.
func (tr traces) left() []string {
	var left []string
	if _, err := os.Stat(tr.dir); !os.IsNotExist(err) {
		left = append(left, "the folder "+tr.dir)
	}
	if conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(tr.port))); err == nil {
		_ = conn.Close()
		left = append(left, "a listener")
	}
	for _, pid := range tr.pids {
		// A process that ended but that nobody has asked about is a zombie; it is not ours to ask.
		state, err := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
		if err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z") {
			left = append(left, "process "+pid)
		}
	}
	return left
}

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{})
	tr := tracesOf(t, s)
	if left := tr.left(); len(left) != len(tr.pids)+2 {
		t.Fatalf("while it runs only this is seen: %v", left)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if left := tr.left(); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{MaxConnections: 17, Settings: map[string]string{"application_name": "it's a test"}})
	db := open(t, s.AdminURL())
	for query, want := range map[string]string{
		"SHOW max_connections":         "17",
		"SHOW fsync":                   "off",
		"SHOW server_encoding":         "UTF8",
		"SHOW listen_addresses":        "127.0.0.1",
		"SHOW unix_socket_directories": "",
		"SHOW password_encryption":     "scram-sha-256",
		"SELECT lower('ÄÖ机构')":         "äö机构",
		"SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b','a','B','A']) x":  "ABab",
		"SELECT boot_val || ' ' || setting FROM pg_settings WHERE name = 'TimeZone'": "GMT UTC",
	} {
		if got := ask(t, db, query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	wrong := strings.Replace(s.AdminURL(), s.password, "wrong", 1)
	if err := open(t, wrong).PingContext(t.Context()); err == nil {
		t.Error("a wrong password lets in")
	}
}

func TestLocale(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{Locale: "POSIX"})
	if got := ask(t, open(t, s.AdminURL()),
		"SELECT datcollate FROM pg_database WHERE datname = 'postgres'"); got != "C" && got != "POSIX" {
		t.Errorf("collation %q", got)
	}
	if _, err := Start(t.Context(), Options{Locale: "C; true"}); err == nil {
		t.Error("a locale that is no name is taken")
	}
}

func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	servers := make([]*Server, 2)
	for i := range servers {
		group.Go(func() {
			s, err := Start(t.Context(), Options{})
			if err != nil {
				t.Error(err)
				return
			}
			servers[i] = s
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, s := range servers {
		if s != nil {
			seen[ask(t, open(t, s.AdminURL()),
				"SELECT system_identifier || current_setting('port') FROM pg_control_system()")] = true
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		}
	}
	if len(seen) != len(servers) {
		t.Errorf("%d different servers", len(seen))
	}
}

func TestRestartKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{Durable: true})
	db := open(t, s.AdminURL())
	if got := ask(t, db, "SHOW fsync"); got != "on" {
		t.Errorf("fsync is %s", got)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE kept AS SELECT 42 AS n"); err != nil {
		t.Fatal(err)
	}
	url := s.AdminURL()
	for _, mode := range []Mode{Immediate, Fast} {
		if err := s.Halt(mode); err != nil {
			t.Fatal(err)
		}
		if err := db.PingContext(t.Context()); err == nil {
			t.Fatal("a halted server answers")
		}
		if err := s.Restart(t.Context(), mode); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, open(t, s.AdminURL()), "SELECT n::text FROM kept"); got != "42" {
			t.Errorf("after %s: %q", mode, got)
		}
	}
	if s.AdminURL() != url {
		t.Error("the address changed")
	}
}

func TestResumeAfterAKill(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{Durable: true})
	lock, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("kill", "-9", strings.SplitN(string(lock), "\n", 2)[0]).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask(t, open(t, s.AdminURL()), "SELECT 1")
}

func TestFailureIsExplained(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Settings: map[string]string{"shared_buffers": "many"}})
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("%v", err)
	}
	if _, err := Start(t.Context(), Options{Binaries: t.TempDir()}); err == nil {
		t.Error("a folder without binaries is taken")
	}
}

func TestNPM(t *testing.T) {
	t.Parallel()
	s := begin(t, Options{Binaries: NPM})
	db := open(t, s.AdminURL())
	if got := ask(t, db, "SHOW server_version"); !strings.HasPrefix(npmVersion, got+".") {
		t.Errorf("version %q", got)
	}
	if got := ask(t, db, "SELECT lower('ÄÖ机构')"); got != "äö机构" {
		t.Errorf("lower gives %q", got)
	}
}

// eventually waits for what another process does, and fails after a time that is far too long.
func eventually(t *testing.T, what string, left func() []string) {
	t.Helper()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	deadline := time.After(endTimeout)
	for left() != nil {
		select {
		case <-deadline:
			t.Fatalf("%s: %v", what, left())
		case <-ticker.C:
		}
	}
}

// Example shows how a test package gets its server.
func ExampleServer_URL() {
	s := Server{password: "secret", port: 20001}
	fmt.Println(s.URL("deputy"))
	// Output: postgres://deputy:secret@127.0.0.1:20001/deputy?sslmode=disable
}
