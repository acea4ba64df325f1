package playground

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// built stands for a finished build.
func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/index.html":           {Data: []byte("<!doctype html><title>page</title>")},
		"dist/assets/page-A1.js":    {Data: []byte("plain script")},
		"dist/assets/page-A1.js.gz": {Data: gzipped("packed script")},
		"dist/assets/secret.map":    {Data: []byte("{}")},
	}
}

func gzipped(text string) []byte {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return []byte(b.String())
}

func ask(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHandlerAnswers(t *testing.T) {
	h := newHandler(built())
	tests := map[string]struct {
		method, path string
		status       int
		kind         string
	}{
		"page":               {"GET", "/playground", 200, "text/html; charset=utf-8"},
		"page, head":         {"HEAD", "/playground", 200, "text/html; charset=utf-8"},
		"page with a slash":  {"GET", "/playground/", 308, "text/html; charset=utf-8"},
		"page, post":         {"POST", "/playground", 405, "text/plain; charset=utf-8"},
		"asset":              {"GET", "/playground/assets/page-A1.js", 200, "text/javascript; charset=utf-8"},
		"unknown asset":      {"GET", "/playground/assets/page-B2.js", 404, "text/plain; charset=utf-8"},
		"packed file itself": {"GET", "/playground/assets/page-A1.js.gz", 404, "text/plain; charset=utf-8"},
		"unknown kind":       {"GET", "/playground/assets/secret.map", 404, "text/plain; charset=utf-8"},
		"folder":             {"GET", "/playground/assets/", 404, "text/plain; charset=utf-8"},
		"way out":            {"GET", "/playground/assets/..%2Findex.html", 404, "text/plain; charset=utf-8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := ask(h, tt.method, tt.path)
			if r.StatusCode != tt.status || r.Header.Get("Content-Type") != tt.kind {
				t.Errorf("got %d %q, want %d %q", r.StatusCode, r.Header.Get("Content-Type"), tt.status, tt.kind)
			}
			if got := r.Header.Get("Content-Security-Policy"); got != securityPolicy {
				t.Errorf("Content-Security-Policy is %q", got)
			}
			if got := r.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options is %q", got)
			}
		})
	}
}

func TestSecurityPolicyAllowsNoForeignOriginNorInlineScript(t *testing.T) {
	for _, directive := range strings.Split(securityPolicy, ";") {
		fields := strings.Fields(directive)
		for _, source := range fields[1:] {
			switch {
			case source == "'self'", source == "'none'":
			case source == "data:" && (fields[0] == "font-src" || fields[0] == "img-src"):
			case source == "'unsafe-inline'" && fields[0] == "style-src":
			default:
				t.Errorf("%s allows %s", fields[0], source)
			}
		}
	}
}

func TestPageIsAskedForAgainAndAssetsAreKept(t *testing.T) {
	h := newHandler(built())
	first := ask(h, "GET", "/playground")
	if got := first.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("page: Cache-Control is %q", got)
	}
	again := ask(h, "GET", "/playground", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
		t.Errorf("unchanged page: got %d", again.StatusCode)
	}
	other := built()
	other["dist/index.html"].Data = []byte("another page")
	changed := ask(newHandler(other), "GET", "/playground", "If-None-Match", first.Header.Get("ETag"))
	if changed.StatusCode != http.StatusOK {
		t.Errorf("changed page: got %d", changed.StatusCode)
	}
	asset := ask(h, "GET", "/playground/assets/page-A1.js")
	if got := asset.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("asset: Cache-Control is %q", got)
	}
}

func TestAssetIsPackedForWhoTakesIt(t *testing.T) {
	h := newHandler(built())
	for accept, want := range map[string]string{
		"":                   "plain script",
		"br":                 "plain script",
		"gzip;q=0, identity": "plain script",
		"br, gzip;q=0.8":     "packed script",
	} {
		r := ask(h, "GET", "/playground/assets/page-A1.js", "Accept-Encoding", accept)
		content := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			var err error
			if content, err = gzip.NewReader(r.Body); err != nil {
				t.Fatalf("%q: %v", accept, err)
			}
		}
		got, err := io.ReadAll(content)
		if err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v; want %q", accept, got, err, want)
		}
		if r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary is %q", accept, r.Header.Get("Vary"))
		}
	}
}

func TestMissingPageNamesTheCommandInBothLanguages(t *testing.T) {
	r := ask(newHandler(fstest.MapFS{}), "GET", "/playground")
	if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d, Cache-Control %q", r.StatusCode, r.Header.Get("Cache-Control"))
	}
	page := body(t, r)
	for _, want := range []string{"make playground", "还没有构建", "has not been built", "Node.js 20"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// What is embedded depends on whether the page was built before the test was compiled; either way Handler answers.
func TestHandlerOfWhatIsEmbedded(t *testing.T) {
	r := ask(Handler(), "GET", Path)
	page := body(t, r)
	switch r.StatusCode {
	case http.StatusServiceUnavailable:
		return
	case http.StatusOK:
	default:
		t.Fatalf("got %d", r.StatusCode)
	}
	for _, quoted := range strings.Split(page, `"`) {
		if strings.Contains(quoted, "://") {
			t.Errorf("the page names another host: %s", quoted)
		}
		if strings.HasPrefix(quoted, assetPath) {
			if asset := ask(Handler(), "GET", quoted, "Accept-Encoding", "gzip"); asset.StatusCode != http.StatusOK {
				t.Errorf("%s: got %d", quoted, asset.StatusCode)
			}
		}
	}
}
