package e2e

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"deputy/internal/store/pgtest"
)

// front is a proxy before a server that restarts; whoever asks meanwhile waits.
type front struct {
	mu     sync.RWMutex
	target *url.URL
}

// to names the server that start answers; requests wait for it.
func (f *front) to(t *testing.T, start func() *process) *process {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	p := start()
	target, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	f.target = target
	return p
}

func (f *front) rewrite(r *httputil.ProxyRequest) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r.SetURL(f.target)
}

// TestSubscriptionClients has npm's graphql-ws and graphql-sse subscribe from Node.js
// (e2e/browser/subscriptions.test.mjs), while the server is restarted behind a proxy.
func TestSubscriptionClients(t *testing.T) {
	t.Parallel()
	made(t, "make consoles", "browser/node_modules/ws")
	file := database(t)
	var f front
	p := f.to(t, func() *process { return demo(t, file) })
	w := p.welcome()
	restarts := make(chan chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/graphql", &httputil.ReverseProxy{Rewrite: f.rewrite, ErrorLog: log.New(io.Discard, "", 0)})
	mux.HandleFunc("POST /restart", func(w http.ResponseWriter, r *http.Request) {
		done := make(chan struct{})
		select {
		case restarts <- done:
			<-done
			w.WriteHeader(http.StatusNoContent)
		case <-r.Context().Done():
		}
	})
	proxy := httptest.NewServer(mux)
	t.Cleanup(proxy.Close)

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		npm(t, "browser", "test:subscriptions", "API="+proxy.URL+"/graphql", "RESTART="+proxy.URL+"/restart",
			"TOKEN="+w.token, "ORG="+w.orgID)
	}()
	for {
		select {
		case done := <-restarts:
			func() {
				defer close(done)
				p = f.to(t, func() *process { p.stop(); return demo(t, file) })
			}()
		case <-ended:
			return
		}
	}
}

// TestSubscribersOverAnOutage has npm's graphql-ws and graphql-sse subscribe (e2e/browser/outage.test.mjs) before and
// while PostgreSQL is away.
func TestSubscribersOverAnOutage(t *testing.T) {
	t.Parallel()
	made(t, "make consoles", "browser/node_modules/ws")
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
	mux := http.NewServeMux()
	for path, order := range map[string]func() error{
		"POST /stop":   func() error { return server.Halt(pgtest.Fast) },
		"POST /resume": func() error { return server.Resume(t.Context()) },
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			if err := order(); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	operator := httptest.NewServer(mux)
	t.Cleanup(operator.Close)

	npm(t, "browser", "test:outage",
		"API="+p.url+"/graphql", "READY="+p.url+"/readyz", "STOP="+operator.URL+"/stop", "RESUME="+operator.URL+"/resume",
		"TOKEN="+w.token, "ORG="+w.orgID)
}
