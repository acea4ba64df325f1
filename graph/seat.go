package graph

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

	"deputy/ent"
	"deputy/ent/audittarget"
	"deputy/ent/role"
	"deputy/ent/session"
	"deputy/ent/subaccount"
	"deputy/ent/subaccountrole"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

func orgID(o *ent.Org) string               { return o.ID }
func roleID(o *ent.Role) string             { return o.ID }
func subAccountID(o *ent.SubAccount) string { return o.ID }
func eventID(o *ent.AuditEvent) string      { return o.ID }

// filteredSubAccounts is a list of sub-accounts as a field's arguments want it.
func (r *Resolver) filteredSubAccounts(
	v *viewer.Viewer, field string, f *model.SubAccountFilter, o *model.SubAccountOrder,
) (page.List[*ent.SubAccount], error) {
	list := r.subAccounts(v, field)
	cuts, err := subAccountFilter(f)
	list.Where = append(list.Where, cuts...)
	subAccountOrder(&list, o)
	return list, err
}

// holderOf joins the roles that sub-accounts hold, and returns the role as the parent.
func holderOf(s *sql.Selector) string {
	t := sql.Dialect(s.Dialect()).Table(subaccountrole.Table)
	s.Join(t).On(s.C(subaccount.FieldID), t.C(subaccountrole.FieldSubAccountID))
	return t.C(subaccountrole.FieldRoleID)
}

// heldBy joins the sub-accounts that hold roles, and returns the sub-account as the parent.
func heldBy(s *sql.Selector) string {
	t := sql.Dialect(s.Dialect()).Table(subaccountrole.Table)
	s.Join(t).On(s.C(role.FieldID), t.C(subaccountrole.FieldRoleID))
	return t.C(subaccountrole.FieldSubAccountID)
}

// held returns the roles of a sub-account as a field selects them.
func (r *Resolver) held(ctx context.Context, s *ent.SubAccount) ([]*ent.Role, error) {
	return rolesBatch(r, roleTable.Columns(ctx), func(roles []*ent.Role) []*ent.Role { return roles }).For(ctx, s)
}

// rolesBatch is a field of sub-accounts that is made of their roles, oldest first, with the columns.
func rolesBatch[V any](
	r *Resolver, columns []string, value func([]*ent.Role) V,
) load.Batch[*ent.SubAccount, map[string][]*ent.Role, V] {
	return load.Batch[*ent.SubAccount, map[string][]*ent.Role, V]{
		Load: func(ctx context.Context, rows []*ent.SubAccount) (map[string][]*ent.Role, error) {
			v, err := viewer.SignedIn(ctx)
			if err != nil {
				return nil, err
			}
			list := r.roles(v, "SubAccount.roles")
			list.Parent = heldBy
			return list.LoadAll(ctx, load.IDs(rows, subAccountID), columns)
		},
		Value: func(roles map[string][]*ent.Role, s *ent.SubAccount) (V, error) {
			return value(listed(roles[s.ID])), nil
		},
	}
}

// eventsAbout lists the events that have a row as their target.
func (r *Resolver) eventsAbout(v *viewer.Viewer, field string) page.List[*ent.AuditEvent] {
	list := r.auditEvents(field, inOrgs(v, access.AuditLog, access.View))
	list.Parent = func(s *sql.Selector) string {
		t := sql.Dialect(s.Dialect()).Table(audittarget.Table)
		targets := sql.Dialect(s.Dialect()).Select(t.C(audittarget.FieldEventID),
			t.C(audittarget.FieldTargetID)).Distinct().From(t).As("about")
		s.Join(targets).On(s.C("id"), targets.C(audittarget.FieldEventID))
		return targets.C(audittarget.FieldTargetID)
	}
	return list
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

// released is a seat that was given up.
type released struct {
	OrgID     *string
	Unmanaged int
}

// seatRows is every seat of an account, one row for each role of it.
const seatRows = `SELECT s.id, s.org_id, o.name, s.name, s.status, s.created_at, r.name
FROM sub_accounts s JOIN orgs o ON o.id = s.org_id
JOIN sub_account_roles l ON l.sub_account_id = s.id JOIN roles r ON r.id = l.role_id
WHERE s.account_id = $1 ORDER BY s.created_at, s.id, r.created_at, r.id`

// seats returns the viewer's seats, disabled ones included, oldest first, and with one more statement the orgs of all
// of them when they are asked for.
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

// orgsOfSeats gives the seats their orgs when the document asks for them: a disabled seat has none.
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

// sessions returns the viewer's sessions that are still good, newest first.
func (r *Resolver) sessions(ctx context.Context, v *viewer.Viewer) ([]*ent.Session, error) {
	q := r.Store.Client.Session.Query().
		Where(session.AccountID(v.AccountID), session.And(r.Identity.Live()...)).
		Order(session.ByCreatedAt(sql.OrderDesc()), session.ByID(sql.OrderDesc()))
	q.Select(append(sessionTable.Columns(ctx), session.FieldID)...)
	return q.All(ctx)
}
