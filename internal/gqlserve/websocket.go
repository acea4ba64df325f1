package gqlserve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"deputy/internal/fault"
	"deputy/internal/lang"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

// The reasons for which a WebSocket is closed; see https://github.com/graphql/graphql-over-http and
// graphql-transport-ws.
const (
	closeBadRequest   websocket.StatusCode = 4400
	closeUnauthorized websocket.StatusCode = 4401
	closeForbidden    websocket.StatusCode = 4403
	closeProtocol     websocket.StatusCode = 4406
	closeInitTimeout  websocket.StatusCode = 4408
	closeTaken        websocket.StatusCode = 4409
	closeTooMany      websocket.StatusCode = 4429
)

const (
	subprotocol = "graphql-transport-ws"
	// maxOperationID is the maximum length of an operation's id, in bytes: the reason of a close may contain it.
	maxOperationID = 64
)

// WebSocket serves subscriptions over graphql-transport-ws
// (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). The token is in the payload of connection_init, as
// {"Authorization": "Bearer …"}, or in the request, as a header or, from pages of this server and of listed origins, as
// a cookie. A connection without a signed-in viewer is closed with 4403, also when the session ends. A subscription
// whose viewer loses the access in its org ends with the error FORBIDDEN, and the others continue. The payload may also
// have the language of the errors, as {"Accept-Language": "en"} or {"acceptLanguage": "en"}: pages can't set the header
// of a WebSocket. Queries and mutations are refused; they must use HTTP. It is a gqlgen transport, added before HTTP.
type WebSocket struct{ *Streams }

var _ graphql.Transport = WebSocket{}

// Supports implements graphql.Transport.
func (WebSocket) Supports(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// Do implements graphql.Transport.
func (t WebSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	stopping, ok := t.begin()
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer t.done()
	if web.Foreign(r) {
		t.Errors.Broken(w, r, web.Refused(r))
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true,
	})
	if err != nil {
		return // Accept has written the response
	}
	ctx, cancel := context.WithCancel(lang.With(r.Context(), lang.Of(r)))
	s := &socket{
		Streams: t.Streams, conn: conn, exec: exec, header: r.Header, stopping: stopping,
		operations: map[string]*Run{},
	}
	defer func() {
		cancel()
		s.goroutines.Wait()
		_ = conn.CloseNow() // it is closed already, or gone
		if s.principal != "" {
			t.leave(s.principal)
		}
	}()
	web.Streams(r)
	if conn.Subprotocol() != subprotocol {
		s.close(closeProtocol, "Subprotocol not acceptable")
		return
	}
	conn.SetReadLimit(t.maxMessage())
	s.serve(ctx)
}

// socket is one WebSocket.
type socket struct {
	*Streams
	conn     *websocket.Conn
	exec     graphql.GraphExecutor
	header   http.Header
	stopping <-chan struct{}

	// Only the reader uses the following fields.
	initialised bool
	principal   string
	viewer      *viewer.Viewer
	// lang is the language in connection_init; "" if there is none.
	lang fault.Lang

	goroutines sync.WaitGroup
	mu         sync.Mutex
	operations map[string]*Run
}

// serve reads messages until the connection is closed.
func (s *socket) serve(ctx context.Context) {
	acknowledged := make(chan struct{})
	s.start(ctx, func() {
		timer := time.NewTimer(s.initTime())
		defer timer.Stop()
		select {
		case <-timer.C:
			s.close(closeInitTimeout, "Connection initialisation timeout")
		case <-s.stopping:
			s.close(websocket.StatusServiceRestart, "The server restarts")
		case <-acknowledged:
		case <-ctx.Done():
		}
	})
	for {
		kind, text, err := s.conn.Read(ctx)
		if err != nil {
			return
		}
		var m message
		if kind != websocket.MessageText || json.Unmarshal(text, &m) != nil {
			s.close(closeBadRequest, "Invalid message received")
			return
		}
		was := s.viewer
		if code, reason := s.take(ctx, m); code != 0 {
			s.close(code, reason)
			return
		}
		if was == nil && s.viewer != nil {
			close(acknowledged)
			v := s.viewer
			s.start(ctx, func() { s.watch(ctx, v) })
		}
	}
}

// start runs a function of the connection in a goroutine. A panic ends the connection, and the client connects again.
func (s *socket) start(ctx context.Context, f func()) {
	s.Errors.Crashes.Start(&s.goroutines, f, func(err error) {
		s.broken(ctx, err)
		s.close(websocket.StatusTryAgainLater, "Try again later")
	})
}

