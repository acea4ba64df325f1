package web_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"deputy/internal/web"
)

// patience ends a test that would hang.
const patience = time.Minute

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// running is a server on a listener of its own; stop begins the stop and done has what Serve answered.
type running struct {
	addr string
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, s web.Server, h http.Handler) running {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log logged
	s.Log = log.logger()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r := running{addr: ln.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- s.Serve(ctx, ln, h) }()
	return r
}

func (r running) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(patience):
		t.Fatal("the server did not stop")
		return nil
	}
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	r := run(t, web.Server{ReadHeader: 50 * time.Millisecond}, http.NotFoundHandler())
	conn := dial(t, r.addr)
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
		t.Fatal(err)
	}
	// Reading ends when the server gives up; it would end with a deadline of ours otherwise.
	if _, err := io.ReadAll(conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		t.Fatalf("the server waited on: %v", err)
	}
	r.stop()
	if err := r.wait(t); err != nil {
		t.Error(err)
	}
}

func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	r := run(t, web.Server{Read: 50 * time.Millisecond}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		failed <- err
	}))
	conn := dial(t, r.addr)
	if _, err := conn.Write([]byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		if !isTimeout(err) {
			t.Errorf("reading the body: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the server waited on")
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestLargeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	r := run(t, web.Server{}, http.NotFoundHandler())
	conn := dial(t, r.addr)
	_, _ = conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 80<<10) + "\r\n\r\n"))
	answer := make([]byte, 12)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 431" {
		t.Errorf("%q %v", answer, err)
	}
}

func TestStopLetsRunningRequestsFinish(t *testing.T) {
	t.Parallel()
	entered, proceed, stopping := make(chan struct{}), make(chan struct{}), make(chan struct{})
	health := &web.Health{Ready: func(context.Context) error { return nil }}
	r := run(t, web.Server{Health: health, OnStop: func() { close(stopping) }},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-proceed
			if r.Context().Err() != nil {
				t.Error("the request was cancelled by the order to stop")
			}
			_, _ = w.Write([]byte("finished"))
		}))
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + r.addr)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close() //nolint:errcheck // it was read
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	<-entered
	r.stop()
	<-stopping // the listener is closed before this is called
	if conn, err := net.DialTimeout("tcp", r.addr, patience); err == nil {
		_ = conn.Close()
		t.Error("a new connection was accepted while stopping")
	}
	w := httptest.NewRecorder()
	health.ServeReady(w, httptest.NewRequest(http.MethodGet, web.ReadyPath, nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "stopping") {
		t.Errorf("readyz answers %d %s while stopping", w.Code, w.Body)
	}
	select {
	case err := <-r.done:
		t.Fatalf("stopped before the request was finished: %v", err)
	default:
	}
	close(proceed)
	if body := <-answered; body != "finished" {
		t.Errorf("the running request got %q", body)
	}
	if err := r.wait(t); err != nil {
		t.Error(err)
	}
}

func TestStopCutsOffWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	entered, cut := make(chan struct{}), make(chan struct{})
	r := run(t, web.Server{Drain: 50 * time.Millisecond}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		close(cut)
	}))
	conn := dial(t, r.addr)
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	<-entered
	r.stop()
	if err := r.wait(t); err == nil || !strings.Contains(err.Error(), "were cancelled") {
		t.Errorf("Serve answers %v", err)
	}
	select {
	case <-cut:
	case <-time.After(patience):
		t.Error("the request's context did not end")
	}
}

func TestServeAnswersWhyItCannot(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	var log logged
	if err := (web.Server{Log: log.logger()}).Serve(t.Context(), ln, http.NotFoundHandler()); err == nil ||
		!strings.HasPrefix(err.Error(), "serve: ") {
		t.Errorf("%v", err)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	var log logged
	var down error
	late := false
	health := &web.Health{Log: log.logger(), Ready: func(ctx context.Context) error {
		if _, limited := ctx.Deadline(); !limited {
			t.Error("the question has no deadline")
		}
		return down
	}, Listening: func() bool { return !late }}
	mux := http.NewServeMux()
	health.Register(mux)
	ask := func(method, path string) (int, string) {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Code, w.Body.String()
	}
	if code, body := ask(http.MethodGet, web.ReadyPath); code != http.StatusOK || body != "{\"status\":\"ok\"}\n" {
		t.Errorf("%d %s", code, body)
	}
	late = true
	if code, body := ask(http.MethodGet, web.ReadyPath); code != http.StatusOK ||
		body != "{\"status\":\"ok\",\"notifications\":\"late\"}\n" {
		t.Errorf("%d %s", code, body)
	}
	down = errors.New("dial db.internal: refused")
	if code, body := ask(http.MethodGet, web.ReadyPath); code != http.StatusServiceUnavailable ||
		strings.Contains(body, "db.internal") {
		t.Errorf("%d %s", code, body)
	}
	if log.line(t, "not ready")["error"] != "dial db.internal: refused" {
		t.Errorf("%s", log.String())
	}
	if code, _ := ask(http.MethodGet, web.LivePath); code != http.StatusOK {
		t.Errorf("healthz %d while the database is down", code)
	}
	if code, _ := ask(http.MethodPost, web.LivePath); code != http.StatusMethodNotAllowed {
		t.Errorf("POST of healthz %d", code)
	}
}
