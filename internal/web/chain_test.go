package web_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/web"
)

// logged collects log lines; the server writes them from its own goroutines.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// line returns the only line with that message.
func (l *logged) line(t *testing.T, msg string) map[string]any {
	t.Helper()
	var found map[string]any
	for text := range strings.Lines(l.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(text), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] == msg {
			if found != nil {
				t.Fatalf("two lines say %q: %s", msg, l)
			}
			found = entry
		}
	}
	if found == nil {
		t.Fatalf("no line says %q: %s", msg, l)
	}
	return found
}

// get sends a request with headers, name after name, to the handler behind the chain. It returns after the handler has,
// so that the log is complete.
func get(t *testing.T, c web.Chain, h http.HandlerFunc, path string, header ...string) (*http.Response, string, error) {
	t.Helper()
	done := make(chan struct{})
	wrapped := c.Wrap(h)
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		wrapped.ServeHTTP(w, r)
	}))
	defer ts.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // or the transport asks again after a cut
	response, err := client.Do(r)
	if err != nil {
		<-done
		return nil, "", err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(response.Body)
	<-done
	return response, string(body), err
}

func trusting(t *testing.T, text string) web.Proxies {
	t.Helper()
	p, err := web.ParseProxies(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proxies, given string
		kept           bool
	}{
		"made":              {"", "", false},
		"of a stranger":     {"10.0.0.0/8", "abc-1", false},
		"of a proxy":        {"127.0.0.0/8, ::1", "Abc-1_2.3", true},
		"of a proxy, bad":   {"127.0.0.0/8, ::1", "a b\"c", false},
		"of a proxy, long":  {"127.0.0.0/8, ::1", strings.Repeat("a", 65), false},
		"of a proxy, empty": {"127.0.0.0/8, ::1", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log logged
			var seen string
			c := web.Chain{Log: log.logger(), Proxies: trusting(t, test.proxies)}
			response, _, err := get(t, c, func(_ http.ResponseWriter, r *http.Request) {
				seen = web.RequestID(r.Context())
			}, "/", "X-Request-ID", test.given)
			if err != nil {
				t.Fatal(err)
			}
			echoed := response.Header.Get("X-Request-ID")
			if echoed != seen || log.line(t, "request")["request_id"] != seen {
				t.Errorf("handler saw %q, client %q", seen, echoed)
			}
			if test.kept != (seen == test.given) {
				t.Errorf("id %q, given %q", seen, test.given)
			}
			if !test.kept && !regexp.MustCompile(`^[A-Z2-7]{26}$`).MatchString(seen) {
				t.Errorf("made the id %q", seen)
			}
		})
	}
}

func TestOutsideOfARequestThereIsNothing(t *testing.T) {
	t.Parallel()
	web.SetOperation(t.Context(), "x")
	web.SetOutcome(t.Context(), "x")
	if web.RequestID(t.Context()) != "" || web.ClientIP(t.Context()) != "" {
		t.Error("something is known")
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var log logged
	now := time.Unix(1_000, 0)
	c := web.Chain{
		Log: log.logger(), NewID: func() string { return "id-1" }, Proxies: trusting(t, "127.0.0.1"),
		Now: func() time.Time { now = now.Add(1500 * time.Microsecond); return now },
	}
	_, _, err := get(t, c, func(w http.ResponseWriter, r *http.Request) {
		if web.ClientIP(r.Context()) != "203.0.113.9" {
			t.Errorf("client %q", web.ClientIP(r.Context()))
		}
		web.SetOperation(r.Context(), "first")
		web.SetOutcome(r.Context(), "done")
		web.SetOperation(r.Context(), "Roles"+strings.Repeat("x", 200))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("12345"))
	}, "/graphql?query=secret", "Authorization", "Bearer secret", "Cookie", "a=secret", "X-Forwarded-For", "203.0.113.9")
	if err != nil {
		t.Fatal(err)
	}
	line := log.line(t, "request")
	for key, want := range map[string]any{
		"level": "INFO", "method": "GET", "route": "", "status": 418.0, "bytes": 5.0, "duration_ms": 1.5,
		"operation": "Roles" + strings.Repeat("x", 95), "outcome": "done", "request_id": "id-1", "client_ip": "203.0.113.9",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if len(line) != 12 || strings.Contains(log.String(), "secret") {
		t.Errorf("the line says more: %s", log.String())
	}
}

// TestAccessLogHoldsRoutesAndNoParameters: a link to a download decodes to its filter, and what matches no route is
// whatever somebody asked for.
func TestAccessLogHoldsRoutesAndNoParameters(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /downloads/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "panic") {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte("x"))
	})
	mux.HandleFunc("/orgs/{id}", func(http.ResponseWriter, *http.Request) {})
	for path, route := range map[string]string{
		"/downloads/eyJzZWFyY2giOiJzZWNyZXQifQ": "/downloads/", "/downloads/secret/panic": "/downloads/",
		"/orgs/secret": "/orgs/{id}",
		"/secret":      "", "/graphql%2fsecret?x=secret": "",
	} {
		var log logged
		_, _, _ = get(t, web.Chain{Log: log.logger()}, mux.ServeHTTP, path)
		if got := log.line(t, "request")["route"]; got != route || strings.Contains(log.String(), "secret") {
			t.Errorf("%s: %s", path, log.String())
		}
	}
}

func TestPanicsAreAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	for lang, message := range map[fault.Lang]string{fault.Zh: "服务器内部错误", fault.En: "internal error"} {
		var log logged
		c := web.Chain{
			Log: log.logger(), NewID: func() string { return "id-1" },
			Lang: func(*http.Request) fault.Lang { return lang },
		}
		response, body, err := get(t, c, func(http.ResponseWriter, *http.Request) { panic(errors.New("secret")) }, "/")
		if err != nil {
			t.Fatal(err)
		}
		want := `{"errors":[{"message":"` + message + `","extensions":{"code":"INTERNAL","requestId":"id-1"}}]}`
		if response.StatusCode != http.StatusInternalServerError || body != want {
			t.Errorf("%d %s", response.StatusCode, body)
		}
		line := log.line(t, "panic")
		if stack, _ := line["stack"].(string); line["request_id"] != "id-1" || line["error"] != "panic: secret" ||
			!strings.Contains(stack, "chain_test.go") {
			t.Errorf("logged %v", line)
		}
		if access := log.line(t, "request"); access["status"] != 500.0 || access["level"] != "ERROR" {
			t.Errorf("logged %v", access)
		}
	}
}

func TestPanicsAfterTheFirstByteCutTheConnection(t *testing.T) {
	t.Parallel()
	var log logged
	_, body, err := get(t, web.Chain{Log: log.logger()}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		w.(http.Flusher).Flush()
		panic("late")
	}, "/")
	if err == nil {
		t.Errorf("half an answer looked whole: %q", body)
	}
	log.line(t, "panic")
	log.line(t, "request")
}

func TestAbortingHandlersAreNotLoggedAsPanics(t *testing.T) {
	t.Parallel()
	var log logged
	if _, _, err := get(t, web.Chain{Log: log.logger()}, func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}, "/"); err == nil {
		t.Error("the connection was not cut")
	}
	if log.line(t, "request"); strings.Contains(log.String(), `"msg":"panic"`) {
		t.Errorf("%s", log.String())
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	var log logged
	response, _, err := get(t, web.Chain{Log: log.logger()}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'") // a page's own
	}, "/")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Content-Security-Policy": "default-src 'self'",
	} {
		if response.Header.Get(name) != want {
			t.Errorf("%s: %q", name, response.Header.Get(name))
		}
	}
}

func TestConnectionsCanBeTakenOver(t *testing.T) {
	t.Parallel()
	var log logged
	done := make(chan struct{})
	wrapped := web.Chain{Log: log.logger()}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"))
		_ = conn.Close()
	}))
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		wrapped.ServeHTTP(w, r)
	}))
	defer ts.Close()
	conn := dial(t, ts.Listener.Addr().String())
	_, _ = conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "HTTP/1.1 101 Switching Protocols\r\n" {
		t.Errorf("%q %v", line, err)
	}
	<-done
	if line := log.line(t, "request"); line["status"] != 101.0 {
		t.Errorf("%v", line)
	}
}
