package apitest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience is how long a message may take on a machine that is healthy but busy.
const patience = time.Minute

// Socket is a WebSocket that speaks graphql-transport-ws.
type Socket struct {
	t    testing.TB
	conn *websocket.Conn
}

// Message is one of graphql-transport-ws.
type Message struct {
	ID      string `json:"id,omitempty"`
	Type    string `json:"type"`
	Payload any    `json:"payload,omitempty"`
}

// Dial opens a WebSocket and says nothing yet. Header goes along with the request.
func (s *Server) Dial(t testing.TB, header http.Header) (*Socket, error) {
	t.Helper()
	conn, response, err := websocket.Dial(t.Context(), s.URL, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"graphql-transport-ws"}}) //nolint:bodyclose // the connection is closed instead
	if err != nil {
		if response != nil {
			err = errors.Join(err, errors.New(response.Status))
		}
		return nil, err
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &Socket{t, conn}, nil
}

// Socket opens a WebSocket with the client's token in connection_init.
func (c *Client) Socket() *Socket {
	c.t.Helper()
	header := http.Header{}
	if c.Lang != "" {
		header.Set("Accept-Language", c.Lang)
	}
	s, err := c.server.Dial(c.t, header)
	if err != nil {
		c.t.Fatal(err)
	}
	init := Message{Type: "connection_init"}
	if c.Token != "" {
		init.Payload = Vars{"Authorization": "Bearer " + c.Token}
	}
	s.Send(init)
	return s
}

// Subscribe opens a WebSocket and a subscription under the id 1.
func (c *Client) Subscribe(query string, vars Vars) *Socket {
	c.t.Helper()
	s := c.Socket()
	s.Ack()
	s.Subscribe("1", query, vars)
	return s
}

// Send sends a message.
func (s *Socket) Send(m Message) {
	s.t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Write(string(text))
}

// Write sends a text.
func (s *Socket) Write(text string) {
	s.t.Helper()
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// Subscribe begins an operation.
func (s *Socket) Subscribe(id, query string, vars Vars) {
	s.t.Helper()
	s.Send(Message{ID: id, Type: "subscribe", Payload: Vars{"query": query, "variables": vars}})
}

// Ack waits until the server lets the client in.
func (s *Socket) Ack() {
	s.t.Helper()
	if m := s.Next(); m.Type != "connection_ack" {
		s.t.Fatalf("no acknowledgement: %+v", m)
	}
}

// Received is a message of the server.
type Received struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
	// Closed is the code that the connection was closed with instead; -1 when it broke.
	Closed int `json:"-"`
}

// Next waits for the next message, or the end.
func (s *Socket) Next() Received {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	_, text, err := s.conn.Read(ctx)
	if ctx.Err() != nil {
		s.t.Fatal("no message came")
	}
	if err != nil {
		return Received{Closed: int(websocket.CloseStatus(err))}
	}
	var m Received
	if err := json.Unmarshal(text, &m); err != nil {
		s.t.Fatal(err)
	}
	return m
}

// Event waits for an event, and returns it.
func (s *Socket) Event() *Answer {
	s.t.Helper()
	m := s.Next()
	if m.Type != "next" {
		s.t.Fatalf("no event: %s %s %d", m.Type, m.Payload, m.Closed)
	}
	return answered(s.t, m.Payload)
}

// Refused waits for the operation's refusal, and returns its code.
func (s *Socket) Refused() string {
	s.t.Helper()
	_, refusal := s.Refusal()
	return refusal.Code()
}

// Refusal waits for an operation's refusal, and returns the operation's id and the errors.
func (s *Socket) Refusal() (id string, errors *Answer) {
	s.t.Helper()
	m := s.Next()
	if m.Type != "error" {
		s.t.Fatalf("no refusal: %s %s %d", m.Type, m.Payload, m.Closed)
	}
	return m.ID, answered(s.t, []byte(`{"errors":`+string(m.Payload)+`}`))
}

// Close waits for the end, whatever comes before, and returns its code.
func (s *Socket) Close() int {
	s.t.Helper()
	for {
		if m := s.Next(); m.Closed != 0 {
			return m.Closed
		}
	}
}

// Leave ends the connection.
func (s *Socket) Leave() { _ = s.conn.CloseNow() }

func answered(t testing.TB, text []byte) *Answer {
	t.Helper()
	a := &Answer{t: t, Body: string(text)}
	if err := json.Unmarshal(text, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// Stream is a subscription as server-sent events.
type Stream struct {
	t        testing.TB
	Response *http.Response
	lines    *bufio.Scanner
	// Comments is how many came so far.
	Comments int
}

// Stream asks for a subscription as server-sent events.
func (c *Client) Stream(query string, vars Vars) *Stream {
	c.t.Helper()
	body, err := json.Marshal(Vars{"query": query, "variables": vars})
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.server.URL, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Accept-Language", c.Lang)
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &Stream{t: c.t, Response: response, lines: lines}
}

// Next waits for the next event: its name and data; nothing at the end of the stream.
func (s *Stream) Next() (event, data string) {
	s.t.Helper()
	timer := time.AfterFunc(patience, func() { _ = s.Response.Body.Close() })
	defer timer.Stop()
	for s.lines.Scan() {
		switch line := s.lines.Text(); {
		case line == "" && event != "":
			return event, data
		case strings.HasPrefix(line, ":"):
			s.Comments++
		case strings.HasPrefix(line, "event:"):
			event = strings.TrimSpace(strings.TrimPrefix(line, "event:"))
		case strings.HasPrefix(line, "data:"):
			data = strings.TrimSpace(strings.TrimPrefix(line, "data:"))
		}
	}
	if err := s.lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.t.Log(err)
	}
	return "", ""
}

// Leave ends the connection.
func (s *Stream) Leave() { _ = s.Response.Body.Close() }

// Event waits for an event next, and returns it.
func (s *Stream) Event() *Answer {
	s.t.Helper()
	event, data := s.Next()
	if event != "next" {
		s.t.Fatalf("no event: %q %s", event, data)
	}
	return answered(s.t, []byte(data))
}
