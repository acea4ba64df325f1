package bounds

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/lru"
	"deputy/internal/viewer"
)

const (
	// cachedText is how much text of documents is cached for each kind of caller, in bytes. A parsed document takes up to
	// sixty times the size of its text.
	cachedText = 1 << 20
	// cachedDocument is the maximum size of a cached document, in bytes: a few long documents must not evict all others.
	cachedDocument = 64 << 10
	// documentWeight is added to the size of each document, in bytes, so that their number is bounded too.
	documentWeight = 100
)

// Documents is a cache of parsed and valid documents with LRU eviction, and of the texts that clients refer to by hash.
// Both are bounded by size, because strangers choose the contents. Callers who are not signed in cannot evict the
// documents of those who are, nor can one org those of another. Registered operations are never evicted, and are the
// only ones that run when only they are trusted. It is safe for concurrent use; create it with NewDocuments or
// ReadOperations.
type Documents struct {
	parsed *shelves[*ast.QueryDocument]
	// texts by the hash of the text, in hexadecimal.
	texts *shelves[string]
	// registered are the operations of manifests; if trusted is set, only they may run.
	registered operations
	trusted    bool
}

var _ graphql.Cache[*ast.QueryDocument] = (*Documents)(nil)

// NewDocuments returns an empty cache for 1 MiB of text of callers who are signed in, and as much of all others; it
// does not cache documents longer than 64 KiB.
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

// shelves are two caches: one for callers who are signed in, with a share for each org, and one for all others.
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

// shareOf returns the share of the cache that the caller uses: that of its first org, or of its account if it has none.
// It is empty for a caller who is not signed in.
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
		return v.Principal()
	}
	return owner
}
