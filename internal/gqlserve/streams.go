package gqlserve

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/fault"
	"deputy/internal/feed"
	"deputy/internal/share"
	"deputy/internal/signin"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

const (
	// DefaultOperations is the maximum number of subscriptions over one WebSocket.
	DefaultOperations = 20
	// DefaultStreams is the maximum number of open WebSockets and event streams of an account at a server.
	DefaultStreams = 20
)

// Streams is the common part of the transports of subscriptions: their limits, the connected accounts, and the
// shutdown. Zero durations and numbers mean the default.
type Streams struct {
	Errors Errors
	Limits bounds.Limits
	// Identity returns the viewer of a token, and whether its session is still valid.
	Identity *signin.Service
	// Feed wakes a connection when its session may have ended.
	Feed *feed.Feed
	Log  *slog.Logger
	// MaxMessage is the maximum size of a client's message, in bytes; 256 KiB by default.
	MaxMessage int64
	// MaxOperations is the maximum number of subscriptions over one WebSocket; 20 by default.
	MaxOperations int
	// MaxStreams is the maximum number of open WebSockets and event streams of an account at this server; 20 by default.
	MaxStreams int
	// Init is the time limit for a client to authenticate; 5 s by default.
	Init time.Duration
	// Beat is the interval at which the connection and the session are checked; 15 s by default.
	Beat time.Duration
	// Pong is the time limit for the response to a ping; Beat by default.
	Pong time.Duration
	// Write is the time limit for a client to receive one event; 10 s by default. After it the connection is closed.
	Write time.Duration

	large semaphore // of large requests; NewHandler sets them

	mu      sync.Mutex
	ended   chan struct{}
	over    bool
	streams map[string]int // by account or app
	running sync.WaitGroup
}

var (
	errStopping = errors.New("the server stops")
	errGone     = errors.New("the client does not receive")
	errSession  = fault.New(fault.Unauthenticated, msgSessionOver)
)

func (s *Streams) maxMessage() int64        { return cmp.Or(s.MaxMessage, 256<<10) }
func (s *Streams) maxOperations() int       { return cmp.Or(s.MaxOperations, DefaultOperations) }
func (s *Streams) maxStreams() int          { return cmp.Or(s.MaxStreams, DefaultStreams) }
func (s *Streams) initTime() time.Duration  { return cmp.Or(s.Init, 5*time.Second) }
func (s *Streams) beatTime() time.Duration  { return cmp.Or(s.Beat, 15*time.Second) }
func (s *Streams) pongTime() time.Duration  { return cmp.Or(s.Pong, s.beatTime()) }
func (s *Streams) writeTime() time.Duration { return cmp.Or(s.Write, 10*time.Second) }

// begin registers a connection, and returns a channel that is closed when the server stops, or false if it is stopping
// already. done must be called for every registered connection.
func (s *Streams) begin() (stopping <-chan struct{}, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.ended, s.streams = make(chan struct{}), map[string]int{}
	}
	if s.over {
		return nil, false
	}
	s.running.Add(1)
	return s.ended, true
}

func (s *Streams) done() { s.running.Done() }

// Large returns the places of large requests.
func (s *Streams) Large() *share.Places { return s.large.places }

// takeTurns sets the semaphore that all transports share.
func (s *Streams) takeTurns(large semaphore) { s.large = large }

// Close ends all streams and waits until they have ended: WebSockets are closed with 1012, event streams end without
// "complete", and clients connect again. New connections are refused.
func (s *Streams) Close() {
	s.mu.Lock()
	if !s.over && s.ended != nil {
		close(s.ended)
	}
	s.over = true
	s.mu.Unlock()
	s.running.Wait()
}

// enter counts a stream of the account or app, until leave is called. It returns LIMIT_EXCEEDED if there are too many.
func (s *Streams) enter(principal string) *fault.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if most := s.maxStreams(); s.streams[principal] >= most {
		return bounds.OverLimit(bounds.LimitStreams, most, most+1)
	}
	s.streams[principal]++
	return nil
}

func (s *Streams) leave(principal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[principal]--; s.streams[principal] == 0 {
		delete(s.streams, principal)
	}
}

// Open returns the number of streams of signed-in accounts.
func (s *Streams) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := 0
	for _, streams := range s.streams {
		open += streams
	}
	return open
}

// attend watches a connection, and returns the reason to end it: errStopping, errSession, the error of beat, or nil
// when ctx is done. If the session can't be read, it is read again with the next beat.
func (s *Streams) attend(
	ctx context.Context, stopping <-chan struct{}, v *viewer.Viewer, beat func(context.Context) error,
) error {
	follower := s.Feed.Follow(v.Concerns())
	defer follower.Stop()
	for {
		again, err := s.Identity.Again(ctx, v)
		if err == nil && !again.SignedIn() {
			return errSession
		}
		next := s.beatTime()
		if left := v.Ends.Sub(s.Identity.Now()); left < next {
			next = max(left, time.Millisecond)
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			err = nil
		case <-stopping:
			err = errStopping
		case <-follower.Access:
			timer.Stop()
			continue
		case <-timer.C:
			if err := beat(ctx); err != nil {
				return err
			}
			continue
		}
		timer.Stop()
		return err
	}
}

