package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"deputy/internal/nettest"
	begun "deputy/internal/start"
	"deputy/internal/store/pgtest"
	"deputy/internal/store/storetest"
)

// secretEnv is a secret for servers on PostgreSQL.
const secretEnv = "DEPUTY_SECRET=0123456789abcdef0123456789abcdef"

// ends starts deputy, which must end by itself, and returns its status and what it said.
func ends(t *testing.T, l launch) (status int, said string) {
	t.Helper()
	p := begin(t, l)
	status = p.wait(patience)
	return status, p.stdout.String() + p.log.String()
}

// add puts a parameter behind the address of a PostgreSQL database, which has some already.
func add(address, parameters string) string { return address + "&" + parameters }

// TestAddressNeverBecomesAFile starts every command with what is no address: each ends with the status of a wrong
// setting, names it, does not repeat it, and leaves nothing on the disk.
func TestAddressNeverBecomesAFile(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		`"postgres://deputy:S3cret@127.0.0.1:5999/deputy"`, "mysql://deputy:S3cret@127.0.0.1/deputy",
		"jdbc:postgresql://127.0.0.1/deputy?password=S3cret",
		"postgresql+psycopg2://deputy:S3cret@127.0.0.1/deputy", "deputy:S3cret@127.0.0.1/deputy",
		"host=127.0.0.1 password=S3cret", "",
	} {
		for _, args := range [][]string{
			{"--demo"}, {"migrate"}, {"backup", "copy.db"}, {"import", "orders", "S3cret.csv", "--org", "org_1"}, {"demo"},
		} {
			p := begin(t, launch{args: args, env: []string{"DATABASE_URL=" + address}})
			status := p.wait(patience)
			said := p.stdout.String() + p.log.String()
			if status != begun.Misconfigured || !strings.Contains(said, "DATABASE_URL") || strings.Contains(said, "S3cret") ||
				strings.Contains(said, "127.0.0.1") {
				t.Errorf("%q %v: %d, %s", address, args, status, said)
			}
			if left, err := os.ReadDir(p.cmd.Dir); err != nil || len(left) > 0 {
				t.Errorf("%q %v left %v, %v", address, args, left, err)
			}
		}
	}
}

// TestNothingIsMadeBeforeSettingsAreGood has one setting be wrong, each time another one, with a database that would be
// made.
func TestNothingIsMadeBeforeSettingsAreGood(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // the test is over
	for setting, status := range map[string]int{
		"DEPUTY_COUNTRIES=China": begun.Misconfigured, "DEPUTY_SMTP_HOST=mail.example:587": begun.Misconfigured,
		"DEPUTY_STREAMS=0":               begun.Misconfigured,
		"DEPUTY_OPERATIONS=hunter2.json": begun.Misconfigured, "DEPUTY_TRACES=hunter2": begun.Misconfigured,
		"DEPUTY_SECRET_FILE=hunter2": begun.Misconfigured,
		"DEPUTY_ADDR=203.0.113.1:80": begun.Failed, "DEPUTY_METRICS_ADDR=203.0.113.1:81": begun.Failed, "DEPUTY_ADDR=" +
			taken.Addr().String(): begun.Failed,
	} {
		file := database(t)
		got, said := ends(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file, setting}})
		name, _, _ := strings.Cut(setting, "=")
		if got != status || !strings.Contains(said, name) || strings.Contains(said, "hunter2") {
			t.Errorf("%s: %d, %s", setting, got, said)
		}
		if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
			t.Errorf("%s: the database's folder was made (%v)", setting, err)
		}
	}
}

