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
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// orgOfRow returns the org that a row lives in, loaded for all rows of its level at once. The row was visible, so its
// org is.
func orgOfRow[P interface {
	load.Row
	tenant
}](ctx context.Context, r *Resolver, of P) (*ent.Org, error) {
	orgs, err := load.Once(ctx, of.Peers(), load.Place(ctx),
		func(ctx context.Context, rows []P) (map[string]*ent.Org, error) {
			return r.orgsByID(ctx, load.IDs(rows, P.TenantID), orgTable.Columns(ctx))
		})
	if err != nil {
		return nil, err
	}
	if orgs[of.TenantID()] == nil {
		return nil, errors.New("row without its org")
	}
	return orgs[of.TenantID()], nil
}

// orgsByID reads orgs as one level, with these columns.
func (r *Resolver) orgsByID(ctx context.Context, orgIDs, columns []string) (map[string]*ent.Org, error) {
	rows, err := read[ent.Org](r, orgTable)(ctx, columns,
		func(s *sql.Selector) { s.Where(page.In(s.C(org.FieldID), orgIDs)) })
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

// visibleOrg returns the org when the viewer has business in it, and nil for any other id: the two look the same.
func (r *Resolver) visibleOrg(ctx context.Context, v *viewer.Viewer, orgID string) (*ent.Org, error) {
	if _, ok := v.In(orgID); !ok {
		return nil, nil //nolint:nilnil // null is the answer
	}
	columns := orgTable.Columns(ctx)
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
	rows, err := read[ent.Account](r, accountTable)(ctx, accountTable.Columns(ctx), func(s *sql.Selector) {
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

// self returns the viewer's own account.
func (r *Resolver) self(ctx context.Context, v *viewer.Viewer) (*ent.Account, error) {
	found, err := r.accountsByID(ctx, []string{v.AccountID})
	if err == nil && found[v.AccountID] == nil {
		err = errors.New("session without its account")
	}
	return found[v.AccountID], err
}
