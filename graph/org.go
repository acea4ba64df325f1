package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/org"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/bounds"
	"deputy/internal/load"
	"deputy/internal/money"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// orgTable has the orgs in which the viewer has an enabled seat, or that it owns.
var orgTable = &table[ent.Org, *ent.Org]{
	Table: load.Table{
		Type: "Org", Name: org.Table, Has: org.Columns,
		Needs: map[string][]string{"owner": {org.FieldOwnerID}, "currencyDigits": {org.FieldCurrency}},
	},
	reach: func(v *viewer.Viewer, _ access.Action) where {
		ids := []string{}
		for orgID := range v.Memberships {
			if _, ok := v.In(orgID); ok {
				ids = append(ids, orgID)
			}
		}
		return func(s *sql.Selector) { s.Where(page.In(s.C(org.FieldID), ids)) }
	},
}

// orgOfRow returns the org of a row, loaded for all rows of its level at once. The row was visible, so its org is too.
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

// orgsByID reads the columns of orgs, as one level.
func (r *Resolver) orgsByID(ctx context.Context, orgIDs, columns []string) (map[string]*ent.Org, error) {
	rows, err := orgTable.read(r)(ctx, columns,
		func(s *sql.Selector) { s.Where(page.In(s.C(org.FieldID), orgIDs)) })
	if err != nil {
		return nil, fmt.Errorf("read orgs: %w", err)
	}
	return byID(asLevel(rows)), nil
}

// visibleOrg returns the org when it is the viewer's own or the viewer has an enabled seat in it, and nil for any other
// id, whether or not it exists.
func (r *Resolver) visibleOrg(ctx context.Context, v *viewer.Viewer, orgID string) (*ent.Org, error) {
	if _, ok := v.In(orgID); !ok {
		return nil, nil //nolint:nilnil // null is the value
	}
	columns := orgTable.Columns(ctx)
	if !slices.ContainsFunc(columns, func(column string) bool { return column != org.FieldID }) {
		found := &ent.Org{ID: orgID} // orgs are never deleted, and only the id is selected
		found.SetLevel(page.NewLevel([]*ent.Org{found}))
		return found, nil
	}
	orgs, err := r.orgsByID(ctx, []string{orgID}, columns)
	return orgs[orgID], err
}

// owner returns the account that opened the org.
func (r *Resolver) owner(ctx context.Context, o *ent.Org) (*ent.Account, error) {
	owners, err := load.Once(ctx, o.Peers(), load.Place(ctx),
		func(ctx context.Context, peers []*ent.Org) (map[string]*ent.Account, error) {
			return r.accountsByID(ctx, load.IDs(peers, func(o *ent.Org) string { return o.OwnerID }))
		})
	if err != nil {
		return nil, fmt.Errorf("read owner: %w", err)
	}
	return owners[o.OwnerID], nil
}

// currencyDigits returns the decimals of the org's currency.
func currencyDigits(o *ent.Org) (int, error) {
	digits, known := money.Digits(o.Currency)
	if !known {
		return 0, errors.New("org with an unknown currency")
	}
	return digits, nil
}

func orgChange(in model.UpdateOrgInput) (agency.OrgChange, error) {
	name, noName := requireNonNull(in.Name, "input", "name")
	ownerName, noOwner := requireNonNull(in.OwnerName, "input", "ownerName")
	zone, noZone := requireNonNull(in.TimeZone, "input", "timeZone")
	currency, noCurrency := requireNonNull(in.Currency, "input", "currency")
	expected, noExpected := requireNonNull(in.ExpectedUpdatedAt, "input", "expectedUpdatedAt")
	change := agency.OrgChange{
		Name: name, OwnerName: ownerName, TimeZone: zone, Currency: currency, ExpectedUpdatedAt: expected,
	}
	return change, firstOf(noName, noOwner, noZone, noCurrency, noExpected)
}

// released is the result of releasing a seat.
type released struct {
	OrgID     *string
	Unmanaged int
}

// howMuch counts the objects in an org. It reads at most 1,000 sub-accounts with 10 roles each, and 100 roles.
const howMuch = `SELECT * FROM (WITH links AS (SELECT l.role_id, l.sub_account_id FROM sub_accounts s JOIN sub_account_roles l ON l.sub_account_id = s.id WHERE s.org_id = $1),
holders AS (SELECT count(*) AS n FROM links GROUP BY role_id), held AS (SELECT count(*) AS n FROM links GROUP BY sub_account_id)
SELECT (SELECT count(*) FROM roles WHERE org_id = $1), (SELECT count(*) FROM sub_accounts WHERE org_id = $1), (SELECT count(*) FROM links),
(SELECT COALESCE(MAX(n), 0) FROM holders), (SELECT COALESCE(MAX(n), 0) FROM held), (SELECT CAST(COALESCE(SUM(n * n), 0) AS bigint) FROM held)) AS there`

// There returns the numbers of objects in the org that the viewer owns, in one statement. They are zero for a viewer
// that owns none, who can list none of them, and for a caller who is not signed in, who should get UNAUTHENTICATED and
// not LIMIT_EXCEEDED.
func (r *Resolver) There(ctx context.Context) (*bounds.There, error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	for orgID, membership := range v.Memberships {
		if membership.Kind != viewer.Owner {
			continue
		}
		var is bounds.There
		err := r.Store.Each(ctx, howMuch, []any{orgID}, func(record page.Record) error {
			return record.Scan(&is.Roles, &is.SubAccounts, &is.Links, &is.Holders, &is.Held, &is.HeldByEach)
		})
		if err != nil {
			return nil, fmt.Errorf("count what there is: %w", err)
		}
		return &is, nil
	}
	return &bounds.There{}, nil
}
