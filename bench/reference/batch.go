package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/lib/pq"
)

// person is a sub-account whose status is set.
type person struct{ id, name, status, account string }

// batch disables sub-accounts, and enables them again.
func (s *server) batch(ctx context.Context, w *writer, account string, variables []byte) error {
	var asked struct {
		OrgID string   `json:"orgId"`
		IDs   []string `json:"ids"`
	}
	if err := json.Unmarshal(variables, &asked); err != nil {
		return err
	}
	for i, step := range []struct{ operation, status string }{
		{"disableSubAccounts", "DISABLED"},
		{"enableSubAccounts", "ENABLED"},
	} {
		var people []person
		err := s.write(ctx, asked.OrgID, account, func(t *writing) (err error) {
			people, err = t.setStatus(ctx, asked.IDs, step.operation, step.status)
			return err
		})
		if err != nil {
			return err
		}
		w.raw([]string{`{"`, `,"`}[i])
		w.raw(step.operation)
		w.raw(`":{"subAccounts":[`)
		for k, p := range people {
			w.comma(k)
			w.text(`{"id":`, p.id)
			w.text(`,"name":`, p.name)
			w.text(`,"status":`, step.status)
			w.raw("}")
		}
		w.raw(`],"userErrors":[]}`)
	}
	w.raw("}")
	return nil
}

// setStatus returns the sub-accounts in the order of the ids.
func (w *writing) setStatus(ctx context.Context, ids []string, operation, status string) ([]person, error) {
	found := make(map[string]person, len(ids))
	err := w.query(ctx, w.tx, "SELECT id, name, status, account_id FROM sub_accounts WHERE org_id = $1 AND id = ANY "+
		"($2) ORDER BY id FOR NO KEY UPDATE", func(r *sql.Rows) error {
		var p person
		err := r.Scan(&p.id, &p.name, &p.status, &p.account)
		found[p.id] = p
		return err
	}, w.org, pq.StringArray(ids))
	if err != nil {
		return nil, err
	}
	people, t := make([]person, 0, len(ids)), targets{kind: "SubAccount"}
	for _, id := range ids {
		p := found[id]
		people = append(people, p)
		if p.status == status {
			continue
		}
		t.ids, t.labels = append(t.ids, p.id), append(t.labels, p.name)
		t.accounts = append(t.accounts, sql.NullString{String: p.account, Valid: true})
		t.changes = append(t.changes, fmt.Sprintf(`[{"f":"status","b":%q,"a":%q}]`, p.status, status))
	}
	if len(t.ids) == 0 {
		return people, nil
	}
	if err := w.run(ctx, "UPDATE sub_accounts SET status = $1, updated_at = now() WHERE id = ANY ($2)", status,
		pq.StringArray(t.ids)); err != nil {
		return nil, err
	}
	return people, w.record(ctx, operation, rand.Text(), t)
}
