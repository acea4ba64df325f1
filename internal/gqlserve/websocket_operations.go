package gqlserve

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"deputy/internal/bounds"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// subscribe starts an operation. Errors of the operation are sent under its id; an invalid message closes the
// connection.
func (s *socket) subscribe(ctx context.Context, m message) (code websocket.StatusCode, reason string) {
	if s.viewer == nil {
		return closeUnauthorized, "Unauthorized"
	}
	ctx = s.speaking(ctx)
	turn, err := s.large.acquire(viewer.NewContext(ctx, s.viewer), len(m.Payload))
	defer turn.End()
	var (
		params  *graphql.RawParams
		refused *refusal
		busy    *fault.Error
	)
	switch {
	case err == nil:
		params, refused = HTTP{Limits: s.Limits}.decode(m.Payload)
	case errors.As(err, &busy):
		refused = &refusal{status: http.StatusTooManyRequests, fault: busy}
	default: // the client is gone
		return websocket.StatusTryAgainLater, "Try again later"
	}
	if m.ID == "" || len(m.ID) > maxOperationID || refused != nil && busy == nil &&
		refused.fault.Code != fault.LimitExceeded {
		return closeBadRequest, "Invalid message received"
	}
	v, err := s.Identity.Again(ctx, s.viewer)
	switch {
	case err != nil:
		s.broken(ctx, err)
		return websocket.StatusTryAgainLater, "Try again later"
	case !v.SignedIn():
		return closeForbidden, "Forbidden"
	}
	ctx, run := start(viewer.NewContext(graphql.StartOperationTrace(ctx), v))
	running, taken := s.enlist(m.ID, run)
	switch most := s.maxOperations(); {
	case taken:
		run.stop(nil)
		return closeTaken, "Subscriber for " + m.ID + " already exists"
	case refused != nil:
		s.refuse(ctx, m.ID, run, s.request(ctx, refused.fault))
		return 0, ""
	case running > most:
		s.refuse(ctx, m.ID, run, s.request(ctx, bounds.OverLimit(bounds.LimitSubscriptions, most, running)))
		return 0, ""
	}
	params.Headers = s.header
	operation, response := s.operation(ctx, s.exec, params)
	if response != nil {
		s.refuse(ctx, m.ID, run, response)
		return 0, ""
	}
	s.start(ctx, func() { s.run(ctx, m.ID, run, operation) })
	return 0, ""
}

// enlist registers the operation under its id, and returns the number of running operations, or that the id is taken.
func (s *socket) enlist(id string, run *Run) (running int, taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[id] != nil {
		return 0, true
	}
	s.operations[id] = run
	return len(s.operations), false
}

// strike stops and removes the operation, and returns false if it was removed before.
func (s *socket) strike(id string, run *Run) bool {
	run.stop(context.Canceled)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[id] != run {
		return false
	}
	delete(s.operations, id)
	return true
}

// refuse ends an operation with errors only.
func (s *socket) refuse(ctx context.Context, id string, run *Run, response *graphql.Response) {
	var payload bytes.Buffer
	if err := marshal(&payload, response.Errors); err != nil {
		s.broken(ctx, err)
		return
	}
	if s.strike(id, run) {
		_ = s.write(ctx, message{ID: id, Type: "error", Payload: payload.Bytes()}) // reading ends with it too
	}
}

// run sends the events of an operation. If its viewer loses the access in the org, the operation ends with that error,
// and the others continue. If the session has ended, run closes the connection.
func (s *socket) run(ctx context.Context, id string, run *Run, operation *graphql.OperationContext) {
	err := s.play(ctx, s.exec, operation, run, func(response *graphql.Response) error {
		broken := isUnavailable(response)
		if response.Data == nil && !broken {
			s.refuse(ctx, id, run, response)
			return nil
		}
		var payload bytes.Buffer
		if err := encode(&payload, response); err != nil {
			return err
		}
		if err := s.write(ctx, message{ID: id, Type: "next", Payload: payload.Bytes()}); err != nil || !broken {
			return err
		}
		return errAway // clients connect again by themselves
	})
	switch {
	case err == nil:
		if s.strike(id, run) {
			_ = s.write(ctx, message{ID: id, Type: "complete"}) // reading ends with it too
		}
	case errors.Is(err, errGone):
	case over(err):
		s.close(closeForbidden, "Forbidden")
	case limited(err), lost(err):
		s.refuse(ctx, id, run, s.request(context.WithoutCancel(ctx), err))
	default:
		s.broken(ctx, err)
		s.close(websocket.StatusTryAgainLater, "Try again later")
	}
}
