package pgtest

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// supervisorScript is the parent of the server. It is a process of its own because it has to outlive this one, if only
// for a moment.
//
//go:embed supervisor.sh
var supervisorScript string

// endTimeout bounds the wait for the end of a server; PostgreSQL itself kills remaining processes after five seconds.
const endTimeout = 30 * time.Second

// supervisor is the process that runs the server. It ends the server when its standard input is closed, which the
// kernel does when this process ends for any reason.
type supervisor struct {
	command *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
}

// startSupervisor starts the process, which creates the folder.
func startSupervisor(account account, dir, bin string, settings []string) (*supervisor, error) {
	command := exec.Command("/bin/sh", append([]string{"-c", supervisorScript, "deputy-postgres", dir, bin},
		settings...)...)
	command.Dir = "/"
	// The caller's PG… variables must not affect the server.
	command.Env = []string{"PATH=/usr/bin:/bin:" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	command.SysProcAttr = account.attributes()
	orders, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &supervisor{command: command, orders: orders, answers: bufio.NewReader(answers)}
	if answer, err := s.answer(); err != nil || answer != "ok" {
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

// order sends a command and returns an error unless the response is ok.
func (s *supervisor) order(line string) error {
	answer, err := s.ask(line)
	if err == nil && answer != "ok" {
		word, _, _ := strings.Cut(line, " ")
		return fmt.Errorf("the order %s was answered %s", word, answer)
	}
	return err
}

// ask sends a command and returns the response, one line.
func (s *supervisor) ask(line string) (string, error) {
	if _, err := io.WriteString(s.orders, line+"\n"); err != nil {
		return "", err
	}
	return s.answer()
}

func (s *supervisor) answer() (string, error) {
	line, err := s.answers.ReadString('\n')
	return strings.TrimSpace(line), err
}

// end closes the supervisor's input and waits until the server and the folder are removed. It kills a supervisor that
// does not end, with all its processes.
func (s *supervisor) end() error {
	_ = s.orders.Close() // already closed when the process has ended
	timer := time.AfterFunc(endTimeout, func() { _ = syscall.Kill(-s.command.Process.Pid, syscall.SIGKILL) })
	err := s.command.Wait()
	if !timer.Stop() {
		return errors.New("postgresql did not end in time and was killed")
	}
	if err != nil {
		return fmt.Errorf("end postgresql: %w", err)
	}
	return nil
}
