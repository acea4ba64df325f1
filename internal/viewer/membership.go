package viewer

import (
	"context"
	"fmt"
	"time"

	"deputy/ent"
	"deputy/internal/access"
	"deputy/internal/bulk"
)

// memberships selects every org that the account owns or has a seat in, one row for each role of a seat.
const memberships = `SELECT o.id, 'OWNER', o.owner_id, o.owner_name, o.owner_name, 'ENABLED', CAST(0 AS BIGINT) FROM orgs o WHERE o.owner_id = $1
UNION ALL
SELECT s.org_id, 'SUB_ACCOUNT', s.id, s.name, o.owner_name, s.status, r.grants
FROM sub_accounts s JOIN orgs o ON o.id = s.org_id JOIN sub_account_roles l ON l.sub_account_id = s.id JOIN roles r ON r.id = l.role_id
WHERE s.account_id = $1`

// Memberships reads the account's memberships by org, in one statement.
func Memberships(ctx context.Context, client *ent.Client, accountID string) (map[string]Membership, error) {
	found := map[string]Membership{}
	err := bulk.Each(ctx, client, memberships, []any{accountID}, func(scan bulk.Scan) error {
		var (
			s      Membership
			status string
			grants access.Set
		)
		if err := scan(&s.OrgID, &s.Kind, &s.ID, &s.Name, &s.OwnerName, &status, &grants); err != nil {
			return err
		}
		s.Disabled = status != "ENABLED"
		switch {
		case s.Kind == Owner:
			s.Grants = access.Owner
		case !s.Disabled:
			s.Grants = grants.Union(found[s.OrgID].Grants)
		}
		found[s.OrgID] = s
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	return found, nil
}

// ofApp selects the org of an app, while one of its tokens works.
const ofApp = `SELECT a.org_id, 'API_TOKEN', a.id, a.name, o.owner_name, a.grants
FROM api_tokens t JOIN apps a ON a.id = t.app_id JOIN orgs o ON o.id = a.org_id
WHERE t.id = $1 AND t.ends_at > $2 AND t.revoked_at IS NULL AND a.status = 'ENABLED'`

// Membership reads what the app may do in its org; nothing when the token has ended by now or the app is disabled.
func (a *App) Membership(ctx context.Context, client *ent.Client, now time.Time) (map[string]Membership, error) {
	found := map[string]Membership{}
	err := bulk.Each(ctx, client, ofApp, []any{a.TokenID, now}, func(scan bulk.Scan) error {
		var s Membership
		err := scan(&s.OrgID, &s.Kind, &s.ID, &s.Name, &s.OwnerName, &s.Grants)
		found[s.OrgID] = s
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read app: %w", err)
	}
	return found, nil
}

// Reload returns the viewer with its memberships as the client's transaction sees them now.
func (v *Viewer) Reload(ctx context.Context, client *ent.Client, now time.Time) (*Viewer, error) {
	var (
		found map[string]Membership
		err   error
	)
	if v.App != nil {
		found, err = v.App.Membership(ctx, client, now)
	} else {
		found, err = Memberships(ctx, client, v.AccountID)
	}
	if err != nil {
		return nil, err
	}
	again := *v
	again.Memberships = found
	return &again, nil
}
