package gqlserve

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/lang"
	"deputy/internal/share"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

const mediaEvents = "text/event-stream"

// EventStream serves subscriptions as server-sent events, in the distinct connections mode of graphql-sse
// (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md): each response is an event "next", and the last
// event is "complete". It supports requests whose Accept has text/event-stream first: clients list it, after others, in
// requests with one response. The request is parsed like that of HTTP; errors of its operation are an event too. When
// the access is lost, the last "next" has only a FORBIDDEN or UNAUTHENTICATED error. If a stream ends without
// "complete", the client should connect again. It is a gqlgen transport, added before HTTP.
type EventStream struct{ *Streams }

var _ graphql.Transport = EventStream{}

// Supports implements graphql.Transport.
func (EventStream) Supports(r *http.Request) bool {
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return false
	}
	first, _, _ := strings.Cut(r.Header.Get("Accept"), ",")
	media, _, err := mime.ParseMediaType(first)
	return err == nil && media == mediaEvents
}

// Do implements graphql.Transport.
func (t EventStream) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := lang.With(r.Context(), lang.Of(r))
	stopping, ok := t.begin()
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer t.done()
	plain := answer{ctx: ctx, w: w, media: mediaJSON}
	reader := HTTP{Errors: t.Errors, Limits: t.Limits}
	body, refused := reader.receive(w, r, true)
	if refused != nil {
		plain.errors(refused.status, t.Errors.Present(ctx, refused.fault))
		return
	}
	r, err := web.Arrived(r.WithContext(ctx))
	if err != nil {
		plain.response(&graphql.Response{Errors: gqlerror.List{t.Errors.Present(ctx, err)}}, 0)
		return
	}
	ctx = r.Context()
	turn, err := t.large.acquire(ctx, len(body))
	if err != nil {
		plain.response(&graphql.Response{Errors: gqlerror.List{t.Errors.Present(ctx, err)}}, 0)
		return
	}
	defer turn.End()
	params, refused := reader.understand(r, body)
	if refused != nil {
		plain.errors(refused.status, t.Errors.Present(ctx, refused.fault))
		return
	}
	v, err := viewer.FromContext(ctx)
	if err != nil {
		plain.errors(http.StatusInternalServerError, t.Errors.Present(ctx, err))
		return
	}
	if v.SignedIn() {
		if err := t.enter(v.Principal()); err != nil {
			plain.errors(http.StatusTooManyRequests, t.Errors.Present(ctx, err))
			return
		}
		defer t.leave(v.Principal())
	}
	params.Headers = r.Header
	events := &eventWriter{w: w, control: http.NewResponseController(w), patience: t.writeTime()}
	ctx, run := start(graphql.StartOperationTrace(ctx))
	defer run.stop(nil)
	if events.open() != nil {
		return
	}
	web.Streams(r)
	t.stream(ctx, events, exec, params, turn, run, v, stopping)
}

// stream runs the subscription, and attend in a goroutine beside it.
func (t EventStream) stream(
	ctx context.Context, events *eventWriter, exec graphql.GraphExecutor, params *graphql.RawParams, turn *share.Place,
	run *Run, v *viewer.Viewer, stopping <-chan struct{},
) {
	var attending sync.WaitGroup
	defer attending.Wait()
	defer run.stop(context.Canceled)
	if v.SignedIn() {
		t.Errors.Crashes.Start(&attending, func() {
			if err := t.attend(ctx, stopping, v, func(context.Context) error { return events.comment() }); err != nil {
				run.stop(err)
			}
		}, func(err error) { run.stop(err) })
	}
	operation, response := t.operation(ctx, exec, params)
	turn.End()
	if response != nil {
		if events.next(response) == nil {
			_ = events.complete() // the client may be gone
		}
		return
	}
	switch err := t.play(ctx, exec, operation, run, func(response *graphql.Response) error {
		if err := events.next(response); err != nil || !isUnavailable(response) {
			return err
		}
		return errAway // without "complete": clients connect again by themselves
	}); {
	case errors.Is(err, errGone), errors.Is(err, errStopping), err == nil && context.Cause(ctx) != nil:
	case lost(err), limited(err):
		if events.next(&graphql.Response{Errors: gqlerror.List{t.Errors.Present(context.WithoutCancel(ctx), err)}}) == nil {
			_ = events.complete() // the client may be gone
		}
	case err != nil:
		t.broken(ctx, err)
	default:
		_ = events.complete() // the client may be gone
	}
}

// eventWriter writes server-sent events. It is safe for concurrent use.
type eventWriter struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	mu       sync.Mutex
}

// open begins the response. From here on the server's time limit for requests does not apply.
func (e *eventWriter) open() error {
	header := e.w.Header()
	header.Set("Content-Type", mediaEvents+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // or nginx would buffer events
	header.Add("Vary", "Accept, Accept-Language")
	if err := e.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	e.w.WriteHeader(http.StatusOK)
	return e.comment()
}

// comment writes a comment, which clients ignore. It keeps proxies from closing an idle connection.
func (e *eventWriter) comment() error { return e.write([]byte(":\n\n")) }

func (e *eventWriter) complete() error { return e.write([]byte("event: complete\ndata:\n\n")) }

func (e *eventWriter) next(response *graphql.Response) error {
	var b bytes.Buffer
	if err := encode(&b, response); err != nil {
		return err
	}
	// JSON has line breaks only between its values, where spaces are equivalent.
	text := bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte(" "))
	return e.write(append(append([]byte("event: next\ndata: "), text...), "\n\n"...))
}

// write writes and flushes. It returns errGone if the client does not receive the text in time.
func (e *eventWriter) write(text []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.control.SetWriteDeadline(time.Now().Add(e.patience))
	if err == nil {
		_, err = e.w.Write(text)
	}
	if err == nil {
		err = e.control.Flush()
	}
	if err != nil {
		return errors.Join(errGone, err)
	}
	return nil
}
