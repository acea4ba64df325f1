package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// TestBrowsersOnOtherOrigins drives consoles with Apollo Client and urql, and pages that attack, in headless Chromium
// (e2e/browser/origins.test.mjs). It takes the pages to be built, npm's packages and a browser; where the test must not
// be left out, DEPUTY_BROWSER=1 makes their absence a failure. It runs before the tests that are parallel, since a
// browser takes all of a machine.
func TestBrowsersOnOtherOrigins(t *testing.T) {
	made(t, "make consoles playground", "browser/dist/vue.js", "../playground/node_modules/playwright-core")
	log := logFile(t)
	listed, stranger := pages(t), pages(t)
	// A site is a host: another port is another origin of it, and another name another site.
	elsewhere := strings.NewReplacer("127.0.0.1", "localhost")
	p := start(t, launch{
		args: []string{"--demo", "--code-limits=off"}, logTo: log,
		env: []string{"DATABASE_URL=" + database(t), "DEPUTY_ORIGINS=" + listed + ", " + elsewhere.Replace(listed)},
	})
	npm(t, "browser", "test", "API="+p.url+"/graphql", "TOKEN="+p.welcome().token, "LOG="+log.Name(), "CONSOLE="+listed,
		"ELSEWHERE="+elsewhere.Replace(listed), "SISTER="+stranger, "FOREIGN="+elsewhere.Replace(stranger))
}

// pages serves the consoles and returns their origin.
func pages(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir("browser/dist")))
	t.Cleanup(server.Close)
	return server.URL
}

// TestGuestsOfTheDemo has a page that a developer's machine serves come in over a WebSocket with its token, and one of
// another site refused in words that say what to do.
func TestGuestsOfTheDemo(t *testing.T) {
	t.Parallel()
	p := demo(t, database(t))
	w := p.welcome()
	dial := func(origin string, header ...string) (*websocket.Conn, *http.Response, error) {
		h := http.Header{"Origin": {origin}}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return websocket.Dial(t.Context(), strings.Replace(p.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{
			Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: h,
		})
	}
	for init, want := range map[string]string{`{"Authorization":"Bearer ` + w.token + `"}`: "connection_ack", `{}`: ""} {
		conn, _, err := dial("http://localhost:5173")
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Write(t.Context(), websocket.MessageText,
			[]byte(`{"type":"connection_init","payload":`+init+`}`)); err != nil {
			t.Fatal(err)
		}
		_, text, err := conn.Read(t.Context())
		if !strings.Contains(string(text), want) || want == "" && websocket.CloseStatus(err) != 4403 {
			t.Errorf("%s: %v, %s", init, err, text)
		}
		_ = conn.CloseNow() // it was answered
	}
	const elsewhere = "https://console.agency.example"
	for _, header := range [][]string{
		{"Origin", elsewhere},
		{"Origin", elsewhere, "Sec-Fetch-Site", "cross-site"},
		{"Origin", elsewhere, "Cookie", "__Host-deputy=" + w.token},
		{"Origin", "http://localhost:5173", "Cookie", "__Host-deputy=" + w.token},
	} {
		conn, response, err := dial("", header...)
		if err == nil {
			_ = conn.CloseNow()
			t.Fatalf("%v: the page came in", header)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "DEPUTY_ORIGINS") ||
			!strings.Contains(string(body), `"BAD_REQUEST"`) {
			t.Errorf("%v: %s, %v: %s", header, response.Status, err, body)
		}
	}
	p.waitLog(regexp.MustCompile(`console\.agency\.example.*DEPUTY_ORIGINS`))
}
