package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/fault"
)

var msgNull = fault.Message{
	Zh: "这一项不能为 null：不修改时请不要传。",
	En: "This can't be null: leave it out to keep it as it is.",
}

// given returns an input that may be absent but not null: nil when it is absent, INVALID at field when it is null.
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

// emptied returns a text that null empties: nil when it is absent.
func emptied(in graphql.Omittable[*string]) *string {
	value, set := in.ValueOK()
	if set && value == nil {
		return new(string)
	}
	return value
}

// orNone returns what was given, and the zero value for null: a form sends null for what was left empty.
func orNone[T any](value *T) (zero T) {
	if value != nil {
		return *value
	}
	return zero
}

// cleared returns a value that null takes away: nil when it is absent.
func cleared[T any](in graphql.Omittable[*T]) **T {
	if value, set := in.ValueOK(); set {
		return &value
	}
	return nil
}

// firstOf returns the first refusal.
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
	change := agency.RoleChange{Name: name, Description: emptied(in.Description)}
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

func newCreator(in model.CreateCreatorInput) backoffice.NewCreator {
	return backoffice.NewCreator{
		Name: in.Name, PlatformID: in.PlatformID, Category: orNone(in.Category), Followers: orNone(in.Followers),
		ContractFrom: in.ContractFrom, ContractTo: in.ContractTo, ShareBps: orNone(in.ShareBps), ManagerID: in.ManagerID,
	}
}

func creatorChange(in model.UpdateCreatorInput) (backoffice.CreatorChange, error) {
	name, noName := given(in.Name, "input", "name")
	platformID, noPlatformID := given(in.PlatformID, "input", "platformId")
	followers, noFollowers := given(in.Followers, "input", "followers")
	status, noStatus := given(in.Status, "input", "status")
	share, noShare := given(in.ShareBps, "input", "shareBps")
	change := backoffice.CreatorChange{
		Name: name, PlatformID: platformID, Category: emptied(in.Category), Followers: followers, Status: status,
		ContractFrom: cleared(in.ContractFrom), ContractTo: cleared(in.ContractTo), ShareBps: share,
	}
	return change, firstOf(noName, noPlatformID, noFollowers, noStatus, noShare)
}

func taskChange(in model.UpdateTaskInput) (backoffice.TaskChange, error) {
	title, noTitle := given(in.Title, "input", "title")
	reward, noReward := given(in.Reward, "input", "reward")
	change := backoffice.TaskChange{Title: title, Brief: emptied(in.Brief), Reward: reward, Deadline: cleared(in.Deadline)}
	return change, firstOf(noTitle, noReward)
}

func orderRows(in []*model.OrderInput) []backoffice.OrderRow {
	rows := make([]backoffice.OrderRow, len(in))
	for i, one := range in {
		rows[i] = backoffice.OrderRow{
			Number: one.Number, CreatorPlatformID: one.CreatorPlatformID, ProductName: one.ProductName, Amount: one.Amount,
			Commission: one.Commission, Status: one.Status, PaidAt: one.PaidAt, SettledAt: one.SettledAt,
		}
	}
	return rows
}
