package graph

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"time"
)

// permissions is the rule of every field, as the generator writes it.
//
//go:embed permissions.json
var permissions []byte

// ServePermissions returns permissions.json to everybody, with an ETag: what pages leave out follows from it and from
// viewerGrants.
func ServePermissions() http.Handler {
	hash := sha256.Sum256(permissions)
	etag := `"` + hex.EncodeToString(hash[:16]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, "permissions.json", time.Time{}, bytes.NewReader(permissions))
	})
}
