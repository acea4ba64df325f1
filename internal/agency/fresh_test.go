package agency_test

import (
	"context"

	"deputy/internal/agency"
	"deputy/internal/store"
)

// fresh is a new sub-account whose code was right and is not used yet.
func (w *world) fresh(name, destination string, roleIDs ...string) agency.NewSubAccount {
	return agency.NewSubAccount{
		Name: name, RoleIDs: roleIDs, Destination: destination,
		Spend: func(context.Context, *store.Tx) error { return nil },
	}
}
