package agency

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"deputy/ent"
	"deputy/ent/predicate"
	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/ent/subaccountrole"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
)

// CheckNew returns the canonical name of a new sub-account. It checks only the form of name and roles, and is called
// before a guess of the code is counted. INVALID, ROLE_REQUIRED, TOO_MANY.
func CheckNew(name string, roleIDs []string) (string, error) {
	var f form.Form
	name = f.Text(contact.ParseName, name, maxName, "input", "name")
	checkRoleIDs(&f, roleIDs)
	return name, f.Err()
}

// checkRoleIDs refuses an empty list and one that is too long. Duplicate ids count once.
func checkRoleIDs(f *form.Form, given []string) {
	switch ids, _ := form.Once(given); {
	case len(ids) == 0:
		f.Refuse(refuse(fault.RoleRequired, roleRequired).At("input", "roleIds"))
	case len(ids) > MaxRolesOfOne:
		f.Refuse(refuse(fault.TooMany, manyRolesOfOne, MaxRolesOfOne).At("input", "roleIds"))
	}
}

// lockRoles returns the roles of the org with the ids. Each id without a role of the org is refused: NOT_FOUND at
// input.roleIds.N.
func lockRoles(ctx context.Context, tx *store.Tx, orgID string, given []string) ([]*ent.Role, error) {
	ids, places := form.Once(given)
	query := tx.Role.Query().Where(role.OrgID(orgID), page.Among[predicate.Role](role.FieldID,
		form.WellFormed(id.Role, ids))).Order(role.ByID())
	store.Lock(tx, query)
	found, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock roles: %w", err)
	}
	var f form.Form
	for i, roleID := range ids {
		if !slices.ContainsFunc(found, func(r *ent.Role) bool { return r.ID == roleID }) {
			f.Refuse(refuse(fault.NotFound, noRole).At("input", "roleIds",
				strconv.Itoa(places[i])).About(fault.Object{Type: "Role", ID: roleID}))
		}
	}
	return found, f.Err()
}

// NewSubAccount is the input of CreateSubAccount.
type NewSubAccount struct {
	// Name and RoleIDs are checked again; see CheckNew.
	Name    string
	RoleIDs []string
	// Destination of the code that was verified, in its canonical form.
	Destination string
	// Spend marks the code as used, in the transaction.
	Spend func(context.Context, *store.Tx) error
}

// CreateSubAccount creates an enabled seat in the entry's org for the account of the code's destination, and creates
// the account if necessary. INVALID, ROLE_REQUIRED, NOT_FOUND (a role), TOO_MANY, the refusals of Spend; and those that
// only the holder of the right code may see, see BurnsCode: ALREADY_BOUND, ORG_LIMIT_REACHED, ACCOUNT_OWNS_ORG.
func (a *Agency) CreateSubAccount(
	ctx context.Context, tx *store.Tx, act audit.Entry, in NewSubAccount,
) (*ent.SubAccount, error) {
	name, err := CheckNew(in.Name, in.RoleIDs)
	if err != nil {
		return nil, err
	}
	if err := in.Spend(ctx, tx); err != nil {
		return nil, err
	}
	destination := in.Destination
	if err := hasRoom(ctx, tx.Client, act.OrgID); err != nil {
		return nil, err
	}
	at, err := a.takeSeat(ctx, tx, act.OrgID, destination)
	if err != nil {
		return nil, err
	}
	roles, err := lockRoles(ctx, tx, act.OrgID, in.RoleIDs)
	if err != nil {
		return nil, err
	}
	newID, now := id.New(id.SubAccount), a.Now()
	if err := linkFirst(ctx, tx); err != nil {
		return nil, err
	}
	if err := give(ctx, tx, act.OrgID, newID, roles); err != nil {
		return nil, err
	}
	create := tx.SubAccount.Create().SetID(
		newID).SetOrgID(act.OrgID).SetAccountID(at.accountID).SetSlot(at.slot).SetName(name).
		SetCreatedAt(now).SetUpdatedAt(now)
	if kindOf(destination) == "email" {
		create.SetEmail(destination)
	} else {
		create.SetPhone(destination)
	}
	made, err := create.Save(ctx)
	if store.Violates(err, "subaccount_org_id_account_id", "sub_accounts.org_id, sub_accounts.account_id") {
		return nil, alreadyBound(destination).At("input")
	} else if err != nil {
		return nil, fmt.Errorf("make sub-account: %w", err)
	}
	made.Edges.Roles = roles
	if err := act.Record(ctx, tx, subAccountTarget(made, subAccountChanges(nil, made))); err != nil {
		return nil, err
	}
	return made, nil
}

