package agency

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"deputy/ent"
	"deputy/ent/role"
	"deputy/ent/subaccountrole"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/store"
)

// CreateRole creates a role of the entry's org. INVALID, NAME_TAKEN, MODULE_NOT_GRANTABLE, TOO_MANY.
func (a *Agency) CreateRole(
	ctx context.Context, tx *store.Tx, act audit.Entry, name, description string, grants []access.Grant,
) (*ent.Role, error) {
	var f form.Form
	name = f.Text(contact.ParseName, name, maxName, "input", "name")
	description = f.Text(contact.ParseText, description, maxDescription, "input", "description")
	set := grantsOf(&f, grants)
	if err := f.Err(); err != nil {
		return nil, err
	}
	others, err := tx.Role.Query().Where(role.OrgID(act.OrgID)).Select(role.FieldID, role.FieldName).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read role names: %w", err)
	}
	if len(others) >= MaxRoles {
		return nil, refuse(fault.TooMany, manyRoles, MaxRoles).At("input")
	}
	if err := free(others, "", name); err != nil {
		return nil, err
	}
	now := a.Now()
	made, err := tx.Role.Create().SetOrgID(act.OrgID).SetName(name).SetDescription(description).SetGrants(set).
		SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if err != nil {
		return nil, wrapNameTaken(err, name, "make role")
	}
	if err := act.Record(ctx, tx, roleTarget(made, roleChanges(nil, made))); err != nil {
		return nil, err
	}
	return made, nil
}

// RoleChange is a change of a role; nil fields are not changed. Grants replace all of the role's grants.
type RoleChange struct {
	Name, Description *string
	Grants            *[]access.Grant
	// ExpectedUpdatedAt is the row's updatedAt as the caller has read it; nil skips the check.
	ExpectedUpdatedAt *time.Time
}

// UpdateRole changes a role of the entry's org, which takes effect for its holders at once. Equal values change
// nothing. INVALID, NOT_FOUND, CHANGED_MEANWHILE, NAME_TAKEN, MODULE_NOT_GRANTABLE.
func (a *Agency) UpdateRole(
	ctx context.Context, tx *store.Tx, act audit.Entry, roleID string, in RoleChange,
) (*ent.Role, error) {
	var (
		f   form.Form
		set *access.Set
	)
	if in.Name != nil {
		in.Name = new(f.Text(contact.ParseName, *in.Name, maxName, "input", "name"))
	}
	if in.Description != nil {
		in.Description = new(f.Text(contact.ParseText, *in.Description, maxDescription, "input", "description"))
	}
	if in.Grants != nil {
		set = new(grantsOf(&f, *in.Grants))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	before, err := lockRole(ctx, tx, act.OrgID, roleID)
	if err != nil {
		return nil, err
	}
	if err := form.Unchanged(in.ExpectedUpdatedAt, before.UpdatedAt); err != nil {
		return nil, err
	}
	after := *before
	apply(&after.Name, in.Name)
	apply(&after.Description, in.Description)
	apply(&after.Grants, set)
	changes := roleChanges(before, &after)
	if len(changes) == 0 {
		return before, nil
	}
	if after.Name != before.Name {
		others, err := tx.Role.Query().Where(role.OrgID(act.OrgID)).Select(role.FieldID, role.FieldName).All(ctx)
		if err != nil {
			return nil, fmt.Errorf("read role names: %w", err)
		}
		if err := free(others, roleID, after.Name); err != nil {
			return nil, err
		}
	}
	updated, err := tx.Role.UpdateOneID(
		roleID).SetName(after.Name).SetDescription(after.Description).SetGrants(after.Grants).
		SetUpdatedAt(form.Changed(a.Now(), before.UpdatedAt)).Save(ctx)
	if err != nil {
		return nil, wrapNameTaken(err, after.Name, "update role")
	}
	if err := act.Record(ctx, tx, roleTarget(updated, changes)); err != nil {
		return nil, err
	}
	return updated, nil
}

// DeleteRole deletes a role of the entry's org that no sub-account has. NOT_FOUND, ROLE_IN_USE with the number of its
// holders.
func (a *Agency) DeleteRole(ctx context.Context, tx *store.Tx, act audit.Entry, roleID string) error {
	gone, err := lockRole(ctx, tx, act.OrgID, roleID)
	if err != nil {
		return err
	}
	holders, err := tx.SubAccountRole.Query().Where(subaccountrole.RoleID(roleID)).Count(ctx)
	if err != nil {
		return fmt.Errorf("count holders of role: %w", err)
	}
	if holders > 0 {
		return refuse(fault.RoleInUse, roleInUse, holders).At("input", "id")
	}
	if err := tx.Role.DeleteOneID(roleID).Exec(ctx); err != nil {
		return fmt.Errorf("delete role: %w", err)
	}
	return act.Record(ctx, tx, roleTarget(gone, roleChanges(gone, nil)))
}

// lockRole returns the role of the org. An id of another org's role and one of no role get the same refusal.
func lockRole(ctx context.Context, tx *store.Tx, orgID, roleID string) (*ent.Role, error) {
	missing := refuse(fault.NotFound, noRole).At("input", "id")
	if !id.Is(id.Role, roleID) {
		return nil, missing
	}
	return store.LockOne(ctx, tx, tx.Role.Query().Where(role.ID(roleID), role.OrgID(orgID)), missing)
}

// free refuses a name that people could confuse with that of another role.
func free(others []*ent.Role, roleID, name string) error {
	key := contact.NameKey(name)
	for _, other := range others {
		if other.ID != roleID && contact.NameKey(other.Name) == key {
			return refuse(fault.NameTaken, roleNameTaken, other.Name).At("input", "name")
		}
	}
	return nil
}

// wrapNameTaken returns NAME_TAKEN when err is a violation of the unique name of roles, and else err with the
// operation.
func wrapNameTaken(err error, name, doing string) error {
	if store.Violates(err, "role_org_id_name", "roles.org_id, roles.name") {
		return refuse(fault.NameTaken, roleNameTaken, name).At("input", "name")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// grantsOf returns the union of grants, or adds a refusal for the one that is invalid.
func grantsOf(f *form.Form, grants []access.Grant) access.Set {
	set, err := access.SetOf(grants)
	var bad *access.InvalidGrantError
	if !errors.As(err, &bad) {
		f.Take(err)
		return set
	}
	at := []string{"input", "grants", strconv.Itoa(bad.Index)}
	info, _ := bad.Module.Info()
	called := info.Name
	switch {
	case bad.NotGrantable:
		f.Refuse(refuse(fault.ModuleNotGrantable, notGrantable).At(append(at, "module")...))
	case bad.Action != 0:
		f.Refuse(refuse(fault.Invalid, badGrantAction, called).At(append(at, "actions")...))
	case !info.Knows(bad.Scope):
		f.Refuse(refuse(fault.Invalid, badGrantScope, called).At(append(at, "scope")...))
	default:
		f.Refuse(refuse(fault.Invalid, noGrantAction, called).At(append(at, "actions")...))
	}
	return 0
}
