package e2e

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to look into the file
)

const (
	people = `query($id: ID!) { org(id: $id) { subAccounts(first: 100) { totalCount nodes { id status } }
		roles(first: 1) { nodes { id } } } }`
	setStatus = `mutation($org: ID!, $ids: [ID!]!) { %sSubAccounts(input: {orgId: $org, ids: $ids, policy: ALL_OR_NOTHING})
		{ subAccounts { id } userErrors { code } } }`
)

// kill -9 while batches run, again and again: every batch is there whole, with its record, or not at all.
func TestKilledInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	file := database(t)
	p, w := owned(t, file, "--code-limits=off")
	roleID := p.do(w.token, people, vars{"id": w.orgID}).text("org.roles.nodes.0.id")
	for i := range 40 {
		p.bind(w.token, w.orgID, fmt.Sprintf("139000001%02d", i), fmt.Sprintf("员工%02d", i), roleID)
	}
	ids := p.do(w.token, people, vars{"id": w.orgID}).texts("org.subAccounts.nodes", "id")
	all := vars{"org": w.orgID, "ids": ids}
	p.do(w.token, fmt.Sprintf(setStatus, "enable"), all)
	kept := recorded(p, w)
	for round := range 6 {
		acknowledged := killWhileBatchesRun(p, w.token, all, file, round)
		intact(t, file)
		p, w = owned(t, file, "--code-limits=off")
		got := p.do(w.token, people, vars{"id": w.orgID}).texts("org.subAccounts.nodes", "status")
		slices.Sort(got)
		if got = slices.Compact(got); len(got) != 1 {
			t.Fatalf("round %d: a batch is there in part: %v", round, got)
		}
		before := kept
		kept = recorded(p, w)
		if kept.last != got[0] {
			t.Errorf("round %d: the last record is of %s, and all are %s", round, kept.last, got[0])
		}
		// The batch that ran when it was killed may have been committed.
		if more := kept.count - before.count; more < acknowledged || more > acknowledged+1 {
			t.Errorf("round %d: %d acknowledged, %d on record", round, acknowledged, more)
		}
		if kept.last != "ENABLED" {
			p.do(w.token, fmt.Sprintf(setStatus, "enable"), all)
			kept = recorded(p, w)
		}
	}
}

// record is what the trail has of batches: how many, and the status that the last one gave.
type record struct {
	count int
	last  string
}

func recorded(p *process, w welcome) record {
	p.t.Helper()
	trail := p.do(w.token, `query($id: ID!) { org(id: $id) { auditEvents(first: 1, filter: {operations: ["enableSubAccounts", "disableSubAccounts"], outcomes: [DONE]})
		{ totalCount nodes { operation } } } }`, vars{"id": w.orgID})
	count, _ := trail.get("org.auditEvents.totalCount").(float64)
	return record{int(count), strings.ToUpper(strings.TrimSuffix(trail.text("org.auditEvents.nodes.0.operation"),
		"SubAccounts")) + "D"}
}

// killWhileBatchesRun disables and enables all in turn, each of which is a change, and kills the process after some of
// them: in even rounds while the next one is on its way, in odd ones while it is being written. It returns how many
// were acknowledged.
func killWhileBatchesRun(p *process, token string, all vars, file string, round int) int {
	p.t.Helper()
	acknowledged, enough, worker := 0, make(chan struct{}), sync.WaitGroup{}
	worker.Go(func() {
		for turn := 0; ; turn++ {
			if turn == 2+round {
				close(enough)
			}
			a, err := p.ask(token, fmt.Sprintf(setStatus, []string{"disable", "enable"}[turn%2]), all)
			if err != nil {
				return // it is gone
			}
			if len(a.Errors) == 0 {
				acknowledged++
			}
		}
	})
	<-enough
	if round%2 == 1 {
		for was := changed(p.t, file); changed(p.t, file) == was; {
			runtime.Gosched() // until something is written
		}
	}
	p.signal(syscall.SIGKILL)
	worker.Wait()
	p.wait(patience)
	return acknowledged
}

// changed returns when SQLite's write-ahead log was last written.
func changed(t testing.TB, file string) time.Time {
	t.Helper()
	info, err := os.Stat(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// intact holds that SQLite finds nothing wrong with the file.
func intact(t testing.TB, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it was only read
	for _, check := range []string{"PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		var said string
		if err := db.QueryRowContext(t.Context(), check).Scan(&said); err != nil && !errors.Is(err, sql.ErrNoRows) ||
			said != "" && said != "ok" {
			t.Fatalf("%s: %q, %v", check, said, err)
		}
	}
}

// Nobody is the account that may write nothing, when the tests run as root, whom no mode of a file stops.
const nobody = 65534

func TestFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	user := uint32(0)
	if os.Geteuid() == 0 {
		user = nobody
	}
	folder, err := os.MkdirTemp("", "deputy-read-only-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(os.Chmod(folder, 0o700), os.RemoveAll(folder)); err != nil {
			t.Error(err)
		}
	})
	file := filepath.Join(folder, "deputy.db")
	demo(t, file).stop()
	for name, mode := range map[string][2]os.FileMode{
		"file":   {0o777, 0o444},
		"folder": {0o555, 0o444},
	} {
		if err := errors.Join(os.Chmod(folder, mode[0]), os.Chmod(file, mode[1]),
			os.Chmod(file+".secret", 0o644)); err != nil {
			t.Fatal(err)
		}
		said := refused(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}, user: user})
		if !strings.Contains(said, "permission denied") || !strings.Contains(said, file) ||
			!strings.Contains(said, "the program runs as") {
			t.Errorf("%s: it says\n%s", name, said)
		}
	}
	intact(t, file)
}

