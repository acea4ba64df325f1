package packages

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func ask(h http.Handler, method string, header http.Header) (r *http.Response, body string) {
	request := httptest.NewRequest(method, Path, nil)
	request.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	text, _ := io.ReadAll(w.Result().Body)
	return w.Result(), string(text)
}

func TestAPackageIsHandedOut(t *testing.T) {
	t.Parallel()
	h := newHandler(fstest.MapFS{permissionsFile: {Data: []byte("packed")}})
	r, body := ask(h, http.MethodGet, http.Header{})
	if r.StatusCode != http.StatusOK || body != "packed" || r.Header.Get("Content-Type") != "application/gzip" {
		t.Errorf("%s %v %q", r.Status, r.Header, body)
	}
	if again, body := ask(h, http.MethodGet, http.Header{"If-None-Match": {r.Header.Get("ETag")}}); body != "" ||
		again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %s %q", again.Status, body)
	}
	if r, body := ask(h, http.MethodHead, http.Header{}); r.StatusCode != http.StatusOK || body != "" {
		t.Errorf("HEAD: %s %q", r.Status, body)
	}
}

// TestWhatWasNotBuiltSaysHow, in both languages.
func TestWhatWasNotBuiltSaysHow(t *testing.T) {
	t.Parallel()
	r, body := ask(newHandler(fstest.MapFS{}), http.MethodGet, http.Header{})
	if r.StatusCode != http.StatusServiceUnavailable || strings.Count(body, "make packages") != 2 ||
		r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v %q", r.Status, r.Header, body)
	}
}

func TestOnlyReadingIsServed(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	Register(mux)
	if r, _ := ask(mux, http.MethodPost, http.Header{}); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", r.Status)
	}
}
