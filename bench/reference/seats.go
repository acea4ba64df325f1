package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"
)

// held is a seat of the account that asks.
type held struct {
	id, org, orgName, name, status string
	made                           time.Time
	roles                          []string
}

// place is an org as a seat tells it.
type place struct{ name, owner, zone, currency string }

func (s *server) seats(ctx context.Context, w *writer, account string) (n int, err error) {
	var seats []held
	err = s.query(ctx, nil, `SELECT s.id, s.org_id, o.name, s.name, s.status, s.created_at, r.name
FROM sub_accounts s JOIN orgs o ON o.id = s.org_id JOIN sub_account_roles l ON l.sub_account_id = s.id JOIN roles r ON r.id = l.role_id
WHERE s.account_id = $1 ORDER BY s.created_at, s.id, r.created_at, r.id`, func(r *sql.Rows) error {
		var (
			one  held
			role string
		)
		err := r.Scan(&one.id, &one.org, &one.orgName, &one.name, &one.status, &one.made, &role)
		if n := len(seats); n == 0 || seats[n-1].id != one.id {
			seats = append(seats, one)
		}
		last := &seats[len(seats)-1]
		last.roles = append(last.roles, role)
		return err
	}, account)
	if err != nil {
		return 0, err
	}
	ids, places := make([]string, len(seats)), make(map[string]place, len(seats))
	for i, one := range seats {
		ids[i] = one.org
	}
	err = s.query(ctx, nil, "SELECT id, name, owner_name, time_zone, currency FROM orgs WHERE id = ANY ($1)",
		func(r *sql.Rows) error {
			var (
				id string
				p  place
			)
			err := r.Scan(&id, &p.name, &p.owner, &p.zone, &p.currency)
			places[id] = p
			return err
		}, pq.StringArray(ids))
	w.raw(`,"seats":[`)
	for i, one := range seats {
		w.comma(i)
		w.text(`{"subAccountId":`, one.id)
		w.text(`,"orgId":`, one.org)
		w.text(`,"orgName":`, one.orgName)
		w.text(`,"name":`, one.name)
		w.text(`,"status":`, one.status)
		w.raw(`,"roleNames":[`)
		for k, role := range one.roles {
			w.comma(k)
			w.text("", role)
		}
		w.moment(`],"createdAt":`, one.made)
		p := places[one.org]
		w.text(`,"org":{"id":`, one.org)
		w.text(`,"name":`, p.name)
		w.text(`,"ownerName":`, p.owner)
		w.text(`,"timeZone":`, p.zone)
		w.text(`,"currency":`, p.currency)
		w.raw("}}")
	}
	w.raw("]")
	return len(seats), err
}
