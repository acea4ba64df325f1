package crash_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/internal/crash"
)

// log collects lines; goroutines write them.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.b.String()), "\n")
}

func reporter(l *log, now func() time.Time) *crash.Reporter {
	return &crash.Reporter{Log: slog.New(slog.NewTextHandler(l, nil)), Now: now}
}

var errMade = errors.New("made")

func breaks() { panic(errMade) }

func TestAPanicOfAGoroutineIsReported(t *testing.T) {
	t.Parallel()
	var (
		l     log
		group sync.WaitGroup
		now   = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	)
	r := reporter(&l, func() time.Time { return now })
	for range 3 {
		r.Start(&group, breaks, nil)
		group.Wait()
	}
	now = now.Add(time.Minute)
	r.Start(&group, breaks, nil)
	group.Wait()
	r.Start(&group, func() { panic("elsewhere\n" + strings.Repeat("x", 10_000)) }, nil)
	group.Wait()
	lines := l.lines()
	if len(lines) != 5 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		stack := i == 0 || i >= 3
		if strings.Contains(line, "crash_test.go") != stack || !strings.Contains(line, `msg=panic`) || len(line) > 2_000 {
			t.Errorf("line %d, with the stack %t: %s", i, stack, line)
		}
	}
}

func TestAPanicIsGivenOn(t *testing.T) {
	t.Parallel()
	var l log
	r := reporter(&l, nil)
	told := make(chan error, 1)
	r.Start(nil, breaks, func(err error) { told <- err })
	var broken *crash.Panic
	if err := <-told; !errors.Is(err, errMade) || !errors.As(err, &broken) ||
		!strings.HasPrefix(broken.Place, "crash_test.breaks crash_test.go:") {
		t.Errorf("told %v at %q", err, broken.Place)
	}
	if text := l.lines()[0]; text != "" {
		t.Errorf("logged %q", text)
	}
	var group sync.WaitGroup
	r.Start(&group, breaks, func(error) { breaks() })
	group.Wait()
	if text := l.lines()[0]; !strings.Contains(text, "made") {
		t.Errorf("a panic while a panic is told is logged as %q", text)
	}
	var missing *struct{ field int }
	err := crash.Try(func() error { missing.field = 1; return nil })
	if !errors.As(err, &broken) || !strings.Contains(broken.Place, "TestAPanicIsGivenOn") {
		t.Errorf("a nil pointer: %v at %q", err, broken.Place)
	}
	if err := crash.Try(func() error { return errMade }); !errors.Is(err, errMade) || errors.As(err, &broken) &&
		broken.Value == nil {
		t.Errorf("an error: %v", err)
	}
}

func TestWhatIsCalledLaterMayPanic(t *testing.T) {
	t.Parallel()
	var l log
	r := reporter(&l, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{}, 2)
	broken := func() { defer func() { done <- struct{}{} }(); breaks() }
	r.OnDone(ctx, broken)
	cancel()
	r.After(0, broken)
	<-done
	<-done
}

func TestWhatIsKeptGoesOn(t *testing.T) {
	t.Parallel()
	var l log
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	runs := make(chan int)
	n := 0
	reporter(&l, nil).Keep(ctx, func(context.Context) {
		n++
		runs <- n
		if n == 1 {
			breaks()
		}
	})
	if a, b := <-runs, <-runs; a != 1 || b != 2 {
		t.Errorf("runs %d, %d", a, b)
	}
}
