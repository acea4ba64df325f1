package deploy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"deputy/deploy/program"
)

// patience bounds every wait.
const patience = 60 * time.Second

// block answers the nginx block of docs/deploy.md.
func block(t *testing.T) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, "../docs/deploy.md"), "```nginx\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/deploy.md has no block for nginx")
	}
	return text
}

// nginx runs Debian's nginx with the block before the server, and answers where it listens and a client that trusts its certificate.
func nginx(t *testing.T, block, server string) (address string, client *http.Client) {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path = "/usr/sbin/nginx"; exec.CommandContext(t.Context(), path, "-v").Run() != nil {
			t.Fatalf("nginx is missing: tools/setup.sh: %v", err)
		}
	}
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	pair, client := certified.TLS.Certificates[0], certified.Client()
	certified.Close()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	put := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	replaced := strings.NewReplacer(
		"listen 443 ssl", "listen "+address+" ssl", "server 127.0.0.1:8080", "server "+strings.TrimPrefix(server, "http://"),
		"/etc/ssl/deputy.crt", put("crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))),
		"/etc/ssl/deputy.key", put("key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))),
	).Replace(block)
	whole := "daemon off; pid " + folder + "/pid; error_log stderr; worker_processes 1;\n"
	if os.Geteuid() == 0 {
		whole += "user root root;\n"
	}
	whole += "events {}\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		whole += kind + "_temp_path " + folder + "/" + kind + ";\n"
	}
	command := exec.Command(path, "-p", folder, "-c", put("conf", whole+replaced+"}\n"))
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := sync.OnceValue(command.Wait)
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt) // it may have ended
		_ = ended()                              // what it said tells
	})
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close() // it was only a question
			return address, client
		}
		if time.Since(begun) > patience {
			_ = command.Process.Kill() // to read what it said
			_ = ended()
			t.Fatalf("nginx does not listen: %v: %s", err, said.String())
		}
	}
}

// asked is what one operation is sent with.
func asked(t *testing.T, ctx context.Context, url, cookie, origin, body string) *http.Request { //nolint:revive // t first
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", origin)
	r.AddCookie(&http.Cookie{Name: "__Host-deputy", Value: cookie})
	return r
}