// TestParametersOfPostgres has addresses of managed databases, and mistakes in them.
func TestParametersOfPostgres(t *testing.T) {
	t.Parallel()
	address := storetest.Empty(t, dialect.Postgres)
	good := "channel_binding=require&gssencmode=disable&keepalives_idle=30&sslcompression=0&" +
		"pool_max_conns=5&pgbouncer=true&schema=public&" +
		"target_session_attrs=any&application_name=x&options=-c%20work_mem%3D8MB&sslcrl=/none&tcp_user_timeout=5"
	status, said := ends(t, launch{args: []string{"migrate"}, env: []string{"DATABASE_URL=" + add(address, good)}})
	if status != 0 {
		t.Fatalf("%d: %s", status, said)
	}
	for _, name := range []string{
		"channel_binding", "gssencmode", "keepalives_idle", "sslcompression", "pool_max_conns",
		"pgbouncer", "sslcrl", "tcp_user_timeout",
	} {
		if !strings.Contains(said, "DATABASE_URL: "+name+" is ignored") {
			t.Errorf("%s is not named: %s", name, said)
		}
	}
	for _, tt := range []struct{ parameters, env, says string }{
		{"frobnicate=S3cret", "", "frobnicate in DATABASE_URL is neither"},
		{"work_mem=S3cret", "", "work_mem in DATABASE_URL has a value"},
		{"search_pth=S3cret", "", "search_pth"},
		{"session_preload_libraries=S3cret", "", "DATABASE_URL"},
		{"options=-c%20frobnicate%3D1", "", "options"},
		{"sslmode=verify-full&sslrootcert=/nope.pem", "", "sslrootcert: /nope.pem: no such file"},
		{"sslmode=verify-full&sslcert=/nope.crt&sslkey=/nope.key", "", "sslcert: /nope.crt"},
		{"connect_timeout=S3cret", "", "connect_timeout has an invalid value"},
		{"service=S3cret", "PGSERVICEFILE=/dev/null", "service"},
		{"a=1", "PGSERVICE=S3cret", "PGSERVICE"},
		{"application_name=x", "PGGSSENCMODE=S3cret", "PGGSSENCMODE"},
		{"application_name=x", "PGSSLMODE=S3cret", "PGSSLMODE"},
	} {
		text := add(address, tt.parameters)
		if strings.HasPrefix(tt.parameters, "sslmode") {
			text, _, _ = strings.Cut(address, "?")
			text += "?" + tt.parameters
		}
		status, said := ends(t, launch{
			args: []string{"--demo"},
			env:  []string{"DATABASE_URL=" + text, secretEnv, "HOME=/", tt.env},
		})
		if status != begun.Misconfigured || !strings.Contains(said, tt.says) || strings.Contains(said, "S3cret") {
			t.Errorf("%s %s: %d, want %q: %s", tt.parameters, tt.env, status, tt.says, said)
		}
	}
	// What the address says goes before a service of the environment.
	services := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(services, []byte("[there]\nhost=nowhere.invalid\nport=1\napplication_name=y\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := ends(t, launch{
		args: []string{"migrate"},
		env:  []string{"DATABASE_URL=" + address, "PGSERVICE=there", "PGSERVICEFILE=" + services},
	}); status != 0 {
		t.Errorf("%d: %s", status, said)
	}
}

