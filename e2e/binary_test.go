// Package e2e builds the binary, starts it as an operator does, and speaks to it over HTTP as clients do.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait; nothing waits that long where all is well.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		return // the whole binary is for make test
	}
	os.Exit(run(m))
}

// run builds the binary once, where any account can run it.
func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "deputy-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a left-over does no harm
	build := exec.CommandContext(context.Background(), "go", "build", "-o", filepath.Join(folder, "deputy"), "deputy")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := os.Setenv(binaryVariable, filepath.Join(folder, "deputy")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// binaryVariable names the binary to the tests.
const binaryVariable = "DEPUTY_E2E_BINARY"

// output is what a process wrote.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

// String returns everything so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is a running deputy.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	url    string
	stdout *output
	log    *output
	ended  chan struct{}
}

// launch is how a process is started.
type launch struct {
	args []string
	env  []string
	// shell runs before the binary, in the same process: limits, for instance.
	shell string
	// user is the account to run as; 0 is ours.
	user uint32
	// logTo gets the log too.
	logTo io.Writer
	// extra is its descriptor 3, where it is given.
	extra *os.File
	// terminal is where it runs, in place of what stdout reads.
	terminal *os.File
}

// begin starts deputy and does not wait until it serves.
func begin(t testing.TB, l launch) *process {
	t.Helper()
	p := &process{t: t, stdout: newOutput(), log: newOutput(), ended: make(chan struct{})}
	script := l.shell + "\n" + `exec "$0" "$@"`
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), "sh",
		append([]string{"-c", script, os.Getenv(binaryVariable)}, l.args...)...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "DEPUTY_ADDR=127.0.0.1:0"}, l.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.log
	if l.logTo != nil {
		p.cmd.Stderr = io.MultiWriter(l.logTo, p.log)
	}
	if l.extra != nil {
		p.cmd.ExtraFiles = []*os.File{l.extra}
	}
	if l.user != 0 {
		p.cmd.Dir = "/"
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: l.user, Gid: l.user}}
	}
	if l.terminal != nil {
		p.cmd.Stdout = l.terminal
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start: %v", err)
	}
	go func() {
		_ = p.cmd.Wait() // its state tells
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
	})
	return p
}

var listening = regexp.MustCompile(`msg=listening address=(\S+)`)

// start starts deputy and waits until it serves.
func start(t testing.TB, l launch) *process {
	t.Helper()
	p := begin(t, l)
	p.url = "http://" + p.waitLog(listening)[1]
	return p
}

// demo starts deputy with demo data on the SQLite file. Where its folder does not exist yet, the file is a copy of one
// that was filled once; start with --demo fills one.
func demo(t testing.TB, file string, args ...string) *process {
	t.Helper()
	if _, err := os.Stat(filepath.Dir(file)); filepath.IsAbs(file) && os.IsNotExist(err) {
		copyFilled(t, file)
	}
	return start(t, launch{args: append([]string{"--demo"}, args...), env: []string{"DATABASE_URL=" + file}})
}

// filled is a file with demo data, and the secret beside it.
//
//nolint:gochecknoglobals // there is one for all tests of the process
var filled struct {
	once         sync.Once
	data, secret []byte
}

// copyFilled writes a copy of what is filled.
func copyFilled(t testing.TB, file string) {
	t.Helper()
	filled.once.Do(func() {
		first := database(t)
		start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + first}}).stop()
		var noData, noSecret error
		filled.data, noData = os.ReadFile(first)
		filled.secret, noSecret = os.ReadFile(first + ".secret")
		if err := errors.Join(noData, noSecret); err != nil {
			t.Fatal(err)
		}
	})
	if err := errors.Join(
		os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, filled.data, 0o600),
		os.WriteFile(file+".secret", filled.secret, 0o600),
	); err != nil {
		t.Fatal(err)
	}
}

// waitLog waits for a line of the log.
func (p *process) waitLog(pattern *regexp.Regexp) []string {
	p.t.Helper()
	return p.await(p.log, pattern)
}

// await waits until the process has written what the pattern finds.
func (p *process) await(out *output, pattern *regexp.Regexp) []string {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		if found := pattern.FindStringSubmatch(out.String()); found != nil {
			return found
		}
		select {
		case <-out.more:
		case <-p.ended:
			if found := pattern.FindStringSubmatch(out.String()); found != nil {
				return found
			}
			p.t.Fatalf("it ended (%s) and did not say %s:\n%s%s", p.cmd.ProcessState, pattern, p.stdout, p.log)
		case <-deadline:
			p.t.Fatalf("it did not say %s:\n%s%s", pattern, p.stdout, p.log)
		}
	}
}

// wait waits until the process has ended and returns its exit code.
func (p *process) wait(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(within):
		p.t.Fatalf("it still runs after %s:\n%s", within, p.log)
		return 0
	}
}

// stop ends the process with SIGTERM and fails the test unless it ends well.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if code := p.wait(patience); code != 0 {
		p.t.Fatalf("it ended with %d:\n%s", code, p.log)
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatalf("signal: %v", err)
	}
}

// refused starts deputy, which must not serve, and returns what it said.
func refused(t testing.TB, l launch) string {
	t.Helper()
	p := begin(t, l)
	if code := p.wait(patience); code == 0 {
		t.Fatalf("it ended with 0:\n%s", p.log)
	}
	return p.log.String()
}

// database returns the path of a SQLite file that does not exist yet.
func database(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data", "deputy.db")
}

// made goes on when these are there, which npm makes. Where the test must not be left out, DEPUTY_BROWSER=1 makes their
// absence a failure; elsewhere it says how to make them.
func made(t *testing.T, how string, files ...string) {
	t.Helper()
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			if os.Getenv("DEPUTY_BROWSER") != "" {
				t.Fatalf("%s is missing: %v", how, err)
			}
			t.Skipf("not made: %s", how)
		}
	}
}

// logFile returns a file that a process can log to, and others read.
func logFile(t *testing.T) *os.File {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}