// operation parses a request as a subscription; if it is not a valid one, it returns the response with the errors.
func (s *Streams) operation(
	ctx context.Context, exec graphql.GraphExecutor, params *graphql.RawParams,
) (*graphql.OperationContext, *graphql.Response) {
	var (
		operation *graphql.OperationContext
		refused   *graphql.Response
	)
	err := crash.Catch(func() {
		var errs gqlerror.List
		operation, errs = exec.CreateOperationContext(ctx, params)
		if len(errs) == 0 {
			web.SetOperation(ctx, operation.Operation.Name)
			errs = subscribes(operation.Operation)
		}
		if len(errs) > 0 {
			left := len(errs) - min(len(errs), bounds.MaxErrors)
			refused = trimmed(exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs[:len(errs)-left]), left)
		}
	})
	if err != nil {
		return nil, s.request(ctx, err)
	}
	if refused != nil {
		return nil, refused
	}
	return operation, nil
}

// subscribes returns BAD_REQUEST for an operation that is not a subscription, and for one whose event depends on a
// condition: its responses would be empty.
func subscribes(operation *ast.OperationDefinition) gqlerror.List {
	var refused *fault.Error
	switch {
	case operation.Operation != ast.Subscription:
		refused = fault.New(fault.BadRequest, msgStreamOnly)
	case conditional(operation.SelectionSet):
		refused = fault.New(fault.BadRequest, msgCondition)
	default:
		return nil
	}
	return gqlerror.List{gqlerror.Wrap(refused)}
}

// conditional reports whether a field of the selections, fragments included, depends on @skip or @include.
func conditional(set ast.SelectionSet) bool {
	conditions := func(list ast.DirectiveList) bool {
		return list.ForName("skip") != nil || list.ForName("include") != nil
	}
	for _, selection := range set {
		var found bool
		switch selection := selection.(type) {
		case *ast.Field:
			found = conditions(selection.Directives)
		case *ast.InlineFragment:
			found = conditions(selection.Directives) || conditional(selection.SelectionSet)
		case *ast.FragmentSpread:
			found = conditions(selection.Directives) || conditional(selection.Definition.SelectionSet)
		}
		if found {
			return true
		}
	}
	return false
}

// request returns the response to a request that failed with an error.
func (s *Streams) request(ctx context.Context, err error) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{s.Errors.Present(ctx, err)}}
}

// play runs a subscription and passes its responses to send. It returns a *fault.Error when the access is lost, nil
// when the subscription was completed or refused, or another error. Only the first response may have no data, which is
// a refusal. A panic is sent as INTERNAL, and ends only this subscription.
func (s *Streams) play(
	ctx context.Context, exec graphql.GraphExecutor, operation *graphql.OperationContext, run *Run,
	send func(*graphql.Response) error,
) error {
	err := crash.Try(func() error { return s.answers(ctx, exec, operation, run, send) })
	var broken *crash.Panic
	if errors.As(err, &broken) {
		return send(s.request(context.WithoutCancel(ctx), err))
	}
	return err
}

// answers is play without the recovery of panics.
func (s *Streams) answers(
	ctx context.Context, exec graphql.GraphExecutor, operation *graphql.OperationContext, run *Run,
	send func(*graphql.Response) error,
) error {
	run.patience = s.Limits.WithDefaults().Time
	defer run.Rest()
	responses, ctx := exec.DispatchOperation(ctx, operation)
	for {
		run.ask()
		response := responses(ctx)
		run.Rest()
		if cause := context.Cause(ctx); limited(cause) { // the event was read only in part
			return cause
		}
		if response == nil || response.Data == nil && ctx.Err() != nil {
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			return nil
		}
		if err := send(trimmed(response, 0)); err != nil || response.Data == nil {
			return err
		}
	}
}

// broken logs the error that ends a stream.
func (s *Streams) broken(ctx context.Context, err error) {
	s.Errors.log(ctx, slog.LevelError, "stream broken off", nil, err)
}

// limited reports whether the error is that of an event that exceeded a limit.
func limited(err error) bool {
	code, known := fault.CodeOf(err)
	return known && (code == fault.RateLimited || code == fault.LimitExceeded)
}

// lost reports whether the error means that the access is lost.
func lost(err error) bool {
	code, known := fault.CodeOf(err)
	return known && (code == fault.Forbidden || code == fault.Unauthenticated)
}

// over reports whether the error means that the session has ended.
func over(err error) bool {
	code, known := fault.CodeOf(err)
	return known && code == fault.Unauthenticated
}
