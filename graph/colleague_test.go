package graph_test

import (
	"fmt"
	"slices"
	"testing"
)

// TestColleaguesAreWhomCreatorsGoTo: enabled sub-accounts of the one org, by name, for whoever sees creators, in pages;
// an id of them is one that assignCreators takes.
func TestColleaguesAreWhomCreatorsGoTo(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		role := s.role4(grant("CREATORS", "EDIT", "ALL"))
		assigns, own := s.seat("分配员", role), s.seat("自己的", s.role4(grant("CREATORS", "VIEW", "OWN")))
		stopped := s.seat("停用的", role)
		disabled(s.World, stopped)
		const query = `query($org: ID!, $first: Int, $last: Int, $after: String, $offset: Int, $search: String) {
			org(id: $org) {
				colleagues(first: $first, last: $last, after: $after, offset: $offset, filter: {search: $search}) {
					totalCount nodes { subAccountId name } pageInfo { hasNextPage endCursor }
				}
			}
		}`
		ask := func(who *client, given vars) *answer {
			given["org"] = s.A.ID
			return who.Do(query, given).OK()
		}
		var want []string
		for _, seat := range s.A.Seats {
			want = append(want, seat.ID)
		}
		want = append(want, assigns.ID, own.ID)
		slices.Sort(want)
		all := ask(s.A.Owner, vars{"first": 100})
		ids, names := all.Texts("org.colleagues.nodes", "subAccountId"), all.Texts("org.colleagues.nodes", "name")
		total := all.Get("org.colleagues.totalCount")
		if got := slices.Sorted(slices.Values(ids)); !slices.Equal(got, want) || total != float64(len(want)) {
			t.Errorf("%v of %v, want %v", got, total, want)
		}
		if !slices.Equal(names, []string{"财务员", "分配员", "客服员", "商务员", "审计员", "运营员", "自己的"}) {
			t.Errorf("%v", names)
		}
		listed := func(who *client, given vars) []string {
			return ask(who, given).Texts("org.colleagues.nodes", "subAccountId")
		}
		for who, caller := range map[string]*client{"who assigns": assigns.Client, "who sees own": own.Client} {
			if got := listed(caller, vars{"first": 100}); !slices.Equal(got, ids) {
				t.Errorf("%s: %v, want %v", who, got, ids)
			}
		}

		// Pages, by cursor and by number, from either end.
		var paged []string
		for after, more := any(nil), true; more; {
			a := ask(s.A.Owner, vars{"first": 3, "after": after})
			paged = append(paged, a.Texts("org.colleagues.nodes", "subAccountId")...)
			after = a.Get("org.colleagues.pageInfo.endCursor")
			more = a.Get("org.colleagues.pageInfo.hasNextPage") == true
		}
		if !slices.Equal(paged, ids) {
			t.Errorf("by cursor %v, want %v", paged, ids)
		}
		if got := listed(s.A.Owner, vars{"first": 2, "offset": 3}); !slices.Equal(got, ids[3:5]) {
			t.Errorf("by number %v, want %v", got, ids[3:5])
		}
		if got := listed(s.A.Owner, vars{"last": 2}); !slices.Equal(got, ids[len(ids)-2:]) {
			t.Errorf("from the end %v", got)
		}
		for text, found := range map[string][]string{
			"分配": {assigns.ID}, " 分配　员": nil, "分配员 ": {assigns.ID}, "停用": nil, "%": nil, "\u0000": nil,
		} {
			a := ask(assigns.Client, vars{"search": text})
			got, total := a.Texts("org.colleagues.nodes", "subAccountId"), a.Get("org.colleagues.totalCount")
			if !slices.Equal(got, found) || total != float64(len(found)) {
				t.Errorf("%q finds %v of %v", text, got, total)
			}
		}

		creator := s.creator("达人", nil)
		for i, id := range append([]string{stopped.ID}, ids...) {
			in := vars{"orgId": s.A.ID, "ids": []string{creator}, "managerId": id}
			a := assigns.Do(documentOf("assignCreators"), vars{"in": in}).OK()
			refused := userErrorsOf(a, "assignCreators") != ""
			if refused != (i == 0 || id == assigns.ID) { // nobody names themselves but the owner
				t.Errorf("%s: %s", id, a.Body)
			}
		}

		// The other org, of which a creator has the same name, is another list.
		both := s.B.Owner.Do(`query($a: ID!, $b: ID!) {
			a: org(id: $a) { colleagues { totalCount } }
			b: org(id: $b) { colleagues { totalCount } }
		}`, vars{"a": s.A.ID, "b": s.B.ID}).OK()
		if both.Get("a") != nil || both.Get("b.colleagues.totalCount") != float64(len(s.B.Seats)) {
			t.Errorf("%s", both.Body)
		}
	})
}

// TestCategoriesInUse are those of the creators that the viewer sees, each once, with one statement for many orgs.
func TestCategoriesInUse(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		own := s.seat("自己的", s.role4(grant("CREATORS", "VIEW", "OWN")))
		const query = `query($org: ID!) { org(id: $org) { creatorCategories } }`
		told := func(who *client, org string) []string {
			t.Helper()
			var all []string
			for _, one := range who.Do(query, vars{"org": org}).OK().List("org.creatorCategories") {
				all = append(all, one.(string))
			}
			return all
		}
		if none := s.A.Owner.Do(query, vars{"org": s.A.ID}).OK().Get("org.creatorCategories"); fmt.Sprint(none) != "[]" {
			t.Errorf("of none: %v", none)
		}
		for i, category := range []string{"b", "", "a", "b", "美妆", "a"} {
			in := vars{"category": category}
			if i%3 == 0 {
				in["managerId"] = own.ID
			}
			s.creator(fmt.Sprint("达人", i), in)
		}
		ended := s.creator("结束的", vars{"category": "c"})
		s.must(s.A.Owner, "endCreators", vars{"orgId": s.A.ID, "ids": []string{ended}})
		if got := told(s.A.Owner, s.A.ID); !slices.Equal(got, []string{"a", "b", "c", "美妆"}) {
			t.Errorf("all: %q", got)
		}
		if got := told(own.Client, s.A.ID); !slices.Equal(got, []string{"b"}) {
			t.Errorf("own: %q", got)
		}
		if got := told(s.B.Owner, s.B.ID); len(got) != 0 {
			t.Errorf("of the other org: %q", got)
		}
		s.must(s.B.Owner, "createCreator", vars{"orgId": s.B.ID, "name": "乙", "platformId": "b", "category": "乙的"})

		// Both orgs of somebody, of which one opens all creators and the other those of their own, at once.
		both := s.Seat(s.T, s.B, own.Phone, "两边", s.B.Roles["商务"])
		var a *answer
		ran := s.Statements(func() { a = both.Do(`{ orgs { nodes { name creatorCategories } } }`, nil).OK() })
		got := fmt.Sprint(a.Get("orgs.nodes.0.creatorCategories"), a.Get("orgs.nodes.1.creatorCategories"))
		if got != "[b] [乙的]" || len(ran) != 2 {
			t.Errorf("%s with %d statements: %s", got, len(ran), a.Body)
		}

		for i := range 205 {
			s.creator(fmt.Sprint("多", i), vars{"category": fmt.Sprintf("类%03d", i)})
		}
		if got := told(s.A.Owner, s.A.ID); len(got) != 200 || got[0] != "a" {
			t.Errorf("%d: %q", len(got), got)
		}
	})
}
