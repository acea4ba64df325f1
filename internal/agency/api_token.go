package agency

import (
	"context"
	"fmt"
	"time"

	"deputy/ent"
	"deputy/ent/apitoken"
	"deputy/ent/predicate"
	secrets "deputy/internal/apitoken"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
)

// How long tokens work, and how long one does that was rotated.
const (
	MaxTokenDays    = 366
	MaxOverlapHours = 168
)

// TokenStatus is whether a token works, and if not, why.
type TokenStatus string

// The states, as the schema names them.
const (
	TokenLive    TokenStatus = "LIVE"
	TokenRotated TokenStatus = "ROTATED"
	TokenExpired TokenStatus = "EXPIRED"
	TokenRevoked TokenStatus = "REVOKED"
)

// TokenStatusOf returns the state of a token at a moment.
func TokenStatusOf(t *ent.ApiToken, now time.Time) TokenStatus {
	switch {
	case t.RevokedAt != nil:
		return TokenRevoked
	case !t.EndsAt.After(now):
		return TokenExpired
	case t.SuccessorID != nil:
		return TokenRotated
	}
	return TokenLive
}

// NewToken is a token that was made, with its secret, which is kept nowhere.
type NewToken struct {
	Secret string
	Token  *ent.ApiToken
	// Replaced is the token that it replaces; nil when it replaces none.
	Replaced *ent.ApiToken
}

// CreateToken makes a token of an app of the act's org, which works for some days. INVALID, NOT_FOUND, TOO_MANY.
func (a *Agency) CreateToken(
	ctx context.Context, tx *store.Tx, act audit.Entry, appID, name string, days int,
) (NewToken, error) {
	var f form.Form
	name = f.Text(contact.ParseName, name, maxAppName, "input", "name")
	wholeDays(&f, days)
	if err := f.Err(); err != nil {
		return NewToken{}, err
	}
	of, err := lockApp(ctx, tx, act.OrgID, appID, "appId")
	if err != nil {
		return NewToken{}, err
	}
	now := a.Now()
	live, err := tx.ApiToken.Query().Where(apitoken.AppID(of.ID), apitoken.OrgID(act.OrgID), apitoken.EndsAtGT(now),
		apitoken.RevokedAtIsNil(), apitoken.SuccessorIDIsNil()).Count(ctx)
	if err != nil {
		return NewToken{}, fmt.Errorf("count tokens: %w", err)
	}
	if live >= MaxTokens {
		return NewToken{}, refuse(fault.TooMany, manyTokens, MaxTokens).At("input", "appId")
	}
	made, err := a.makeToken(ctx, tx, act, of.ID, name, now, days)
	if err != nil {
		return NewToken{}, err
	}
	return made, act.Record(ctx, tx, tokenTarget(made.Token, audit.Set(tokenValues(made.Token)...)), appTarget(of, nil))
}

