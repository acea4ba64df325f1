package graph

import (
	"context"
	"fmt"

	"deputy/internal/bounds"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// howMuch counts what there is in an org. It reads at most 1,000 sub-accounts with 10 roles each, and 100 roles.
const howMuch = `SELECT * FROM (WITH links AS (SELECT l.role_id, l.sub_account_id FROM sub_accounts s JOIN sub_account_roles l ON l.sub_account_id = s.id WHERE s.org_id = $1),
holders AS (SELECT count(*) AS n FROM links GROUP BY role_id), held AS (SELECT count(*) AS n FROM links GROUP BY sub_account_id)
SELECT (SELECT count(*) FROM roles WHERE org_id = $1), (SELECT count(*) FROM sub_accounts WHERE org_id = $1), (SELECT count(*) FROM links),
(SELECT COALESCE(MAX(n), 0) FROM holders), (SELECT COALESCE(MAX(n), 0) FROM held), (SELECT CAST(COALESCE(SUM(n * n), 0) AS bigint) FROM held)) AS there`

// There returns what there is in the org that the viewer owns, with one statement. Whoever owns none lists nothing of
// it, and whoever is not signed in is to be told so, and not that it asked for too much.
func (r *Resolver) There(ctx context.Context) (*bounds.There, error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	for orgID, standing := range v.Standings {
		if standing.Kind != viewer.Owner {
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
