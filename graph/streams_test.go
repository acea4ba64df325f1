package graph_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"deputy/internal/apitest"
	"deputy/internal/gqlserve"
	"deputy/internal/store/storetest"
)

// TestEventStreamsAreAskedForFirst: clients list text/event-stream behind others in requests that have one response.
func TestEventStreamsAreAskedForFirst(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"text/event-stream":                   true,
		"Text/Event-Stream; charset=utf-8":    true,
		"text/event-stream, application/json": true,
		"text/event-stream;q=0.5, */*":        true,
		"":                                    false,
		"*/*":                                 false,
		"text/*":                              false,
		"application/json, text/event-stream": false,
		"application/graphql-response+json, application/json": false,
		"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, " +
			"multipart/mixed": false,
	} {
		for method, may := range map[string]bool{
			http.MethodPost: true, http.MethodGet: true, http.MethodOptions: false,
			http.MethodPut: false,
		} {
			r := httptest.NewRequest(method, "/graphql", nil)
			r.Header.Set("Accept", accept)
			if got := (gqlserve.EventStream{}).Supports(r); got != (want && may) {
				t.Errorf("%s %q: %t", method, accept, got)
			}
		}
	}
}

// TestSilentConnectionsAreProvedAlive, and one whose client does not answer is cut off. The server that asks the one
// that answers waits for it as long as it takes.
func TestSilentConnectionsAreProvedAlive(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	w.Streams.Beat, w.Streams.Pong = 100*time.Millisecond, time.Hour
	second := apitest.NewWith(t, w.Store, apitest.Options{Clock: w.Clock})
	second.Streams.Beat = 100 * time.Millisecond
	in := apitest.Vars{"org": w.A.ID}

	stream := w.A.Owner.Stream(watchEvents, in)
	lines := bufio.NewReader(stream.Response.Body)
	for comments := 0; comments < 4; { // the first opens the stream
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, ":") {
			comments++
		}
	}
	stream.Leave()

	pings := make(chan struct{}, 3)
	dial := func(url string) (conn *websocket.Conn, raw net.Conn) {
		transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (_ net.Conn, err error) {
			raw, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return raw, err
		}}
		conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{
			Subprotocols: []string{"graphql-transport-ws"},
			HTTPClient:   &http.Client{Transport: transport},
			OnPingReceived: func(context.Context, []byte) bool {
				select {
				case pings <- struct{}{}:
				default: // that many were enough
				}
				return true
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.CloseNow() })
		for _, text := range []string{
			`{"type": "connection_init", "payload": {"Authorization": "Bearer ` + w.A.Owner.Token + `"}}`,
			fmt.Sprintf(`{"type": "subscribe", "id": "1", "payload": {"query": %q, "variables": {"org": %q}}}`, watchEvents,
				w.A.ID),
		} {
			err := conn.Write(t.Context(), websocket.MessageText, []byte(text))
			if err == nil && strings.Contains(text, "connection_init") {
				_, _, err = conn.Read(t.Context())
			}
			if err != nil && url == w.URL { // the other server may cut it off as soon as it was let in
				t.Fatal(err)
			}
		}
		return conn, raw
	}
	alive, _ := dial(w.URL)
	read := make(chan string, 1)
	go func() {
		_, text, err := alive.Read(t.Context())
		read <- fmt.Sprint(string(text), err)
	}()
	for range 3 {
		select {
		case <-pings:
		case <-time.After(time.Minute):
			t.Fatal("the server does not ask whether the client is there")
		}
	}
	_, silent := dial(second.URL)
	if err := silent.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	// what comes is read, but no ping is answered
	if _, err := io.Copy(io.Discard, silent); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a client that answers no ping is kept")
	}
	following(t, w.Server, 2)
	renamed(w, w.A.Seats["运营"], "还在")
	if text := <-read; !strings.Contains(text, "还在") {
		t.Errorf("the one that answers got %s", text)
	}
}

// TestAReaderThatFillsTheNetworkIsCutOff, over either protocol, and the others get their events meanwhile.
func TestAReaderThatFillsTheNetworkIsCutOff(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	w.Streams.Write, w.Streams.Beat = time.Second, time.Hour
	first := w.A.Owner.Do(`query($org: ID!) { org(id: $org) { auditEvents(first: 1) { nodes { id } } } }`,
		apitest.Vars{"org": w.A.ID}).OK().Text("org.auditEvents.nodes.0.id")
	const events = 250
	for i := range events {
		renamed(w, w.A.Seats["运营"], fmt.Sprint("名", i))
	}
	// Each event is some 45 KiB: together they are more than what two kernels keep for a connection.
	var large strings.Builder
	large.WriteString("subscription($org: ID!, $after: ID) { auditEvents(orgId: $org, after: $after) { ")
	for i := range 180 {
		fmt.Fprintf(&large, "%s%d: operation ", strings.Repeat("a", 250), i)
	}
	large.WriteString("targets(first: 100) { nodes { targetId } } } }") // for which it may be as long
	in := apitest.Vars{"org": w.A.ID, "after": first}

	socket := w.A.Owner.Socket()
	socket.Ack()
	socket.Subscribe("1", large.String(), in)
	socket.Event()
	begun(t, w, large.String(), first)
	reader := w.A.Seats["审计"].Subscribe(watchEvents, in)
	for i := range events {
		if a := reader.Event(); a.Text("auditEvents.targets.nodes.0.label") != fmt.Sprint("名", i) {
			t.Fatalf("event %d: %s", i, a.Body)
		}
	}
	eventually(t, "those that do not read are cut off", func() bool { return w.Resolver.Feed.Len() == 2 })
	renamed(w, w.A.Seats["运营"], "还在")
	if a := reader.Event(); a.Text("auditEvents.targets.nodes.0.label") != "还在" {
		t.Errorf("the one that reads got %s", a.Body)
	}
	if code := socket.Close(); code != -1 {
		t.Errorf("closed with %d, want it broken", code)
	}
}

// begun asks for server-sent events and reads no more than that they begin.
func begun(t *testing.T, w *apitest.World, query, after string) {
	t.Helper()
	at, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	body := fmt.Sprintf(`{"query": %q, "variables": {"org": %q, "after": %q}}`, query, w.A.ID, after)
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nAccept: "+
		"text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		at.Path, at.Host, w.A.Owner.Token, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReaderSize(conn, 16).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q %v", line, err)
	}
}
