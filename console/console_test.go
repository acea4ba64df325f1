package console

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// policy is the header of the design, in one line.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// built stands for a finished build.
func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/index.html":           {Data: []byte("<!doctype html><title>page</title>")},
		"dist/operations.json":      {Data: []byte("{}")},
		"dist/assets/main-A1.js":    {Data: []byte("plain script")},
		"dist/assets/main-A1.js.gz": {Data: gzipped("packed script")},
		"dist/assets/main-A1.js.br": {Data: []byte("smaller script")},
		"dist/assets/secret.map":    {Data: []byte("{}")},
	}
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

func request(h http.Handler, method, path string, headers ...string) *http.Response {
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
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestPathsOfTheConsole(t *testing.T) {
	h := newHandler(built())
	const page, script, text = "text/html; charset=utf-8", "text/javascript; charset=utf-8", "text/plain; charset=utf-8"
	tests := map[string]struct {
		method, path string
		status       int
		kind         string
	}{
		"page":                {"GET", "/console", 200, page},
		"page, head":          {"HEAD", "/console", 200, page},
		"page with a slash":   {"GET", "/console/", 200, page},
		"page of a route":     {"GET", "/console/o/org_1/settings/roles", 200, page},
		"page, post":          {"POST", "/console", 405, text},
		"asset":               {"GET", "/console/assets/main-A1.js", 200, script},
		"unknown asset":       {"GET", "/console/assets/main-B2.js", 404, text},
		"packed file itself":  {"GET", "/console/assets/main-A1.js.gz", 404, text},
		"unknown kind":        {"GET", "/console/assets/secret.map", 404, text},
		"folder of assets":    {"GET", "/console/assets/", 404, text},
		"below an asset":      {"GET", "/console/assets/a/main-A1.js", 404, text},
		"out of the folder":   {"GET", "/console/assets/..%2Findex.html", 404, text},
		"list of operations":  {"GET", "/console/operations.json", 200, page},
		"asset, other method": {"DELETE", "/console/assets/main-A1.js", 405, text},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := request(h, tt.method, tt.path)
			if r.StatusCode != tt.status || r.Header.Get("Content-Type") != tt.kind {
				t.Errorf("got %d %q, want %d %q", r.StatusCode, r.Header.Get("Content-Type"), tt.status, tt.kind)
			}
			if got := r.Header.Get("Content-Security-Policy"); got != policy {
				t.Errorf("Content-Security-Policy is %q", got)
			}
			if got := r.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options is %q", got)
			}
			if got := r.Header.Get("Referrer-Policy"); got != "no-referrer" {
				t.Errorf("Referrer-Policy is %q", got)
			}
		})
	}
}

func TestPageIsRevalidatedAndAssetsAreKept(t *testing.T) {
	h := newHandler(built())
	first := request(h, "GET", "/console/sign-in")
	if got := first.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("page: Cache-Control is %q", got)
	}
	again := request(h, "GET", "/console", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
		t.Errorf("unchanged page: got %d", again.StatusCode)
	}
	other := built()
	other["dist/index.html"].Data = []byte("another page")
	changed := request(newHandler(other), "GET", "/console", "If-None-Match", first.Header.Get("ETag"))
	if changed.StatusCode != http.StatusOK {
		t.Errorf("changed page: got %d", changed.StatusCode)
	}
	asset := request(h, "GET", "/console/assets/main-A1.js")
	if got := asset.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("asset: Cache-Control is %q", got)
	}
}

func TestAssetIsSentAsTheClientTakesIt(t *testing.T) {
	h := newHandler(built())
	tests := map[string]struct{ coding, content string }{
		"":                             {"", "plain script"},
		"identity":                     {"", "plain script"},
		"gzip;q=0, br;q=0.0, identity": {"", "plain script"},
		"gzip; q=0.8":                  {"gzip", string(gzipped("packed script"))},
		"br;q=0, GZIP":                 {"gzip", string(gzipped("packed script"))},
		"gzip, deflate, br, zstd":      {"br", "smaller script"},
	}
	for accepted, want := range tests {
		r := request(h, "GET", "/console/assets/main-A1.js", "Accept-Encoding", accepted)
		if got := r.Header.Get("Content-Encoding"); got != want.coding {
			t.Errorf("%q: Content-Encoding is %q, want %q", accepted, got, want.coding)
		}
		if got := body(t, r); got != want.content {
			t.Errorf("%q: got %q", accepted, got)
		}
		if got := r.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%q: Vary is %q", accepted, got)
		}
	}
}

func TestMissingConsoleNamesTheCommandInBothLanguages(t *testing.T) {
	h := newHandler(fstest.MapFS{})
	for _, path := range []string{"/console", "/console/o/org_1"} {
		r := request(h, "GET", path)
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d, Cache-Control %q", path, r.StatusCode, r.Header.Get("Cache-Control"))
		}
		page := body(t, r)
		for _, want := range []string{"make console", "还没有构建", "has not been built", "Node.js 20"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page does not say %q", path, want)
			}
		}
	}
}

// What is embedded depends on whether the page was built before the test was compiled; either way Handler responds.
func TestHandlerOfTheEmbeddedFiles(t *testing.T) {
	r := request(Handler(), "GET", Path)
	page := body(t, r)
	switch r.StatusCode {
	case http.StatusServiceUnavailable:
		if Operations() != nil {
			t.Error("there are operations without a page")
		}
		return
	case http.StatusOK:
	default:
		t.Fatalf("got %d", r.StatusCode)
	}
	if len(Operations()) == 0 {
		t.Error("there is a page without operations")
	}
	if !strings.Contains(page, `<link id="react-aria-pressable-style" rel="stylesheet"`) {
		t.Error("the link of the style sheet has not the id for which React Aria writes no style")
	}
	assets := 0
	for _, quoted := range strings.Split(page, `"`) {
		if strings.Contains(quoted, "://") {
			t.Errorf("the page names another host: %s", quoted)
		}
		if strings.HasPrefix(quoted, assetPath) {
			assets++
			for _, accepted := range []string{"", "gzip", "br"} {
				if asset := request(Handler(), "GET", quoted, "Accept-Encoding", accepted); asset.StatusCode != http.StatusOK {
					t.Errorf("%s as %q: got %d", quoted, accepted, asset.StatusCode)
				}
			}
		}
	}
	if assets < 2 {
		t.Errorf("the page has %d assets", assets)
	}
}
