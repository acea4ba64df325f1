package backoffice

import (
	"context"
	"fmt"
	"strings"
	"time"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/predicate"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/civil"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/search"
	"deputy/internal/store"
)

// MaxCategories is the maximum number of categories in the list of categories: more than anybody can choose from.
const MaxCategories = 200

// creators are the messages of a batch of creators.
var creators = form.Noun{Type: "Creator", None: noCreators, Many: manyCreators, Missing: noCreator}

// NewCreator are the values of a new creator.
type NewCreator struct {
	Name, PlatformID, Category string
	Followers                  int64
	ContractFrom, ContractTo   *civil.Day
	ShareBps                   int
	// ManagerID is the id of a sub-account of the org; nil for no manager.
	ManagerID *string
}

// CreateCreator creates a creator under contract with the act's org. It returns FORBIDDEN unless the viewer may edit
// all creators; INVALID, NOT_FOUND (the manager), NAME_TAKEN (the platform id), TOO_MANY.
func (o *Office) CreateCreator(
	ctx context.Context, tx *store.Tx, act audit.Entry, in NewCreator,
) (*ent.Creator, error) {
	if err := wholeModule(act, access.Creators, access.Edit); err != nil {
		return nil, err
	}
	now := o.Now()
	row := ent.Creator{
		OrgID: act.OrgID, Name: in.Name, PlatformID: in.PlatformID, Category: in.Category, Followers: in.Followers,
		ContractFrom: in.ContractFrom, ContractTo: in.ContractTo, ShareBps: in.ShareBps, Status: creator.StatusSIGNED,
	}
	if err := checkCreator(&row); err != nil {
		return nil, err
	}
	if err := lockRoom(ctx, tx, act.OrgID); err != nil {
		return nil, err
	}
	if err := roomForCreator(ctx, tx, act.OrgID, "input"); err != nil {
		return nil, err
	}
	if err := checkManager(ctx, tx, act, in.ManagerID); err != nil {
		return nil, err
	}
	made, err := tx.Creator.Create().SetOrgID(
		act.OrgID).SetName(row.Name).SetPlatformID(row.PlatformID).SetCategory(row.Category).
		SetFollowers(
			row.Followers).SetNillableContractFrom(
		row.ContractFrom).SetNillableContractTo(row.ContractTo).SetShareBps(row.ShareBps).
		SetNillableManagerID(in.ManagerID).SetGrams(creatorGrams(&row)).SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if err != nil {
		return nil, platformIDTaken(err, row.PlatformID, "make creator")
	}
	if err := keepRates(ctx, tx, act.OrgID, []*ent.Creator{made}, now); err != nil {
		return nil, err
	}
	if err := act.Record(ctx, tx, creatorTarget(made, creatorChanges(nil, made))); err != nil {
		return nil, err
	}
	return made, nil
}

// CreatorChange are the changes of a creator. A nil field is not changed; a pointer to nil clears it.
type CreatorChange struct {
	Name, PlatformID, Category *string
	Followers                  *int64
	Status                     *creator.Status
	ContractFrom, ContractTo   **civil.Day
	ShareBps                   *int
	// ExpectedUpdatedAt is the updatedAt that the caller has read; nil accepts any.
	ExpectedUpdatedAt *time.Time
}

// UpdateCreator changes a creator that the viewer may edit. Equal values change nothing. It returns INVALID, NOT_FOUND,
// OUT_OF_SCOPE, CHANGED_MEANWHILE, NAME_TAKEN (the platform id), and TOO_MANY for a creator whose contract is resumed.
func (o *Office) UpdateCreator(
	ctx context.Context, tx *store.Tx, act audit.Entry, creatorID string, in CreatorChange,
) (*ent.Creator, error) {
	if in.Status != nil && *in.Status == creator.StatusSIGNED {
		if err := lockRoom(ctx, tx, act.OrgID); err != nil {
			return nil, err
		}
	}
	found, err := lockCreators(ctx, tx, act, []string{creatorID})
	if err != nil {
		return nil, err
	}
	before, ok := found[creatorID]
	if !ok {
		return nil, aCreator.missing(ctx, tx, act, access.Creators, creatorID,
			refuse(fault.NotFound, noCreator).At("input", "id"))
	}
	if err := form.Unchanged(in.ExpectedUpdatedAt, before.UpdatedAt); err != nil {
		return nil, err
	}
	after := *before
	apply(&after.Name, in.Name)
	apply(&after.PlatformID, in.PlatformID)
	apply(&after.Category, in.Category)
	apply(&after.Followers, in.Followers)
	apply(&after.Status, in.Status)
	apply(&after.ContractFrom, in.ContractFrom)
	apply(&after.ContractTo, in.ContractTo)
	apply(&after.ShareBps, in.ShareBps)
	if err := checkCreator(&after); err != nil {
		return nil, err
	}
	if before.Status == creator.StatusENDED && after.Status == creator.StatusSIGNED {
		if err := roomForCreator(ctx, tx, act.OrgID, "input", "status"); err != nil {
			return nil, err
		}
	}
	changes := creatorChanges(before, &after)
	if len(changes) == 0 {
		return before, nil
	}
	update := tx.Creator.UpdateOneID(
		creatorID).SetName(after.Name).SetPlatformID(after.PlatformID).SetCategory(after.Category).
		SetFollowers(
			after.Followers).SetStatus(
		after.Status).SetShareBps(after.ShareBps).SetGrams(creatorGrams(&after)).
		SetUpdatedAt(form.Changed(o.Now(), before.UpdatedAt))
	if update.SetNillableContractFrom(after.ContractFrom); after.ContractFrom == nil {
		update.ClearContractFrom()
	}
	if update.SetNillableContractTo(after.ContractTo); after.ContractTo == nil {
		update.ClearContractTo()
	}
	updated, err := update.Save(ctx)
	if err != nil {
		return nil, platformIDTaken(err, after.PlatformID, "update creator")
	}
	if before.ShareBps != after.ShareBps {
		if err := keepRates(ctx, tx, act.OrgID, []*ent.Creator{updated}, updated.UpdatedAt); err != nil {
			return nil, err
		}
	}
	if err := act.Record(ctx, tx, creatorTarget(updated, changes)); err != nil {
		return nil, err
	}
	return updated, nil
}

