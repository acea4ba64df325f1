package graph

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	// cachedText is how much text of documents is kept, in bytes. A parsed document takes up to sixty times its text.
	cachedText = 1 << 20
	// cachedDocument is the longest document that is kept, in bytes: a few long ones must not push out all others.
	cachedDocument = 64 << 10
)

// Documents keeps documents that were parsed and found valid, the least recently used leaving first. It is bounded by
// text, not by number, because strangers choose what goes in. It is safe for concurrent use; make it with NewDocuments.
type Documents struct {
	mu    sync.Mutex
	known map[string]*list.Element
	order *list.List
	text  int
}

type cached struct {
	query string
	doc   *ast.QueryDocument
}

var _ graphql.Cache[*ast.QueryDocument] = (*Documents)(nil)

// NewDocuments makes an empty cache that holds 1 MiB of text, no document longer than 64 KiB.
func NewDocuments() *Documents {
	return &Documents{known: make(map[string]*list.Element), order: list.New()}
}

// Get implements graphql.Cache.
func (d *Documents) Get(_ context.Context, query string) (*ast.QueryDocument, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	element, ok := d.known[query]
	if !ok {
		return nil, false
	}
	d.order.MoveToFront(element)
	return element.Value.(cached).doc, true
}

// Add implements graphql.Cache.
func (d *Documents) Add(_ context.Context, query string, doc *ast.QueryDocument) {
	if len(query) > cachedDocument {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if element, ok := d.known[query]; ok {
		element.Value = cached{query, doc}
		d.order.MoveToFront(element)
		return
	}
	d.known[query] = d.order.PushFront(cached{query, doc})
	d.text += len(query)
	for d.text > cachedText {
		oldest := d.order.Back()
		gone := d.order.Remove(oldest).(cached).query
		delete(d.known, gone)
		d.text -= len(gone)
	}
}
