package graph

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/app"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// appTable has the apps of orgs that the viewer owns, and the app that asks.
var appTable = &table[ent.App, *ent.App]{
	Table: load.Table{
		Type: "App", Name: app.Table, Has: app.Columns,
		Needs: map[string][]string{
			"budget": {app.FieldBudgetRows, app.FieldBudgetRefill}, "ipRanges": {app.FieldIPRanges},
		},
	},
	reach: func(v *viewer.Viewer, a access.Action) where {
		if v.App != nil {
			return equal(app.FieldID, v.App.ID)
		}
		return inOrgs(access.Integrations)(v, a)
	},
}

// apps returns the apps of the org, oldest first.
func (r *Resolver) apps(ctx context.Context, o *ent.Org) ([]*ent.App, error) {
	found, err := load.Once(ctx, o.Peers(), load.Place(ctx),
		func(ctx context.Context, orgs []*ent.Org) (map[string][]*ent.App, error) {
			v, err := viewer.SignedIn(ctx)
			if err != nil {
				return nil, err
			}
			list := appTable.list(r, v, access.View)
			list.Parent = column(app.FieldOrgID)
			return list.LoadAll(ctx, load.IDs(orgs, (*ent.Org).RowID), appTable.Columns(ctx))
		})
	return listed(found[o.ID]), err
}

// ownApp returns the app that asks, and nil for people.
func (r *Resolver) ownApp(ctx context.Context) (*ent.App, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil || v.App == nil {
		return nil, err
	}
	found, err := r.appsByID(ctx, []string{v.App.ID}, appTable.Columns(ctx))
	return found[v.App.ID], err
}

// appsByID reads apps as one level, with these columns.
func (r *Resolver) appsByID(ctx context.Context, appIDs, columns []string) (map[string]*ent.App, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	reached := appTable.reach(v, access.View)
	rows, err := appTable.read(r)(ctx, columns, func(s *sql.Selector) {
		s.Where(page.In(s.C(app.FieldID), appIDs))
		reached(s)
	})
	return byID(asLevel(rows)), err
}

// appBudget returns the budget that the owner gave the app; nil when it has the server's.
func appBudget(a *ent.App) *model.AppBudget {
	if a.BudgetRows == nil || a.BudgetRefill == nil {
		return nil
	}
	return &model.AppBudget{Rows: *a.BudgetRows, Refill: *a.BudgetRefill}
}

// words returns what is kept in a column as one text.
func words(text string) []string { return listed(strings.Fields(text)) }

func newApp(in model.CreateAppInput) agency.NewApp {
	return agency.NewApp{
		Name: in.Name, Description: orNone(in.Description), Contacts: in.Contacts, Grants: grantsForApp(in.Grants),
		Ranges: in.IPRanges, Budget: budgetForApp(in.Budget),
	}
}

func appChange(in model.UpdateAppInput) (agency.AppChange, error) {
	name, noName := requireNonNull(in.Name, "input", "name")
	contacts, noContacts := givenList(in.Contacts, "input", "contacts")
	granted, noGrants := givenList(in.Grants, "input", "grants")
	ranges, noRanges := givenList(in.IPRanges, "input", "ipRanges")
	change := agency.AppChange{
		Name: name, Description: emptied(in.Description), Contacts: contacts, Ranges: ranges,
		ExpectedUpdatedAt: in.ExpectedUpdatedAt,
	}
	if granted != nil {
		change.Grants = new(grantsForApp(*granted))
	}
	if budget, set := in.Budget.ValueOK(); set {
		change.Budget = new(budgetForApp(budget))
	}
	return change, firstOf(noName, noContacts, noGrants, noRanges)
}

func grantsForApp(given []*model.AppGrantInput) []access.Grant {
	grants := make([]access.Grant, len(given))
	for i, one := range given {
		grants[i] = access.Grant{Module: one.Module, Actions: one.Actions, Scope: access.All}
	}
	return grants
}

func budgetForApp(given *model.AppBudgetInput) *agency.AppBudget {
	if given == nil {
		return nil
	}
	return &agency.AppBudget{Rows: given.Rows, Refill: given.Refill}
}

// setAppStatus enables or disables an app.
func (r *Resolver) setAppStatus(
	ctx context.Context, orgID, appID string, status app.Status,
) (*ent.App, []*model.UserError, error) {
	return change(ctx, r, orgID, func(ctx context.Context, tx writing) (*ent.App, error) {
		return r.Agency.SetAppStatus(ctx, tx.Tx, tx.entry, appID, status)
	})
}
