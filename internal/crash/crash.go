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
	// maxPlaces is how many places are remembered for that.
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
	// Stack are the calls that led there, the last one first, in one line.
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
			broke = true // what came before is the recovering
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

// Plain returns a text as a log may hold it: at most n bytes of its beginning, without line breaks and control
// characters.
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

// Reporter writes panics to a log: one line for each, with the stack once a minute and place. It is safe for concurrent
// use.
type Reporter struct {
	// Log gets the lines; the default log when nil, or when the reporter is.
	Log *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time

	mu     sync.Mutex
	stacks map[string]time.Time // when that of a place was written
}

// Start runs f in a goroutine of its own, which the group waits for unless it is nil. A panic ends f, and nothing else:
// it is given to broken, as a *Panic, or reported when that is nil.
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

// Keep runs f in a goroutine of its own until it returns, and again a second after each panic, until ctx ends. It
// returns a channel that is closed when f runs no more.
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

// unnamed reports for those who have no log of their own.
//
//nolint:gochecknoglobals // it stands for the default log, which is one too
var unnamed Reporter

// Start is Reporter.Start for those who have no log: what f panics with goes to the default one.
func Start(f func()) { unnamed.Start(nil, f, nil) }

// OnDone is Reporter.OnDone for those who have no log.
func OnDone(ctx context.Context, f func()) (stop func() bool) { return unnamed.OnDone(ctx, f) }

// After is Reporter.After for those who have no log.
func After(d time.Duration, f func()) *time.Timer { return unnamed.After(d, f) }

// Report writes an error that ended a goroutine.
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

// Stack returns the stack of a *Panic, as it is to be written now: nothing for one of whose place the stack was written
// within the last minute, nor for other errors. A nil reporter remembers none.
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
