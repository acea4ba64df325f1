package graph

import (
	"context"
	"slices"

	"deputy/ent"
	"deputy/ent/apitoken"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// apiTokenTable has the tokens of apps of orgs that the viewer owns, and the token that an app asks with.
var apiTokenTable = &table[ent.ApiToken, *ent.ApiToken]{
	Table: load.Table{
		Type: "ApiToken", Name: apitoken.Table, Has: agency.TokenColumns(),
		Needs: map[string][]string{
			"app": {apitoken.FieldAppID}, "createdByName": {apitoken.FieldCreatedByName},
			"status": {apitoken.FieldEndsAt, apitoken.FieldRevokedAt, apitoken.FieldSuccessorID},
		},
	},
	reach: func(v *viewer.Viewer, a access.Action) where {
		if v.App != nil {
			return equal(apitoken.FieldID, v.App.TokenID)
		}
		return inOrgs(access.Integrations)(v, a)
	},
	order: page.Order{Column: apitoken.FieldCreatedAt, Desc: true},
}

// tokensOf returns the tokens of an app, newest first.
func (r *Resolver) tokensOf(ctx context.Context, a *ent.App) ([]*ent.ApiToken, error) {
	found, err := load.Once(ctx, a.Peers(), load.Place(ctx),
		func(ctx context.Context, apps []*ent.App) (map[string][]*ent.ApiToken, error) {
			v, err := viewer.SignedIn(ctx)
			if err != nil {
				return nil, err
			}
			list := apiTokenTable.list(r, v, access.View)
			list.Parent = column(apitoken.FieldAppID)
			return list.LoadAll(ctx, load.IDs(apps, (*ent.App).RowID), apiTokenTable.Columns(ctx))
		})
	tokens := found[a.ID]
	return listed(tokens[:min(len(tokens), agency.MaxTokensShown)]), err
}

// ownToken returns the token that the request came with when the app is the one that asks, and nil else.
func (r *Resolver) ownToken(ctx context.Context, a *ent.App) (*ent.ApiToken, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil || v.App == nil || v.App.ID != a.ID {
		return nil, err
	}
	reached := apiTokenTable.reach(v, access.View)
	rows, err := apiTokenTable.read(r)(ctx, apiTokenTable.Columns(ctx), reached)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return asLevel(rows)[0], nil
}

// appOf returns the app of a token, loaded for all tokens of its level at once. The token was visible, so its app is.
func (r *Resolver) appOf(ctx context.Context, t *ent.ApiToken) (*ent.App, error) {
	apps, err := load.Once(ctx, t.Peers(), load.Place(ctx),
		func(ctx context.Context, tokens []*ent.ApiToken) (map[string]*ent.App, error) {
			ids := load.IDs(tokens, func(t *ent.ApiToken) string { return t.AppID })
			return r.appsByID(ctx, slices.Compact(slices.Sorted(slices.Values(ids))), appTable.Columns(ctx))
		})
	return apps[t.AppID], err
}

// madeToken is what a mutation that makes a token answers.
type madeToken struct {
	secret          *string
	token, replaced *ent.ApiToken
}

func tokenMade(made agency.NewToken, err error) (madeToken, error) {
	if err != nil {
		return madeToken{}, err
	}
	return madeToken{&made.Secret, made.Token, made.Replaced}, nil
}
