// Package playground serves GraphiQL, a page to write and run operations in. The page and all it needs are built by
// `make playground` into dist and embedded; the package compiles without them, and says then how to get them.
package playground

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
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

// Path is where the page is served. What it is made of is served below it.
const Path = "/playground"

const (
	pageFile    = "dist/index.html"
	assetFolder = "dist/assets"
	assetPath   = Path + "/assets/"
)

// securityPolicy lets the page load and ask nothing but this server. The editor writes its colours and sizes as inline
// styles and carries its icons as data; scripts and workers are files of the server, never text in the page.
const securityPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Register adds the page to a mux.
func Register(mux *http.ServeMux) {
	mux.Handle(Path, Handler())
	mux.Handle(Path+"/", Handler())
}

// Handler serves the page at Path and its assets below, to GET and HEAD; give it both Path and Path+"/". Compiled
// without the built files, it answers 503 Service Unavailable and a page that says which command makes them.
func Handler() http.Handler { return newHandler(files) }

func newHandler(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path+"/{$}", http.RedirectHandler(Path, http.StatusPermanentRedirect))
	if page, err := fs.ReadFile(files, pageFile); err == nil {
		mux.Handle("GET "+Path, servePage(page))
		mux.Handle("GET "+assetPath+"{name}", serveAsset(files))
	} else {
		mux.Handle("GET "+Path, http.HandlerFunc(serveMissing))
	}
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

// servePage serves the page, which browsers may keep as long as they ask whether it changed.
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

func serveMissing(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(missing) // the client is gone when this fails
}

// serveAsset serves one file of the page. A file's name carries the hash of its content, so it is kept for good.
func serveAsset(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		kind, known := contentTypes[path.Ext(name)]
		file := path.Join(assetFolder, name)
		if _, err := fs.Stat(files, file); !known || err != nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			file += ".gz"
		}
		http.ServeFileFS(w, r, files, file) //nolint:gosec // one of the files embedded
	})
}

// contentTypes are named here and not asked of the system, whose tables differ from machine to machine.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".txt": "text/plain; charset=utf-8",
}

func acceptsGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}
