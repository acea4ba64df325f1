package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"deputy/internal/apitest"
)

// TestFiguresAreWhatTheyAreWhoeverElseIsAskedFor: a figure that is asked for alone, or with others, of one report or of
// several, is that of a report that is asked for all, and zero where there are no orders.
func TestFiguresAreWhatTheyAreWhoeverElseIsAskedFor(t *testing.T) {
	t.Parallel()
	figures := []string{"orders", "amount", "commission", "refunds", "refundAmount", "creators"}
	report := func(of string) string {
		return fmt.Sprintf("total { %[1]s } periods(period: DAY) { point { %[1]s } } "+
			"topCreators { creatorName point { %[1]s } } "+
			"topProducts { productName point { %[1]s } } topManagers { managerName point { %[1]s } } "+
			"topCategories { category point { %[1]s } }", of)
	}
	eachFixture(t, func(s *fixture) {
		for i, name := range []string{"一", "二", "三"} {
			s.creator(name, vars{"platformId": name})
			for n := range 2 + i {
				s.order(vars{
					"creatorPlatformId": name, "amount": 100 * (n + 1), "commission": 10,
					"status": []string{"PAID", "REFUNDED"}[n%2], "productName": fmt.Sprint("商品", n),
				})
			}
		}
		var parts strings.Builder
		for _, f := range figures {
			fmt.Fprintf(&parts, ` %s: data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { %s }`, f, report(f))
		}
		fields := `all: data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { ` + report(strings.Join(figures, " ")) + ` }` +
			parts.String() +
			` none: data(dateFrom: "1999-01-01", dateTo: "1999-01-02") { ` + report(strings.Join(figures, " ")) + ` }`
		ask := func(query string) *apitest.Answer {
			return s.A.Owner.Do("query($org: ID!) "+query, vars{"org": s.A.ID}).OK()
		}
		whole, each := ask(`{ org(id: $org) { `+fields+` } }`), ask(`{ org(id: $org) { creators { nodes { `+fields+` } } } }`)
		idle := 0
		for at, a := range map[string]*apitest.Answer{
			"org": whole, "org.creators.nodes.0": each,
			"org.creators.nodes.1": each, "org.creators.nodes.2": each,
		} {
			if a.Get(at+".all.total.orders") == 0.0 {
				idle++
			}
			for _, f := range figures {
				if got := a.Get(at + ".none.total." + f); got != 0.0 {
					t.Errorf("%s: %s of no orders: %v", at, f, got)
				}
				places := []string{"total"}
				for _, list := range []string{"periods", "topCreators", "topProducts", "topManagers", "topCategories"} {
					for i := range a.List(at + ".all." + list) {
						places = append(places, fmt.Sprint(list, ".", i, ".point"))
					}
				}
				for _, place := range places {
					alone, whole := a.Get(at+"."+f+"."+place+"."+f), a.Get(at+".all."+place+"."+f)
					if alone == nil || alone != whole {
						t.Errorf("%s.%s: %s alone is %v, with all others %v", at, place, f, alone, whole)
					}
				}
			}
			if n, of := len(a.List(at+".none.topCreators")), len(a.List(at+".none.topProducts")); n+of > 0 {
				t.Errorf("%s: %d creators and %d products are best of none", at, n, of)
			}
		}
		if idle > 1 { // who was there before
			t.Errorf("%d reports are of no orders", idle)
		}
	})
}
