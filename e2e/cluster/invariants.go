package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// invariant is a rule of the domain and a query, of both dialects, for what breaks it.
type invariant struct{ rule, broken string }

func invariants() []invariant {
	return []invariant{
		{"an account has at most 20 seats", `SELECT account_id FROM sub_accounts GROUP BY account_id HAVING COUNT(*) > 20`},
		{
			"an account's seats have slots of their own",
			`SELECT account_id FROM sub_accounts GROUP BY account_id, slot HAVING COUNT(*) > 1`,
		},
		{
			"an account has one seat in an org",
			`SELECT account_id FROM sub_accounts GROUP BY account_id, org_id HAVING COUNT(*) > 1`,
		},
		{"an account owns one org", `SELECT owner_id FROM orgs GROUP BY owner_id HAVING COUNT(*) > 1`},
		{"an owner is no sub-account", `SELECT o.owner_id FROM orgs o JOIN sub_accounts s ON s.account_id = o.owner_id`},
		{
			"a phone number is of one account",
			`SELECT MIN(id) FROM accounts WHERE phone IS NOT NULL GROUP BY phone HAVING COUNT(*) > 1`,
		},
		{
			"a sub-account has a role",
			`SELECT s.id FROM sub_accounts s WHERE NOT EXISTS (SELECT 1 FROM sub_account_roles l WHERE l.sub_account_id = s.id)`,
		},
		{"a role that is held exists, in the org", `SELECT l.sub_account_id FROM sub_account_roles l LEFT JOIN roles r ON r.id = l.role_id AND r.org_id = l.org_id
			LEFT JOIN sub_accounts s ON s.id = l.sub_account_id AND s.org_id = l.org_id WHERE r.id IS NULL OR s.id IS NULL`},
		{"a role's name is unique in its org", `SELECT MIN(id) FROM roles GROUP BY org_id, name HAVING COUNT(*) > 1`},
		{"a flow is guessed five times at most", `SELECT id FROM code_flows WHERE guesses > 5`},
		{"what was done to roles and sub-accounts names them", `SELECT e.id FROM audit_events e WHERE e.outcome = 'DONE'
			AND e.operation IN ('createRole', 'updateRole', 'deleteRole', 'createSubAccount', 'updateSubAccount', 'deleteSubAccounts')
			AND NOT EXISTS (SELECT 1 FROM audit_targets t WHERE t.event_id = e.id)`},
	}
}

// Violations returns what breaks the rules of the domain in the database, in words; nothing when all hold.
func Violations(ctx context.Context, db *sql.DB) ([]string, error) {
	var found []string
	for _, i := range invariants() {
		ids, err := Texts(ctx, db, i.broken)
		if err != nil {
			return nil, fmt.Errorf("look whether %s: %w", i.rule, err)
		}
		if len(ids) > 0 {
			found = append(found, i.rule+", and not "+strings.Join(ids, " "))
		}
	}
	return found, nil
}

// Texts returns the only column of a query.
func Texts(ctx context.Context, db *sql.DB, query string, args ...any) (texts []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}