func done(t *testing.T, client *http.Client, r *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func operation(t *testing.T, query, org string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]string{"org": org}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestNginxAsDocumented runs nginx with the block of docs/deploy.md: a page's own requests with the cookie, WebSockets, event streams, downloads and large bodies.
func TestNginxAsDocumented(t *testing.T) {
	t.Parallel()
	path, err := program.Compile(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, path, t.TempDir(), "DATABASE_URL="+filepath.Join(t.TempDir(), "deputy.db"), "DEPUTY_TRUSTED_PROXIES=127.0.0.1")
	address, client := nginx(t, block(t), s.URL)
	origin := "https://" + address
	const roles = `query($org: ID!) { org(id: $org) { roles(first: 1) { nodes { name } } } }`

	t.Run("cookie", func(t *testing.T) {
		r, text := done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, origin, operation(t, roles, s.Org)))
		if r.StatusCode != http.StatusOK || !strings.Contains(text, `"nodes":[{"name"`) {
			t.Errorf("%s: %s", r.Status, text)
		}
		r, text = done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, "https://elsewhere.example", operation(t, roles, s.Org)))
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("of another page: %s: %s", r.Status, text)
		}
	})
	t.Run("health", func(t *testing.T) {
		for _, path := range []string{"/readyz", "/healthz"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if response, text := done(t, client, r); response.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s: %s", path, response.Status, text)
			}
		}
	})
	const changes = `subscription($org: ID!) { auditEvents(orgId: $org) { operation } }`
	t.Run("WebSocket", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		conn, _, err := websocket.Dial(ctx, "wss://"+address+"/graphql", &websocket.DialOptions{
			HTTPClient: client, Subprotocols: []string{"graphql-transport-ws"},
			HTTPHeader: http.Header{"Origin": {origin}, "Cookie": {"__Host-deputy=" + s.Token}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow() //nolint:errcheck // it is over
		for _, m := range []string{`{"type":"connection_init"}`, `{"type":"ping"}`} {
			if err := conn.Write(ctx, websocket.MessageText, []byte(m)); err != nil {
				t.Fatal(err)
			}
			_, text, err := conn.Read(ctx)
			if err != nil || !strings.Contains(string(text), `"connection_ack"`) && !strings.Contains(string(text), `"pong"`) {
				t.Fatalf("%v: %s", err, text)
			}
		}
	})
	t.Run("event stream", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		r := asked(t, ctx, origin+"/graphql", s.Token, origin, operation(t, changes, s.Org))
		r.Header.Set("Accept", "text/event-stream")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it is over
		var changing sync.WaitGroup
		defer changing.Wait()
		defer cancel()
		changing.Go(func() { // until it is heard
			for n := 0; ctx.Err() == nil; n++ {
				body := operation(t, fmt.Sprintf(`mutation($org: ID!) { createRole(input: {orgId: $org, name: "r%d", grants: []}) { role { id } } }`, n), s.Org)
				if response, err := client.Do(asked(t, ctx, origin+"/graphql", s.Token, origin, body)); err == nil {
					_ = response.Body.Close() // of no interest
				}
			}
		})
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() { // as they are sent: the stream does not end
			if strings.Contains(lines.Text(), `"createRole"`) {
				return
			}
		}
		t.Errorf("no event: %v", lines.Err())
	})
	t.Run("download", func(t *testing.T) {
		_, text := done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, origin,
			operation(t, `mutation($org: ID!) { exportOrders(input: {orgId: $org, format: CSV}) { url } }`, s.Org)))
		_, rest, _ := strings.Cut(text, `"url":"`)
		link, _, found := strings.Cut(rest, `"`)
		if !found {
			t.Fatal(text)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+link, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "__Host-deputy", Value: s.Token})
		response, file := done(t, client, r)
		if rows := strings.Count(file, "\n"); response.StatusCode != http.StatusOK || rows < 5000 {
			t.Errorf("%s with %d rows", response.Status, rows)
		}
	})
	t.Run("large body", func(t *testing.T) { // Deputy refuses it, in its own words
		body := fmt.Sprintf(`{"query":"{ modules { name } }","operationName":%q}`, strings.Repeat("x", 19<<20))
		_, text := done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, origin, body))
		if !strings.Contains(text, "LIMIT_EXCEEDED") {
			t.Errorf("it says %.300s", text)
		}
	})
}

// TestProxyWithoutHost runs nginx with proxy_pass alone: the page's requests are refused, and the log says what is missing.
func TestProxyWithoutHost(t *testing.T) {
	t.Parallel()
	path, err := program.Compile(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, path, t.TempDir(), "DATABASE_URL="+filepath.Join(t.TempDir(), "deputy.db"))
	bare := strings.ReplaceAll(block(t), "proxy_set_header Host $http_host;", "")
	address, client := nginx(t, bare, s.URL)
	origin := "https://" + address
	r, text := done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, origin, operation(t, "{ modules { name } }", s.Org)))
	if r.StatusCode != http.StatusForbidden {
		t.Errorf("%s: %s", r.Status, text)
	}
	_, _, err = websocket.Dial(t.Context(), "wss://"+address+"/graphql", &websocket.DialOptions{
		HTTPClient: client, Subprotocols: []string{"graphql-transport-ws"},
		HTTPHeader: http.Header{"Origin": {origin}, "Cookie": {"__Host-deputy=" + s.Token}},
	})
	if err == nil {
		t.Error("a WebSocket of another page is let in")
	}
	if log := s.Log(); strings.Count(log, "proxy_set_header Host $http_host") != 2 || !strings.Contains(log, address) {
		t.Errorf("the log says\n%s", log)
	}
}
