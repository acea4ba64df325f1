package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"deputy/e2e/cluster"
)

// shim stands between writers and a server and does what a server must never do, so that it can be seen whether the
// check finds it.
type shim struct {
	server *cluster.Server
	// early acknowledges some mutations without passing them on: what a server does that acknowledges before the commit,
	// and then dies.
	early bool
	// twice passes some mutations on a second time, later and under another key: what a server does that forgets keys.
	twice bool

	mu    sync.Mutex
	count int
	held  map[string]*http.Request // by writer
	bad   int
}

// everyNth mutation is done wrong.
const everyNth = 5

// serve starts the shim and returns it; the caller closes it.
func (s *shim) serve() *httptest.Server {
	s.held = map[string]*http.Request{}
	return httptest.NewServer(s)
}

// ServeHTTP implements http.Handler.
func (s *shim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the writer has gone
	}
	var asked struct {
		Query     string
		Variables struct{ Input struct{ ID, Name string } }
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	renames := strings.Contains(asked.Query, "updateRole(")
	if s.early && renames && s.turn() {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"data":{"updateRole":{"role":{"id":%q},"userErrors":[]}}}`, asked.Variables.Input.ID)
		return
	}
	forwarded := s.forward(w, r, body)
	writer, _, _ := strings.Cut(r.Header.Get("Idempotency-Key"), "-")
	s.mu.Lock()
	late := s.held[writer]
	delete(s.held, writer)
	s.mu.Unlock()
	if late != nil {
		s.again(late)
	}
	if s.twice && forwarded && (renames || strings.Contains(asked.Query, "createRole(")) && s.turn() {
		copied := r.Clone(r.Context())
		copied.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.held[writer] = copied
		s.mu.Unlock()
	}
}

// turn reports whether it is time to do something wrong.
func (s *shim) turn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if s.count%everyNth != 0 {
		return false
	}
	s.bad++
	return true
}

// forward passes a request on, and its response back.
func (s *shim) forward(w http.ResponseWriter, r *http.Request, body []byte) bool {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, s.server.URL(), bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return false
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
	w.WriteHeader(response.StatusCode)
	_, err = io.Copy(w, response.Body)
	return err == nil
}

// again passes a request on once more, under another key, and tells nobody.
func (s *shim) again(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Header.Set("Idempotency-Key", r.Header.Get("Idempotency-Key")+" again")
	s.forward(httptest.NewRecorder(), r.WithContext(context.Background()), body)
}
