package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Probe sends requests as they are over every transport, and returns what comes back first. It is for one goroutine.
type Probe struct {
	// URL is that of /graphql.
	URL string
	// Token of the session; empty when nobody is signed in.
	Token string

	conn *websocket.Conn
	used time.Time // when the connection was read last
}

// unread is how long a connection may go unread: the server closes one that returns no ping.
const unread = 5 * time.Second

// Transports are the ways in which requests reach the server.
func (p *Probe) Transports() map[string]func(ctx context.Context, body []byte) (string, error) {
	return map[string]func(context.Context, []byte) (string, error){
		"HTTP": p.post, "WebSocket": p.subscribe,
		"event stream": p.stream,
	}
}

func (p *Probe) request(ctx context.Context, accept string, body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	if p.Token != "" {
		r.Header.Set("Authorization", "Bearer "+p.Token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

func (p *Probe) post(ctx context.Context, body []byte) (string, error) {
	return p.request(ctx, "application/json", body)
}

// stream reads an event stream to its end: what is asked for must be refused.
func (p *Probe) stream(ctx context.Context, body []byte) (string, error) {
	text, err := p.request(ctx, "text/event-stream", body)
	if err == nil && strings.HasPrefix(text, ":") && !strings.Contains(text, "event: complete") {
		err = errors.New("the event stream was broken off")
	}
	return text, err
}

// subscribe sends the request as the payload of a subscription, over a connection that is kept as long as it lasts.
func (p *Probe) subscribe(ctx context.Context, body []byte) (string, error) {
	if p.Token == "" || !json.Valid(body) { // nobody is let in, and what is no message ends the connection
		return "", nil
	}
	if time.Since(p.used) > unread {
		p.Close()
	}
	if p.conn == nil {
		if err := p.dial(ctx); err != nil {
			return "", fmt.Errorf("open a WebSocket: %w", err)
		}
	}
	text, err := p.exchange(ctx, `{"id":"1","type":"subscribe","payload":`+string(body)+`}`)
	if err != nil {
		p.Close()
	}
	return text, err
}

func (p *Probe) dial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, p.URL, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}}) //nolint:bodyclose // the connection is closed instead
	if err != nil {
		return err
	}
	conn.SetReadLimit(-1)
	p.conn = conn
	_, err = p.exchange(ctx, `{"type":"connection_init","payload":{"Authorization":"Bearer `+p.Token+`"}}`)
	return err
}

func (p *Probe) exchange(ctx context.Context, message string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		return "", err
	}
	_, text, err := p.conn.Read(ctx)
	p.used = time.Now()
	return string(text), err
}

// Close ends the connection.
func (p *Probe) Close() {
	if p.conn != nil {
		_ = p.conn.CloseNow() // it may have ended
		p.conn = nil
	}
}
