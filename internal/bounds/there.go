package bounds

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// There has the numbers of objects in an org that only its owner can list. An account owns at most one org, so no other
// org's lists count.
type There struct {
	Roles, SubAccounts int
	// Links are the pairs of a role and a sub-account that holds it.
	Links int
	// Holders is the number of holders of the role with most of them, and Held the number of roles of the sub-account with
	// most of them.
	Holders, Held int
	// HeldByEach is the total number of roles of the holders of all roles.
	HeldByEach int
}

// spot is a place of the response.
type spot struct {
	// times is how many times it exists.
	times int
	// again is how many times one row can occur there.
	again int
	// pairs is how many times the list of all roles' holders can occur there; 0 if it cannot.
	pairs int
}

// rows returns the place of a field's rows, of which each parent has at most each.
func (c *coster) rows(f *ast.Field, at spot, each int) spot {
	all := multiply(at.times, each)
	if c.there == nil {
		return spot{all, all, 0}
	}
	is := c.there
	switch f.ObjectDefinition.Name + "." + f.Name {
	case "Query.org", "Query.orgs":
		return spot{all, at.again, 0}
	case "Org.roles":
		return spot{min(all, multiply(at.again, is.Roles)), at.again, 0}
	case "Org.subAccounts":
		return spot{min(all, multiply(at.again, is.SubAccounts)), at.again, 0}
	case "RolePreview.subAccounts":
		return spot{min(all, multiply(at.again, is.SubAccounts)), at.again, 0}
	case "RolePreviewEntry.subAccount":
		return at
	case "Role.subAccounts":
		return spot{
			min(all, multiply(at.times, is.Holders), multiply(at.again, is.Links)), multiply(at.again, is.Held),
			at.again,
		}
	case "SubAccount.roles":
		n := min(all, multiply(at.times, is.Held), multiply(at.again, is.Links))
		if at.pairs > 0 {
			n = min(n, multiply(at.pairs, is.HeldByEach))
		}
		return spot{n, multiply(at.again, is.Holders), 0}
	}
	return spot{all, all, 0}
}
