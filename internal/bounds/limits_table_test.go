package bounds

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"deputy/internal/backoffice"
	"deputy/internal/form"
	"deputy/internal/page"
)

// LimitsTable is what the documents say of the limits, from the values that hold; those of a body and of streams are
// given.
func LimitsTable(body int64, streams, operations int) string {
	l := Limits{}.WithDefaults()
	var b strings.Builder
	b.WriteString("| limit (`extensions.limit`) | at most | what it is | why |\n| --- | --- | --- | --- |\n")
	row := func(name string, most any, what, why string) {
		fmt.Fprintf(&b, "| `%s` | %v | %s | %s |\n", name, most, what, why)
	}
	row(limitCost, l.Cost, "rows of one request, or of one event (`DEPUTY_COST_LIMIT`)", "the database reads each of them")
	row(limitResponse, l.Response, fmt.Sprintf("bytes of the data of one answer, and %d with %d for each row of its cost",
		responseBase, responseRow), "a response is held in memory until it is complete")
	row(limitTime, l.Time, "for a request or an event", "nobody else waits for a database that does not respond")
	row("page", page.MaxSize, "rows of a page, each of `first` and `last`", "pages bound how much one list reads")
	row("search", page.Far, "rows that a search with more matches, or a filter without an index, examines for its "+
		"initial cost, in the list's order", "a search without a match would read the whole list")
	given := map[string]any{LimitBody: body, LimitStreams: streams, LimitSubscriptions: operations}
	for i, of := range table {
		row(of.name, l.most[i], of.what.En, of.why)
	}
	for _, of := range beside {
		row(of.name, given[of.name], of.what.En, of.why)
	}
	fmt.Fprintf(&b, "\nA call of a mutation takes at most %d ids, `importOrders` %d orders, and a filter %d values. A "+
		"report spans at most %d days. An answer lists at most %d errors.\n",
		form.MaxBatch, backoffice.MaxImport, MaxFilter, backoffice.MaxDays, MaxErrors)
	b.WriteString("\n| costs, beside its objects | rows |\n| --- | --- |\n")
	for _, of := range []struct {
		what string
		rows int
	}{
		{"a mutation", perMutation},
		{"each member of the lists that a mutation is given", perWrite},
		{"a `totalCount`, or `creatorCategories`, for all of its level", perCount},
		{"a search, or a filter that no index serves: its page, and its `totalCount`", perSearch},
		{
			"such a search of each of several lists, where that is more: it looks into 1,000 rows of each at first",
			perSearchOfMany,
		},
		{fmt.Sprintf("%d rows that are looked into beyond these, while the request may still cost more", perLooked), 1},
		{"counting what roles and sub-accounts there are, for a request that could come to more than the limit", perLook},
		{"each sub-account that `previewRole` looks at", perPreviewed},
		{"a part of a report", perReport},
		{fmt.Sprintf("%d values of an object, beyond the first", perValues), 1},
		{fmt.Sprintf("%d values of the schema", perIntrospection), 1},
	} {
		fmt.Fprintf(&b, "| %s | %d |\n", of.what, of.rows)
	}
	for _, name := range slices.Sorted(maps.Keys(heavy)) {
		fmt.Fprintf(&b, "| `%s` | %d |\n", name, heavy[name])
	}
	b.WriteString("\n| list without `first` | greatest length |\n| --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(longest)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, longest[name].said)
	}
	fmt.Fprintf(&b, "| `userErrors` | %s |\n", refusals.said)
	return b.String()
}

// TestEveryLimitSaysWhatItCountsAndWhy in both languages, so that no message has a hole.
func TestEveryLimitSaysWhatItCountsAndWhy(t *testing.T) {
	t.Parallel()
	for _, l := range append(table[:], beside...) {
		if l.name == "" || l.what.Zh == "" || l.what.En == "" || l.why == "" {
			t.Errorf("a limit says too little: %+v", l)
		}
	}
}