// admin opens the database of an address for its owner.
func admin(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func run1(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// TestWrongDatabases has databases that PostgreSQL lets in and that can't be served.
func TestWrongDatabases(t *testing.T) {
	t.Parallel()
	address := storetest.Empty(t, dialect.Postgres)
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(at.Path, "/")
	db := admin(t, address)
	latin := name + "_latin"
	run1(t, db, "CREATE DATABASE "+pq.QuoteIdentifier(latin)+" TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
	t.Cleanup(func() {
		_, _ = db.ExecContext(context.WithoutCancel(t.Context()),
			"DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(latin)+" WITH (FORCE)")
	})
	guest := "guest_" + name
	run1(t, db, "CREATE ROLE "+pq.QuoteIdentifier(guest)+" LOGIN PASSWORD 'S3cret'")
	t.Cleanup(func() {
		_, _ = db.ExecContext(context.WithoutCancel(t.Context()),
			"DROP OWNED BY "+pq.QuoteIdentifier(guest)+"; DROP ROLE "+pq.QuoteIdentifier(guest))
	})
	change := func(user *url.Userinfo, database string) string {
		to := *at
		if user != nil {
			to.User = user
		}
		to.Path = "/" + database
		return to.String()
	}
	account := url.UserPassword(guest, "S3cret")
	for what, tt := range map[string]struct{ address, says string }{
		"LATIN1":         {change(nil, latin), "LATIN1"},
		"no such":        {change(nil, "nowhere_"+name), "the database does not exist"},
		"wrong password": {change(url.UserPassword(guest, "S3cretS3cret"), name), "rejected the user name or the password"},
		"no right to it": {change(account, name), `GRANT USAGE, CREATE ON SCHEMA "public" TO "` + guest + `"`},
		"no such account": {change(url.UserPassword("nobody_"+name, "S3cret"), name), "rejected the user name or the " +
			"password"},
	} {
		for _, args := range [][]string{{"migrate"}, {"--demo", "--migrate"}} {
			status, said := ends(t, launch{args: args, env: []string{"DATABASE_URL=" + tt.address, secretEnv}})
			if status != begun.Misconfigured || !strings.Contains(said, tt.says) || strings.Contains(said, "S3cret") {
				t.Errorf("%s, %v: %d, want %q: %s", what, args, status, tt.says, said)
			}
		}
	}
	// What is missing is what was printed.
	run1(t, db, `GRANT USAGE, CREATE ON SCHEMA "public" TO `+pq.QuoteIdentifier(guest))
	if status, said := ends(t, launch{
		args: []string{"migrate"},
		env:  []string{"DATABASE_URL=" + change(account, name), "DATABASE_RLS=off"},
	}); status != 0 {
		t.Errorf("without row level security: %d: %s", status, said)
	}
	p := start(t, launch{args: []string{"--demo"}, env: []string{
		"DATABASE_URL=" + change(account, name),
		"DATABASE_RLS=off", secretEnv,
	}})
	p.welcome()
	p.stop()
	status, said := ends(t, launch{
		args: []string{"--demo"},
		env:  []string{"DATABASE_URL=" + change(account, name), secretEnv},
	})
	if status != begun.Misconfigured || !strings.Contains(said, "DATABASE_RLS") {
		t.Errorf("with row level security that is not there: %d: %s", status, said)
	}
	run1(t, db, "GRANT deputy_request TO "+pq.QuoteIdentifier(guest))
	p = start(t, launch{
		args: []string{"--demo", "--migrate"},
		env:  []string{"DATABASE_URL=" + change(account, name), secretEnv},
	})
	p.stop()
}

// TestDatabaseComesUpLater has PostgreSQL listen only after the server was started.
func TestDatabaseComesUpLater(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t, dialect.Postgres)
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	target := at.Host
	reserved, listen := nettest.Refusing(t)
	at.Host = reserved
	p := begin(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + at.String(), secretEnv}})
	p.waitLog(regexp.MustCompile(`waiting for the database.*the connection was refused`))
	listener := listen()
	t.Cleanup(func() { _ = listener.Close() })
	go forward(listener, target)
	p.url = "http://" + p.waitLog(listening)[1]
	p.welcome()
	p.stop()
	// One that is told to stop while it waits does.
	p = begin(t, launch{args: []string{"--demo"}, env: []string{
		"DATABASE_URL=postgres://u:S3cret@127.0.0.1:1/d",
		secretEnv,
	}})
	p.waitLog(regexp.MustCompile(`waiting for the database`))
	p.signal(syscall.SIGTERM)
	p.wait(patience)
	if strings.Contains(p.log.String(), "S3cret") {
		t.Error(p.log)
	}
}

// TestStandbyIsWaitedFor starts a server on a standby, which takes no writes until it is promoted.
func TestStandbyIsWaitedFor(t *testing.T) {
	t.Parallel()
	ctx := context.WithoutCancel(t.Context())
	stop := func(s *pgtest.Server) {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
	primary, err := pgtest.Start(ctx, pgtest.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(primary) })
	standby, err := primary.Standby(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(standby) })
	env := []string{"DATABASE_URL=" + standby.AdminURL(), secretEnv}
	if status, said := ends(t, launch{args: []string{"check", "--demo"}, env: env}); status == 0 ||
		!strings.Contains(said, "standby") {
		t.Errorf("check: %d: %s", status, said)
	}
	p := begin(t, launch{args: []string{"--demo", "--migrate"}, env: env})
	p.waitLog(regexp.MustCompile(`waiting for the database.*standby`))
	db, err := sql.Open("postgres", standby.AdminURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	run1(t, db, "SELECT pg_promote()")
	p.url = "http://" + p.waitLog(listening)[1]
	p.welcome()
	p.becomes(http.StatusOK)
	p.stop()
}

// forward leads connections on.
func forward(listener net.Listener, target string) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", target)
		if err != nil {
			_ = in.Close()
			continue
		}
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	}
}

