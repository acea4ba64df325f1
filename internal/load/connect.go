package load

import (
	"context"

	"deputy/internal/page"
)

// Connect returns the parent's page of a list. The pages of all rows of the parent's level are loaded when the first of
// them asks.
func Connect[P Row, T page.Row, E ~struct {
	Cursor string
	Node   T
}](ctx context.Context, parent P, id func(P) string, list page.List[T], t *Table,
	args page.Args,
) (*page.Connection[T, E], error) {
	w, parts := lookAhead(ctx, t)
	return Batch[P, map[string]*page.Page[T], *page.Connection[T, E]]{
		Load: func(ctx context.Context, peers []P) (map[string]*page.Page[T], error) {
			return list.Load(ctx, IDs(peers, id), args, w)
		},
		Value: func(pages map[string]*page.Page[T], parent P) (*page.Connection[T, E], error) {
			p := pages[id(parent)]
			if p.Err != nil {
				return nil, p.Err
			}
			return page.Of[T, E](p, parts), nil
		},
	}.For(ctx, parent)
}

// ConnectRoot returns the page of a list that hangs on no row.
func ConnectRoot[T page.Row, E ~struct {
	Cursor string
	Node   T
}](ctx context.Context, list page.List[T], t *Table, args page.Args) (*page.Connection[T, E], error) {
	w, parts := lookAhead(ctx, t)
	pages, err := list.Load(ctx, []string{""}, args, w)
	if err != nil {
		return nil, err
	}
	if p := pages[""]; p.Err != nil {
		return nil, p.Err
	}
	return page.Of[T, E](pages[""], parts), nil
}
