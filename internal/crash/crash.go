// Package crash keeps a panic from ending the process: it starts goroutines, and turns a panic into an error or a line
// in the log. No other package of the server has a go statement.
package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maxStack is the maximum length of a stack's text, in bytes: it is one line of the log.
	maxStack = 1400
	// maxFrames is the maximum number of frames in it.
	maxFrames = 64
	// maxText is the maximum length of a panic value's text, in bytes.
	maxText = 250
	// stackEvery is the minimum interval between logged stacks of one place.
	stackEvery = time.Minute
	// maxPlaces is the maximum number of places in the Reporter's map.
	maxPlaces = 1000
	// again is the pause before Keep runs a function again.
	again = time.Second
)

// Panic is a recovered panic, as an error.
type Panic struct {
	// Value is what panic was called with.
	Value any
	// Place is the line that panicked.
	Place string
	// Stack is the stack at the panic, innermost call first, in one line.
	Stack string
}

// Error implements error.
func (p *Panic) Error() string { return "panic: " + Plain(fmt.Sprint(p.Value), maxText) }

// Unwrap returns the error that the function panicked with, if it was one.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Of returns the error for a value that recover returned. It must be called by the function that recovers.
func Of(value any) *Panic {
	var calls [maxFrames]uintptr
	frames := runtime.CallersFrames(calls[:runtime.Callers(2, calls[:])])
	p := &Panic{Value: value}
	var stack strings.Builder
	broke := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		switch at := path.Base(frame.Function) + " " + path.Base(frame.File) + ":" + strconv.Itoa(frame.Line); {
		case inRuntime && strings.Contains(frame.Function, "panic"):
			broke = true // the frames before are those of the recovery
		case inRuntime || !broke || stack.Len()+len(at)+3 > maxStack:
		case stack.Len() == 0:
			p.Place = at
			stack.WriteString(at)
		default:
			stack.WriteString(" < " + at)
		}
		if !more {
			break
		}
	}
	p.Stack = stack.String()
	return p
}

// Plain returns a text for a log: at most n bytes of its beginning, without line breaks and control characters.
func Plain(text string, n int) string {
	if len(text) > n {
		text = text[:n] + "…"
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, ""))
}

// Catch runs f, and returns its panic as a *Panic, or nil.
func Catch(f func()) error {
	return Try(func() error { f(); return nil })
}

// Try runs f, and returns its error, or a *Panic.
func Try(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = Of(value)
		}
	}()
	return f()
}

// Reporter logs panics: one line for each, with the stack at most once a minute for each place. It is safe for
// concurrent use.
type Reporter struct {
	// Log is the log; the default one when it is nil, or the reporter is.
	Log *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time

	mu     sync.Mutex
	stacks map[string]time.Time // when the stack of a place was last logged
}

// Start runs f in a new goroutine, for which the group waits unless it is nil. A panic ends only f: it is passed to
// broken, as a *Panic, or logged when broken is nil.
func (r *Reporter) Start(group *sync.WaitGroup, f func(), broken func(error)) {
	if group != nil {
		group.Add(1)
	}
	go func() {
		if group != nil {
			defer group.Done()
		}
		r.run(f, broken)
	}()
}

// run runs f, and passes its panic to broken. If broken panics too, that panic is reported instead.
func (r *Reporter) run(f func(), broken func(error)) {
	err := Catch(f)
	if err != nil && broken != nil {
		told := err
		err = Catch(func() { broken(told) })
	}
	if err != nil {
		r.Report(context.Background(), err)
	}
}

// Keep runs f in a new goroutine until f returns, and again a second after each panic, until ctx ends. It returns a
// channel that is closed when f has ended.
func (r *Reporter) Keep(ctx context.Context, f func(context.Context)) <-chan struct{} {
	ended := make(chan struct{})
	r.Start(nil, func() {
		defer close(ended)
		for {
			err := Catch(func() { f(ctx) })
			if err == nil || ctx.Err() != nil {
				return
			}
			r.Report(ctx, err)
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
		}
	}, nil)
	return ended
}

// OnDone is context.AfterFunc with an f that may panic.
func (r *Reporter) OnDone(ctx context.Context, f func()) (stop func() bool) {
	return context.AfterFunc(ctx, func() { r.run(f, nil) })
}

// After is time.AfterFunc with an f that may panic.
func (r *Reporter) After(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { r.run(f, nil) })
}

// unnamed is the reporter of callers without a log.
//
//nolint:gochecknoglobals // stands for the default log, which is global too
var unnamed Reporter

// Start is Reporter.Start for callers without a log: panics are written to the default one.
func Start(f func()) { unnamed.Start(nil, f, nil) }

// OnDone is Reporter.OnDone for callers without a log.
func OnDone(ctx context.Context, f func()) (stop func() bool) { return unnamed.OnDone(ctx, f) }

// After is Reporter.After for callers without a log.
func After(d time.Duration, f func()) *time.Timer { return unnamed.After(d, f) }

// Report logs an error that ended a goroutine.
func (r *Reporter) Report(ctx context.Context, err error) {
	attrs := []slog.Attr{slog.String("error", Plain(err.Error(), maxText))}
	if stack := r.Stack(err); stack != "" {
		attrs = append(attrs, slog.String("stack", stack))
	}
	r.log().LogAttrs(ctx, slog.LevelError, "panic", attrs...)
}

func (r *Reporter) log() *slog.Logger {
	if r == nil || r.Log == nil {
		return slog.Default()
	}
	return r.Log
}

// Stack returns the stack of a *Panic to be logged now: "" for other errors, and if the stack of the same place was
// logged within the last minute. A nil reporter keeps no such times.
func (r *Reporter) Stack(err error) string {
	var p *Panic
	switch {
	case !errors.As(err, &p):
		return ""
	case r == nil:
		return p.Stack
	}
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	at := now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, written := r.stacks[p.Place]; written && at.Sub(last) < stackEvery {
		return ""
	}
	if r.stacks == nil || len(r.stacks) >= maxPlaces {
		r.stacks = map[string]time.Time{}
	}
	r.stacks[p.Place] = at
	return p.Stack
}
