// Package page is how lists are read: keyset pages with signed cursors, and nested lists loaded for all parents of a
// level at once.
package page

// Info says where a page stands in its list.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edge is a row and where it stands in its list.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Connection is one page of a list. What was not asked for (see Wants) is left out.
type Connection[T any] struct {
	Edges      []*Edge[T]
	Nodes      []T
	PageInfo   *Info
	TotalCount int
}

// Parts are what of a connection is asked for that takes cursors.
type Parts struct{ Edges, Info bool }

// Of returns the page as a connection. Cursors are made for the ends when the page's info is asked for, and for every
// row when edges are.
func Of[T any](p *Page[T], parts Parts) *Connection[T] {
	c := &Connection[T]{
		Nodes:      p.Rows,
		Edges:      []*Edge[T]{},
		PageInfo:   &Info{HasNextPage: p.HasNext, HasPreviousPage: p.HasPrev},
		TotalCount: p.Total,
	}
	if len(p.Rows) == 0 {
		c.Nodes = []T{}
	}
	if n := len(p.Rows); n > 0 && parts.Info {
		first, last := p.cursor(p.Rows[0]), p.cursor(p.Rows[n-1])
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &first, &last
	}
	if parts.Edges {
		for _, row := range p.Rows {
			c.Edges = append(c.Edges, &Edge[T]{p.cursor(row), row})
		}
	}
	return c
}
