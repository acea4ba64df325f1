package agency

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/org"
	"deputy/ent/subaccount"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/money"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// errNobody is returned for an operation that requires a person and has no viewer.
var errNobody = errors.New("nobody is asking")

// CreateOrg creates an org for the viewer's account, with the preset roles. act.OrgID is empty; the event is recorded
// in the new org, with the owner as the actor. INVALID, ACCOUNT_OWNS_ORG, ACCOUNT_HAS_SEATS; FORBIDDEN while new orgs
// are closed.
func (a *Agency) CreateOrg(
	ctx context.Context, tx *store.Tx, act audit.Entry, name, ownerName string,
) (*ent.Org, error) {
	if act.Viewer == nil || !act.Viewer.SignedIn() {
		return nil, fmt.Errorf("open org: %w", errNobody)
	}
	if a.SignupClosed {
		return nil, refuse(fault.Forbidden, signupClosed)
	}
	var f form.Form
	name = f.Text(contact.ParseOrgName, name, maxOrgName, "input", "name")
	ownerName = f.Text(contact.ParseName, ownerName, maxName, "input", "ownerName")
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := a.takeOwnership(ctx, tx, act.Viewer.AccountID); err != nil {
		return nil, err
	}
	now := a.Now()
	opened, err := tx.Org.Create().SetName(name).SetOwnerID(act.Viewer.AccountID).SetOwnerName(ownerName).
		SetTimeZone(defaultTimeZone).SetCurrency(defaultCurrency).SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if store.Violates(err, "org_owner_id", "orgs.owner_id") {
		return nil, refuse(fault.AccountOwnsOrg, youOwnOrg).At("input")
	} else if err != nil {
		return nil, fmt.Errorf("open org: %w", err)
	}
	if err := tx.Own(ctx, opened.ID); err != nil {
		return nil, err
	}
	roles, err := a.presetRoles(ctx, tx, opened.ID)
	if err != nil {
		return nil, err
	}
	targets := []audit.Target{orgTarget(opened, orgChanges(nil, opened))}
	for _, r := range roles {
		targets = append(targets, roleTarget(r, roleChanges(nil, r)))
	}
	if err := asOwner(act, opened).Record(ctx, tx, targets...); err != nil {
		return nil, err
	}
	return opened, nil
}

// takeOwnership locks the account and marks it as the owner of an org. It refuses an account that owns an org or has
// seats; released seats do not count.
func (a *Agency) takeOwnership(ctx context.Context, tx *store.Tx, accountID string) error {
	query := tx.Account.Query().Where(account.ID(accountID))
	query.Select(signin.PublicColumns()...)
	store.Lock(tx, query)
	asking, err := query.Only(ctx)
	if err != nil {
		return fmt.Errorf("lock account: %w", err)
	}
	owns, err := tx.Org.Query().Where(org.OwnerID(accountID)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for an org of the account: %w", err)
	}
	if owns {
		return refuse(fault.AccountOwnsOrg, youOwnOrg).At("input")
	}
	seated, err := tx.SubAccount.Query().Where(subaccount.AccountID(accountID)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for seats of the account: %w", err)
	}
	if seated {
		return refuse(fault.AccountHasSeats, youHaveSeats).At("input")
	}
	if asking.Side == account.SideOWNER {
		return nil
	}
	if err := tx.Account.Update().Where(account.ID(accountID)).SetSide(account.SideOWNER).Exec(ctx); err != nil {
		return fmt.Errorf("make the account an owner: %w", err)
	}
	return nil
}

// asOwner returns the entry for the new org, by its owner.
func asOwner(act audit.Entry, o *ent.Org) audit.Entry {
	return entryBy(act, viewer.Membership{
		OrgID: o.ID, Kind: viewer.Owner, ID: o.OwnerID, Name: o.OwnerName, Grants: access.Owner,
	})
}

