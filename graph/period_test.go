package graph_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestFiguresByDayWeekAndMonth: weeks begin on Monday, in the org's time zone; what lies in the span alone is counted,
// and creators once in each.
func TestFiguresByDayWeekAndMonth(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.must(s.A.Owner, "createCreator", vars{"orgId": s.A.ID, "name": "乙", "platformId": "乙"})
		var rows []vars
		for i, paid := range []string{
			"2026-01-30T16:00:00Z", // Saturday 31 January in Shanghai
			"2026-02-01T15:59:59Z", // Sunday
			"2026-02-01T16:00:00Z", // Monday 2 February
			"2026-02-08T04:00:00Z", // Sunday
			"2026-02-28T15:59:59Z", // Saturday
		} {
			row := s.row(fmt.Sprint("W", i), vars{"amount": 100 << i, "commission": 0, "paidAt": paid})
			rows = append(rows, row)
		}
		rows = append(rows, s.row("W5", vars{
			"amount": 10_000, "commission": 0, "paidAt": "2026-02-08T04:00:00Z", "creatorPlatformId": "乙",
		}))
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows})
		spans := func(from, to, period string) string {
			s.Helper()
			a := s.A.Owner.Do(`query($org: ID!, $from: Date!, $to: Date!, $p: DataPeriod!) { org(id: $org) {
				data(dateFrom: $from, dateTo: $to) { periods(period: $p) { dateFrom dateTo point { amount creators } } } } }`,
				vars{"org": s.A.ID, "from": from, "to": to, "p": period}).OK()
			var all []string
			for _, one := range a.List("org.data.periods") {
				span := one.(map[string]any)
				point := span["point"].(map[string]any)
				if point["amount"] != 0.0 || period != "DAY" {
					all = append(all, fmt.Sprint(span["dateFrom"], "…", span["dateTo"], " ", point["amount"], " ", point["creators"]))
				}
			}
			return strings.Join(all, ", ")
		}
		for _, c := range []struct{ from, to, period, want string }{
			{
				"2026-01-30", "2026-02-09", "WEEK", "2026-01-30…2026-02-01 300 1, 2026-02-02…2026-02-08 11200 2, " +
					"2026-02-09…2026-02-09 0 0",
			},
			{"2026-01-31", "2026-02-28", "MONTH", "2026-01-31…2026-01-31 100 1, 2026-02-01…2026-02-28 13000 2"},
			{"2026-02-01", "2026-02-27", "MONTH", "2026-02-01…2026-02-27 11400 2"},
			{
				"2026-01-30", "2026-02-28", "DAY", "2026-01-31…2026-01-31 100 1, 2026-02-01…2026-02-01 200 1, " +
					"2026-02-02…2026-02-02 400 1, 2026-02-08…2026-02-08 10800 2, 2026-02-28…2026-02-28 1600 1",
			},
		} {
			if got := spans(c.from, c.to, c.period); got != c.want {
				t.Errorf("%s to %s by %s: %s, want %s", c.from, c.to, c.period, got, c.want)
			}
		}
	})
}

// TestTheSpanBefore is as many days long, or as many months, and comes in the same request, for an org and for
// creators.
func TestTheSpanBefore(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		var rows []vars
		for i, paid := range []string{
			"2025-12-31T04:00:00Z", "2026-01-01T04:00:00Z", "2026-01-31T04:00:00Z", "2026-02-10T04:00:00Z",
		} {
			rows = append(rows, s.row(fmt.Sprint("B", i), vars{"amount": 100 << i, "commission": 0, "paidAt": paid}))
		}
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows})
		const asks = `total { amount } before { total { amount } periods(period: MONTH) { dateFrom dateTo point { amount } } }`
		for _, c := range []struct{ from, to, want string }{
			{"2026-02-01", "2026-02-28", "800 600 2026-01-01 2026-01-31"}, // months
			{"2026-02-01", "2026-02-27", "800 400 2026-01-05 2026-01-31"}, // days
			{"2026-02-01", "2026-02-01", "0 400 2026-01-31 2026-01-31"},
			{"2026-01-01", "2026-02-28", "1400 100 2025-11-01 2025-12-31"}, // two months
		} {
			a := s.A.Owner.Do(`query($org: ID!, $from: Date!, $to: Date!) { org(id: $org) {
				data(dateFrom: $from, dateTo: $to) { `+asks+` }
				creators(first: 50) { nodes { name data(dateFrom: $from, dateTo: $to) { `+asks+` } } } } }`, vars{"org": s.A.ID, "from": c.from, "to": c.to}).OK()
			told := func(at string) string {
				periods := a.List(at + ".before.periods")
				last := len(periods) - 1
				return fmt.Sprint(a.Get(at+".total.amount"), " ", a.Get(at+".before.total.amount"), " ",
					a.Get(at+".before.periods.0.dateFrom"), " ", a.Get(fmt.Sprint(at, ".before.periods.", last, ".dateTo")))
			}
			if got := told("org.data"); got != c.want {
				t.Errorf("%s to %s: %s, want %s", c.from, c.to, got, c.want)
			}
			for i, one := range a.List("org.creators.nodes") {
				if one.(map[string]any)["name"] != "带货" {
					continue
				}
				if got := told(fmt.Sprint("org.creators.nodes.", i, ".data")); got != c.want {
					t.Errorf("%s to %s, of the creator: %s, want %s", c.from, c.to, got, c.want)
				}
			}
		}
	})
}
