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

// length is how long a list of the schema may be.
type length struct {
	// most returns it for a field, from its own arguments, those of the field that it stands in, or those of the root
	// field.
	most func(c *coster, within, f *ast.Field) int
	// said is what the documents say of it.
	said string
}

const (
	// maxChanges is how many fields of an object one event can say are changed.
	maxChanges = 20
	// maxGained is how many fields of the schema a role can open or close to somebody, about: what is gained is not lost.
	maxGained = 250
	// maxErrorPath is how deep a field lies in an input that an error names.
	maxErrorPath = 5
	// errorsOfOne is how many errors one member of a batch has, about, and errorsOfCall what a call has beside them.
	errorsOfOne, errorsOfCall = 2, 10
)

// longest is the greatest length of every list that has no `first`, by the coordinate of its field. A list that is not
// here has none, and whoever asks for it is refused: a test walks the schema.
var longest = map[string]length{
	"AccessExplanation.roles":               atMost(agency.MaxRolesOfOne),
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
	"Org.creatorCategories":                 atMost(backoffice.MaxCategories),
	"Org.navigation":                        atMost(len(access.Modules())),
	"Org.viewerGrants":                      grantsOfOne,
	"Query.modules":                         atMost(len(access.Modules())),
	"Query.nodes":                           {(*coster).given, "`ids`"},
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

// lengthOf returns how long the list of a field may be.
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
	// asGiven is a list of what a mutation was given.
	asGiven = length{(*coster).given, "as many as the mutation is given"}
	// refusals is what was wrong with what a mutation was given.
	refusals = length{
		func(c *coster, within, f *ast.Field) int {
			return add(errorsOfCall, multiply(errorsOfOne, c.given(within, f)))
		},
		"twice as many as the mutation is given, and 10",
	}
)

const (
	// actions and scopes are how many there are.
	actions, scopes = int(access.Export), 2
)

// parts are the objects that hold values alone and are read with what they stand in: their values count there.
var parts = map[string]bool{
	"AuditChange": true, "DataPoint": true, "Grant": true, "ModuleInfo": true, "PageInfo": true, "UserError": true,
}

// heavy are the mutations that read or write far more than they are given, in rows.
var heavy = map[string]int{
	"deleteSubAccounts": perSearch, "releaseSeat": perSearch, // which hand over creators
	"exportAuditEvents": perSearch, "exportCreators": perSearch, "exportFigures": perSearch,
	"exportOrders": perSearch, "exportTasks": perSearch, // which count what they find
}

// given is how many members the lists have that the root field was given, itself or in its input.
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

// matched is what a mutation takes that is done with all rows that a filter matches: as many as are expected are
// written, in one statement, and the filter is a search.
func (c *coster) matched(f *ast.Field) int {
	input, _ := c.argument(f, "input").(map[string]any)
	if input["filter"] == nil || input["expectedCount"] == nil {
		return 0
	}
	expected, _ := wholeNumber(input["expectedCount"])
	return perSearch + int(min(max(expected, 0), backoffice.MaxSettled))
}

// previewed is how many sub-accounts a preview looks at: those it names, and with a role those who hold it.
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

// days is how many days a report spans; one that is refused counts as the longest.
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
