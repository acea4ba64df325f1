// Command run runs a command with a PostgreSQL for its tests:
//
//	go run ./internal/store/pgtest/run -- go test ./...
//
// If TEST_DATABASE_URL is set, it only runs the command; otherwise it starts a server, sets TEST_DATABASE_URL for the
// command, and removes the server afterwards. It forwards signals, and exits with the command's exit code, or 128 plus
// the number of the signal that ended it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"deputy/internal/store/pgtest"
)

func main() {
	code, err := run(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
	}
	os.Exit(code)
}

// run returns the exit code: 2 for invalid arguments, 1 when there is no server.
func run(ctx context.Context, command []string) (code int, err error) {
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return 2, errors.New("usage: run -- command argument…")
	}
	// From here on a signal ends the command, and thereby this process, so that the server never ends before the command.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	url, release, err := pgtest.Acquire(ctx, pgtest.Options{MaxConnections: 400})
	if err != nil {
		return 1, err
	}
	defer func() {
		if releaseErr := release(); releaseErr != nil {
			code, err = max(code, 1), errors.Join(err, releaseErr)
		}
	}()
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = append(os.Environ(), pgtest.URLVariable+"="+url)
	if err := child.Start(); err != nil {
		return 1, err
	}
	return wait(child, signals)
}

// wait forwards signals until the command ends.
func wait(child *exec.Cmd, signals <-chan os.Signal) (int, error) {
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case received := <-signals:
			_ = child.Process.Signal(received) // it may have ended just now
		case err := <-ended:
			var exit *exec.ExitError
			if err == nil {
				return 0, nil
			}
			if !errors.As(err, &exit) {
				return 1, err
			}
			if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
				return 128 + int(status.Signal()), nil
			}
			return exit.ExitCode(), nil
		}
	}
}
