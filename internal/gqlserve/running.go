package gqlserve

import (
	"context"
	"sync"
	"time"

	"deputy/internal/bounds"
	"deputy/internal/crash"
)

// Run is a running subscription: the transport requests one event after the other, and gets the reason when it ends.
type Run struct {
	turn chan struct{} // has a value while the client waits for an event
	stop context.CancelCauseFunc
	// patience is the time limit for an event, from its query until its response is ready; 0 means no limit.
	patience time.Duration

	mu    sync.Mutex
	timer *time.Timer
}

type runningKey struct{}

// start returns a context for a subscription, which ends when the run is stopped.
func start(ctx context.Context) (context.Context, *Run) {
	ctx, stop := context.WithCancelCause(ctx)
	run := &Run{turn: make(chan struct{}, 1), stop: stop}
	return context.WithValue(bounds.ByEvent(ctx), runningKey{}, run), run
}

// RunOf returns the subscription of the context, and false if there is none.
func RunOf(ctx context.Context) (*Run, bool) {
	run, ok := ctx.Value(runningKey{}).(*Run)
	return run, ok
}

// Asked receives when the client waits for the next event.
func (run *Run) Asked() <-chan struct{} { return run.turn }

// End ends the subscription with an error, which is sent to its client.
func (run *Run) End(err error) { run.stop(err) }

// ask signals that the client waits for the next event.
func (run *Run) ask() {
	select {
	case run.turn <- struct{}{}:
	default:
	}
}

// Begin starts the timer of the current event. When it expires, the subscription is stopped.
func (run *Run) Begin() {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.patience > 0 && run.timer == nil {
		run.timer = crash.After(run.patience, func() { run.stop(bounds.OverTime(run.patience)) })
	}
}

// Rest stops the timer, when no event is being queried or resolved.
func (run *Run) Rest() {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.timer != nil {
		run.timer.Stop()
		run.timer = nil
	}
}
