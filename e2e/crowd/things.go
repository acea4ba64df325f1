package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"deputy/e2e/cluster"
)

// thing is something dear that is asked for: a document of as many parts as the server lets one have.
type thing struct {
	name string
	// kind is query or mutation.
	kind string
	// most is how many parts are tried first.
	most int
	// part is one of the parts.
	part func(n int) string
	// variables of the document, beside $org, and their types.
	types     string
	variables func() cluster.Vars
	// download says that the response's link is followed.
	download bool
}

// document returns that of so many parts.
func (t thing) document(parts int) string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s($org: ID!%s) {", t.kind, t.types)
	for n := range parts {
		_, _ = fmt.Fprintf(&b, " a%d: %s", n, t.part(n))
	}
	return b.String() + " }"
}

func (t thing) vars(org string) cluster.Vars {
	v := cluster.Vars{}
	if t.variables != nil {
		v = t.variables()
	}
	v["org"] = org
	return v
}

// things returns what is dear, nothing first.
func things() []thing {
	same := func(text string) func(int) string { return func(int) string { return text } }
	numbered := new(atomic.Int64)
	return []thing{
		{name: "nothing"},
		{name: "searches", kind: "query", most: 150, part: func(n int) string {
			return fmt.Sprintf(`org(id: $org) { orders(first: 1, filter: {search: "q%d"}) { totalCount nodes { id } } }`, n)
		}},
		{name: "pages", kind: "query", most: 100, part: same(
			`org(id: $org) { orders(first: 100) { nodes { number productName amount creator { name platformId manager { name } } } } }`)},
		{name: "levels", kind: "query", most: 20, part: same(
			`org(id: $org) { creators(first: 40) { nodes { name orders(first: 20) { nodes { number creator { name } } } tasks(first: 5) { nodes { title } } } } }`)},
		{name: "reports", kind: "query", most: 40, part: func(n int) string {
			return fmt.Sprintf(
				`org(id: $org) { data(dateFrom: "%s", dateTo: "%s") { total { orders creators } periods(period: DAY) { dateFrom point { orders amount creators } }`+
					` topCreators(first: 10) { creatorName point { orders } } topProducts(first: 10) { productName point { orders creators } } } }`,
				time.Now().AddDate(0, 0, -365-n).Format(time.DateOnly), time.Now().AddDate(0, 0, -n).Format(time.DateOnly))
		}},
		{name: "imports", kind: "mutation", most: 100, types: ", $orders: [OrderInput!]!", variables: func() cluster.Vars {
			rows := make([]cluster.Vars, 1000)
			for i := range rows {
				rows[i] = cluster.Vars{
					"number": fmt.Sprintf("X%d", numbered.Add(1)), "creatorPlatformId": "none", "productName": "口红", "amount": 100,
					"commission": 1,
					"status":     "PAID", "paidAt": time.Now().UTC().Format(time.RFC3339),
				}
			}
			return cluster.Vars{"orders": rows}
		}, part: same(`importOrders(input: {orgId: $org, orders: $orders}) { userErrors { code } }`)},
		{name: "roles", kind: "mutation", most: 100, part: func(int) string {
			return fmt.Sprintf(`createRole(input: {orgId: $org, name: "r%d", grants: []}) { userErrors { code } }`,
				numbered.Add(1))
		}},
		{
			name: "workbooks", kind: "mutation", most: 1, download: true,
			part: same(`exportOrders(input: {orgId: $org, format: XLSX}) { url userErrors { code } }`),
		},
	}
}
