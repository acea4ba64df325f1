package agency

import (
	"strconv"
	"strings"
	"time"

	"deputy/ent"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/contact"
)

// The functions named …Values return the fields of an object under their names in the schema; nil is no object. Other
// objects are listed by id, since names are ambiguous: a role's name may look like a list of names.

func orgChanges(before, after *ent.Org) []audit.Change {
	return audit.Changed(orgValues(before), orgValues(after))
}

func orgValues(o *ent.Org) []audit.Value {
	if o == nil {
		return nil
	}
	return []audit.Value{
		audit.Text("name", o.Name),
		audit.Text("ownerName", o.OwnerName),
		audit.Text("timeZone", o.TimeZone),
		audit.Text("currency", o.Currency),
	}
}

func roleChanges(before, after *ent.Role) []audit.Change {
	return audit.Changed(roleValues(before), roleValues(after))
}

func roleValues(r *ent.Role) []audit.Value {
	if r == nil {
		return nil
	}
	grants := func(string) string { return grantsText(r.Grants) }
	return []audit.Value{
		audit.Text("name", r.Name),
		audit.Text("description", r.Description),
		audit.Told("grants", new(strconv.FormatUint(uint64(r.Grants), 16)), grants),
	}
}

func subAccountChanges(before, after *ent.SubAccount) []audit.Change {
	return audit.Changed(subAccountValues(before), subAccountValues(after))
}

func subAccountValues(s *ent.SubAccount) []audit.Value {
	if s == nil {
		return nil
	}
	roles := make([]string, len(s.Edges.Roles))
	for i, r := range s.Edges.Roles {
		roles[i] = r.ID
	}
	return []audit.Value{
		audit.Text("name", s.Name),
		audit.Told("phone", s.Phone, contact.MaskPhone),
		audit.Told("email", s.Email, contact.MaskEmail),
		audit.Text("status", s.Status),
		audit.IDs("roles", roles),
	}
}

// grantsText formats grants for people: "TASKS: VIEW, EDIT (ALL); ORDERS: VIEW (OWN)".
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

func orgTarget(o *ent.Org, changes []audit.Change) audit.Target {
	return audit.Target{ID: o.ID, Type: "Org", Label: o.Name, AccountID: o.OwnerID, Changes: changes}
}

func roleTarget(r *ent.Role, changes []audit.Change) audit.Target {
	return audit.Target{ID: r.ID, Type: "Role", Label: r.Name, Changes: changes}
}

func subAccountTarget(s *ent.SubAccount, changes []audit.Change) audit.Target {
	return audit.Target{ID: s.ID, Type: "SubAccount", Label: s.Name, AccountID: s.AccountID, Changes: changes}
}

func appTarget(a *ent.App, changes []audit.Change) audit.Target {
	return audit.Target{ID: a.ID, Type: "App", Label: a.Name, Changes: changes}
}

func appValues(a *ent.App) []audit.Value {
	if a == nil {
		return nil
	}
	contacts := func(string) string {
		var masked []string
		for _, one := range strings.Fields(a.Contacts) {
			masked = append(masked, contact.MaskEmail(one))
		}
		return strings.Join(masked, " ")
	}
	grants := func(string) string { return grantsText(a.Grants) }
	return []audit.Value{
		audit.Text("name", a.Name),
		audit.Text("description", a.Description),
		audit.Told("contacts", &a.Contacts, contacts),
		audit.Text("status", a.Status),
		audit.Told("grants", new(strconv.FormatUint(uint64(a.Grants), 16)), grants),
		audit.Text("ipRanges", a.IPRanges),
		audit.Maybe("budget", budgetText(a)),
	}
}

// budgetText writes the budget for people: "2000 + 20/s"; nothing for the server's.
func budgetText(a *ent.App) *string {
	if a.BudgetRows == nil || a.BudgetRefill == nil {
		return nil
	}
	return new(strconv.Itoa(*a.BudgetRows) + " + " + strconv.Itoa(*a.BudgetRefill) + "/s")
}

func tokenTarget(t *ent.ApiToken, changes []audit.Change) audit.Target {
	return audit.Target{ID: t.ID, Type: "ApiToken", Label: t.Name, Changes: changes}
}

func tokenValues(t *ent.ApiToken) []audit.Value {
	return []audit.Value{audit.Text("name", t.Name), audit.Text("hint", t.Hint), endsAt(t.EndsAt)}
}

func endsAt(at time.Time) audit.Value { return audit.Text("endsAt", at.UTC().Format(time.RFC3339Nano)) }
