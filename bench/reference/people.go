package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"
)

func (s *server) point(ctx context.Context, w *writer, _ string, variables []byte) error {
	_, name, err := s.org(ctx, variables)
	if err != nil {
		return err
	}
	w.text(`{"org":{"name":`, name)
	w.raw("}}")
	return nil
}

// seat is a sub-account in the list of a role.
type seat struct{ role, id, name, status string }

// nested returns roles, their sub-accounts, and the roles of these.
func (s *server) nested(roles, seats int) answer {
	return func(ctx context.Context, w *writer, _ string, variables []byte) error {
		id, name, err := s.org(ctx, variables)
		if err != nil {
			return err
		}
		ids, names := make([]string, 0, roles), make([]string, 0, roles)
		err = s.query(ctx, nil, "SELECT id, name FROM roles WHERE org_id = $1 ORDER BY created_at, id LIMIT $2",
			func(r *sql.Rows) error {
				var id, name string
				err := r.Scan(&id, &name)
				ids, names = append(ids, id), append(names, name)
				return err
			}, id, roles)
		if err != nil {
			return err
		}
		held, people := make(map[string][]seat, len(ids)), make([]string, 0, roles*seats)
		err = s.query(ctx, nil, `SELECT keys.id, page.id, page.name, page.status FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (
	SELECT s.id, s.name, s.status, s.created_at FROM sub_accounts s JOIN sub_account_roles l ON l.sub_account_id = s.id WHERE l.role_id = keys.id
	ORDER BY s.created_at, s.id LIMIT $2) AS page ORDER BY keys.id, page.created_at, page.id`, func(r *sql.Rows) error {
			var one seat
			err := r.Scan(&one.role, &one.id, &one.name, &one.status)
			held[one.role], people = append(held[one.role], one), append(people, one.id)
			return err
		}, pq.StringArray(ids), seats)
		if err != nil {
			return err
		}
		of := make(map[string][]string, len(people))
		err = s.query(ctx, nil, `SELECT l.sub_account_id, r.name FROM sub_account_roles l JOIN roles r ON r.id = l.role_id
WHERE l.sub_account_id = ANY ($1) ORDER BY r.created_at, r.id`, func(r *sql.Rows) error {
			var person, role string
			err := r.Scan(&person, &role)
			of[person] = append(of[person], role)
			return err
		}, pq.StringArray(people))
		if err != nil {
			return err
		}
		w.text(`{"org":{"name":`, name)
		w.raw(`,"roles":{"nodes":[`)
		for i, role := range ids {
			w.comma(i)
			w.text(`{"id":`, role)
			w.text(`,"name":`, names[i])
			w.raw(`,"subAccounts":{"nodes":[`)
			for k, one := range held[role] {
				w.comma(k)
				w.text(`{"id":`, one.id)
				w.text(`,"name":`, one.name)
				w.text(`,"status":`, one.status)
				w.raw(`,"roles":[`)
				for j, name := range of[one.id] {
					w.comma(j)
					w.text(`{"name":`, name)
					w.raw("}")
				}
				w.raw("]}")
			}
			w.raw("]}}")
		}
		w.raw("]}}}")
		return nil
	}
}

// page is how many rows the flat lists have.
const page = 100

func (s *server) flat(count bool) answer {
	return func(ctx context.Context, w *writer, _ string, variables []byte) error {
		id, _, err := s.org(ctx, variables)
		if err != nil {
			return err
		}
		w.raw(`{"org":{"subAccounts":{`)
		if count {
			var total int64
			err := s.query(ctx, nil, "SELECT count(*) FROM sub_accounts WHERE org_id = $1",
				func(r *sql.Rows) error { return r.Scan(&total) }, id)
			if err != nil {
				return err
			}
			w.number(`"totalCount":`, total)
			w.raw(",")
		}
		w.raw(`"nodes":[`)
		n := 0
		err = s.query(ctx, nil, `SELECT id, name, phone, email, status, created_at, updated_at FROM sub_accounts WHERE org_id = $1
ORDER BY created_at, id LIMIT $2`, func(r *sql.Rows) error {
			if n++; n > page {
				return nil
			}
			var (
				id, name, status string
				phone, email     sql.NullString
				made, changed    time.Time
			)
			err := r.Scan(&id, &name, &phone, &email, &status, &made, &changed)
			w.comma(n - 1)
			w.text(`{"id":`, id)
			w.text(`,"name":`, name)
			w.nullText(`,"phone":`, phone)
			w.nullText(`,"email":`, email)
			w.text(`,"status":`, status)
			w.moment(`,"createdAt":`, made)
			w.moment(`,"updatedAt":`, changed)
			w.raw("}")
			return err
		}, id, page+1)
		w.boolean(`],"pageInfo":{"hasNextPage":`, n > page)
		w.raw("}}}}")
		return err
	}
}

// seatLimit is how many seats an account can have.
const seatLimit = 20

func (s *server) viewer(ctx context.Context, w *writer, account string, _ []byte) error {
	w.raw(`{"viewer":{`)
	err := s.query(ctx, nil, "SELECT id, phone, email, created_at FROM accounts WHERE id = $1", func(r *sql.Rows) error {
		var (
			id           string
			phone, email sql.NullString
			made         time.Time
		)
		err := r.Scan(&id, &phone, &email, &made)
		w.text(`"account":{"id":`, id)
		w.nullText(`,"phone":`, phone)
		w.nullText(`,"email":`, email)
		w.moment(`,"createdAt":`, made)
		w.raw("}")
		return err
	}, account)
	if err != nil {
		return err
	}
	owned := false
	err = s.query(ctx, nil, "SELECT id, name FROM orgs WHERE owner_id = $1", func(r *sql.Rows) error {
		owned = true
		var id, name string
		err := r.Scan(&id, &name)
		w.text(`,"ownedOrg":{"id":`, id)
		w.text(`,"name":`, name)
		w.raw("}")
		return err
	}, account)
	if err != nil {
		return err
	}
	if !owned {
		w.raw(`,"ownedOrg":null`)
	}
	seats, err := s.seats(ctx, w, account)
	w.number(`,"seatLimit":`, seatLimit)
	w.boolean(`,"mayOpenOrg":`, !owned && seats == 0)
	w.raw("}}")
	return err
}
