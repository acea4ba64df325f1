package bounds

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/lru"
	"deputy/internal/viewer"
)

const (
	// cachedText is how much text of documents is kept for each kind of caller, in bytes. A parsed document takes up to
	// sixty times its text.
	cachedText = 1 << 20
	// cachedDocument is the longest document that is kept, in bytes: a few long ones must not push out all others.
	cachedDocument = 64 << 10
	// documentWeight is what a document counts beside its text, in bytes, so that they are bounded by number too.
	documentWeight = 100
)

// Documents keeps documents that were parsed and found valid, the least recently used leaving first, and the texts of
// those that clients know by their hash. Both are bounded by text, because strangers choose what goes in, and what
// people who are signed in use is not pushed out by what others send, nor that of one org by what another's people do.
// Registered operations are held for good, and are the only ones where these alone are trusted. It is safe for
// concurrent use; make it with NewDocuments or ReadOperations.
type Documents struct {
	parsed *shelves[*ast.QueryDocument]
	// texts by the hash of the text, in hexadecimal.
	texts *shelves[string]
	// registered are the operations of manifests, and trusted says that they alone may run.
	registered operations
	trusted    bool
}

var _ graphql.Cache[*ast.QueryDocument] = (*Documents)(nil)

// NewDocuments makes an empty cache that holds 1 MiB of text for whoever is signed in, and as much for all others; no
// document longer than 64 KiB.
func NewDocuments() *Documents {
	return &Documents{
		parsed: newShelves(func(query string, _ *ast.QueryDocument) int { return len(query) + documentWeight }),
		texts:  newShelves(func(hash, query string) int { return len(hash) + len(query) + documentWeight }),
	}
}

// Get implements graphql.Cache.
func (d *Documents) Get(ctx context.Context, query string) (*ast.QueryDocument, bool) {
	if doc, ok := d.registered.parsed[query]; ok || d.trusted {
		return doc, ok
	}
	return d.parsed.get(ctx, query)
}

// Add implements graphql.Cache.
func (d *Documents) Add(ctx context.Context, query string, doc *ast.QueryDocument) {
	if !d.trusted && len(query) <= cachedDocument {
		d.parsed.add(ctx, query, doc)
	}
}

// shelves are two caches: what is used by callers who are signed in, each org having its share, and what all others
// brought.
type shelves[V any] struct {
	known   *lru.Shared[string, V]
	strange *lru.Cache[string, V]
}

func newShelves[V any](weigh func(string, V) int) *shelves[V] {
	return &shelves[V]{lru.NewShared(cachedText, weigh), lru.NewWeighed(cachedText, weigh)}
}

func (s *shelves[V]) get(ctx context.Context, key string) (V, bool) {
	owner := shareOf(ctx)
	if value, ok := s.known.Get(owner, key); ok {
		return value, true
	}
	value, ok := s.strange.Get(key)
	if ok && owner != "" {
		value = s.known.Add(owner, key, value)
	}
	return value, ok
}

func (s *shelves[V]) add(ctx context.Context, key string, value V) {
	if owner := shareOf(ctx); owner != "" {
		s.known.Add(owner, key, value)
		return
	}
	s.strange.Add(key, value)
}

// shareOf returns whose share of the shelf the caller fills: that of the first of its orgs, or its account's own where
// it has none. It is empty for who is not signed in.
func shareOf(ctx context.Context) string {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return ""
	}
	owner := ""
	for orgID := range v.Memberships {
		if owner == "" || orgID < owner {
			owner = orgID
		}
	}
	if owner == "" {
		return v.AccountID
	}
	return owner
}
