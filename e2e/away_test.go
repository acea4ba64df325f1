package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"deputy/internal/store/pgtest"
)

// graphQL sends an operation and returns the response, its body and its first code.
func (p *process) graphQL(token, accept, query string) (r *http.Response, body, code string) {
	p.t.Helper()
	text, err := json.Marshal(vars{"query": query})
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/graphql",
		strings.NewReader(string(text)))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", accept)
	request.Header.Set("Authorization", "Bearer "+token)
	r, err = http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var a answer
	if json.Unmarshal(raw, &a) == nil && len(a.Errors) > 0 {
		code, _ = a.Errors[0].Extensions["code"].(string)
	}
	return r, string(raw), code
}

// isAway fails the test unless the response says that the database is away, and when to try again.
func isAway(t *testing.T, r *http.Response, body, code string) {
	t.Helper()
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if r.StatusCode != http.StatusServiceUnavailable || code != "UNAVAILABLE" || err != nil || seconds < 1 ||
		!strings.Contains(body, `"retryAfter":`) {
		t.Errorf("%s, Retry-After %q: %s", r.Status, r.Header.Get("Retry-After"), body)
	}
}

// ready returns the status of /readyz.
func (p *process) ready() (status int, body string) {
	p.t.Helper()
	r, err := http.Get(p.url + "/readyz")
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// becomes waits until /readyz has the status.
func (p *process) becomes(status int) {
	p.t.Helper()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		got, _ := p.ready()
		if got == status {
			return
		}
		if time.Since(begun) > patience {
			p.t.Fatalf("/readyz is %d, want %d:\n%s", got, status, p.log)
		}
	}
}

const (
	changing = `subscription($org: ID!) { subAccountsChanged(orgId: $org) { id } }`
	named    = `mutation { createRole(input: {orgId: "ORG", name: "NAME", grants: []}) { role { id } userErrors { code } }
		}`
)

// TestDatabaseIsAway stops PostgreSQL under a server: requests are answered 503 with a code of their own and when to
// try again, over HTTP, event streams and WebSockets, and clients go on by themselves when it is back.
func TestDatabaseIsAway(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(t.Context(), pgtest.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	p := start(t, launch{
		args: []string{"--demo", "--migrate"}, env: []string{"DATABASE_URL=" + server.AdminURL(), "DEPUTY_SECRET=" +
			strings.Repeat("s", 40)},
	})
	w := p.welcome()
	p.becomes(http.StatusOK)
	list := `{ org(id: "` + w.orgID + `") { roles(first: 1) { nodes { name } } } }`
	create := strings.NewReplacer("ORG", w.orgID, "NAME", "away").Replace(named)
	const media = "application/graphql-response+json"

	if err := server.Halt(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	for _, accept := range []string{media, "application/json"} {
		for _, query := range []string{list, create} {
			r, body, code := p.graphQL(w.token, accept, query)
			isAway(t, r, body, code)
		}
		r, body, code := p.graphQL("dps_"+strings.Repeat("x", 43), accept, list) // whose session has to be read
		isAway(t, r, body, code)
	}
	if status, body := p.ready(); status != http.StatusServiceUnavailable || strings.Contains(body, "PostgreSQL") {
		t.Errorf("/readyz is %d: %s", status, body)
	}
	p.waitLog(regexp.MustCompile(`msg="not ready"`))
	t.Run("event stream", func(t *testing.T) { p.streamAway(t, w) })
	t.Run("WebSocket", func(t *testing.T) { p.socketAway(t, w) })

	// A client that does what it is told goes on by itself.
	done := make(chan string, 1)
	go func() {
		for {
			r, body, code := p.graphQL(w.token, media, create)
			seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
			if code != "UNAVAILABLE" || err != nil {
				done <- body
				return
			}
			time.Sleep(time.Duration(seconds) * time.Second)
		}
	}()
	if err := server.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if body := <-done; !strings.Contains(body, `"role":{"id"`) {
		t.Errorf("the client got %s", body)
	}
	p.becomes(http.StatusOK)
}

// streamAway asks for an event stream while the database is away.
func (p *process) streamAway(t *testing.T, w welcome) {
	text, err := json.Marshal(vars{"query": changing, "variables": vars{"org": w.orgID}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/graphql", strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+w.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(bufio.NewReader(response.Body))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "UNAVAILABLE") || strings.Contains(string(raw), "event: complete") {
		t.Errorf("%s: %s", response.Status, raw)
	}
}

// socketAway subscribes over a WebSocket while the database is away.
func (p *process) socketAway(t *testing.T, w welcome) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, strings.Replace(p.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{
		Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + w.token}},
	})
	if err != nil { // its session had to be read
		if response == nil || response.StatusCode != http.StatusServiceUnavailable ||
			response.Header.Get("Retry-After") == "" {
			t.Errorf("%v", err)
		}
		return
	}
	defer conn.CloseNow() //nolint:errcheck // it was closed
	for _, text := range []string{
		`{"type":"connection_init"}`,
		`{"id":"1","type":"subscribe","payload":{"query":` + strconv.Quote(changing) + `,"variables":{"org":"` + w.orgID +
			`"}}}`,
	} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	var heard strings.Builder
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			if websocket.CloseStatus(err) != websocket.StatusTryAgainLater {
				t.Errorf("%v, after %s", err, heard.String())
			}
			return
		}
		heard.Write(text)
		if strings.Contains(string(text), "INTERNAL") {
			t.Errorf("%s", text)
		}
	}
}

// TestFileIsAway has the SQLite file overwritten under a server, which is no longer ready and acknowledges no change.
func TestFileIsAway(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(file string) error{
		"overwritten": func(file string) error {
			return os.WriteFile(file, []byte(strings.Repeat("spoilt ", 100_000)),
				0o600)
		},
		"removed": os.Remove,
		"moved":   func(file string) error { return os.Rename(file, file+".old") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := database(t)
			p, w := owned(t, file)
			p.becomes(http.StatusOK)
			if err := spoil(file); err != nil {
				t.Fatal(err)
			}
			if status, body := p.ready(); status != http.StatusServiceUnavailable || strings.Contains(body, "file") {
				t.Errorf("/readyz is %d: %s", status, body)
			}
			r, body, code := p.graphQL(w.token, "application/json",
				strings.NewReplacer("ORG", w.orgID, "NAME", "away").Replace(named))
			isAway(t, r, body, code)
			if strings.Contains(p.log.String(), filepath.Dir(file)+"/deputy.db-") {
				t.Errorf("the log has a path:\n%s", p.log)
			}
			p.signal(syscall.SIGTERM)
			p.wait(patience)
		})
	}
}
