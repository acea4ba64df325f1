package gqlserve

import (
	"context"
	"sync"
	"time"

	"deputy/internal/bounds"
	"deputy/internal/crash"
)

// Run is a subscription that runs: the transport asks for one event after the other, and learns why there are no more.
type Run struct {
	turn chan struct{} // holds something while the client waits for an event
	stop context.CancelCauseFunc
	// patience is how long an event may take, from when it is looked for until it is answered; no bound when zero.
	patience time.Duration

	mu    sync.Mutex
	timer *time.Timer
}

type runningKey struct{}

// start returns a context in which a subscription can run, until it is stopped.
func start(ctx context.Context) (context.Context, *Run) {
	ctx, stop := context.WithCancelCause(ctx)
	run := &Run{turn: make(chan struct{}, 1), stop: stop}
	return context.WithValue(bounds.ByEvent(ctx), runningKey{}, run), run
}

// RunOf returns the subscription that runs in the context, and false where none can.
func RunOf(ctx context.Context) (*Run, bool) {
	run, ok := ctx.Value(runningKey{}).(*Run)
	return run, ok
}

// Asked receives when the client waits for the next event.
func (run *Run) Asked() <-chan struct{} { return run.turn }

// End ends the subscription for a reason, which its client is told.
func (run *Run) End(err error) { run.stop(err) }

// ask says that the client waits for the next event.
func (run *Run) ask() {
	select {
	case run.turn <- struct{}{}:
	default:
	}
}

// Begin gives the running event its time. When it is up, the subscription is stopped.
func (run *Run) Begin() {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.patience > 0 && run.timer == nil {
		run.timer = crash.After(run.patience, func() { run.stop(bounds.OverTime(run.patience)) })
	}
}

// Rest says that no event is being looked for or read.
func (run *Run) Rest() {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.timer != nil {
		run.timer.Stop()
		run.timer = nil
	}
}
