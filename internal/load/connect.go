package load

import (
	"context"

	"deputy/internal/page"
)

// Parent is a row that has lists.
type Parent interface {
	Row
	RowID() string
}

// Connect returns the parent's page of a list. The first call loads the pages of all rows of the parent's level.
func Connect[P Parent, T page.Row](
	ctx context.Context, parent P, list page.List[T], t *Table, args page.Args,
) (*page.Connection[T], error) {
	w, parts := lookAhead(ctx, t)
	return Batch[P, map[string]*page.Page[T], *page.Connection[T]]{
		Load: func(ctx context.Context, peers []P) (map[string]*page.Page[T], error) {
			return list.Load(ctx, IDs(peers, P.RowID), args, w)
		},
		Value: func(pages map[string]*page.Page[T], parent P) (*page.Connection[T], error) {
			p := pages[parent.RowID()]
			if p.Err != nil {
				return nil, p.Err
			}
			return page.Of(p, parts), nil
		},
	}.For(ctx, parent)
}

// ConnectRoot returns the page of a list without a parent.
func ConnectRoot[T page.Row](
	ctx context.Context, list page.List[T], t *Table, args page.Args,
) (*page.Connection[T], error) {
	w, parts := lookAhead(ctx, t)
	pages, err := list.Load(ctx, []string{""}, args, w)
	if err != nil {
		return nil, err
	}
	if p := pages[""]; p.Err != nil {
		return nil, p.Err
	}
	return page.Of(pages[""], parts), nil
}