// RotateToken makes a token in place of another, which works for some hours more, and never beyond its own end. A token
// that was rotated already is rotated again when its successor was never used: that one is revoked. INVALID, NOT_FOUND,
// TOO_MANY.
func (a *Agency) RotateToken(
	ctx context.Context, tx *store.Tx, act audit.Entry, tokenID string, overlap, days int,
) (NewToken, error) {
	var f form.Form
	wholeDays(&f, days)
	if overlap < 0 || overlap > MaxOverlapHours {
		f.Refuse(refuse(fault.Invalid, overlapHours, MaxOverlapHours).At("input", "overlapHours"))
	}
	if err := f.Err(); err != nil {
		return NewToken{}, err
	}
	old, err := lockToken(ctx, tx, act.OrgID, tokenID, refuse(fault.NotFound, noToken).At("input", "id"))
	if err != nil {
		return NewToken{}, err
	}
	of, err := lockApp(ctx, tx, act.OrgID, old.AppID, "id")
	if err != nil {
		return NewToken{}, err
	}
	now := a.Now()
	over, err := a.rotatable(ctx, tx, old, now)
	if err != nil {
		return NewToken{}, err
	}
	made, err := a.makeToken(ctx, tx, act, old.AppID, old.Name, now, days)
	if err != nil {
		return NewToken{}, err
	}
	before := old.EndsAt
	if end := now.Add(time.Duration(overlap) * time.Hour); end.Before(old.EndsAt) {
		old.EndsAt = end
	}
	old.SuccessorID, made.Replaced = &made.Token.ID, old
	if err := tx.ApiToken.Update().Where(apitoken.ID(old.ID)).SetEndsAt(old.EndsAt).SetSuccessorID(made.Token.ID).
		Exec(ctx); err != nil {
		return NewToken{}, fmt.Errorf("rotate token: %w", err)
	}
	targets := []audit.Target{
		tokenTarget(made.Token, audit.Set(tokenValues(made.Token)...)),
		tokenTarget(old, audit.Changed([]audit.Value{endsAt(before)}, []audit.Value{endsAt(old.EndsAt)})),
		appTarget(of, nil),
	}
	if over != nil {
		revoked, err := revoke(ctx, tx, []*ent.ApiToken{over}, now)
		if err != nil {
			return NewToken{}, err
		}
		targets = append(targets, revoked...)
	}
	return made, act.Record(ctx, tx, targets...)
}

// rotatable refuses a token that can't be rotated, and returns the successor that a second rotation revokes.
func (a *Agency) rotatable(
	ctx context.Context, tx *store.Tx, old *ent.ApiToken, now time.Time,
) (over *ent.ApiToken, err error) {
	ended := refuse(fault.Invalid, tokenOver).At("input", "id")
	if old.RevokedAt != nil {
		return nil, ended
	}
	if old.SuccessorID != nil {
		replaced := refuse(fault.Invalid, tokenReplaced).At("input", "id")
		over, err = lockToken(ctx, tx, old.OrgID, *old.SuccessorID, replaced)
		if err != nil {
			return nil, err
		}
		if over.LastUsedAt != nil || TokenStatusOf(over, now) != TokenLive {
			return nil, replaced
		}
		return over, nil
	}
	if !old.EndsAt.After(now) {
		return nil, ended
	}
	rotated, err := tx.ApiToken.Query().Where(apitoken.AppID(old.AppID), apitoken.OrgID(old.OrgID),
		apitoken.EndsAtGT(now), apitoken.RevokedAtIsNil(), apitoken.SuccessorIDNotNil()).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count rotated tokens: %w", err)
	}
	if rotated >= MaxTokens {
		return nil, refuse(fault.TooMany, manyRotated, MaxTokens).At("input", "id")
	}
	return nil, nil //nolint:nilnil // nothing is revoked
}

// apiTokens is what a batch of them is told.
var apiTokens = form.Noun{Type: "ApiToken", None: noTokens, Many: bigTokens, Missing: noToken}

// RevokeTokens ends tokens of the act's org at once, and returns those that do not work any more, in the order of the
// ids: one that has ended already stays as it is, and nothing is put on record when all had. The refusals are as for
// SetStatus.
func (a *Agency) RevokeTokens(
	ctx context.Context, tx *store.Tx, act audit.Entry, ids []string, policy form.Policy,
) ([]*ent.ApiToken, fault.Refusals, error) {
	b, err := form.Choose[*ent.ApiToken](apiTokens, ids, "input", "ids")
	if err != nil {
		return nil, nil, err
	}
	found, err := store.LockEach(ctx, tx, readTokens(tx, act.OrgID,
		page.Among[predicate.ApiToken](apitoken.FieldID, form.WellFormed(id.APIToken, b.IDs()))).Order(apitoken.ByID()),
		func(t *ent.ApiToken) string { return t.ID })
	if err != nil {
		return nil, nil, err
	}
	if err := b.Sort(found, policy, nil); err != nil {
		return nil, b.Refusals, err
	}
	now := a.Now()
	var working []*ent.ApiToken
	for _, t := range b.Good {
		if status := TokenStatusOf(t, now); status == TokenLive || status == TokenRotated {
			working = append(working, t)
		}
	}
	if len(working) == 0 {
		return b.Good, b.Refusals, nil
	}
	targets, err := revoke(ctx, tx, working, now)
	if err != nil {
		return nil, nil, err
	}
	return b.Good, b.Refusals, act.Record(ctx, tx, append(targets, b.Refused...)...)
}

