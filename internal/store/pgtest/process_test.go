package pgtest

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// holder in the environment makes the test program start a server, tell of it and wait.
const holder = "THROWAWAY_TEST_HOLDER"

// TestHolder is the process that TestKilledParentLeavesNothing kills.
func TestHolder(t *testing.T) {
	if os.Getenv(holder) == "" {
		return // it is started by the other test only
	}
	s := begin(t, Options{})
	tr := tracesOf(t, s)
	if err := json.NewEncoder(os.Stdout).Encode(started{tr.dir, tr.port, tr.pids}); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

type started struct {
	Dir  string
	Port int
	Pids []string
}

func TestKilledParentLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*os.Process) error{
		"process": func(p *os.Process) error { return p.Kill() },
		"group":   func(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.Command(os.Args[0], "-test.run=^TestHolder$")
			command.Env = append(os.Environ(), holder+"=1")
			command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			stdin, err := command.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close() //nolint:errcheck // the process ends with it
			stdout, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			var server started
			line, err := bufio.NewReader(stdout).ReadString('\n')
			if err == nil {
				err = json.Unmarshal([]byte(line), &server)
			}
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			tr := traces{server.Dir, server.Port, server.Pids}
			if tr.left() == nil {
				t.Fatal("the server does not run")
			}
			if err := kill(command.Process); err != nil {
				t.Fatal(err)
			}
			if err := command.Wait(); err == nil {
				t.Error("the holder ended well")
			}
			eventually(t, "left behind", tr.left)
		})
	}
}

// TestOrdinaryUser runs the tests of starting and stopping as somebody who is not root, when we are.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // the other tests are this test
	}
	folder, err := os.MkdirTemp("/tmp", "deputy-pgtest-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	program := filepath.Join(folder, "pgtest.test")
	copyProgram(t, program)
	if err := os.Chmod(folder, 0o755); err != nil { // the other account must reach the program
		t.Fatal(err)
	}
	command := exec.Command(program,
		"-test.run=^(TestStopLeavesNothing|TestKilledParentLeavesNothing|TestRestartKeepsWhatWasCommitted)$", "-test.v")
	command.Dir = "/"
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=/tmp"}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if passed := strings.Count(string(out), "\n--- PASS"); passed+strings.Count(string(out[:8]), "--- PASS") < 3 {
		t.Errorf("only %d tests ran: %s", passed, out)
	}
}

func copyProgram(t *testing.T, to string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(self)
	if err == nil {
		err = os.WriteFile(to, content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
