package bounds

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
	"deputy/internal/signin"
)

// length is the maximum length of a list of the schema.
type length struct {
	// most returns it for a field, from the field's own arguments, those of its parent, or those of the root field.
	most func(c *coster, within, f *ast.Field) int
	// said is the description in the documents.
	said string
}

const (
	// maxChanges is the maximum number of changed fields of an object in one event.
	maxChanges = 20
	// maxGained is roughly how many fields of the schema one role can open or close to a sub-account: a field is either
	// gained or lost.
	maxGained = 250
	// maxErrorPath is the maximum depth of an input field that an error names.
	maxErrorPath = 5
	// errorsOfOne is roughly the number of errors of one element of a batch, and errorsOfCall of the rest of the call.
	errorsOfOne, errorsOfCall = 2, 10
)

// longest has the maximum length of every list without a `first`, by the coordinate of its field. Lists that are
// missing here have none and are refused; a test walks the schema.
var longest = map[string]length{
	"AccessExplanation.roles":               atMost(agency.MaxRolesOfOne),
	"App.contacts":                          atMost(agency.MaxContacts),
	"App.grants":                            grantsOfOne,
	"App.ipRanges":                          atMost(agency.MaxRanges),
	"App.tokens":                            atMost(agency.MaxTokensShown),
	"AssignCreatorsPayload.creators":        asGiven,
	"AuditChange.afterNames":                atMost(agency.MaxRolesOfOne),
	"AuditChange.beforeNames":               atMost(agency.MaxRolesOfOne),
	"AuditTarget.changes":                   atMost(maxChanges),
	"DataReport.periods":                    {(*coster).days, "days from `dateFrom` to `dateTo`, at most 366"},
	"DeleteSubAccountsPayload.deletedIds":   asGiven,
	"EndCreatorsPayload.creators":           asGiven,
	"EndSessionsPayload.endedIds":           atMost(signin.MaxSessions),
	"Grant.actions":                         atMost(actions),
	"ModuleInfo.actions":                    atMost(actions),
	"ModuleInfo.scopes":                     atMost(scopes),
	"Org.apps":                              atMost(agency.MaxApps),
	"Org.creatorCategories":                 atMost(backoffice.MaxCategories),
	"Org.navigation":                        atMost(len(access.Modules())),
	"Org.viewerGrants":                      grantsOfOne,
	"Query.modules":                         atMost(len(access.Modules())),
	"Query.nodes":                           {(*coster).given, "`ids`"},
	"RevokeApiTokensPayload.tokens":         asGiven,
	"Role.grants":                           grantsOfOne,
	"Role.modules":                          atMost(len(access.Modules())),
	"RolePreview.subAccounts":               {(*coster).previewed, "`subAccountIds`; with an `id`, 1,000"},
	"RolePreviewEntry.gains":                atMost(maxGained),
	"RolePreviewEntry.grantsAfter":          grantsOfOne,
	"RolePreviewEntry.grantsBefore":         grantsOfOne,
	"RolePreviewEntry.loses":                atMost(maxGained),
	"Seat.roleNames":                        atMost(agency.MaxRolesOfOne),
	"SettleOrdersPayload.orders":            asGiven,
	"SubAccount.grants":                     grantsOfOne,
	"SubAccount.roles":                      atMost(agency.MaxRolesOfOne),
	"EnableSubAccountsPayload.subAccounts":  asGiven,
	"DisableSubAccountsPayload.subAccounts": asGiven,
	"UserError.field":                       atMost(maxErrorPath),
	"VoidOrdersPayload.voidedIds":           asGiven,
	"Viewer.seats":                          atMost(agency.MaxSeats),
	"Viewer.sessions":                       atMost(signin.MaxSessions),
}

// lengthOf returns the maximum length of a field's list.
func lengthOf(object, field string) (length, bool) {
	if field == "userErrors" {
		return refusals, true
	}
	found, known := longest[object+"."+field]
	return found, known
}

func atMost(n int) length {
	return length{func(*coster, *ast.Field, *ast.Field) int { return n }, strconv.Itoa(n)}
}

var (
	// grantsOfOne is one grant for each module and scope.
	grantsOfOne = atMost(len(access.Modules()) * scopes)
	// asGiven is for a list with one element for each element of the mutation's input.
	asGiven = length{(*coster).given, "as many as the mutation is given"}
	// refusals is for the errors of a mutation's input.
	refusals = length{
		func(c *coster, within, f *ast.Field) int {
			return add(errorsOfCall, multiply(errorsOfOne, c.given(within, f)))
		},
		"twice as many as the mutation is given, and 10",
	}
)

const (
	// actions and scopes are their numbers.
	actions, scopes = int(access.Export), 2
)

// parts are objects that contain only values and are read with their parent: their values count there.
var parts = map[string]bool{
	"AppBudget": true, "AuditChange": true, "DataPoint": true, "Grant": true, "ModuleInfo": true, "PageInfo": true,
	"UserError": true,
}

// heavy are the mutations that read or write far more than their input, with their cost in rows.
var heavy = map[string]int{
	"deleteSubAccounts": perSearch, "releaseSeat": perSearch, // which hand over creators
	"exportAuditEvents": perSearch, "exportCreators": perSearch, "exportFigures": perSearch,
	"exportOrders": perSearch, "exportTasks": perSearch, // which count the matching rows
}

// given returns the number of elements in the lists of the root field's arguments, including those in its input.
func (c *coster) given(_, _ *ast.Field) int {
	total := 0
	for _, arg := range c.root.Arguments {
		switch value := c.argument(c.root, arg.Name).(type) {
		case []any:
			total = add(total, len(value))
		case map[string]any:
			for _, member := range value {
				if list, ok := member.([]any); ok {
					total = add(total, len(list))
				}
			}
		}
	}
	return total
}

// matched returns the cost of a mutation on all rows that match a filter: the expected number of rows is written, in
// one statement, and the filter counts as a search.
func (c *coster) matched(f *ast.Field) int {
	input, _ := c.argument(f, "input").(map[string]any)
	if input["filter"] == nil || input["expectedCount"] == nil {
		return 0
	}
	expected, _ := wholeNumber(input["expectedCount"])
	return perSearch + int(min(max(expected, 0), backoffice.MaxSettled))
}

// previewed returns how many sub-accounts a preview examines: the given ones, and the holders of a given role.
func (c *coster) previewed(_, _ *ast.Field) int {
	input, _ := c.argument(c.root, "input").(map[string]any)
	if input["id"] != nil && c.there != nil {
		return c.there.SubAccounts
	}
	if input["id"] != nil {
		return agency.MaxSubAccounts
	}
	named, _ := input["subAccountIds"].([]any)
	return min(len(named), agency.MaxSubAccounts)
}

// days returns how many days a report spans; an invalid period counts as the longest.
func (c *coster) days(within, _ *ast.Field) int {
	from, noFrom := c.day(within, "dateFrom")
	to, noTo := c.day(within, "dateTo")
	if n := int(to) - int(from) + 1; noFrom == nil && noTo == nil && n >= 1 && n <= backoffice.MaxDays {
		return n
	}
	return backoffice.MaxDays
}

func (c *coster) day(f *ast.Field, name string) (civil.Day, error) {
	text, _ := c.argument(f, name).(string)
	return civil.Parse(text)
}
