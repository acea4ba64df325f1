package e2e

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestIdleAndSlowClientsDoNotHurtOthers has 5,000 connections that say nothing, or half of what they have to say, and
// ten that ask for the schema again and again and read none of it, while others work. The server has a bound of memory,
// as an operator sets it: what the connections hold fits below it, so what the server takes does not depend on how soon
// memory is collected.
func TestIdleAndSlowClientsDoNotHurtOthers(t *testing.T) {
	t.Parallel()
	const idle, deaf = 5_000, 10
	const bound, margin = 200, 120 // MiB; the margin is for what Go does not count: the binary itself, SQLite
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if files.Cur < 2*idle {
		t.Fatalf("%d files may be open, which are too few: ulimit -n %d", files.Cur, 2*idle)
	}
	p := start(t, launch{
		args: []string{"--demo"},
		env:  []string{"DATABASE_URL=deputy.db", fmt.Sprintf("GOMEMLIMIT=%dMiB", bound)},
	})
	w := p.welcome()
	address := strings.TrimPrefix(p.url, "http://")
	head := "POST /graphql HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
		w.token + "\r\n"
	document := `{"query":"{__schema{types{name description fields{name description}}}}"}`
	whole := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(document), document)
	connect := func(text string) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() }) // the server may have
		go func() { _, _ = conn.Write([]byte(text)) }()
	}
	for i := range idle {
		connect([]string{"", head, head + "Content-Length: 100000\r\n\r\n{", "G"}[i%4])
	}
	for range deaf {
		connect(strings.Repeat(whole, 500)) // some 30 MB of answers, of which the system keeps a few
	}
	for i := range 50 {
		a := p.do(w.token,
			`query($id: ID!) { org(id: $id) { name subAccounts(first: 100) { nodes { name roles { name } } } } }`,
			vars{"id": w.orgID})
		if a.text("org.name") == "" || len(a.texts("org.subAccounts.nodes", "name")) == 0 {
			t.Fatalf("request %d: %s", i, a.raw)
		}
	}
	// The connections of these requests were accepted after all others.
	if most := resident(t, p); most > (bound+margin)<<10 {
		t.Errorf("the server took %d KiB, more than %d MiB and %d MiB", most, bound, margin)
	}
}

// resident returns the most memory that the process had so far, in KiB.
func resident(t *testing.T, p *process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindStringSubmatch(string(status))[1])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d KiB at most", n)
	return n
}
