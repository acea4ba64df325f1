package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hanging sends a request whose body never comes, and returns once it runs.
func (p *process) hanging() {
	p.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(p.t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() }) // it was cut off
	fmt.Fprint(conn, "POST /graphql HTTP/1.1\r\nHost: deputy\r\nContent-Type: application/json\r\nContent-Length: 10\r\n"+
		"Expect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		p.t.Fatalf("%q, %v", line, err)
	}
}

// closed waits until nobody new is let in.
func (p *process) closed() {
	p.t.Helper()
	for begun := time.Now(); ; {
		conn, err := (&net.Dialer{}).DialContext(p.t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			return
		}
		_ = conn.Close() // it was only a question
		if time.Since(begun) > patience {
			p.t.Fatal("it still lets people in")
		}
	}
}

// TestOrdersToStop has the server stop well at each of them.
func TestOrdersToStop(t *testing.T) {
	t.Parallel()
	for _, order := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		p := demo(t, database(t))
		p.signal(order)
		if code := p.wait(patience); code != 0 {
			t.Errorf("%s: it ended with %d:\n%s", order, code, p.log)
		}
	}
}

// TestHangUpIgnored is what nohup and a shell's disown are for.
func TestHangUpIgnored(t *testing.T) {
	t.Parallel()
	p := start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + database(t)}, shell: "trap '' HUP"})
	p.signal(syscall.SIGHUP)
	p.do("", "{ modules { name } }", nil)
	p.stop()
}

// TestSecondOrderToStop ends at once what waits for its last request.
func TestSecondOrderToStop(t *testing.T) {
	t.Parallel()
	for _, second := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		p := demo(t, database(t))
		p.hanging()
		p.signal(syscall.SIGTERM)
		p.closed()
		p.signal(second)
		p.wait(patience)
		// By the signal itself: one that waits for the request to its end has a status of its own.
		if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != second {
			t.Errorf("%s: it ended with %s", second, p.cmd.ProcessState)
		}
	}
}

// TestNobodyReadsTheLog closes the pipe that the log goes to.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := begin(t, launch{
		args: []string{"--demo"}, env: []string{"DATABASE_URL=" + database(t)}, shell: "exec 2>&3",
		extra: writer,
	})
	_ = writer.Close() // the process has its own
	lines := bufio.NewScanner(reader)
	for p.url == "" && lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			p.url = "http://" + found[1]
		}
	}
	if err := reader.Close(); err != nil || p.url == "" {
		t.Fatalf("it does not listen: %v", err)
	}
	for range 3 { // each of which is logged
		response, err := http.Get(p.url + "/nowhere")
		if err != nil {
			t.Fatalf("it does not answer: %v", err)
		}
		_, _ = io.Copy(io.Discard, response.Body) // nothing of interest
		_ = response.Body.Close()                 // it was read
	}
	p.stop()
}
