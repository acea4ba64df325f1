// Package workload is what the bench asks for: the documents, and the variables that go with them.
package workload

import (
	"fmt"
	"maps"
	"time"

	"deputy/bench/fill"
)

// Load is one kind of request.
type Load struct {
	// Name it goes by; it is the path at the reference.
	Name string
	// Document in Deputy's schema.
	Document string
	// Writes reports whether it changes anything.
	Writes bool
	// PostGraphile is the same question in the schema that PostGraphile makes of the tables; empty where it has none.
	PostGraphile string
	// Without says why PostGraphile has none.
	Without string
	// staff asks, not the owner.
	staff bool
	// variables beside the org's id.
	variables func(o fill.Org) map[string]any
}

// Serial stands in the variables of a request for a number that no other request has, of as many digits.
const Serial = "@@@@@@@@@@"

// Rows is how many orders an import brings.
const Rows = 1_000

// From and To are the days of the report.
const (
	From = "2025-01-11"
	To   = "2025-04-10"
)

// Variables returns those of a request about the org.
func (l Load) Variables(o fill.Org) map[string]any {
	if l.variables != nil {
		return l.variables(o)
	}
	return map[string]any{"id": o.ID}
}

// Asker returns the account that asks about the org, and its token.
func (l Load) Asker(o fill.Org) (account, token string) {
	if l.staff {
		return o.Staff, o.StaffToken
	}
	return o.Owner, o.OwnerToken
}

func report(o fill.Org) map[string]any {
	return map[string]any{"id": o.ID, "from": From, "to": To}
}

func batch(o fill.Org) map[string]any {
	return map[string]any{"orgId": o.ID, "ids": o.SubAccounts}
}

// imported are orders that are new each time.
func imported(o fill.Org) map[string]any {
	orders := make([]map[string]any, Rows)
	for i := range orders {
		orders[i] = map[string]any{
			"number": fmt.Sprintf("B%s-%04d", Serial, i), "creatorPlatformId": o.Platforms[i%len(o.Platforms)],
			"productName": fmt.Sprintf("新品 %d 号", i%25), "amount": 1_000 + i, "commission": 100, "status": "PAID",
			"paidAt": fill.First.Add(time.Duration(i) * 11 * time.Minute).Format("2006-01-02T15:04:05.000000Z"),
		}
		if i%3 == 0 {
			maps.Copy(orders[i], map[string]any{"status": "SETTLED", "settledAt": "2025-03-01T00:00:00.000000Z"})
		}
	}
	return map[string]any{"input": map[string]any{"orgId": o.ID, "orders": orders, "policy": "PER_ITEM"}}
}

func nothing(fill.Org) map[string]any { return map[string]any{} }

func sized(document string, sizes ...any) string { return fmt.Sprintf(document, sizes...) }
