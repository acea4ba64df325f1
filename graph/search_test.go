package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSearchFindsTexts: of one letter and of many, Chinese and not, in whichever case, and with letters that mean
// something elsewhere.
func TestSearchFindsTexts(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		for _, product := range []string{"口红礼盒", "哑光口红 3 号", "100%纯棉T恤", "防晒_SPF50", "眉笔", `a\\b`, "茶"} {
			s.order(vars{"productName": product})
		}
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row("DY20260301-0042", nil)}})
		s.must(s.A.Owner, "importOrders", vars{
			"orgId":  s.A.ID,
			"orders": []vars{s.row("DY20260301-0042", vars{"productName": "改名后的商品"})},
		})
		for text, want := range map[string]int{
			"口红": 2, "红礼": 1, "口": 2, "茶": 1, "礼盒口": 0, "%": 1, "0%纯": 1, "_": 1, "晒_S": 1, "晒%S": 0, "t恤": 1, "T恤": 1, "spf": 1,
			"SPF50": 1,
			`\\`:    1, `a\\b`: 1, "0042": 1, "20260301-00": 1, "改名": 1, "没有": 0, "": 8, "3 号": 1, "\u0000": 0,
			strings.Repeat("长", 900): 0,
		} {
			a := s.A.Owner.Do(
				`query($org: ID!, $text: String!) { org(id: $org) { orders(first: 100, filter: {search: $text}) { totalCount nodes {
					productName } } } }`, vars{"org": s.A.ID, "text": text}).OK()
			if a.Get("org.orders.totalCount") != float64(want) || len(a.List("org.orders.nodes")) != want {
				t.Errorf("%q finds %v, want %d: %v", text, a.Get("org.orders.totalCount"), want,
					a.Texts("org.orders.nodes", "productName"))
			}
		}
		s.creator("欧阳小美", vars{"platformId": "dy_oyxm"})
		s.task("双十一直播")
		a := s.A.Owner.Do(
			`query($org: ID!) { org(id: $org) { a: creators(filter: {search: "小美"}) { nodes { name } } b: creators(filter:
				{search: "OYX"}) { nodes { name } } tasks(filter: {search: "直播"}) { nodes { title } } }
				}`, vars{"org": s.A.ID}).OK()
		for path, want := range map[string][]string{"org.a.nodes": {"欧阳小美"}, "org.b.nodes": {"欧阳小美"}} {
			if got := a.Texts(path, "name"); !slices.Equal(got, want) {
				t.Errorf("%s: %q", path, got)
			}
		}
		if got := a.Texts("org.tasks.nodes", "title"); !slices.Equal(got, []string{"双十一直播"}) {
			t.Errorf("%q", got)
		}
	})
}