// entryBy returns the entry for the membership's org, by a viewer with that membership.
func entryBy(act audit.Entry, s viewer.Membership) audit.Entry {
	who := *act.Viewer
	who.Memberships = maps.Clone(act.Viewer.Memberships)
	if who.Memberships == nil {
		who.Memberships = map[string]viewer.Membership{}
	}
	who.Memberships[s.OrgID] = s
	act.Viewer, act.OrgID = &who, s.OrgID
	return act
}

// OrgChange is a change of an org; nil fields are not changed.
type OrgChange struct {
	Name, OwnerName, TimeZone, Currency *string
	// ExpectedUpdatedAt is the row's updatedAt as the caller has read it; nil skips the check.
	ExpectedUpdatedAt *time.Time
}

// UpdateOrg changes the entry's org. Equal values change nothing. A new time zone moves orders to other days, so the
// figures are computed again. CHANGED_MEANWHILE; INVALID, also for another currency once there are orders.
func (a *Agency) UpdateOrg(ctx context.Context, tx *store.Tx, act audit.Entry, in OrgChange) (*ent.Org, error) {
	var f form.Form
	if in.Name != nil {
		in.Name = new(f.Text(contact.ParseOrgName, *in.Name, maxOrgName, "input", "name"))
	}
	if in.OwnerName != nil {
		in.OwnerName = new(f.Text(contact.ParseName, *in.OwnerName, maxName, "input", "ownerName"))
	}
	if in.TimeZone != nil {
		in.TimeZone = new(f.Text(parseTimeZone, *in.TimeZone, timeZoneMaxLength, "input", "timeZone"))
	}
	if in.Currency != nil {
		in.Currency = new(f.Text(parseCurrency, *in.Currency, len(defaultCurrency), "input", "currency"))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	before, err := a.LockOrg(ctx, tx, act.OrgID)
	if err != nil {
		return nil, err
	}
	if err := form.Unchanged(in.ExpectedUpdatedAt, before.UpdatedAt); err != nil {
		return nil, err
	}
	after := *before
	apply(&after.Name, in.Name)
	apply(&after.OwnerName, in.OwnerName)
	apply(&after.TimeZone, in.TimeZone)
	apply(&after.Currency, in.Currency)
	changes := orgChanges(before, &after)
	if len(changes) == 0 {
		return before, nil
	}
	if err := a.moveFigures(ctx, tx, before, &after); err != nil {
		return nil, err
	}
	updated, err := tx.Org.UpdateOneID(before.ID).SetName(after.Name).SetOwnerName(after.OwnerName).
		SetTimeZone(after.TimeZone).SetCurrency(after.Currency).
		SetUpdatedAt(form.Changed(a.Now(), before.UpdatedAt)).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update org: %w", err)
	}
	if err := act.Record(ctx, tx, orgTarget(updated, changes)); err != nil {
		return nil, err
	}
	return updated, nil
}

// moveFigures updates the figures of orders after a change of the org's time zone or currency.
func (a *Agency) moveFigures(ctx context.Context, tx *store.Tx, before, after *ent.Org) error {
	if after.Currency == before.Currency && after.TimeZone == before.TimeZone {
		return nil
	}
	if err := backoffice.HoldFigures(ctx, tx, before.ID); err != nil {
		return err
	}
	if after.Currency != before.Currency {
		if !money.IsTender(after.Currency) {
			return refuse(fault.Invalid, badCurrency).At("input", "currency")
		}
		counted, err := backoffice.HasOrders(ctx, tx, before.ID)
		if err != nil {
			return err
		}
		if counted {
			return refuse(fault.Invalid, currencyFixed).At("input", "currency")
		}
	}
	if after.TimeZone == before.TimeZone {
		return nil
	}
	zone, err := time.LoadLocation(after.TimeZone)
	if err != nil {
		return fmt.Errorf("read time zone: %w", err)
	}
	return backoffice.Rebuild(ctx, tx, before.ID, zone, "input", "timeZone")
}

func apply[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
