// Package console serves the console, the page in which owners and employees of agencies work. The page and all it
// needs are built by `make console` into dist and embedded; the package compiles without them, and says then how to get
// them.
package console

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// files holds the folder dist when it has been built; the pattern also matches dist.missing.html, which is always
// there.
//
//go:embed all:dist*
var files embed.FS

//go:embed dist.missing.html
var missing []byte

// Path is where the page is served. Everything below it is the page too, or what the page is made of.
const Path = "/console"

const (
	pageFile       = "dist/index.html"
	operationsFile = "dist/operations.json"
	assetFolder    = "dist/assets"
	assetPath      = Path + "/assets/"
)

// securityPolicy lets the page load and request nothing but what this server has, and no script makes another one:
// Trusted Types have no policy.
const securityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// Register adds the console to a mux.
func Register(mux *http.ServeMux) {
	mux.Handle(Path, Handler())
	mux.Handle(Path+"/", Handler())
}

// Handler serves the page at Path and at every path below, and its assets, to GET and HEAD; give it both Path and
// Path+"/". Compiled without the built files, it responds with 503 Service Unavailable and a page that says which
// command makes them.
func Handler() http.Handler { return newHandler(files) }

// Operations returns the manifest of the operations that the page requests, as relay-compiler writes it: texts by id.
// It is nil when the page has not been built.
func Operations() []byte {
	content, err := files.ReadFile(operationsFile)
	if err != nil {
		return nil
	}
	return content
}

func newHandler(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	page := http.Handler(http.HandlerFunc(serveMissing))
	if content, err := fs.ReadFile(files, pageFile); err == nil {
		page = servePage(content)
	}
	mux.Handle("GET "+Path, page)
	mux.Handle("GET "+Path+"/", page)
	mux.Handle("GET "+assetPath, serveAsset(files))
	return withHeaders(mux)
}

// withHeaders sets what holds for every response, refusals included.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", securityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// servePage serves the page, which browsers may keep as long as they check whether it changed.
func servePage(page []byte) http.Handler {
	sum := sha256.Sum256(page)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page))
	})
}

// serveMissing serves a page with a style of its own, which the policy lets through for this page alone.
func serveMissing(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "+
		"form-action 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(missing) // the client is gone when this fails
}

// serveAsset serves one file of the page. A file's name carries the hash of its content, so it is kept for good.
func serveAsset(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, assetPath)
		kind, known := contentTypes[path.Ext(name)]
		file := path.Join(assetFolder, name)
		if info, err := fs.Stat(files, file); !known || strings.Contains(name, "/") || err != nil || info.IsDir() {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Add("Vary", "Accept-Encoding")
		if coding, ending := encoding(r.Header.Get("Accept-Encoding")); coding != "" {
			h.Set("Content-Encoding", coding)
			file += ending
		}
		http.ServeFileFS(w, r, files, file) //nolint:gosec // one of the files embedded
	})
}

// contentTypes are named here and not taken from the system, whose tables differ from machine to machine.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// encoding returns the content coding of an asset for an Accept-Encoding, the smaller one first, and how the name of
// that file ends; nothing where the client takes neither.
func encoding(accepted string) (coding, ending string) {
	takes := map[string]bool{}
	for part := range strings.SplitSeq(accepted, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		weight := strings.TrimPrefix(strings.ReplaceAll(strings.ToLower(parameters), " ", ""), "q=")
		q, err := strconv.ParseFloat(cmp.Or(weight, "1"), 64)
		takes[strings.ToLower(strings.TrimSpace(name))] = err == nil && q > 0
	}
	switch {
	case takes["br"]:
		return "br", ".br"
	case takes["gzip"]:
		return "gzip", ".gz"
	}
	return "", ""
}
