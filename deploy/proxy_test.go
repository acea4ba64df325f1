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
	"deputy/internal/store/storetest"
)

// patience bounds every wait.
const patience = 60 * time.Second

// block returns the block of docs/deploy.md for a proxy.
func block(t *testing.T, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, "../docs/deploy.md"), "```"+language+"\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("docs/deploy.md has no block for %s", language)
	}
	return text
}

// proxy is one that runs before the server.
type proxy struct {
	t      *testing.T
	folder string
	// address is where it listens, and client trusts its certificate, which crt and key are the files of.
	address  string
	client   *http.Client
	crt, key string
}

// newProxy finds a place for a proxy, and makes it a certificate.
func newProxy(t *testing.T) proxy {
	t.Helper()
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
	p := proxy{t: t, folder: t.TempDir(), address: free.Addr().String(), client: client}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	p.crt = p.put("crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	p.key = p.put("key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	return p
}

// put writes a file of the proxy's.
func (p proxy) put(name, text string) (file string) {
	p.t.Helper()
	file = filepath.Join(p.folder, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// installed returns where a program is that tools/setup.sh installs.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	path = "/usr/sbin/" + name
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is missing: tools/setup.sh: %v", name, err)
	}
	return path
}

// run runs the proxy until the test ends, and waits until it listens.
func (p proxy) run(command *exec.Cmd) {
	p.t.Helper()
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // what it said tells
		close(ended)
	}()
	p.t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt) // it may have ended
		<-ended
	})
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(p.t.Context(), "tcp", p.address)
		if err == nil {
			_ = conn.Close() // it was only a question
			return
		}
		select {
		case <-ended:
			p.t.Fatalf("%s ended: %s", command.Path, said.String())
		default:
		}
		if time.Since(begun) > patience {
			_ = command.Process.Kill() // to read what it said
			<-ended
			p.t.Fatalf("%s does not listen: %v: %s", command.Path, err, said.String())
		}
	}
}

// nginx runs Debian's nginx with the block before the server.
func nginx(t *testing.T, block, server string) proxy {
	t.Helper()
	p := newProxy(t)
	replaced := strings.NewReplacer(
		"listen 443 ssl", "listen "+p.address+" ssl", "server 127.0.0.1:8080",
		"server "+strings.TrimPrefix(server, "http://"),
		"/etc/ssl/deputy.crt", p.crt, "/etc/ssl/deputy.key", p.key,
	).Replace(block)
	whole := "daemon off; pid " + p.folder + "/pid; error_log stderr; worker_processes 1;\n"
	if os.Geteuid() == 0 {
		whole += "user root root;\n"
	}
	whole += "events {}\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		whole += kind + "_temp_path " + p.folder + "/" + kind + ";\n"
	}
	p.run(exec.Command(installed(t, "nginx"), "-p", p.folder, "-c", p.put("conf", whole+replaced+"}\n")))
	return p
}

// caddy runs Debian's Caddy with the block before the server.
func caddy(t *testing.T, block, server string) proxy {
	t.Helper()
	p := newProxy(t)
	replaced := strings.NewReplacer(
		"deputy.example.com {", "https://"+p.address+" {\n\ttls "+p.crt+" "+p.key,
		"127.0.0.1:8080", strings.TrimPrefix(server, "http://"),
	).Replace(block)
	command := exec.Command(installed(t, "caddy"), "run", "--adapter", "caddyfile",
		"--config", p.put("Caddyfile", "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"+replaced))
	command.Dir, command.Env = p.folder, append(os.Environ(), "HOME="+p.folder, "XDG_DATA_HOME="+p.folder,
		"XDG_CONFIG_HOME="+p.folder)
	p.run(command)
	return p
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

// TestProxiesAsDocumented runs nginx and Caddy with the blocks of docs/deploy.md: a page's own requests with the
// cookie, WebSockets, event streams, downloads and large bodies.
func TestProxiesAsDocumented(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the whole binary is for make test")
	}
	path, err := program.Compile(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, before := range map[string]func(server string) proxy{
		"nginx": func(server string) proxy { return nginx(t, block(t, "nginx"), server) },
		"Caddy": func(server string) proxy { return caddy(t, block(t, "caddyfile"), server) },
	} {
		s := begin(t, path, t.TempDir(), "DATABASE_URL="+filepath.Join(t.TempDir(), "deputy.db"),
			"DEPUTY_TRUSTED_PROXIES=127.0.0.1")
		p := before(s.URL)
		t.Run(name, func(t *testing.T) { throughProxy(t, s, p.address, p.client) })
	}
}

// throughProxy does what people and pages do, by way of a proxy.
func throughProxy(t *testing.T, s *program.Server, address string, client *http.Client) {
	t.Helper()
	origin := "https://" + address
	const roles = `query($org: ID!) { org(id: $org) { roles(first: 1) { nodes { name } } } }`

	t.Run("cookie", func(t *testing.T) {
		r, text := done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, origin, operation(t, roles, s.Org)))
		if r.StatusCode != http.StatusOK || !strings.Contains(text, `"nodes":[{"name"`) {
			t.Errorf("%s: %s", r.Status, text)
		}
		r, text = done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, "https://elsewhere.example",
			operation(t, roles, s.Org)))
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
				body := operation(t,
					fmt.Sprintf(`mutation($org: ID!) { createRole(input: {orgId: $org, name: "r%d", grants: []}) { role { id } } }`,
						n), s.Org)
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

// TestProxyWithoutHost runs nginx with proxy_pass alone: the page's requests are refused, and the log says what is
// missing.
func TestProxyWithoutHost(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the whole binary is for make test")
	}
	path, err := program.Compile(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, path, t.TempDir(), "DATABASE_URL="+filepath.Join(t.TempDir(), "deputy.db"))
	bare := strings.ReplaceAll(block(t, "nginx"), "proxy_set_header Host $http_host;", "")
	p := nginx(t, bare, s.URL)
	address, client := p.address, p.client
	origin := "https://" + address
	r, text := done(t, client, asked(t, t.Context(), origin+"/graphql", s.Token, origin,
		operation(t, "{ modules { name } }", s.Org)))
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
	storetest.Soon(t, "the log names the origin and the line that is missing, twice", func() bool {
		log := s.Log()
		return strings.Count(log, "proxy_set_header Host $http_host") == 2 && strings.Contains(log, address)
	})
}