// TestOrdersAreFoundByTheirCreator: by a name that is, not by one that was, and under OWN by those of own creators
// alone, whether or not the viewer sees creators.
func TestOrdersAreFoundByTheirCreator(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": o.mine, "name": "欧阳小美 Amy"})
		s.order(vars{"creatorPlatformId": "theirs", "productName": "小美同款", "amount": 7, "commission": 0})
		s.must(s.B.Owner, "createCreator", vars{"orgId": s.B.ID, "name": "小美", "platformId": "b"})
		s.must(s.B.Owner, "importOrders", vars{
			"orgId":  s.B.ID,
			"orders": []vars{s.row("B1", vars{"creatorPlatformId": "b"})},
		})
		clerk := s.seat("看订单", s.role4(grant("ORDERS", "VIEW", "ALL")))
		ownClerk := s.seat("看自己的", s.role4(grant("ORDERS", "VIEW", "OWN")))
		s.creator("第二个小美", vars{"platformId": "second", "managerId": ownClerk.ID})
		s.order(vars{"creatorPlatformId": "second", "amount": 9, "commission": 0})
		const query = `query($org: ID!, $text: String!) {
			org(id: $org) { orders(first: 100, filter: {search: $text}) { totalCount nodes { amount } } }
		}`
		for _, c := range []struct {
			who  *client
			text string
			want []float64 // the amounts
		}{
			{s.A.Owner, "欧阳", []float64{1000}},
			{s.A.Owner, "小美", []float64{7, 9, 1000}},
			{s.A.Owner, " AMY", []float64{1000}},
			{s.A.Owner, "a", []float64{1000}},
			{s.A.Owner, "我的", nil},
			{s.A.Owner, "别人的", []float64{7, 5000}},
			{s.A.Owner, "欧阳小美%", nil},
			{clerk.Client, "小美", []float64{7, 9, 1000}},
			{o.manager.Client, "小美", []float64{1000}},
			{o.manager.Client, "别人的", nil},
			{o.manager.Client, "第二个", nil},
			{o.manager.Client, "m", []float64{1000}},
			{ownClerk.Client, "小美", []float64{9}},
			{ownClerk.Client, "欧阳", nil},
		} {
			a := c.who.Do(query, vars{"org": s.A.ID, "text": c.text}).OK()
			var got []float64
			for i := range a.List("org.orders.nodes") {
				got = append(got, a.Get(fmt.Sprint("org.orders.nodes.", i, ".amount")).(float64))
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || a.Get("org.orders.totalCount") != float64(len(c.want)) {
				t.Errorf("%q finds %v of %v, want %v", c.text, got, a.Get("org.orders.totalCount"), c.want)
			}
		}
		// Below their creators, and in a file.
		a := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { creators { nodes {
			orders(filter: {search: "小美"}) { totalCount nodes { amount } }
		} } } }`, vars{"org": s.A.ID}).OK()
		for i, want := range []string{"[1000]", "[7]", "[]", "[9]"} {
			at := fmt.Sprint("org.creators.nodes.", i, ".orders")
			var got []any
			for k := range a.List(at + ".nodes") {
				got = append(got, a.Get(fmt.Sprint(at, ".nodes.", k, ".amount")))
			}
			if fmt.Sprint(got) != want || a.Get(at+".totalCount") != float64(len(got)) {
				t.Errorf("creator %d: %v of %v, want %s", i, got, a.Get(at+".totalCount"), want)
			}
		}
		lines := s.lines(s.A.Owner, s.link(s.A.Owner, "exportOrders", vars{"filter": vars{"search": "小美"}}))
		if len(lines) != 4 {
			t.Errorf("the file has %d lines: %v", len(lines), lines)
		}
	})
}

// TestSearchFindsWhatPeoplePaste: the text that is looked for is brought to the canonical form of the field.
func TestSearchFindsWhatPeoplePaste(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		role := s.role("夜班运营")
		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": role, "description": "夜班　值守"})
		s.Seat(s.T, s.A, "13800004711", "王 芳", role)
		s.order(vars{"productName": "Mary口红"})
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row("DQ2601", nil)}})
		s.creator("éclat美妆", nil)
		found := func(list, text string) int {
			a := s.A.Owner.Do(
				`query($org: ID!, $text: String!) { org(id: $org) { list: `+list+`(filter: {search: $text}) { totalCount } } }`,
				vars{"org": s.A.ID, "text": text}).OK()
			return int(a.Get("org.list.totalCount").(float64))
		}
		for _, row := range []struct {
			list, text string
			want       int
		}{
			{"subAccounts", "138 0000 4711", 1},
			{"subAccounts", "138-0000-4711", 1},
			{"subAccounts", "１３８００００４７１１", 1},
			{"subAccounts", "+86 138 0000 4711", 1},
			{"subAccounts", "008613800004711", 1},
			{"subAccounts", "(+86) 13800004711", 1},
			{"subAccounts", "\u202d13800004711\u202c", 1},
			{"subAccounts", "4711", 1},
			{"subAccounts", "王　芳", 1},
			{"subAccounts", " 王 芳 ", 1},
			{"subAccounts", "王\u200b 芳", 1},
			{"subAccounts", "13800004712", 0},
			{"orders", "ｍａｒｙ", 1},
			{"orders", "DQ2601 ", 1},
			{"orders", "\tDQ2601", 1},
			{"orders", "ＤＱ２６０１", 1},
			{"creators", "e\u0301clat", 1},
			{"creators", "éclat ", 1},
			{"creators", "eclat", 0},
			{"roles", "夜班运营 ", 1},
			{"roles", "夜班 值守", 1},
		} {
			if got := found(row.list, row.text); got != row.want {
				t.Errorf("%s: %q finds %d, want %d", row.list, row.text, got, row.want)
			}
		}
	})
}

// TestAnIDThatNoColumnHoldsFindsNothing: a NUL in a filter of creators went to PostgreSQL, which refused it.
func TestAnIDThatNoColumnHoldsFindsNothing(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.order(nil)
		for _, ids := range [][]string{{"\u0000"}, {"\u0000", "x"}} {
			a := s.A.Owner.Do(
				`query($org: ID!, $ids: [ID!]) { org(id: $org) { orders(filter: {creatorIds: $ids}) { totalCount nodes { id } } }
					}`, vars{"org": s.A.ID, "ids": ids}).OK()
			if len(a.List("org.orders.nodes")) != 0 || a.Get("org.orders.totalCount") != 0.0 {
				t.Errorf("%q: %s", ids, a.Body)
			}
		}
	})
}

// TestASearchFindsWhatAScanFinds: of any text, of one letter or more, among rows that are made, renamed and voided, the
// same creators, tasks and orders that hold it when all are read and looked into.
func TestASearchFindsWhatAScanFinds(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		letters := []rune("aAbB0_口红")
		texts := rapid.StringOfN(rapid.RuneFrom(letters), 1, 6, -1)
		example := func(i int) string { return texts.Example(i) }
		var creators, orders []string
		for i := range 6 {
			creators = append(creators, s.creator(example(i), vars{"platformId": fmt.Sprint("p", i)}))
			s.task(example(20 + i))
		}
		var rows []vars
		for i := range 40 {
			rows = append(rows, s.row(fmt.Sprint("aB", i, "口"), vars{
				"productName": example(40 + i), "creatorPlatformId": fmt.Sprint("p", i%6),
			}))
		}
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows})
		lists := map[string][]string{
			"creators": {"name", "platformId"}, "tasks": {"title", "brief"}, "orders": {"number", "productName", "creatorName"},
		}
		list := func(name, text string) *answer {
			return s.A.Owner.Do(fmt.Sprintf(`query($org: ID!, $text: String) { org(id: $org) {
				%s(first: 100, filter: {search: $text}) { totalCount nodes { id %s } } } }`, name, strings.Join(lists[name], " ")),
				vars{"org": s.A.ID, "text": text}).OK()
		}
		orders = list("orders", "").Texts("org.orders.nodes", "id")
		rapid.Check(t, func(rt *rapid.T) {
			i := rapid.IntRange(0, 39).Draw(rt, "row")
			switch rapid.IntRange(0, 3).Draw(rt, "change") {
			case 0:
				rows[i]["productName"] = texts.Draw(rt, "product")
				s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows[i : i+1]})
			case 1:
				s.A.Owner.Do(`mutation($in: VoidOrdersInput!) { voidOrders(input: $in) { userErrors { code } } }`,
					vars{"in": vars{"orgId": s.A.ID, "ids": orders[i : i+1], "reason": "误录"}}).OK()
			case 2:
				s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": creators[i%6], "name": texts.Draw(rt, "name")})
			}
			text := rapid.StringOfN(rapid.RuneFrom(letters), 1, 3, -1).Draw(rt, "text")
			for name, columns := range lists {
				var want []string
				whole, found := list(name, ""), list(name, text)
				for at := range whole.List("org." + name + ".nodes") {
					node := fmt.Sprintf("org.%s.nodes.%d.", name, at)
					if slices.ContainsFunc(columns, func(column string) bool {
						return strings.Contains(strings.ToLower(whole.Text(node+column)), strings.ToLower(text))
					}) {
						want = append(want, whole.Text(node+"id"))
					}
				}
				got := found.Texts("org."+name+".nodes", "id")
				if !slices.Equal(got, want) || found.Get("org."+name+".totalCount") != float64(len(want)) {
					rt.Fatalf("%q finds %v of %s, want %v", text, found.Body, name, want)
				}
			}
		})
	})
}
