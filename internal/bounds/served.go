package bounds

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Ranges are the fields of filters that an order of the list serves beside another, by that order; "" is the list's
// own.
var Ranges = map[string]string{
	"atFrom": "", "atTo": "", "paidFrom": "", "paidTo": "", "updatedFrom": "UPDATED_AT", "updatedTo": "UPDATED_AT",
	"settledFrom": "SETTLED_AT", "settledTo": "SETTLED_AT", "amountFrom": "AMOUNT", "amountTo": "AMOUNT",
	"followersFrom": "FOLLOWERS", "contractEndsWithinDays": "CONTRACT_TO", "dueFrom": "DEADLINE", "dueTo": "DEADLINE",
}

// ownOrders are the values that order a list as it is by itself.
var ownOrders = map[string]bool{"PAID_AT": true, "CREATED_AT": true}

// indexed are the fields that indexes serve, by the list: the first of them that is given one value. Orders have such
// indexes for all of their orders, other lists for their own alone. Of a list that is cut by any other field, but for
// ranges, so many rows are looked into, and more are charged while it runs; see further. Lists of roles and of
// sub-accounts are short.
var indexed = map[string][]string{
	"Org.auditEvents": {"targetId", "actorIds", "operations", "outcomes"},
	"Org.creators":    {"withoutManager", "categories"},
	"Org.orders":      {"creatorIds", "statuses"},
	"Org.tasks":       {"statuses"},
	"Creator.orders":  {},
	"Creator.tasks":   {},
}

// Unserved returns those of the fields of a filter, each of which has so many values, that no index serves when the
// list is in the order; "" is its own. Of orders with given numbers there are as many.
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

// OrderOf returns the order by a field of the schema; "" for the list's own.
func OrderOf[F ~string](field F) string {
	if ownOrders[string(field)] {
		return ""
	}
	return string(field)
}

// keysOfMany is how many creators are reckoned with where a filter of orders names them by what they have in common.
const keysOfMany = 20

// hard returns what looking into the rows of so many lists is charged, where indexes do not find those of the
// connection in its order: as many rows are looked into for one as perLooked says.
func (c *coster) hard(f *ast.Field, lists int) int {
	filter, _ := c.argument(f, "filter").(map[string]any)
	given, keys := map[string]int{}, 1
	for name, value := range filter {
		text, _ := value.(string)
		values, many := value.([]any)
		switch {
		case many:
			given[name] = len(values)
		case value == nil, value == false, name == "search" && strings.TrimSpace(text) == "": // a blank search is none
		default:
			given[name] = 1
		}
	}
	coordinate, order := f.ObjectDefinition.Name+"."+f.Name, ""
	if by, is := c.argument(f, "orderBy").(map[string]any); is {
		field, _ := by["field"].(string)
		order = OrderOf(field)
		if order == "DEADLINE" && given["dueFrom"]+given["dueTo"] == 0 { // no index has tasks without one where they stand
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

// Further charges rows that are looked into beyond those that were charged before, and returns false when that is more
// than a request may come to.
func Further(ctx context.Context, rows int) (bool, error) {
	told, ok := CostOf(graphql.GetOperationContext(ctx))
	if !ok {
		return false, nil
	}
	return told.further(ctx, rows/perLooked)
}
