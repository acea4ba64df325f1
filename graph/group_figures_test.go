package graph_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestFiguresByManagerAndCategory: who manages a creator today and its category of today count, also for what was sold
// before. Figures cut the rows, and CREATORS says whose ids are shown.
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
				topManagers`+args+` { managerName manager { subAccountId name } point { amount orders creators } }
				topCategories`+args+` { category point { amount orders creators } } } } }`, vars{"org": s.A.ID})
		}
		groups := func(a *answer) string {
			s.Helper()
			var all []string
			for _, list := range []string{"topManagers", "topCategories"} {
				for i := range a.List("org.data." + list) {
					at := fmt.Sprintf("org.data.%s.%d.", list, i)
					of := a.Get(at + "category")
					if list == "topManagers" {
						of = fmt.Sprint(a.Get(at+"managerName"), "/", a.Get(at+"manager.name"))
					}
					all = append(all, fmt.Sprint(of, " ", a.Get(at+"point.amount"), " ", a.Get(at+"point.orders"), " ",
						a.Get(at+"point.creators")))
				}
			}
			return strings.Join(all, ", ")
		}
		check := func(what string, a *answer, want string) {
			s.Helper()
			if got := groups(a); got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		check("the owner", ask(s.A.Owner, "").OK(), "经纪乙/经纪乙 5000 1 1, 经纪甲/经纪甲 1000 1 1, <nil>/<nil> 300 1 1, "+
			" 5000 1 1, 美食 1300 2 2")
		check("the first of them", ask(s.A.Owner, "(first: 1)").OK(), "经纪乙/经纪乙 5000 1 1,  5000 1 1")
		check("own rows alone", ask(o.manager.Client, "").OK(), "经纪甲/经纪甲 1000 1 1, 美食 1000 1 1")
		check("all figures, and no creators", ask(partly.Client, "").OK(), "经纪乙/<nil> 5000 1 1, 经纪甲/<nil> 1000 1 1, "+
			"<nil>/<nil> 300 1 1,  5000 1 1, 美食 1300 2 2")
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{none}, "managerId": partly.ID})
		check("all figures, and one creator", ask(partly.Client, "").OK(), "经纪乙/<nil> 5000 1 1, 经纪甲/<nil> 1000 1 1, "+
			"部分/部分 300 1 1,  5000 1 1, 美食 1300 2 2")
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.theirs}, "managerId": o.manager.ID})
		check("after a hand-over", ask(s.A.Owner, "").OK(), "经纪甲/经纪甲 6000 2 2, 部分/部分 300 1 1,  5000 1 1, 美食 1300 2 2")
		a := ask(lacking.Client, "")
		check("without CREATORS", a, "经纪甲/<nil> 6000 2 2, 部分/<nil> 300 1 1,  5000 1 1, 美食 1300 2 2")
		if a.Code() != "FORBIDDEN" || a.Errors[0].Extensions["module"] != "CREATORS" {
			t.Errorf("without CREATORS: %s", a.Body)
		}
		// One request for the reports of many, each with its own rows.
		each := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { creators { nodes { name data(dateFrom: "2026-02-01",
			dateTo: "2026-03-31") { topManagers { managerName point { amount } } topCategories { category } } } } } }`,
			vars{"org": s.A.ID}).OK()
		for i, name := range each.Texts("org.creators.nodes", "name") {
			want := map[string]string{
				"我的": "经纪甲 1000 美食", "别人的": "经纪甲 5000 ", "无人": "部分 300 美食",
			}[name]
			at := fmt.Sprintf("org.creators.nodes.%d.data.", i)
			if got := fmt.Sprint(each.Get(at+"topManagers.0.managerName"), " ", each.Get(at+"topManagers.0.point.amount"), " ",
				each.Get(at+"topCategories.0.category")); want != "" && got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

// TestFilesOfFigures have the figures of what may be exported, whatever their rows stand for: gross, refunds and net.
func TestFilesOfFigures(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		third := s.creator("分成", vars{
			"platformId": "third", "shareBps": 2500, "managerId": o.manager.ID, "category": "美食",
		})
		s.order(vars{
			"creatorPlatformId": "third", "amount": 10_000, "commission": 1_000, "refundAmount": 2_500, "productName": "=眉笔",
			"paidAt": "2026-02-10T04:00:00Z",
		})
		const (
			mine    = "1 10.00 0.00 0 0.00 10.00 0.00 0.00 0.00"
			theirs  = "1 50.00 0.00 0 0.00 50.00 0.00 0.00 0.00"
			ofThird = "1 100.00 10.00 1 25.00 75.00 7.50 1.87 5.63"
			none    = "0 0.00 0.00 0 0.00 0.00 0.00 0.00 0.00"
		)
		file := func(who *client, by string, more vars) string {
			s.Helper()
			in := vars{"by": by, "dateFrom": "2026-02-01", "dateTo": "2026-03-31"}
			for name, value := range more {
				in[name] = value
			}
			var rows []string
			for _, line := range s.lines(who, s.link(who, "exportFigures", in))[1:] {
				rows = append(rows, strings.ReplaceAll(strings.Join(line, " "), "\t", ""))
			}
			return strings.Join(rows, "\n")
		}
		check := func(what, got string, want ...string) {
			s.Helper()
			if got != strings.Join(want, "\n") {
				t.Errorf("%s:\n%s\nwant\n%s", what, got, strings.Join(want, "\n"))
			}
		}
		owner := s.A.Owner
		check("by month", file(owner, "MONTH", nil),
			"2026-02-01 2026-02-28 3 3 160.00 10.00 1 25.00 135.00 7.50 1.87 5.63", "2026-03-01 2026-03-31 0 "+none)
		check("by week", file(owner, "WEEK", vars{"dateFrom": "2026-02-11", "dateTo": "2026-02-28"}),
			"2026-02-11 2026-02-15 0 "+none, "2026-02-16 2026-02-22 0 "+none,
			"2026-02-23 2026-02-28 2 2 60.00 0.00 0 0.00 60.00 0.00 0.00 0.00")
		check("by day, in the smallest unit", file(owner, "DAY", vars{
			"dateFrom": "2026-02-09", "dateTo": "2026-02-10", "amounts": "SMALLEST_UNIT",
		}), "2026-02-09 2026-02-09 0 0 0 0 0 0 0 0 0 0", "2026-02-10 2026-02-10 1 1 10000 1000 1 2500 7500 750 187 563")
		check("by creator", file(owner, "CREATOR", nil), "mine 我的 "+mine, "theirs 别人的 "+theirs, "third 分成 "+ofThird)
		check("by product", file(owner, "PRODUCT", nil), "'=眉笔 1 "+ofThird, "口红 2 2 60.00 0.00 0 0.00 60.00 0.00 0.00 0.00")
		check("by manager", file(owner, "MANAGER", nil), "经纪甲 2 2 110.00 10.00 1 25.00 85.00 7.50 1.87 5.63",
			"经纪乙 1 "+theirs)
		check("by category", file(owner, "CATEGORY", nil), " 2 2 60.00 0.00 0 0.00 60.00 0.00 0.00 0.00", "美食 1 "+ofThird)
		check("of one creator", file(owner, "PRODUCT", vars{"creatorIds": []string{third}}), "'=眉笔 1 "+ofThird)
		check("of no creator", file(owner, "MANAGER", vars{"creatorIds": []string{}}))

		// EXPORT has a scope of its own, and shows no more of creators than CREATORS does.
		own := s.role4(grant("DATA", "EXPORT", "OWN"), grant("DATA", "VIEW", "ALL"))
		who := s.seat("导出的", own)
		s.must(owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": who.ID})
		check("own creators", file(who.Client, "CREATOR", nil), " 我的 "+mine)
		check("own products", file(who.Client, "PRODUCT", nil), "口红 1 "+mine)
		check("own managers", file(who.Client, "MANAGER", nil), "导出的 1 "+mine)
		body, name := s.downloaded(who.Client, "exportFigures", vars{
			"by": "MANAGER", "dateFrom": "2026-02-01", "dateTo": "2026-02-28", "format": "JSONL",
		})
		line := map[string]any{
			"managerId": nil, "managerName": "导出的", "creators": 1.0, "orders": 1.0, "amount": 1000.0, "commission": 0.0,
			"refunds": 0.0, "refundAmount": 0.0, "netAmount": 1000.0, "netCommission": 0.0, "orgShare": 0.0, "creatorShare": 0.0,
		}
		if got := s.objects(body); len(got) != 1 || !reflect.DeepEqual(got[0], line) {
			t.Errorf("without CREATORS: %v", got)
		}
		if !strings.HasPrefix(name, "甲机构-数据-") || !strings.HasSuffix(name, ".jsonl") {
			t.Errorf("the file is called %s", name)
		}
		body, _ = s.downloaded(owner, "exportFigures", vars{
			"by": "CREATOR", "dateFrom": "2026-02-01", "dateTo": "2026-02-28", "format": "JSONL",
		})
		if got := s.objects(body); len(got) != 3 || got[0]["creatorId"] != o.mine || got[0]["creatorName"] != "我的" {
			t.Errorf("%v", got)
		}
		book, _ := s.downloaded(in("en", owner), "exportFigures", vars{
			"by": "CATEGORY", "dateFrom": "2026-02-01", "dateTo": "2026-02-28", "format": "XLSX",
		})
		if got := s.cells(s.workbook(book), 0); !slices.Equal(got[:5], []string{
			"Category", "Creators", "Orders", "Amount (CNY)", "Commission (CNY)",
		}) {
			t.Errorf("%q", got)
		}
		if got := s.cells(s.workbook(book), 2); !slices.Equal(got[:4], []string{"美食", "1", "1", "100.00"}) {
			t.Errorf("%q", got)
		}
	})
}
