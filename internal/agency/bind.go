package agency

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/predicate"
	"deputy/ent/subaccount"
	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
)

// CheckBind reports whether a code that binds the destination (in its canonical form) to the org may be sent:
// ALREADY_BOUND when the org has a sub-account of the destination, TOO_MANY when the org is full. It reads nothing
// outside the org, so the result reveals nothing about other people's accounts.
func (a *Agency) CheckBind(ctx context.Context, client *ent.Client, orgID, destination string) error {
	bound, err := client.SubAccount.Query().Where(subaccount.OrgID(orgID), boundBy(destination)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for a sub-account bound by the destination: %w", err)
	}
	if bound {
		return alreadyBound(destination).At("input", "to", kindOf(destination))
	}
	return hasRoom(ctx, client, orgID)
}

// BurnsCode reports whether the refusal reveals something about the account that only the holder of the right code may
// learn. The caller then ends the code's flow after the rollback, so that a code reveals this only once.
func BurnsCode(err error) bool {
	refusals, _ := fault.Refused(err)
	return slices.ContainsFunc(refusals, func(r *fault.Error) bool {
		return r.Code == fault.AlreadyBound || r.Code == fault.OrgLimitReached || r.Code == fault.AccountOwnsOrg
	})
}

func hasRoom(ctx context.Context, client *ent.Client, orgID string) error {
	seats, err := client.SubAccount.Query().Where(subaccount.OrgID(orgID)).Count(ctx)
	if err != nil {
		return fmt.Errorf("count sub-accounts: %w", err)
	}
	if seats >= MaxSubAccounts {
		return refuse(fault.TooMany, manySeats, MaxSubAccounts).At("input")
	}
	return nil
}

// kindOf returns the name of the destination's field in a contact.
func kindOf(destination string) string {
	if strings.Contains(destination, "@") {
		return "email"
	}
	return "phone"
}

func boundBy(destination string) predicate.SubAccount {
	if kindOf(destination) == "email" {
		return subaccount.Email(destination)
	}
	return subaccount.Phone(destination)
}

func alreadyBound(destination string) *fault.Error {
	if kindOf(destination) == "email" {
		return refuse(fault.AlreadyBound, emailBound)
	}
	return refuse(fault.AlreadyBound, phoneBound)
}

// seat is the account of a new sub-account, and its slot among the account's 20.
type seat struct {
	accountID string
	slot      int
}

// takeSeat locks the account of the destination, which it creates if necessary, and returns its smallest free slot.
// ALREADY_BOUND, ACCOUNT_OWNS_ORG, ORG_LIMIT_REACHED.
func (a *Agency) takeSeat(ctx context.Context, tx *store.Tx, orgID, destination string) (seat, error) {
	reached, err := a.lockAccount(ctx, tx, destination)
	if err != nil {
		return seat{}, err
	}
	if reached.Side == account.SideOWNER {
		return seat{}, refuse(fault.AccountOwnsOrg, accountOwnsOrg).At("input")
	}
	// The account's slots are counted across all orgs.
	if err := tx.ReachSeats(ctx, reached.ID); err != nil {
		return seat{}, err
	}
	seats, err := tx.SubAccount.Query().Where(subaccount.AccountID(reached.ID)).
		Select(subaccount.FieldOrgID, subaccount.FieldSlot).All(ctx)
	if err != nil {
		return seat{}, fmt.Errorf("read seats of the account: %w", err)
	}
	var taken [MaxSeats + 1]bool
	for _, s := range seats {
		if s.OrgID == orgID {
			return seat{}, alreadyBound(destination).At("input")
		}
		taken[s.Slot] = true
	}
	slot := 1
	for slot <= MaxSeats && taken[slot] {
		slot++
	}
	if slot > MaxSeats {
		return seat{}, refuse(fault.OrgLimitReached, accountFull, MaxSeats).At("input")
	}
	if reached.Side != account.SideSEATED {
		if err := tx.Account.Update().Where(account.ID(reached.ID)).SetSide(account.SideSEATED).Exec(ctx); err != nil {
			return seat{}, fmt.Errorf("make the account one with seats: %w", err)
		}
	}
	return seat{reached.ID, slot}, nil
}

// lockAccount gives the transaction access to the account of the destination, and locks it.
func (a *Agency) lockAccount(ctx context.Context, tx *store.Tx, destination string) (*ent.Account, error) {
	if err := tx.ReachDestination(ctx, destination); err != nil {
		return nil, err
	}
	d := signin.Destination{Channel: send.Phone, To: destination}
	if kindOf(destination) == "email" {
		d.Channel = send.Email
	}
	found, err := signin.LockAccount(ctx, tx, d, a.Now())
	if err != nil {
		return nil, fmt.Errorf("lock account: %w", err)
	}
	return found, nil
}

// linkFirst lets rows refer to a sub-account that is inserted after them in the same transaction: the database refuses
// a sub-account without a role. PostgreSQL's foreign key is deferred by itself.
func linkFirst(ctx context.Context, tx *store.Tx) error {
	if tx.LocksRows() {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
		return fmt.Errorf("defer foreign keys: %w", err)
	}
	return nil
}