// EndCreators ends the contracts of creators that the viewer may edit, and returns these in the order of the ids. A
// contract that has ended already is not changed. It returns NOT_FOUND, OUT_OF_SCOPE, INVALID without ids, TOO_MANY.
func (o *Office) EndCreators(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, policy form.Policy,
) ([]*ent.Creator, fault.Refusals, error) {
	return o.setCreators(ctx, tx, act, ids, policy, func(c *ent.Creator) { c.Status = creator.StatusENDED },
		func(u *ent.CreatorUpdate) { u.SetStatus(creator.StatusENDED) })
}

// setCreators makes the same change to all creators of a batch. Creators with these values already are not changed, and
// the others are written with one statement.
func (o *Office) setCreators(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, policy form.Policy, set func(*ent.Creator),
	write func(*ent.CreatorUpdate),
) ([]*ent.Creator, fault.Refusals, error) {
	b, err := form.Choose[*ent.Creator](creators, ids, "input", "ids")
	if err != nil {
		return nil, nil, err
	}
	found, err := lockCreators(ctx, tx, act, b.IDs())
	if err != nil {
		return nil, nil, err
	}
	if err := sorted(ctx, tx, act, access.Creators, aCreator, b, found, policy, nil); err != nil {
		return nil, b.Refusals, err
	}
	var (
		changed []string
		targets []audit.Target
		now     = o.Now()
	)
	for _, c := range b.Good {
		now = form.Changed(now, c.UpdatedAt)
	}
	for _, c := range b.Good {
		before := *c
		set(c)
		if changes := creatorChanges(&before, c); len(changes) > 0 {
			changed, targets = append(changed, c.ID), append(targets, creatorTarget(c, changes))
			c.UpdatedAt = now
		}
	}
	if len(changed) == 0 {
		return b.Good, b.Refusals, nil
	}
	update := tx.Creator.Update().Where(page.Among[predicate.Creator](creator.FieldID, changed)).SetUpdatedAt(now)
	write(update)
	n, err := update.Save(ctx)
	if err := exactly("update creators", n, len(changed), err); err != nil {
		return nil, nil, err
	}
	if err := act.Record(ctx, tx, append(targets, b.Refused...)...); err != nil {
		return nil, nil, err
	}
	return b.Good, b.Refusals, nil
}

// lockCreators locks and returns the creators with the ids that the viewer may edit.
func lockCreators(ctx context.Context, tx *store.Tx, act audit.Entry, ids []string) (map[string]*ent.Creator, error) {
	query := tx.Creator.Query().
		Where(page.Only[predicate.Creator](creator.FieldID, form.WellFormed(id.Creator, ids),
			within(act, Creators, access.Edit))).
		Order(creator.ByID())
	return store.LockEach(ctx, tx, query, func(c *ent.Creator) string { return c.ID })
}

func byID(rows []*ent.Creator, err error) (map[string]*ent.Creator, error) {
	if err != nil {
		return nil, fmt.Errorf("read creators: %w", err)
	}
	found := make(map[string]*ent.Creator, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

// checkCreator validates the input, and converts it to its canonical form.
func checkCreator(c *ent.Creator) error {
	var f form.Form
	c.Name = f.Text(contact.ParseName, c.Name, maxName, "input", "name")
	c.PlatformID = f.Text(contact.ParseName, c.PlatformID, maxPlatformID, "input", "platformId")
	if c.Category = strings.TrimSpace(c.Category); c.Category != "" {
		c.Category = f.Text(contact.ParseName, c.Category, maxCategory, "input", "category")
	}
	if amountFault(c.Followers) != nil {
		f.Refuse(refuse(fault.Invalid, badFollowers, MaxAmount).At("input", "followers"))
	}
	if c.ShareBps < 0 || c.ShareBps > maxShare {
		f.Refuse(refuse(fault.Invalid, badShare, maxShare).At("input", "shareBps"))
	}
	for _, contract := range []struct {
		name string
		day  *civil.Day
	}{{"contractFrom", c.ContractFrom}, {"contractTo", c.ContractTo}} {
		if contract.day != nil && (*contract.day < civil.Of(earliest, time.UTC) ||
			*contract.day >= civil.Of(latest, time.UTC)) {
			f.Refuse(refuse(fault.Invalid, outOfBounds).At("input", contract.name))
		}
	}
	if c.ContractFrom != nil && c.ContractTo != nil && *c.ContractTo < *c.ContractFrom {
		f.Refuse(refuse(fault.Invalid, badContract).At("input", "contractTo"))
	}
	return f.Err()
}

func creatorGrams(c *ent.Creator) search.Grams { return search.Of(c.OrgID, c.Name, c.PlatformID) }

// platformIDTaken returns NAME_TAKEN if the org has another creator with the platform id, and otherwise err, wrapped
// with doing.
func platformIDTaken(err error, platformID, doing string) error {
	if store.Violates(err, "creator_org_id_platform_id", "creators.org_id, creators.platform_id") {
		return refuse(fault.NameTaken, platformTaken, platformID).At("input", "platformId")
	}
	return fmt.Errorf("%s: %w", doing, err)
}
