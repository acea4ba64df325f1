// Package agency implements orgs, their roles, their sub-accounts and their apps. Every function runs in the caller's
// transaction, records its changes there, and returns errors that people can correct as refusals of package fault.
//
// Locks are always taken in the order org, account, sub-accounts, roles, each kind by id, so that no two transactions
// wait for each other. The caller takes the org's (LockOrg) and reads the viewer's seat and grants again under it
// before it calls; CreateOrg and ReleaseSeat take their own locks. So whatever happens to the roles and sub-accounts of
// one org happens one after the other. SQLite has one writer at a time and locks no rows.
package agency

import (
	"context"
	"io"
	"time"

	"deputy/ent"
	"deputy/ent/org"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/store"
)

// The caps of an org.
const (
	MaxRoles          = 100   // of an org
	MaxSubAccounts    = 1_000 // of an org
	MaxRolesOfOne     = 10    // of a sub-account
	MaxSeats          = 20    // of an account
	MaxApps           = 20    // of an org
	MaxTokens         = 5     // of an app: live ones, and as many that were rotated and still work
	MaxTokensShown    = 100   // of an app, those that have ended included
	MaxContacts       = 5     // of an app
	MaxRanges         = 20    // of an app
	maxAppName        = 50    // characters
	maxOrgName        = 50    // characters
	maxName           = 20    // characters
	maxDescription    = 200   // characters
	defaultTimeZone   = "Asia/Shanghai"
	defaultCurrency   = "CNY"
	timeZoneMaxLength = 64
)

// Agency implements the operations on orgs. It is safe for concurrent use.
type Agency struct {
	// Now returns the time, in UTC and microseconds.
	Now func() time.Time
	// Random is where the secrets of tokens come from: crypto/rand.Reader, outside of tests.
	Random io.Reader
	// SignupClosed refuses new orgs.
	SignupClosed bool
	// BudgetRows and BudgetRefill are the server's budget, which that of an app can't exceed; no bound when zero.
	BudgetRows, BudgetRefill int
}

// LockOrg returns the org and keeps others from changing it, its roles and its sub-accounts until the transaction ends.
// It is the first lock of a transaction. NOT_FOUND at input.orgId when there is no such org.
func (a *Agency) LockOrg(ctx context.Context, tx *store.Tx, orgID string) (*ent.Org, error) {
	missing := refuse(fault.NotFound, noOrg).At("input", "orgId")
	if !id.Is(id.Org, orgID) {
		return nil, missing
	}
	return store.LockOne(ctx, tx, tx.Org.Query().Where(org.ID(orgID)), missing)
}
