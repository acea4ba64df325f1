package graph_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestFiguresByManagerAndCategory: who manages a creator today and its category of today count, also for what was sold
// before; who lacks CREATORS is refused both, and who sees some creators as creators is told of those alone.
func TestFiguresByManagerAndCategory(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		none := s.creator("无人", vars{"platformId": "none"})
		s.order(vars{"creatorPlatformId": "none", "amount": 300, "commission": 0})
		s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": none, "category": "美食"})
		s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": o.mine, "category": "美食"})
		partly := s.seat("部分", s.role4(grant("DATA", "VIEW", "ALL"), grant("CREATORS", "VIEW", "OWN")))
		lacking := s.seat("只看数据", s.role4(grant("DATA", "VIEW", "ALL")))
		ask := func(who *client, args string) *answer {
			return who.Do(`query($org: ID!) { org(id: $org) { data(dateFrom: "2026-02-01", dateTo: "2026-03-31") {
				total { orders } topManagers`+args+` { manager { subAccountId name } point { amount orders creators } }
				topCategories`+args+` { category point { amount orders creators } } } } }`, vars{"org": s.A.ID})
		}
		groups := func(who *client, args string) string {
			s.Helper()
			a := ask(who, args).OK()
			var all []string
			for _, list := range []string{"topManagers", "topCategories"} {
				for i := range a.List("org.data." + list) {
					at := fmt.Sprintf("org.data.%s.%d.", list, i)
					of := a.Get(at + "category")
					if list == "topManagers" {
						if of = a.Get(at + "manager"); of != nil {
							of = a.Get(at + "manager.name")
						}
					}
					all = append(all, fmt.Sprint(of, " ", a.Get(at+"point.amount"), " ", a.Get(at+"point.orders"), " ",
						a.Get(at+"point.creators")))
				}
			}
			return strings.Join(all, ", ")
		}
		check := func(what, got, want string) {
			s.Helper()
			if got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		check("the owner", groups(s.A.Owner, ""), "经纪乙 5000 1 1, 经纪甲 1000 1 1, <nil> 300 1 1,  5000 1 1, 美食 1300 2 2")
		check("the first of them", groups(s.A.Owner, "(first: 1)"), "经纪乙 5000 1 1,  5000 1 1")
		check("own rows alone", groups(o.manager.Client, ""), "经纪甲 1000 1 1, 美食 1000 1 1")
		check("figures of all, and no creators", groups(partly.Client, ""), "")
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{none}, "managerId": partly.ID})
		check("figures of all, and one creator", groups(partly.Client, ""), "部分 300 1 1, 美食 300 1 1")
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.theirs}, "managerId": o.manager.ID})
		check("after a hand-over", groups(s.A.Owner, ""), "经纪甲 6000 2 2, 部分 300 1 1,  5000 1 1, 美食 1300 2 2")
		a := ask(lacking.Client, "")
		if len(a.Errors) != 2 || a.Get("org.data.total.orders") != 3.0 {
			t.Errorf("without CREATORS: %s", a.Body)
		}
		for i, field := range []string{"topManagers", "topCategories"} {
			if a.Get("org.data."+field) != nil || i < len(a.Errors) && a.Errors[i].Extensions["code"] != "FORBIDDEN" ||
				i < len(a.Errors) && a.Errors[i].Extensions["module"] != "CREATORS" {
				t.Errorf("without CREATORS, %s: %s", field, a.Body)
			}
		}
	})
}
