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

// endTimeout is how long a server is given to end; PostgreSQL itself kills what does not end within five seconds.
const endTimeout = 30 * time.Second

// supervisor is the process that holds the server. Its standard input is the thread the server hangs by: the kernel
// cuts it when this process ends, in whatever way.
type supervisor struct {
	command *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
}

// startSupervisor starts the process, which makes the folder.
func startSupervisor(account account, dir, bin string, settings []string) (*supervisor, error) {
	command := exec.Command("/bin/sh", append([]string{"-c", supervisorScript, "deputy-postgres", dir, bin},
		settings...)...)
	command.Dir = "/"
	// No PG… variable of the caller reaches the server.
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

// order gives an order and fails unless the response is ok.
func (s *supervisor) order(line string) error {
	answer, err := s.ask(line)
	if err == nil && answer != "ok" {
		word, _, _ := strings.Cut(line, " ")
		return fmt.Errorf("the order %s was answered %s", word, answer)
	}
	return err
}

// ask gives an order and returns the line that comes back.
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

// end cuts the thread and waits until server and folder are gone. A supervisor that does not end is killed with all it
// started.
func (s *supervisor) end() error {
	_ = s.orders.Close() // already closed by its own death, at worst
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
