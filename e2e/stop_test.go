package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A request whose body is still under way when SIGTERM comes is answered; nobody else gets in.
func TestStopLetsRunningRequestsFinish(t *testing.T) {
	t.Parallel()
	p, w := owned(t, database(t))
	address := strings.TrimPrefix(p.url, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the answer was read
	const body = `{"query":"{ viewer { account { phone } } }"}`
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: deputy\r\nContent-Type: application/json\r\nAuthorization: "+
		"Bearer %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", w.token, len(body))
	reader := bufio.NewReader(conn)
	// The server asks for the body once the request runs.
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ordered := time.Now()
	p.signal(syscall.SIGTERM)
	for closed := false; !closed; { // until nobody new gets in
		other, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if closed = err != nil; !closed {
			_ = other.Close() // it was only a question
		}
		if time.Since(ordered) > patience {
			t.Fatal("it still lets people in")
		}
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("the running request was cut off: %v\n%s", err, p.log)
	}
	defer response.Body.Close() //nolint:errcheck // it is read
	if text, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(text), "+8613800000001") {
		t.Errorf("%v: %s", err, text)
	}
	if code := p.wait(patience); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, p.log)
	}
}

func TestStopCutsOffWhatLastsLongerThanTenSeconds(t *testing.T) {
	t.Parallel()
	p, _ := owned(t, database(t))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it was cut off
	fmt.Fprint(conn, "POST /graphql HTTP/1.1\r\nHost: deputy\r\nContent-Type: application/json\r\nContent-Length: 10\r\n"+
		"Expect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	ordered := time.Now()
	p.signal(syscall.SIGTERM)
	p.wait(patience)
	if took := time.Since(ordered); took < 9*time.Second {
		t.Errorf("it ended after %s already:\n%s", took, p.log)
	}
}

func TestSecondServerOnTheSameFile(t *testing.T) {
	t.Parallel()
	file := database(t)
	p, w := owned(t, file)
	said := refused(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}})
	if !strings.Contains(said, "another server has this database file open") || strings.Contains(said, file) {
		t.Errorf("it says\n%s", said)
	}
	if got := p.do(w.token, nested, vars{"id": w.orgID}).get("org.roles.totalCount"); got != 4.0 {
		t.Errorf("the first server answers %v", got)
	}
	p.stop()
	demo(t, file).stop() // and now it may
}

// The second start finds the demo, and signs its owner in again.
func TestDemoIsFilledOnce(t *testing.T) {
	t.Parallel()
	file := database(t)
	p := start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + file}})
	first := p.welcome()
	p.stop()
	p, second := owned(t, file)
	if first.orgID != second.orgID || first.token == second.token {
		t.Errorf("orgs %s and %s", first.orgID, second.orgID)
	}
	if got := p.do(second.token, `{ orgs { totalCount } }`, nil).get("orgs.totalCount"); got != 1.0 {
		t.Errorf("the owner has %v orgs", got)
	}
}