func give(ctx context.Context, tx *store.Tx, orgID, subAccountID string, roles []*ent.Role) error {
	links := make([]*ent.SubAccountRoleCreate, len(roles))
	for i, r := range roles {
		links[i] = tx.SubAccountRole.Create().SetSubAccountID(subAccountID).SetRoleID(r.ID).SetOrgID(orgID)
	}
	if err := tx.SubAccountRole.CreateBulk(links...).Exec(ctx); err != nil {
		return fmt.Errorf("give roles: %w", err)
	}
	return nil
}

// SubAccountChange is a change of a sub-account; nil fields are not changed. RoleIDs replace all of its roles.
type SubAccountChange struct {
	Name    *string
	RoleIDs *[]string
	// ExpectedUpdatedAt is the row's updatedAt as the caller has read it; nil skips the check.
	ExpectedUpdatedAt *time.Time
}

// UpdateSubAccount changes a sub-account of the entry's org, which takes effect at once. Equal values change nothing.
// INVALID, NOT_FOUND, CHANGED_MEANWHILE, ROLE_REQUIRED, TOO_MANY.
func (a *Agency) UpdateSubAccount(
	ctx context.Context, tx *store.Tx, act audit.Entry, subAccountID string, in SubAccountChange,
) (*ent.SubAccount, error) {
	var f form.Form
	if in.Name != nil {
		in.Name = new(f.Text(contact.ParseName, *in.Name, maxName, "input", "name"))
	}
	if in.RoleIDs != nil {
		checkRoleIDs(&f, *in.RoleIDs)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	found, err := lockSubAccounts(ctx, tx, act.OrgID, []string{subAccountID}, withRoles)
	if err != nil {
		return nil, err
	}
	before, ok := found[subAccountID]
	if !ok {
		return nil, refuse(fault.NotFound, noSubAccount).At("input", "id")
	}
	if err := form.Unchanged(in.ExpectedUpdatedAt, before.UpdatedAt); err != nil {
		return nil, err
	}
	after := *before
	apply(&after.Name, in.Name)
	if in.RoleIDs != nil {
		if after.Edges.Roles, err = lockRoles(ctx, tx, act.OrgID, *in.RoleIDs); err != nil {
			return nil, err
		}
	}
	given, taken := without(after.Edges.Roles, before.Edges.Roles), without(before.Edges.Roles, after.Edges.Roles)
	changes := subAccountChanges(before, &after)
	if len(changes) == 0 {
		return before, nil
	}
	if err := exchange(ctx, tx, before, given, taken); err != nil {
		return nil, err
	}
	updated, err := tx.SubAccount.UpdateOneID(before.ID).SetName(after.Name).
		SetUpdatedAt(form.Changed(a.Now(), before.UpdatedAt)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update sub-account: %w", err)
	}
	updated.Edges.Roles = after.Edges.Roles
	if err := act.Record(ctx, tx, subAccountTarget(updated, changes)); err != nil {
		return nil, err
	}
	return updated, nil
}

// exchange adds roles before it removes others, since the database refuses to remove a sub-account's last role.
func exchange(ctx context.Context, tx *store.Tx, s *ent.SubAccount, given, taken []*ent.Role) error {
	if len(given) > 0 {
		if err := give(ctx, tx, s.OrgID, s.ID, given); err != nil {
			return err
		}
	}
	if len(taken) == 0 {
		return nil
	}
	ids := make([]string, len(taken))
	for i, r := range taken {
		ids[i] = r.ID
	}
	_, err := tx.SubAccountRole.Delete().Where(subaccountrole.SubAccountID(s.ID),
		page.Among[predicate.SubAccountRole](subaccountrole.FieldRoleID, ids)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take roles: %w", err)
	}
	return nil
}

func without(roles, others []*ent.Role) []*ent.Role {
	return slices.DeleteFunc(slices.Clone(roles), func(r *ent.Role) bool {
		return slices.ContainsFunc(others, func(o *ent.Role) bool { return o.ID == r.ID })
	})
}

func withRoles(q *ent.SubAccountQuery) { q.WithRoles() }

// lockSubAccounts locks the org's sub-accounts with the ids and returns them in the order of their ids, with one
// statement and one for each option.
func lockSubAccounts(
	ctx context.Context, tx *store.Tx, orgID string, ids []string, options ...func(*ent.SubAccountQuery),
) (map[string]*ent.SubAccount, error) {
	query := tx.SubAccount.Query().Where(subaccount.OrgID(orgID),
		page.Among[predicate.SubAccount](subaccount.FieldID, form.WellFormed(id.SubAccount, ids))).
		Order(subaccount.ByID())
	for _, option := range options {
		option(query)
	}
	return store.LockEach(ctx, tx, query, func(s *ent.SubAccount) string { return s.ID })
}
