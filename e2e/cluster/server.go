// Package cluster builds Deputy's binary, starts it as an operator does, several times on one database where that is
// asked for, and speaks to it over HTTP as clients do. It is for programs that prove something about the whole.
package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTime bounds how long a server may take until it serves, and stopTime until it has ended.
const (
	startTime = 60 * time.Second
	stopTime  = 15 * time.Second
	// keptLines is how many lines of its log a server keeps.
	keptLines = 2000
)

// Build builds the binary into the folder and returns its path. The program runs in a folder of this module.
func Build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "deputy")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "deputy").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build deputy: %w\n%s", err, out)
	}
	return binary, nil
}

// Launch is how a server is started.
type Launch struct {
	// Binary is what Build answered.
	Binary string
	// DatabaseURL is DATABASE_URL.
	DatabaseURL string
	// Dir is the folder it runs in.
	Dir string
	// Args and Env are further flags and variables.
	Args, Env []string
}

// Server is a running Deputy with demo data, without limits on codes. Its methods may be called from several
// goroutines.
type Server struct {
	launch  Launch
	address string

	mu      sync.Mutex
	command *exec.Cmd
	ended   chan struct{}
	codes   map[string]string
	lines   []string
	more    chan struct{}
}

// Start starts a server on a free port of 127.0.0.1 and waits until it serves. The caller ends it with Stop or Kill.
func Start(ctx context.Context, launch Launch) (*Server, error) {
	s := &Server{launch: launch, address: "127.0.0.1:0", codes: map[string]string{}, more: make(chan struct{})}
	return s, s.start(ctx)
}

// URL returns where the server speaks GraphQL. It stays the same over Restart.
func (s *Server) URL() string { return "http://" + s.address + "/graphql" }

var listening = regexp.MustCompile(`msg=listening address=(\S+)`)

func (s *Server) start(ctx context.Context) error {
	flags := append([]string{"--demo", "--code-limits=off", "--migrate"}, s.launch.Args...)
	command := exec.Command(s.launch.Binary, flags...)
	command.Dir = s.launch.Dir
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "DEPUTY_ADDR=" + s.address, "DATABASE_URL=" + s.launch.DatabaseURL,
		"DEPUTY_SECRET=one secret for all servers of a cluster",
	}, s.launch.Env...)
	log, err := command.StderrPipe()
	if err != nil {
		return fmt.Errorf("start deputy: %w", err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start deputy: %w", err)
	}
	ended, serving := make(chan struct{}), make(chan string, 1)
	s.mu.Lock()
	s.command, s.ended = command, ended
	s.mu.Unlock()
	go func() {
		defer close(ended)
		s.read(log, serving)
		_ = command.Wait() // its state tells
	}()
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case s.address = <-serving:
		return nil
	case <-ended:
		err = fmt.Errorf("it ended (%s)", command.ProcessState)
	case <-timer.C:
		err = errors.New("it does not serve")
	case <-ctx.Done():
		err = ctx.Err()
	}
	return fmt.Errorf("start deputy: %w\n%s", errors.Join(err, s.Kill()), strings.Join(s.Log(), "\n"))
}

var sentCode = regexp.MustCompile(`msg="verification code" .*\bflow=(\S+).*\bcode=(\d{6})`)

// read reads the log to its end.
func (s *Server) read(log io.Reader, serving chan<- string) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if found := listening.FindStringSubmatch(line); found != nil {
			serving <- found[1]
		}
		s.keep(line)
	}
	_, _ = io.Copy(io.Discard, log) // a line that is too long must not hold the server up
}

func (s *Server) keep(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := sentCode.FindStringSubmatch(line); found != nil {
		s.codes[found[1]] = found[2]
		close(s.more)
		s.more = make(chan struct{})
	}
	if !strings.Contains(line, "level=INFO") {
		s.lines = append(s.lines, line)
		s.lines = s.lines[max(0, len(s.lines)-keptLines):]
	}
}

// Log returns the latest lines of the log that say more than that all is well.
func (s *Server) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lines...)
}

// Code waits for the code that was sent for the flow, which this server was asked for.
func (s *Server) Code(ctx context.Context, flow string) (string, error) {
	for {
		s.mu.Lock()
		code, more := s.codes[flow], s.more
		s.mu.Unlock()
		if code != "" {
			return code, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return "", fmt.Errorf("wait for a code in the log: %w", ctx.Err())
		}
	}
}

// Kill ends the server with kill -9. Killing what has ended does nothing.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Stop ends the server with SIGTERM, and fails when it does not end well.
func (s *Server) Stop() error {
	if err := s.end(syscall.SIGTERM); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := s.command.ProcessState.ExitCode(); code > 0 {
		return fmt.Errorf("deputy ended with %d\n%s", code, strings.Join(s.lines, "\n"))
	}
	return nil
}

func (s *Server) end(signal os.Signal) error {
	s.mu.Lock()
	command, ended := s.command, s.ended
	s.mu.Unlock()
	if err := command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end deputy: %w", err)
	}
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return errors.Join(errors.New("deputy does not end"), command.Process.Kill())
	}
}

// Restart starts a server that has ended again, at its address.
func (s *Server) Restart(ctx context.Context) error { return s.start(ctx) }
