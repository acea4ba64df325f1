// Package packages serves the npm packages for front ends of this server. They are built by `make packages` into dist
// and embedded; the package compiles without them, and says then how to get them.
package packages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"time"
)

// files holds the folder dist when it has been built; the pattern also matches dist.missing.txt, which is always there.
//
//go:embed all:dist*
var files embed.FS

//go:embed dist.missing.txt
var missing []byte

// Path is where the package deputy-permissions is served; npm installs it from there.
const Path = "/packages/deputy-permissions.tgz"

const permissionsFile = "dist/deputy-permissions.tgz"

// Register adds the packages to a mux.
func Register(mux *http.ServeMux) { mux.Handle("GET "+Path, newHandler(files)) }

// newHandler serves the package to GET and HEAD, to everybody: it holds what permissions.json has. Compiled without it,
// it responds with 503 Service Unavailable and the command that makes it.
func newHandler(files fs.FS) http.Handler {
	pack, err := fs.ReadFile(files, permissionsFile)
	if err != nil {
		return http.HandlerFunc(serveMissing)
	}
	sum := sha256.Sum256(pack)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/gzip")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", etag)
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(pack))
	})
}

func serveMissing(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(missing) // the client is gone when this fails
}
