package agency

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"deputy/ent"
	"deputy/ent/apitoken"
	"deputy/ent/app"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/store"
)

// The least budget of an app.
const (
	leastRows   = 1_000
	leastRefill = 1
)

// AppBudget is how many rows each token of an app may ask for at once, and how many a second come back.
type AppBudget struct{ Rows, Refill int }

// NewApp is an app to be made. The scope of its grants is ALL, whatever they say.
type NewApp struct {
	Name, Description string
	Contacts          []string
	Grants            []access.Grant
	Ranges            []string
	// Budget is nil for the server's.
	Budget *AppBudget
}

// CreateApp makes an app of the act's org, which can do nothing before it has a token. INVALID, NAME_TAKEN,
// MODULE_NOT_GRANTABLE, TOO_MANY.
func (a *Agency) CreateApp(ctx context.Context, tx *store.Tx, act audit.Entry, in NewApp) (*ent.App, error) {
	var f form.Form
	made := &ent.App{Status: app.StatusENABLED}
	made.Name = f.Text(contact.ParseName, in.Name, maxAppName, "input", "name")
	made.Description = f.Text(contact.ParseText, in.Description, maxDescription, "input", "description")
	made.Contacts = contactsOf(&f, in.Contacts)
	made.Grants = appGrants(&f, in.Grants)
	made.IPRanges = rangesOf(&f, in.Ranges)
	a.setBudget(&f, made, in.Budget)
	if err := f.Err(); err != nil {
		return nil, err
	}
	others, err := appNames(ctx, tx, act.OrgID)
	if err != nil {
		return nil, err
	}
	if len(others) >= MaxApps {
		return nil, refuse(fault.TooMany, manyApps, MaxApps).At("input")
	}
	if err := freeApp(others, "", made.Name); err != nil {
		return nil, err
	}
	now := a.Now()
	saved, err := tx.App.Create().SetOrgID(act.OrgID).SetName(made.Name).SetDescription(made.Description).
		SetContacts(made.Contacts).SetStatus(made.Status).SetGrants(made.Grants).SetIPRanges(made.IPRanges).
		SetNillableBudgetRows(made.BudgetRows).SetNillableBudgetRefill(made.BudgetRefill).
		SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if err != nil {
		return nil, wrapAppNameTaken(err, made.Name, "create app")
	}
	return saved, act.Record(ctx, tx, appTarget(saved, audit.Changed(nil, appValues(saved))))
}

// AppChange is what to change of an app; nil leaves it as it is. What is a list replaces all there was.
type AppChange struct {
	Name, Description *string
	Contacts          *[]string
	Grants            *[]access.Grant
	Ranges            *[]string
	// Budget points to nil for the server's.
	Budget **AppBudget
	// ExpectedUpdatedAt is the app's updatedAt as whoever asks has read it; nil expects nothing.
	ExpectedUpdatedAt *time.Time
}

// UpdateApp changes an app of the act's org, and with it at once what its tokens may do. Values that are the same
// already change nothing. INVALID, NOT_FOUND, NAME_TAKEN, MODULE_NOT_GRANTABLE, CHANGED_MEANWHILE.
func (a *Agency) UpdateApp(
	ctx context.Context, tx *store.Tx, act audit.Entry, appID string, in AppChange,
) (*ent.App, error) {
	before, err := lockApp(ctx, tx, act.OrgID, appID, "id")
	if err != nil {
		return nil, err
	}
	if err := form.Unchanged(in.ExpectedUpdatedAt, before.UpdatedAt); err != nil {
		return nil, err
	}
	after := *before
	if err := a.applyApp(&after, in); err != nil {
		return nil, err
	}
	changes := audit.Changed(appValues(before), appValues(&after))
	if len(changes) == 0 {
		return before, nil
	}
	if after.Name != before.Name {
		others, err := appNames(ctx, tx, act.OrgID)
		if err != nil {
			return nil, err
		}
		if err := freeApp(others, appID, after.Name); err != nil {
			return nil, err
		}
	}
	update := tx.App.UpdateOneID(appID).SetName(after.Name).SetDescription(after.Description).
		SetContacts(after.Contacts).SetGrants(after.Grants).SetIPRanges(after.IPRanges).
		SetNillableBudgetRows(after.BudgetRows).SetNillableBudgetRefill(after.BudgetRefill).SetUpdatedAt(a.Now())
	if after.BudgetRows == nil {
		update.ClearBudgetRows().ClearBudgetRefill()
	}
	updated, err := update.Save(ctx)
	if err != nil {
		return nil, wrapAppNameTaken(err, after.Name, "update app")
	}
	if err := act.Record(ctx, tx, appTarget(updated, changes)); err != nil {
		return nil, err
	}
	return updated, nil
}