// TestFilesThatCantBeUsed has SQLite files and folders that the server may not write.
func TestFilesThatCantBeUsed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root makes files of others")
	}
	const nobody = 65534
	parent, err := os.MkdirTemp("", "deputy-e2e-files-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(parent) })
	if err := os.Chmod(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(parent, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	owned := filepath.Join(parent, "owned")
	if err := os.Mkdir(owned, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(owned, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(owned, "foreign.db")
	if err := os.WriteFile(foreign, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string][]string{
		filepath.Join(parent, "deputy.db"):      {parent, "root (0:0)", "drwxr-xr-x", "65534"},
		filepath.Join(parent, "a", "deputy.db"): {parent, "root (0:0)", "drwxr-xr-x", "65534"},
		foreign:                                 {foreign, "root (0:0)", "-rw-r--r--", "65534"},
	} {
		status, said := ends(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}, user: nobody})
		for _, part := range says {
			if status != begun.Misconfigured || !strings.Contains(said, part) {
				t.Errorf("%s: %d, want %q: %s", file, status, part, said)
			}
		}
		status, said = ends(t, launch{args: []string{"check", "--demo"}, env: []string{"DATABASE_URL=" + file}, user: nobody})
		if status != begun.Misconfigured || !strings.Contains(said, "DATABASE_URL: ") ||
			strings.Contains(said, "DATABASE_URL: good") || !strings.Contains(said, says[0]) {
			t.Errorf("check %s: %d: %s", file, status, said)
		}
	}
	status, said := ends(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + garbage}})
	if status != begun.Misconfigured || !strings.Contains(said, garbage) || !strings.Contains(said, "not a SQLite "+
		"database") {
		t.Errorf("no database: %d: %s", status, said)
	}
}

// TestNewDatabaseIsSaid has the log of the first start name what was made, and that of the second say nothing.
func TestNewDatabaseIsSaid(t *testing.T) {
	t.Parallel()
	file := database(t)
	said := regexp.MustCompile(`the database was empty.*` + regexp.QuoteMeta(file))
	p := start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}})
	p.waitLog(said)
	p.stop()
	p = demo(t, file)
	if said.MatchString(p.log.String()) {
		t.Error(p.log)
	}
	p.stop()
	address := storetest.Empty(t, dialect.Postgres)
	if _, text := ends(t, launch{
		args: []string{"migrate"},
		env:  []string{"DATABASE_URL=" + address},
	}); !strings.Contains(text, "the database was empty") ||
		!strings.Contains(text, "127.0.0.1:") {
		t.Error(text)
	}
}

