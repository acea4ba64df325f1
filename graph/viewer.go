package graph

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

	"deputy/ent"
	accounts "deputy/ent/account"
	"deputy/ent/session"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/feed"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// accountTable has the viewer's own account.
var accountTable = &table[ent.Account, *ent.Account]{
	Table: load.Table{Type: "Account", Name: accounts.Table, Has: accounts.Columns},
	reach: func(v *viewer.Viewer, _ access.Action) where { return equal(accounts.FieldID, v.AccountID) },
}

// sessionTable has the sessions of the viewer's account.
var sessionTable = &table[ent.Session, *ent.Session]{
	Table: load.Table{Type: "Session", Name: session.Table, Has: session.Columns},
	reach: func(v *viewer.Viewer, _ access.Action) where { return equal(session.FieldAccountID, v.AccountID) },
}

// seatRows selects every seat of an account, one row for each role of it.
const seatRows = `SELECT s.id, s.org_id, o.name, s.name, s.status, s.created_at, r.name
FROM sub_accounts s JOIN orgs o ON o.id = s.org_id
JOIN sub_account_roles l ON l.sub_account_id = s.id JOIN roles r ON r.id = l.role_id
WHERE s.account_id = $1 ORDER BY s.created_at, s.id, r.created_at, r.id`

// seats returns the viewer's seats, disabled ones included, oldest first, and their orgs, with one more statement, if
// they are selected.
func (r *Resolver) seats(ctx context.Context, v *viewer.Viewer) ([]*model.Seat, error) {
	seats := []*model.Seat{}
	err := r.Store.Each(viewer.WithAllOrgs(ctx), seatRows, []any{v.AccountID}, func(record page.Record) error {
		var (
			s        model.Seat
			roleName string
		)
		if err := record.Scan(&s.SubAccountID, &s.OrgID, &s.OrgName, &s.Name, &s.Status, &s.CreatedAt,
			&roleName); err != nil {
			return err
		}
		if n := len(seats); n == 0 || seats[n-1].SubAccountID != s.SubAccountID {
			seats = append(seats, &s)
		}
		last := seats[len(seats)-1]
		last.RoleNames = append(last.RoleNames, roleName)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read seats: %w", err)
	}
	return seats, r.orgsOfSeats(ctx, v, seats)
}

// orgsOfSeats sets the orgs of the seats if the document selects them: a disabled seat has none.
func (r *Resolver) orgsOfSeats(ctx context.Context, v *viewer.Viewer, seats []*model.Seat) error {
	var columns, orgIDs []string
	asked := false
	for _, f := range graphql.CollectFieldsCtx(ctx, []string{"Seat"}) {
		if f.Name == "org" {
			asked, columns = true, append(columns, orgTable.Selected(graphql.GetOperationContext(ctx), f)...)
		}
	}
	for _, s := range seats {
		if _, ok := v.In(s.OrgID); ok {
			orgIDs = append(orgIDs, s.OrgID)
		}
	}
	if !asked || len(orgIDs) == 0 {
		return nil
	}
	orgs, err := r.orgsByID(ctx, orgIDs, columns)
	for _, s := range seats {
		s.Org = orgs[s.OrgID]
	}
	return err
}

// sessions returns the viewer's valid sessions, newest first.
func (r *Resolver) sessions(ctx context.Context, v *viewer.Viewer) ([]*ent.Session, error) {
	q := r.Store.Client.Session.Query().
		Where(session.AccountID(v.AccountID), session.And(r.Identity.Live()...)).
		Order(session.ByCreatedAt(sql.OrderDesc()), session.ByID(sql.OrderDesc()))
	q.Select(append(sessionTable.Columns(ctx), session.FieldID)...)
	return q.All(ctx)
}

// accountsByID reads accounts with the columns that the running field selects.
func (r *Resolver) accountsByID(ctx context.Context, accountIDs []string) (map[string]*ent.Account, error) {
	rows, err := accountTable.read(r)(ctx, accountTable.Columns(ctx), func(s *sql.Selector) {
		s.Where(page.In(s.C(accounts.FieldID), accountIDs))
	})
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return byID(rows), nil
}

// self returns the viewer's own account.
func (r *Resolver) self(ctx context.Context, v *viewer.Viewer) (*ent.Account, error) {
	found, err := r.accountsByID(ctx, []string{v.AccountID})
	if err == nil && found[v.AccountID] == nil {
		err = errors.New("session without its account")
	}
	return found[v.AccountID], err
}

// asking returns the viewer as an object of the schema. Its id differs from that of the account, which others see too,
// so that clients cache the two separately.
func asking(v *viewer.Viewer) *model.Viewer {
	return &model.Viewer{ID: id.Of(id.Viewer, v.AccountID)}
}

// viewerState selects the state of an account's memberships: a row for each role of each of its seats, and one for the
// org that it owns. Each change has a new time, so two states are equal only if nothing has changed between them.
const viewerState = `SELECT o.id || ' ' || CAST(o.updated_at AS text) AS state FROM orgs o WHERE o.owner_id = $1
UNION ALL
SELECT o.id || ' ' || CAST(o.updated_at AS text) || ' ' || s.id || ' ' || CAST(s.updated_at AS text) || ' ' || r.id || ' ' || CAST(r.updated_at AS text)
FROM sub_accounts s JOIN orgs o ON o.id = s.org_id JOIN sub_account_roles l ON l.sub_account_id = s.id JOIN roles r ON r.id = l.role_id
WHERE s.account_id = $1 ORDER BY 1`

// comingViewer returns the viewer as an event whenever its state differs from the last one that was sent.
type comingViewer struct {
	*Resolver
	state, sent []string
	asking      *model.Viewer // to be sent
}

// readNext follows the viewer's orgs before it reads the state, so that later changes are notified. The content of the
// event is read after the state, and is never older.
func (c *comingViewer) readNext(ctx context.Context, v *viewer.Viewer, fresh *feed.Follower) (found bool, err error) {
	if fresh == nil {
		return false, nil
	}
	fresh.AccessIn(slices.Collect(maps.Keys(v.Memberships)))
	c.state, c.asking = []string{v.AccountID}, nil
	err = c.Store.Each(viewer.WithAllOrgs(ctx), viewerState, []any{v.AccountID}, func(record page.Record) error {
		var row string
		err := record.Scan(&row)
		c.state = append(c.state, row)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read state of the viewer: %w", err)
	}
	if !slices.Equal(c.state, c.sent) {
		c.asking = asking(v)
	}
	return c.asking != nil, nil
}

func (c *comingViewer) next() (event *model.Viewer, ok bool) {
	if c.asking == nil {
		return nil, false
	}
	event, c.asking, c.sent = c.asking, nil, c.state
	return event, true
}

// attend stores the use of the seats in the orgs that the operation's root fields name. It is the only place that does,
// except for files; see signin.Service.Active.
func (r *Resolver) attend(ctx context.Context) {
	if r.Identity == nil {
		return
	}
	v, err := viewer.FromContext(ctx)
	if err != nil || !v.SignedIn() {
		return
	}
	unnoted := r.Identity.Unnoted(v)
	if len(unnoted) == 0 {
		return
	}
	op := graphql.GetOperationContext(ctx)
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet,
		[]string{"Query", mutationType, "Subscription"}) {
		if field.Definition == nil || len(field.Arguments) == 0 {
			continue
		}
		for _, value := range field.ArgumentMap(op.Variables) {
			unnoted = slices.DeleteFunc(unnoted, func(orgID string) bool {
				named := names(value, orgID)
				if named {
					r.Identity.Active(ctx, v, orgID)
				}
				return named
			})
		}
	}
}

// names reports whether an argument of a root field is the org's id, or contains it.
func names(value any, orgID string) bool {
	switch value := value.(type) {
	case string:
		return value == orgID
	case []any:
		return slices.ContainsFunc(value, func(one any) bool { return one == any(orgID) })
	case []string:
		return slices.Contains(value, orgID)
	case map[string]any:
		return value["orgId"] == any(orgID)
	}
	return false
}