func (a *Agency) applyApp(after *ent.App, in AppChange) error {
	var f form.Form
	if in.Name != nil {
		after.Name = f.Text(contact.ParseName, *in.Name, maxAppName, "input", "name")
	}
	if in.Description != nil {
		after.Description = f.Text(contact.ParseText, *in.Description, maxDescription, "input", "description")
	}
	if in.Contacts != nil {
		after.Contacts = contactsOf(&f, *in.Contacts)
	}
	if in.Grants != nil {
		after.Grants = appGrants(&f, *in.Grants)
	}
	if in.Ranges != nil {
		after.IPRanges = rangesOf(&f, *in.Ranges)
	}
	if in.Budget != nil {
		a.setBudget(&f, after, *in.Budget)
	}
	return f.Err()
}

// SetAppStatus enables or disables an app of the act's org, which is felt at once; one that is so already stays
// untouched. NOT_FOUND.
func (a *Agency) SetAppStatus(
	ctx context.Context, tx *store.Tx, act audit.Entry, appID string, status app.Status,
) (*ent.App, error) {
	before, err := lockApp(ctx, tx, act.OrgID, appID, "id")
	if err != nil || before.Status == status {
		return before, err
	}
	after, err := tx.App.UpdateOneID(appID).SetStatus(status).SetUpdatedAt(a.Now()).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("set status of app: %w", err)
	}
	changes := audit.Changed(appValues(before), appValues(after))
	return after, act.Record(ctx, tx, appTarget(after, changes))
}

// DeleteApp deletes an app of the act's org with its tokens. What it did stays on record. NOT_FOUND.
func (a *Agency) DeleteApp(ctx context.Context, tx *store.Tx, act audit.Entry, appID string) error {
	gone, err := lockApp(ctx, tx, act.OrgID, appID, "id")
	if err != nil {
		return err
	}
	working, err := readTokens(tx, act.OrgID, apitoken.AppID(appID), apitoken.EndsAtGT(a.Now())).All(ctx)
	if err != nil {
		return fmt.Errorf("read tokens: %w", err)
	}
	if err := tx.App.DeleteOneID(appID).Exec(ctx); err != nil {
		return fmt.Errorf("delete app: %w", err)
	}
	targets := []audit.Target{appTarget(gone, audit.Changed(appValues(gone), nil))}
	for _, t := range working {
		targets = append(targets, tokenTarget(t, audit.Changed(tokenValues(t), nil)))
	}
	return act.Record(ctx, tx, targets...)
}

// lockApp returns the app of the org that an input names. An id of another org's app and one of no app get the same
// refusal.
func lockApp(ctx context.Context, tx *store.Tx, orgID, appID, field string) (*ent.App, error) {
	missing := refuse(fault.NotFound, noApp).At("input", field)
	if !id.Is(id.App, appID) {
		return nil, missing
	}
	return store.LockOne(ctx, tx, tx.App.Query().Where(app.ID(appID), app.OrgID(orgID)), missing)
}