// TestSecretsOfOneDatabase has servers of one database with one secret, written in several ways, and with two.
func TestSecretsOfOneDatabase(t *testing.T) {
	t.Parallel()
	address := "DATABASE_URL=" + storetest.URL(t, dialect.Postgres)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("0123456789abcdef0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := start(t, launch{args: []string{"--demo"}, env: []string{address, secretEnv}})
	for _, same := range []string{secretEnv + "\n", "DEPUTY_SECRET_FILE=" + file} {
		start(t, launch{args: []string{"--demo"}, env: []string{address, same}}).stop()
	}
	other := "DEPUTY_SECRET=another-secret-of-thirty-two-characters"
	status, said := ends(t, launch{args: []string{"--demo"}, env: []string{address, other}})
	if status != begun.Misconfigured || !strings.Contains(said, "different DEPUTY_SECRET") ||
		strings.Contains(said, "thirty-two") {
		t.Errorf("%d: %s", status, said)
	}
	first.stop()
	start(t, launch{args: []string{"--demo"}, env: []string{address, other}}).stop()
}

// TestCheck has a line for each setting, good or not, on both databases, and changes nothing.
func TestCheck(t *testing.T) {
	t.Parallel()
	file := database(t)
	env := []string{"DATABASE_URL=" + file}
	status, said := ends(t, launch{args: []string{"check", "--demo"}, env: env})
	if status != 0 || !strings.Contains(said, "DATABASE_URL: good (it will be created)\n") ||
		!strings.Contains(said, "DEPUTY_SECRET: good") {
		t.Errorf("%d: %s", status, said)
	}
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Errorf("it made something: %v", err)
	}
	p := demo(t, file)
	if status, said := ends(t, launch{
		args: []string{"check", "--demo", "--addr", strings.TrimPrefix(p.url, "http://")},
		env:  env,
	}); status != 0 || !strings.Contains(said, "DATABASE_URL: good\n") {
		t.Errorf("beside a server: %d: %s", status, said)
	}
	p.stop()
	before := folder(t, filepath.Dir(file))
	if status, said := ends(t, launch{args: []string{"check", "--demo"}, env: env}); status != 0 ||
		!strings.Contains(said, "DATABASE_URL: good\n") {
		t.Errorf("after a server: %d: %s", status, said)
	}
	if after := folder(t, filepath.Dir(file)); after != before {
		t.Errorf("it changed\n%s\nto\n%s", before, after)
	}
	closed, _ := nettest.Refusing(t)
	_, port, _ := strings.Cut(closed, ":")
	fresh := storetest.Empty(t, dialect.Postgres)
	status, said = ends(t, launch{args: []string{"check"}, env: []string{
		"DATABASE_URL=" + fresh, "DEPUTY_COUNTRIES=China", "DEPUTY_STREAMS=0", "DEPUTY_OPERATIONS=/nope.json",
		"DEPUTY_TRUSTED_PROXY=10.0.0.1",
		fmt.Sprintf("DEPUTY_SMS_URL=http://127.0.0.1:%s", port), "DEPUTY_SMS_SECRET=hunter2hunter2hunter2",
		"DEPUTY_SMTP_HOST=127.0.0.1", fmt.Sprintf("DEPUTY_SMTP_PORT=%s", port), "DEPUTY_SMTP_TLS=none",
		"DEPUTY_SMTP_FROM=a@b.example",
		fmt.Sprintf("DEPUTY_TRACES=http://127.0.0.1:%s", port), "DEPUTY_METRICS_ADDR=203.0.113.1:9",
	}})
	if status != begun.Misconfigured || strings.Contains(said, "hunter2") {
		t.Errorf("%d: %s", status, said)
	}
	for _, name := range []string{
		"DATABASE_URL", "DEPUTY_SECRET", "DEPUTY_COUNTRIES", "DEPUTY_STREAMS", "DEPUTY_OPERATIONS", "DEPUTY_SMS_URL",
		"DEPUTY_SMTP_HOST", "DEPUTY_TRACES",
		"DEPUTY_METRICS_ADDR",
	} {
		if !strings.Contains(said, "\n"+name+": ") && !strings.HasPrefix(said, name+": ") ||
			strings.Contains(said, name+": good") {
			t.Errorf("%s: %s", name, said)
		}
	}
	for _, line := range []string{"DEPUTY_SIGNUP: good\n", "warning: DEPUTY_TRUSTED_PROXY "} {
		if !strings.Contains(said, line) {
			t.Errorf("%q is missing: %s", line, said)
		}
	}
	db := admin(t, fresh)
	var tables int
	if err := db.QueryRowContext(t.Context(),
		"SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables); err != nil || tables > 0 {
		t.Errorf("%d tables were made, %v", tables, err)
	}
	status, said = ends(t, launch{
		args: []string{"check", "--demo"},
		env:  []string{"DATABASE_URL=" + storetest.URL(t, dialect.Postgres), secretEnv},
	})
	if status != 0 || strings.Contains(said, "migrate") {
		t.Errorf("%d: %s", status, said)
	}
}