// revoke ends tokens that work, whose rows are locked, and returns what to put on record.
func revoke(
	ctx context.Context, tx *store.Tx, tokens []*ent.ApiToken, now time.Time,
) (targets []audit.Target, err error) {
	ids := make([]string, len(tokens))
	for i, t := range tokens {
		ids[i] = t.ID
		targets = append(targets, tokenTarget(t, audit.Changed([]audit.Value{endsAt(t.EndsAt)}, []audit.Value{endsAt(now)})))
		t.EndsAt, t.RevokedAt = now, &now
	}
	n, err := tx.ApiToken.Update().Where(page.Among[predicate.ApiToken](apitoken.FieldID, ids)).
		SetEndsAt(now).SetRevokedAt(now).Save(ctx)
	if err := all(n, len(ids), err); err != nil {
		return nil, fmt.Errorf("revoke tokens: %w", err)
	}
	return targets, nil
}

// makeToken makes a token of the app, whose row the transaction has locked.
func (a *Agency) makeToken(
	ctx context.Context, tx *store.Tx, act audit.Entry, appID, name string, now time.Time, days int,
) (NewToken, error) {
	kept, err := tx.ApiToken.Query().Where(apitoken.AppID(appID), apitoken.OrgID(act.OrgID)).Count(ctx)
	if err != nil {
		return NewToken{}, fmt.Errorf("count tokens: %w", err)
	}
	if kept >= MaxTokensShown {
		return NewToken{}, refuse(fault.TooMany, keptTokens, MaxTokensShown).At("input")
	}
	secret, err := secrets.New(a.Random)
	if err != nil {
		return NewToken{}, err
	}
	made, err := tx.ApiToken.Create().SetOrgID(act.OrgID).SetAppID(appID).SetName(name).SetHint(secrets.Hint(secret)).
		SetTokenHash(secrets.Hash(secret)).SetCreatedByName(act.Viewer.Memberships[act.OrgID].Name).
		SetCreatedAt(now).SetEndsAt(now.Add(time.Duration(days) * 24 * time.Hour)).Save(ctx)
	if err != nil {
		return NewToken{}, fmt.Errorf("make token: %w", err)
	}
	return NewToken{Secret: secret, Token: made}, nil
}

// lockToken returns the token of the org.
func lockToken(
	ctx context.Context, tx *store.Tx, orgID, tokenID string, missing *fault.Error,
) (*ent.ApiToken, error) {
	if !id.Is(id.APIToken, tokenID) {
		return nil, missing
	}
	return store.LockOne(ctx, tx, readTokens(tx, orgID, apitoken.ID(tokenID)), missing)
}

// readTokens reads tokens of the org without what their secrets hash to, which a request may not read.
func readTokens(tx *store.Tx, orgID string, where ...predicate.ApiToken) *ent.ApiTokenQuery {
	query := tx.ApiToken.Query().Where(apitoken.OrgID(orgID)).Where(where...)
	query.Select(TokenColumns()...)
	return query
}

// TokenColumns returns the columns of tokens that a request may read.
func TokenColumns() []string {
	columns := make([]string, 0, len(apitoken.Columns))
	for _, column := range apitoken.Columns {
		if column != apitoken.FieldTokenHash {
			columns = append(columns, column)
		}
	}
	return columns
}

// wholeDays refuses a length of life that no token has.
func wholeDays(f *form.Form, days int) {
	if days < 1 || days > MaxTokenDays {
		f.Refuse(refuse(fault.Invalid, tokenDays, MaxTokenDays).At("input", "days"))
	}
}
