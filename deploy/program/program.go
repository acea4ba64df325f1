// Package program compiles and runs Deputy as a process of its own, with demo data, for those who try what operators
// do.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// Compile makes the server's program in the folder, and returns its path.
func Compile(ctx context.Context, folder string) (string, error) {
	program := filepath.Join(folder, "deputy")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "deputy").CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile the server: %w: %s", err, out)
	}
	return program, nil
}

// output keeps what a process writes. It is safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

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

// tail returns the end of it, for errors.
func (o *output) tail() string {
	const enough = 2000
	text := o.String()
	return text[max(0, len(text)-enough):]
}

// Server is a running deputy.
type Server struct {
	// URL is where it answers, without a path.
	URL string
	// Org and Token are those of the demo's owner.
	Org, Token string

	command *exec.Cmd
	out     *output
	ended   chan struct{}
}

var (
	listening = regexp.MustCompile(`msg=listening address=(\S+)`)
	curl      = regexp.MustCompile(`(?s)Bearer (\S+)'.*org\(id: \\"(org_\w+)`)
)

// Start starts the program in the folder, with settings added to the environment, and waits until it answers. It ends
// with ctx at the latest.
func Start(ctx context.Context, path, folder string, settings ...string) (*Server, error) {
	s := &Server{out: &output{more: make(chan struct{}, 1)}, ended: make(chan struct{})}
	s.command = exec.CommandContext(ctx, path, "--demo", "--migrate", "--addr=127.0.0.1:0")
	s.command.Dir = folder
	s.command.Env = append(os.Environ(), settings...)
	s.command.Stdout, s.command.Stderr = s.out, s.out
	s.command.Cancel = func() error { return s.command.Process.Signal(syscall.SIGTERM) }
	s.command.WaitDelay = 15 * time.Second
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	go func() {
		_ = s.command.Wait() // what it wrote tells
		close(s.ended)
	}()
	for {
		text := s.out.String()
		address, demo := listening.FindStringSubmatch(text), curl.FindStringSubmatch(text)
		if address != nil && demo != nil {
			s.URL, s.Token, s.Org = "http://"+address[1], demo[1], demo[2]
			return s, nil
		}
		select {
		case <-s.out.more:
		case <-s.ended:
			return nil, fmt.Errorf("start a server: it ended: %s", s.out.tail())
		}
	}
}

// Log returns everything that the server has written.
func (s *Server) Log() string { return s.out.String() }

// Stop ends the server as an operator does, and waits. It returns an error when it had ended before.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

// Kill ends it as a lost machine does.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

func (s *Server) end(signal syscall.Signal) error {
	err := s.command.Process.Signal(signal)
	<-s.ended
	if errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("a server ended by itself: %s", s.out.tail())
	}
	return err
}
