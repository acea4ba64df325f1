package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	accounts "deputy/ent/account"
	"deputy/ent/org"
	"deputy/internal/backoffice"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// leveled is a row that knows the rows it was loaded with.
type leveled interface {
	*ent.Org | *ent.Role | *ent.SubAccount | *ent.AuditEvent | *ent.AuditTarget |
		*ent.Creator | *ent.Task | *ent.TaskAssignment | *ent.Order | *backoffice.CreatorFigures
	Peers() *page.Level
}

// connect answers the parent's page of a list. The pages of all rows of the parent's level are loaded when the first of them
// asks.
func connect[P leveled, T page.Row, E ~struct {
	Cursor string
	Node   T
}](ctx context.Context, parent P, id func(P) string, list page.List[T], t *table, args page.Args) (*page.Connection[T, E], error) {
	w, parts := wants(ctx, t)
	pages, err := once(ctx, parent.Peers(), place(ctx), func(ctx context.Context, peers []P) (map[string]*page.Page[T], error) {
		return list.Load(ctx, ids(peers, id), args, w)
	})
	if err != nil {
		return nil, err
	}
	answer := func(parent P) (*page.Connection[T, E], error) {
		p := pages[id(parent)]
		if p.Err != nil {
			return nil, p.Err
		}
		return page.Of[T, E](p, parts), nil
	}
	others(ctx, parent.Peers(), func(parent P) (any, error) { return answer(parent) })
	return answer(parent)
}

// one answers the page of a list that hangs on no row.
func one[T page.Row, E ~struct {
	Cursor string
	Node   T
}](ctx context.Context, list page.List[T], t *table, args page.Args) (*page.Connection[T, E], error) {
	w, parts := wants(ctx, t)
	pages, err := list.Load(ctx, []string{""}, args, w)
	if err != nil {
		return nil, err
	}
	if p := pages[""]; p.Err != nil {
		return nil, p.Err
	}
	return page.Of[T, E](pages[""], parts), nil
}

// ids answers each id once: a level may hold a row many times, and a statement takes only so many parameters.
func ids[P any](rows []P, id func(P) string) []string {
	all, seen := make([]string, 0, len(rows)), make(map[string]bool, len(rows))
	for _, row := range rows {
		if one := id(row); !seen[one] {
			seen[one] = true
			all = append(all, one)
		}
	}
	return all
}

// orgOfRow answers the org that a row lives in, loaded for all rows of its level at once. The row was visible, so its org is.
func orgOfRow[P interface {
	leveled
	tenant
}](ctx context.Context, r *Resolver, row P) (*ent.Org, error) {
	orgs, err := once(ctx, row.Peers(), place(ctx), func(ctx context.Context, peers []P) (map[string]*ent.Org, error) {
		return r.orgsByID(ctx, ids(peers, P.TenantID), orgTable.columns(ctx))
	})
	if err != nil {
		return nil, err
	}
	if orgs[row.TenantID()] == nil {
		return nil, fmt.Errorf("row without its org")
	}
	return orgs[row.TenantID()], nil
}

// orgsByID reads orgs as one level, with these columns.
func (r *Resolver) orgsByID(ctx context.Context, orgIDs, columns []string) (map[string]*ent.Org, error) {
	rows, err := read[ent.Org](r, orgTable)(ctx, columns, func(s *sql.Selector) { s.Where(page.In(s.C(org.FieldID), orgIDs)) })
	if err != nil {
		return nil, fmt.Errorf("read orgs: %w", err)
	}
	level, found := page.NewLevel(rows), make(map[string]*ent.Org, len(rows))
	for _, row := range rows {
		row.SetLevel(level)
		found[row.ID] = row
	}
	return found, nil
}

// visibleOrg answers the org when the viewer has business in it, and nil for any other id: the two look the same.
func (r *Resolver) visibleOrg(ctx context.Context, v *viewer.Viewer, orgID string) (*ent.Org, error) {
	if _, ok := v.In(orgID); !ok {
		return nil, nil //nolint:nilnil // null is the answer
	}
	columns := orgTable.columns(ctx)
	if !slices.ContainsFunc(columns, func(column string) bool { return column != org.FieldID }) {
		found := &ent.Org{ID: orgID} // orgs are never deleted, and nothing of it is asked for that is not known
		found.SetLevel(page.NewLevel([]*ent.Org{found}))
		return found, nil
	}
	orgs, err := r.orgsByID(ctx, []string{orgID}, columns)
	return orgs[orgID], err
}

// accountsByID reads accounts with the columns that the running field selects.
func (r *Resolver) accountsByID(ctx context.Context, accountIDs []string) (map[string]*ent.Account, error) {
	rows, err := read[ent.Account](r, accountTable)(ctx, accountTable.columns(ctx), func(s *sql.Selector) {
		s.Where(page.In(s.C(accounts.FieldID), accountIDs))
	})
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	found := make(map[string]*ent.Account, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

// self answers the viewer's own account.
func (r *Resolver) self(ctx context.Context, v *viewer.Viewer) (*ent.Account, error) {
	found, err := r.accountsByID(ctx, []string{v.AccountID})
	if err == nil && found[v.AccountID] == nil {
		err = errors.New("session without its account")
	}
	return found[v.AccountID], err
}
