package agency

import (
	"slices"
	"strings"

	"deputy/ent"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/contact"
)

// The functions named …Changes compare two states field by field, under the names of the schema; nil is none.

func orgChanges(before, after *ent.Org) []audit.Change {
	b, a := orZero(before), orZero(after)
	return slices.Concat(
		audit.Changed("name", b.Name, a.Name),
		audit.Changed("ownerName", b.OwnerName, a.OwnerName),
		audit.Changed("timeZone", b.TimeZone, a.TimeZone),
		audit.Changed("currency", b.Currency, a.Currency),
	)
}

func roleChanges(before, after *ent.Role) []audit.Change {
	b, a := orZero(before), orZero(after)
	return slices.Concat(
		audit.Changed("name", b.Name, a.Name),
		audit.Changed("description", b.Description, a.Description),
		audit.Changed("grants", grantsText(b.Grants), grantsText(a.Grants)),
	)
}

func subAccountChanges(before, after *ent.SubAccount) []audit.Change {
	b, a := orZero(before), orZero(after)
	return slices.Concat(
		audit.Changed("name", b.Name, a.Name),
		audit.Changed("phone", masked(contact.MaskPhone, b.Phone), masked(contact.MaskPhone, a.Phone)),
		audit.Changed("email", masked(contact.MaskEmail, b.Email), masked(contact.MaskEmail, a.Email)),
		audit.Changed("status", string(b.Status), string(a.Status)),
		audit.Changed("roles", rolesText(b.Edges.Roles), rolesText(a.Edges.Roles)),
	)
}

func orZero[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

func masked(mask func(string) string, value *string) string {
	if value == nil {
		return ""
	}
	return mask(*value)
}

// grantsText writes grants for people: "TASKS: VIEW, EDIT (ALL); ORDERS: VIEW (OWN)".
func grantsText(set access.Set) string {
	var entries []string
	for _, g := range set.Grants() {
		var actions []string
		for _, action := range g.Actions {
			actions = append(actions, action.String())
		}
		entries = append(entries, g.Module.String()+": "+strings.Join(actions, ", ")+" ("+g.Scope.String()+")")
	}
	return strings.Join(entries, "; ")
}

// rolesText names roles, the oldest first.
func rolesText(roles []*ent.Role) string {
	var names []string
	for _, r := range slices.SortedFunc(slices.Values(roles), byAge) {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}

func byAge(a, b *ent.Role) int {
	if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

func orgTarget(o *ent.Org, changes []audit.Change) audit.Target {
	return audit.Target{ID: o.ID, Type: "Org", Label: o.Name, AccountID: o.OwnerID, Changes: changes}
}

func roleTarget(r *ent.Role, changes []audit.Change) audit.Target {
	return audit.Target{ID: r.ID, Type: "Role", Label: r.Name, Changes: changes}
}

func subAccountTarget(s *ent.SubAccount, changes []audit.Change) audit.Target {
	return audit.Target{ID: s.ID, Type: "SubAccount", Label: s.Name, AccountID: s.AccountID, Changes: changes}
}
