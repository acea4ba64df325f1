package bounds

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Ranges are the filter fields that the index of an order also serves, with that order; "" is the list's default order.
var Ranges = map[string]string{
	"atFrom": "", "atTo": "", "paidFrom": "", "paidTo": "", "updatedFrom": "UPDATED_AT", "updatedTo": "UPDATED_AT",
	"settledFrom": "SETTLED_AT", "settledTo": "SETTLED_AT", "amountFrom": "AMOUNT", "amountTo": "AMOUNT",
	"followersFrom": "FOLLOWERS", "contractEndsWithinDays": "CONTRACT_TO", "dueFrom": "DEADLINE", "dueTo": "DEADLINE",
}

// ownOrders are the values that name a list's default order.
var ownOrders = map[string]bool{"PAID_AT": true, "CREATED_AT": true}

// indexed are the filter fields with an index, by list: the first of them that is given one value uses it. Orders have
// such indexes for all sort orders, other lists only for the default one. For filters by other fields, except ranges,
// rows are examined one by one; a fixed number is charged first, and more while the request runs; see further. Lists of
// roles and of sub-accounts are short.
var indexed = map[string][]string{
	"Org.auditEvents": {"targetId", "actorIds", "operations", "outcomes"},
	"Org.creators":    {"withoutManager", "categories"},
	"Org.orders":      {"creatorIds", "statuses"},
	"Org.tasks":       {"statuses"},
	"Creator.orders":  {},
	"Creator.tasks":   {},
}

// Unserved returns the given filter fields, each with its number of values, that no index serves when the list is in
// the order; "" is the default one. A filter by numbers of orders is always served.
func Unserved(list, order string, given map[string]int) (names []string) {
	if _, few := given["numbers"]; few {
		return nil
	}
	by := ""
	for _, name := range indexed[list] {
		if values, is := given[name]; is && values <= 1 &&
			(order == "" || list == "Org.orders" || list == "Org.tasks" && order == "DEADLINE") {
			by = name
			break
		}
	}
	for name := range given {
		if of, ranged := Ranges[name]; name != by && (!ranged || of != order) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// OrderOf returns the order by a field of the schema; "" for the list's default order.
func OrderOf[F ~string](field F) string {
	if ownOrders[string(field)] {
		return ""
	}
	return string(field)
}

// keysOfMany is the assumed number of creators that match a filter of orders by properties of creators.
const keysOfMany = 20

// hard returns the cost of examining the rows of so many lists when no index serves the filter of the connection in its
// order; see perLooked.
func (c *coster) hard(f *ast.Field, lists int) int {
	filter, _ := c.argument(f, "filter").(map[string]any)
	given, keys := map[string]int{}, 1
	for name, value := range filter {
		text, _ := value.(string)
		values, many := value.([]any)
		switch {
		case many:
			given[name] = len(values)
		case value == nil, value == false, name == "search" && strings.TrimSpace(text) == "": // a blank search is ignored
		default:
			given[name] = 1
		}
	}
	coordinate, order := f.ObjectDefinition.Name+"."+f.Name, ""
	if by, is := c.argument(f, "orderBy").(map[string]any); is {
		field, _ := by["field"].(string)
		order = OrderOf(field)
		if order == "DEADLINE" && given["dueFrom"]+given["dueTo"] == 0 { // the index lacks tasks without a deadline
			given["orderBy"] = 1
		}
	}
	if _, long := indexed[coordinate]; !long {
		if len(given) > 0 {
			return perSearch
		}
		return 0
	}
	if len(Unserved(coordinate, order, given)) == 0 {
		return 0
	}
	if coordinate == "Org.orders" {
		keys = max(1, given["creatorIds"])
		if given["categories"]+given["managerIds"] > 0 {
			keys = max(keys, keysOfMany)
		}
	}
	return max(perSearch, multiply(multiply(lists, keys), perSearchOfMany))
}

// Further charges rows that are examined beyond those charged at first, and returns false when that exceeds the limit
// of a request.
func Further(ctx context.Context, rows int) (bool, error) {
	told, ok := CostOf(graphql.GetOperationContext(ctx))
	if !ok {
		return false, nil
	}
	return told.further(ctx, rows/perLooked)
}
