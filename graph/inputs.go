package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/fault"
)

var msgNull = fault.Message{
	Zh: "这一项不能为 null：不修改时请不要传。",
	En: "This can't be null: leave it out to keep it as it is.",
}

// given answers an input that may be absent but not null: nil when it is absent, INVALID at field when it is null.
func given[T any](in graphql.Omittable[*T], field ...string) (*T, error) {
	value, set := in.ValueOK()
	if set && value == nil {
		return nil, fault.New(fault.Invalid, msgNull).At(field...)
	}
	return value, nil
}

// givenList is given for lists.
func givenList[T any](in graphql.Omittable[[]T], field ...string) (*[]T, error) {
	value, set := in.ValueOK()
	switch {
	case !set:
		return nil, nil //nolint:nilnil // absent leaves things as they are
	case value == nil:
		return nil, fault.New(fault.Invalid, msgNull).At(field...)
	default:
		return &value, nil
	}
}

// firstOf answers the first refusal.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func orgChange(in model.UpdateOrgInput) (agency.OrgChange, error) {
	name, noName := given(in.Name, "input", "name")
	ownerName, noOwner := given(in.OwnerName, "input", "ownerName")
	zone, noZone := given(in.TimeZone, "input", "timeZone")
	currency, noCurrency := given(in.Currency, "input", "currency")
	change := agency.OrgChange{Name: name, OwnerName: ownerName, TimeZone: zone, Currency: currency}
	return change, firstOf(noName, noOwner, noZone, noCurrency)
}

func roleChange(in model.UpdateRoleInput) (agency.RoleChange, error) {
	name, noName := given(in.Name, "input", "name")
	granted, noGrants := givenList(in.Grants, "input", "grants")
	change := agency.RoleChange{Name: name}
	if description, set := in.Description.ValueOK(); set {
		empty := ""
		if change.Description = description; description == nil {
			change.Description = &empty
		}
	}
	if granted != nil {
		change.Grants = &[]access.Grant{}
		*change.Grants = values(*granted)
	}
	return change, firstOf(noName, noGrants)
}

func subAccountChange(in model.UpdateSubAccountInput) (agency.SubAccountChange, error) {
	name, noName := given(in.Name, "input", "name")
	roleIDs, noRoles := givenList(in.RoleIds, "input", "roleIds")
	return agency.SubAccountChange{Name: name, RoleIDs: roleIDs}, firstOf(noName, noRoles)
}
