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
	// DefaultOperations is how many subscriptions may run over one WebSocket.
	DefaultOperations = 20
	// DefaultStreams is how many WebSockets and event streams an account may have open at a server.
	DefaultStreams = 20
)

// Streams is what the transports of subscriptions have in common: their limits, who is connected, and their end. A
// duration or number of zero is the default.
type Streams struct {
	Errors Errors
	Limits bounds.Limits
	// Identity says who holds a token, and whether they still do.
	Identity *signin.Service
	// Feed tells when a session may be over.
	Feed *feed.Feed
	Log  *slog.Logger
	// MaxMessage is the largest message of a client, in bytes; 256 KiB by default.
	MaxMessage int64
	// MaxOperations is how many subscriptions may run over one WebSocket; 20 by default.
	MaxOperations int
	// MaxStreams is how many WebSockets and event streams an account may have open at this server; 20 by default.
	MaxStreams int
	// Init is how long a client may take to say who it is; 5 s by default.
	Init time.Duration
	// Beat is how often a connection that is silent is proved to be alive, and the session looked at; 15 s by default.
	Beat time.Duration
	// Pong is how long a client may take to prove that it is alive; as long as Beat by default.
	Pong time.Duration
	// Write is how long a client may take to receive one event; 10 s by default. Then it is cut off.
	Write time.Duration

	large semaphore // of large requests; NewHandler sets them

	mu      sync.Mutex
	ended   chan struct{}
	over    bool
	streams map[string]int // by account
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

// begin lets a connection in, and returns what is closed when the server stops; false when it does so already. Every
// connection that was let in is done.
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

// takeTurns has large requests of streams wait for those of all transports.
func (s *Streams) takeTurns(large semaphore) { s.large = large }

// Close ends all streams and waits until they are over: WebSockets are closed with 1012, event streams end without a
// complete, and clients connect again. No more are let in.
func (s *Streams) Close() {
	s.mu.Lock()
	if !s.over && s.ended != nil {
		close(s.ended)
	}
	s.over = true
	s.mu.Unlock()
	s.running.Wait()
}

// enter counts a stream of the account, which leaves it later; LIMIT_EXCEEDED when it has too many.
func (s *Streams) enter(accountID string) *fault.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if most := s.maxStreams(); s.streams[accountID] >= most {
		return bounds.OverLimit(bounds.LimitStreams, most, most+1)
	}
	s.streams[accountID]++
	return nil
}

func (s *Streams) leave(accountID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[accountID]--; s.streams[accountID] == 0 {
		delete(s.streams, accountID)
	}
}

// Open returns how many streams there are of people who are signed in.
func (s *Streams) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := 0
	for _, streams := range s.streams {
		open += streams
	}
	return open
}

// attend keeps an eye on a connection, and answers why it has to end: errStopping, errSession, what beat answers, or
// nothing when ctx is done. A session that can't be looked at is looked at again with the next beat.
func (s *Streams) attend(
	ctx context.Context, stopping <-chan struct{}, v *viewer.Viewer, beat func(context.Context) error,
) error {
	follower := s.Feed.Follow("", v.AccountID)
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

// operation reads a request as a subscription; when it is none, it answers why.
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

// subscribes refuses, with BAD_REQUEST, what is no subscription, and one whose event depends on a condition: its
// responses would have none.
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

// conditional reports whether a field of the selections, fragments included, stands under @skip or @include.
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

// request returns the response to a request that is refused, or that broke something.
func (s *Streams) request(ctx context.Context, err error) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{s.Errors.Present(ctx, err)}}
}

// play runs a subscription and hands its responses to send, until there are no more, and says why: the access is lost
// (a *fault.Error), nothing when it was completed or refused, or another error. Only the first answer can be one
// without data, which is a refusal. What panics is answered as INTERNAL, and ends this subscription alone.
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

// answers is play without that.
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
		if cause := context.Cause(ctx); limited(cause) { // what was read of the event is not all of it
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

// broken logs why a stream is broken off. The client is told to try again.
func (s *Streams) broken(ctx context.Context, err error) {
	s.Errors.log(ctx, slog.LevelError, "stream broken off", nil, err)
}

// limited reports whether an error says that an event took more than it may.
func limited(err error) bool {
	code, known := fault.CodeOf(err)
	return known && (code == fault.RateLimited || code == fault.LimitExceeded)
}

// lost reports whether an error says that the access is lost.
func lost(err error) bool {
	code, known := fault.CodeOf(err)
	return known && (code == fault.Forbidden || code == fault.Unauthenticated)
}

// over reports whether an error says that the session is.
func over(err error) bool {
	code, known := fault.CodeOf(err)
	return known && code == fault.Unauthenticated
}