func appNames(ctx context.Context, tx *store.Tx, orgID string) ([]*ent.App, error) {
	found, err := tx.App.Query().Where(app.OrgID(orgID)).Select(app.FieldID, app.FieldName).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read names of apps: %w", err)
	}
	return found, nil
}

// freeApp refuses a name that people would take for that of another app.
func freeApp(others []*ent.App, appID, name string) error {
	key := contact.NameKey(name)
	for _, other := range others {
		if other.ID != appID && contact.NameKey(other.Name) == key {
			return refuse(fault.NameTaken, appNameTaken, other.Name).At("input", "name")
		}
	}
	return nil
}

func wrapAppNameTaken(err error, name, doing string) error {
	if store.Violates(err, "app_org_id_name", "apps.org_id, apps.name") {
		return refuse(fault.NameTaken, appNameTaken, name).At("input", "name")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// appGrants adds grants up, each with the scope ALL, or says which of them can't be given and why.
func appGrants(f *form.Form, given []access.Grant) access.Set {
	grants := slices.Clone(given)
	for i := range grants {
		grants[i].Scope = access.All
	}
	set, err := access.SetOf(grants)
	var bad *access.InvalidGrantError
	if errors.As(err, &bad) && bad.NotGrantable {
		f.Refuse(refuse(fault.ModuleNotGrantable, notForApps).At("input", "grants", strconv.Itoa(bad.Index), "module"))
		return 0
	}
	if err != nil {
		return grantsOf(f, grants)
	}
	return set
}

// contactsOf returns e-mail addresses as they are kept, each once.
func contactsOf(f *form.Form, given []string) string {
	if len(given) > MaxContacts {
		f.Refuse(refuse(fault.Invalid, manyContacts, MaxContacts).At("input", "contacts"))
		return ""
	}
	var kept []string
	for i, text := range given {
		address, err := contact.ParseEmail(text)
		f.Take(err, "input", "contacts", strconv.Itoa(i))
		if err == nil && !slices.Contains(kept, address) {
			kept = append(kept, address)
		}
	}
	return strings.Join(kept, " ")
}

// rangesOf returns CIDR ranges as they are kept, each once.
func rangesOf(f *form.Form, given []string) string {
	if len(given) > MaxRanges {
		f.Refuse(refuse(fault.Invalid, manyRanges, MaxRanges).At("input", "ipRanges"))
		return ""
	}
	var kept []string
	for i, text := range given {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil || prefix.Addr().Is4In6() {
			f.Refuse(refuse(fault.Invalid, badRange).At("input", "ipRanges", strconv.Itoa(i)))
			continue
		}
		if one := prefix.Masked().String(); !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, " ")
}

// setBudget gives the app a budget of its own, or for nil the server's.
func (a *Agency) setBudget(f *form.Form, of *ent.App, budget *AppBudget) {
	of.BudgetRows, of.BudgetRefill = nil, nil
	if budget == nil {
		return
	}
	switch {
	case budget.Rows < leastRows || budget.Refill < leastRefill:
		f.Refuse(refuse(fault.Invalid, lowBudget, leastRows, leastRefill).At("input", "budget"))
	case a.BudgetRows > 0 && (budget.Rows > a.BudgetRows || budget.Refill > max(a.BudgetRefill, 1)),
		budget.Rows > mostBudget, budget.Refill > mostBudget:
		f.Refuse(refuse(fault.Invalid, highBudget, a.mostRows(), a.mostRefill()).At("input", "budget"))
	default:
		of.BudgetRows, of.BudgetRefill = &budget.Rows, &budget.Refill
	}
}

// mostBudget is how many rows a budget has where the server has none.
const mostBudget = 1_000_000_000

func (a *Agency) mostRows() int {
	if a.BudgetRows > 0 {
		return a.BudgetRows
	}
	return mostBudget
}

func (a *Agency) mostRefill() int {
	if a.BudgetRows > 0 {
		return max(a.BudgetRefill, 1)
	}
	return mostBudget
}