// A full disk, in two ways: a limit on the size of files, which every machine knows, and a small file system, where one
// may be made.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	t.Run("while it runs", func(t *testing.T) {
		t.Parallel()
		file := database(t)
		demo(t, file).stop()
		fills(t, launch{
			args: []string{"--demo", "--code-limits=off"}, env: []string{"DATABASE_URL=" + file},
			shell: "ulimit -f " + blocks(t, file),
		}, file)
	})
	t.Run("at the start", func(t *testing.T) {
		t.Parallel()
		file := database(t)
		said := refused(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}, shell: "ulimit -f 32"})
		located(t, said, file)
		demo(t, file).stop() // with room, it starts
		intact(t, file)
	})
	if exec.CommandContext(t.Context(), "unshare", "-rm", "true").Run() != nil {
		return // no file systems are made here: the limits above stand alone
	}
	t.Run("small file system", func(t *testing.T) {
		t.Parallel()
		file := database(t)
		said := refused(t, launch{
			args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file},
			shell: `[ -z "$INSIDE" ] && { mkdir -p "$(dirname "$DATABASE_URL")"; export INSIDE=1; exec unshare -rm sh -c 'mount -t tmpfs -o size=128k none "$(dirname "$DATABASE_URL")" && exec "$0" "$@"' "$0" "$@"; }`,
		})
		located(t, said, file)
	})
}

// blocks returns how many blocks of 512 bytes the file may grow to: a little more than it has.
func blocks(t testing.TB, file string) string {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(info.Size()/512 + 64)
}

// located holds that what is said at the start tells what is wrong, and with which file.
func located(t testing.TB, said, file string) {
	t.Helper()
	if !strings.Contains(said, "disk") || !strings.Contains(said, file) {
		t.Errorf("it says\n%s", said)
	}
}

// plain holds that what was said tells what is wrong, and not where.
func plain(t testing.TB, said, file string) {
	t.Helper()
	if !strings.Contains(said, "disk") || strings.Contains(said, filepath.Dir(file)) {
		t.Errorf("it says\n%s", said)
	}
}

// fills writes until nothing more fits: the change is refused with INTERNAL, the log says why, reads go on.
func fills(t *testing.T, l launch, file string) {
	t.Helper()
	p := start(t, l)
	w := p.welcome()
	const bring = `mutation($input: ImportOrdersInput!) { importOrders(input: $input) { created userErrors { code message }
		} }`
	const counted = `query($id: ID!) { org(id: $id) { orders { totalCount } } }`
	count := func(p *process, w welcome) int {
		n, _ := p.do(w.token, counted, vars{"id": w.orgID}).get("org.orders.totalCount").(float64)
		return int(n)
	}
	before, made := count(p, w), 0
	for ; made < 90; made++ {
		rows := make([]vars, each)
		for i := range rows {
			rows[i] = vars{
				"number": fmt.Sprintf("满%02d-%03d", made, i), "creatorPlatformId": "dy_10001",
				"productName": strings.Repeat("长", 100), "amount": 1, "commission": 0,
				"status": "PAID", "paidAt": "2026-01-01T00:00:00Z",
			}
		}
		a, err := p.ask(w.token, bring, vars{"input": vars{"orgId": w.orgID, "orders": rows}})
		if err != nil {
			t.Fatalf("%v\n%s", err, p.log)
		}
		if len(a.Errors) > 0 {
			if a.Errors[0].Extensions["code"] != "UNAVAILABLE" || a.Errors[0].Extensions["retryAfter"] == nil ||
				strings.Contains(a.raw, "disk") {
				t.Errorf("a full disk answers %s", a.raw)
			}
			break
		}
	}
	if made == 90 {
		t.Fatal("the disk was never full")
	}
	if got := count(p, w); got != before+made*each {
		t.Errorf("%d orders, there were %d and %d parts were made", got, before, made)
	}
	p.signal(syscall.SIGKILL)
	p.wait(patience)
	plain(t, p.log.String(), file) // all of it was said by now
	intact(t, file)
	again, w := owned(t, file)
	if got := count(again, w); got != before+made*each {
		t.Errorf("after the next start %d orders, there were %d and %d parts were made", got, before, made)
	}
}

// each is how many orders one part has that fills the disk.
const each = 300
