// Package page reads lists: keyset pages with signed cursors, and nested lists that are loaded for all parents of a
// level at once.
package page

// Info is the position of a page in its list.
type Info struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edge is a row with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Connection is one page of a list. Parts that were not requested (see Wants) are empty.
type Connection[T any] struct {
	Edges      []*Edge[T]
	Nodes      []T
	PageInfo   *Info
	TotalCount int
}

// Parts are the requested parts of a connection that need cursors.
type Parts struct{ Edges, Info bool }

// Of returns the page as a connection. Cursors are made for the ends if the page's info is requested, and for every row
// if edges are.
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
