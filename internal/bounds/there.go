package bounds

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// There is how much there is in an org of what its owner alone lists. An account owns one org, or none, so that no
// other org's lists count beside it.
type There struct {
	Roles, SubAccounts int
	// Links are the pairs of a role and a sub-account that holds it.
	Links int
	// Holders is how many hold the role that most hold, and Held how many roles the sub-account holds that holds most.
	Holders, Held int
	// HeldByEach is how many roles are answered when the roles of the holders of all roles are.
	HeldByEach int
}

// spot is a place of the response.
type spot struct {
	// times is how many times it exists.
	times int
	// again is how many times one and the same row may stand there.
	again int
	// pairs is how many times the holders of all roles may stand there, where they do; 0 elsewhere.
	pairs int
}

// rows returns where the rows of a field stand, of which each place has at most so many.
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