// message is one of graphql-transport-ws.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// text returns the message as JSON. The payload is JSON already, and is not parsed again.
func (m message) text() ([]byte, error) {
	payload := m.Payload
	m.Payload = nil
	text, err := json.Marshal(m)
	if err != nil || payload == nil {
		return text, err
	}
	return slices.Concat(text[:len(text)-1], []byte(`,"payload":`), payload, []byte("}")), nil
}

// take processes a message, and returns the code and the reason with which the connection must be closed; 0 if it must
// not.
func (s *socket) take(ctx context.Context, m message) (code websocket.StatusCode, reason string) {
	switch m.Type {
	case "connection_init":
		return s.init(ctx, m)
	case "ping":
		return 0, s.dropWriteError(s.write(ctx, message{Type: "pong"}))
	case "pong":
		return 0, ""
	case "complete":
		s.mu.Lock()
		defer s.mu.Unlock()
		if run := s.operations[m.ID]; run != nil {
			delete(s.operations, m.ID)
			run.stop(context.Canceled)
		}
		return 0, ""
	case "subscribe":
		return s.subscribe(ctx, m)
	}
	return closeBadRequest, "Invalid message received"
}

// dropWriteError ignores an error of writing: reading fails then too.
func (*socket) dropWriteError(error) string { return "" }

// init authenticates the client.
func (s *socket) init(ctx context.Context, m message) (code websocket.StatusCode, reason string) {
	if s.initialised {
		return closeTooMany, "Too many initialisation requests"
	}
	s.initialised = true
	var given map[string]any
	if len(m.Payload) > 0 && json.Unmarshal(m.Payload, &given) != nil {
		return closeBadRequest, "Invalid message received"
	}
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return websocket.StatusInternalError, "Internal error"
	}
	for name, value := range given {
		text, ok := value.(string)
		switch {
		case !ok:
		case strings.EqualFold(name, "Accept-Language"), strings.EqualFold(name, "acceptLanguage"):
			s.lang = lang.Preferred(text)
		case strings.EqualFold(name, "Authorization"):
			reading, cancel := context.WithTimeout(ctx, s.initTime())
			v, err = s.Identity.Viewer(reading, v.Origin, web.Bearer(text))
			cancel()
		}
	}
	switch code, known := fault.CodeOf(err); {
	case known && code != fault.Internal:
		return closeForbidden, "Forbidden"
	case err != nil:
		s.broken(ctx, err)
		return websocket.StatusTryAgainLater, "Try again later"
	case !v.SignedIn():
		return closeForbidden, "Forbidden"
	case s.enter(v.Principal()) != nil:
		return closeTooMany, "Too many connections"
	}
	s.viewer, s.principal = v, v.Principal()
	return 0, s.dropWriteError(s.write(ctx, message{Type: "connection_ack"}))
}

// speaking returns a context whose errors are written in the language of the connection.
func (s *socket) speaking(ctx context.Context) context.Context {
	if s.lang == "" {
		return ctx
	}
	return lang.With(ctx, s.lang)
}

// watch closes the connection when the session ends, the client does not respond to a ping, or the server stops.
func (s *socket) watch(ctx context.Context, v *viewer.Viewer) {
	err := s.attend(ctx, s.stopping, v, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, s.pongTime())
		defer cancel()
		return s.conn.Ping(ctx)
	})
	switch {
	case err == nil:
	case errors.Is(err, errStopping):
		s.close(websocket.StatusServiceRestart, "The server restarts")
	case errors.Is(err, errSession):
		s.close(closeForbidden, "Forbidden")
	default:
		_ = s.conn.CloseNow() // the client is gone
	}
}

// close closes the connection with a code and a reason; later calls have no effect. It waits some seconds for the
// client's close frame.
func (s *socket) close(code websocket.StatusCode, reason string) {
	_ = s.conn.Close(code, reason) // the client may be gone
}

// write sends a message. If the client does not receive it in time, the connection is closed.
func (s *socket) write(ctx context.Context, m message) error {
	text, err := m.text()
	if err != nil {
		return err
	}
	// A message is written to its end even if its operation ends meanwhile: a partial message would break the connection.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.writeTime())
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, text); err != nil {
		_ = s.conn.CloseNow() // it broke in the middle of a message
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}