// folder returns what is in a folder, and when it was changed.
func folder(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, info.Name(), info.Size(), info.ModTime(), info.Mode())
	}
	return b.String()
}

// TestVersion has one line of three words, or two where the revision is not known.
func TestVersion(t *testing.T) {
	t.Parallel()
	status, said := ends(t, launch{args: []string{"--version"}})
	if status != 0 || !regexp.MustCompile(`^(devel|v\S+)( [0-9a-f]{40}(\+changed)?)? go1\.\S+\n$`).MatchString(said) {
		t.Errorf("%d: %q", status, said)
	}
}

// TestReadOnlyRoot runs where nothing can be written but the database's folder, not even temporary files: imports and
// files of orders work.
func TestReadOnlyRoot(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root mounts")
	}
	file := database(t)
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	shell := `exec unshare -m sh -ec 'mount --make-rprivate /; mount --bind "$DATA" "$DATA"; cd /
		for at in $(cut -d" " -f2 /proc/mounts); do case "$at" in "$DATA"|/proc*|/sys*|/dev*) ;; *) mount -o remount,ro,bind "$at" ;; esac; done
		for at in /tmp /var/tmp /; do if touch "$at/written" 2>/dev/null; then echo "$at can be written" >&2; exit 1; fi; done
		exec "$@"' sh "$0" "$@"`
	p := start(t, launch{
		args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file, "DATA=" + filepath.Dir(file)},
		shell: shell,
	})
	w := p.welcome()
	rows := make([]vars, 1000)
	for i := range rows {
		rows[i] = vars{
			"number": fmt.Sprintf("ro-%04d", i), "creatorPlatformId": "dy_10001", "productName": strings.Repeat("长", 100),
			"amount": 100, "commission": 1,
			"status": "PAID", "paidAt": "2026-01-01T00:00:00Z",
		}
	}
	a, err := p.ask(w.token,
		`mutation($input: ImportOrdersInput!) { importOrders(input: $input) { created userErrors { code message } } }`,
		vars{"input": vars{"orgId": w.orgID, "orders": rows}})
	if err != nil || len(a.Errors) > 0 || a.get("importOrders.created") != 1000.0 {
		t.Errorf("%v: %s\n%s", err, a.raw, p.log)
	}
	p.stop()
}

// TestLogForCollectors has each line of the log in JSON, and that of a request name the trace that it is told in.
func TestLogForCollectors(t *testing.T) {
	t.Parallel()
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(collector.Close)
	p := begin(t, launch{args: []string{"--demo"}, env: []string{
		"DATABASE_URL=" + database(t), "DEPUTY_LOG=json",
		"DEPUTY_TRACES=" + collector.URL,
	}})
	p.url = "http://" + p.waitLog(regexp.MustCompile(`"msg":"listening","address":"([^"]+)"`))[1]
	w := p.welcome()
	if _, body, code := p.graphQL(w.token, "application/json",
		`mutation { createRole(input: {orgId: "org_0", name: "x", grants: []}) { role { id } } }`); code != "FORBIDDEN" {
		t.Fatal(body)
	}
	p.stop()
	seen := map[string]string{}
	for line := range strings.Lines(p.log.String()) {
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		if msg, ok := said["msg"].(string); ok {
			seen[msg], _ = said["trace_id"].(string)
		}
	}
	if traced := regexp.MustCompile("^[0-9a-f]{32}$"); !traced.MatchString(seen["request"]) || seen["listening"] != "" {
		t.Errorf("%v\n%s", seen, p.log)
	}
	if status, said := ends(t, launch{env: []string{
		"DATABASE_URL=" + database(t),
		"DEPUTY_LOG=xml",
	}}); status != begun.Misconfigured || !strings.Contains(said, "DEPUTY_LOG") {
		t.Errorf("%d: %s", status, said)
	}
}
