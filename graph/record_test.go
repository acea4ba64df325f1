package graph_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// toldOnTrail is what the trail of A tells: each event with its targets, and the changes of each.
const toldOnTrail = `query($id: ID!, $filter: AuditEventFilter) { org(id: $id) { auditEvents(first: 50, filter: $filter) { nodes { operation outcome code count userAgent
	targets(first: 100) { totalCount nodes { targetId type label code changes { field before after beforeNames afterNames } } } } } } }`

// change is a change of the trail, as "field: before → after", with null as ∅ and the names of what is named in
// brackets.
func change(c map[string]any) string {
	side := func(value, names string) string {
		text, ok := c[value].(string)
		if !ok {
			return "∅"
		}
		if called := c[names].([]any); len(called) > 0 {
			return fmt.Sprint(called)
		}
		return text
	}
	return fmt.Sprintf("%s: %s → %s", c["field"], side("before", "beforeNames"), side("after", "afterNames"))
}

// last returns the changes of the first target of A's last event of an operation.
func (s *fixture) last(operation string) (changes []string, raw []map[string]any) {
	s.Helper()
	a := s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{"operations": []string{operation}}}).OK()
	for _, c := range a.List("org.auditEvents.nodes.0.targets.nodes.0.changes") {
		raw = append(raw, c.(map[string]any))
		changes = append(changes, change(c.(map[string]any)))
	}
	return changes, raw
}

// onTrail returns how many events of an operation A's trail has.
func (s *fixture) onTrail(operation string) int {
	s.Helper()
	return len(s.A.Owner.Do(toldOnTrail, vars{
		"id":     s.A.ID,
		"filter": vars{"operations": []string{operation}},
	}).OK().List("org.auditEvents.nodes"))
}

// TestManagersOfOneNameAreTwo hands creators over between people whose names are the same to the last letter, in every
// mutation that does.
func TestManagersOfOneNameAreTwo(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		one, two, third := s.seat("王芳"), s.seat("王芳"), s.seat("王芳")
		creator := s.creator("X", vars{"managerId": one.ID})
		manages := func(who string) bool {
			a := s.A.Owner.Do(
				`query($id: ID!, $managers: [ID!]) { org(id: $id) { creators(filter: {managerIds: $managers}) { nodes { id manager {
					subAccountId } } } } }`,
				vars{"id": s.A.ID, "managers": []string{who}}).OK()
			return slices.Contains(a.Texts("org.creators.nodes", "id"), creator)
		}
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{creator}, "managerId": two.ID})
		if manages(one.ID) || !manages(two.ID) {
			t.Error("it was said to be done, and was not")
		}
		changes, raw := s.last("assignCreators")
		if s.onTrail("assignCreators") != 1 || !slices.Equal(changes, []string{"manager: [王芳] → [王芳]"}) ||
			raw[0]["before"] != one.ID || raw[0]["after"] != two.ID {
			t.Errorf("on record: %v %v", changes, raw)
		}
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{creator}, "managerId": two.ID})
		if n := s.onTrail("assignCreators"); n != 1 {
			t.Errorf("what changed nothing made %d events", n)
		}
		a := s.must(s.A.Owner, "deleteSubAccounts", vars{"orgId": s.A.ID, "ids": []string{two.ID}, "handOverTo": third.ID})
		if a.Get("deleteSubAccounts.handedOverCreators") != 1.0 || !manages(third.ID) {
			t.Errorf("%s", a.Body)
		}
		a = s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{
			"operations": []string{"deleteSubAccounts"},
			"targetId":   creator,
		}}).OK()
		handed := a.Get("org.auditEvents.nodes.0.targets.nodes.1.changes.0").(map[string]any)
		if handed["before"] != two.ID || handed["after"] != third.ID || change(handed) != "manager: [王芳] → [王芳]" {
			t.Errorf("on record: %v", handed)
		}
	})
}

// TestARoleThatIsCalledLikeTwo exchanges a role for the two whose names it has in its own.
func TestARoleThatIsCalledLikeTwo(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		both := s.role("运营, 财务")
		seat := s.seat("王芳", both)
		roles := []string{s.A.Roles["运营"], s.A.Roles["财务"]}
		a := s.must(s.A.Owner, "updateSubAccount", vars{"orgId": s.A.ID, "id": seat.ID, "roleIds": roles})
		again := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on SubAccount { roles { id } } } }`,
			vars{"id": seat.ID}).OK()
		if got := again.Texts("node.roles", "id"); !slices.Equal(got, roles) {
			t.Errorf("%s, and read again %v", a.Body, got)
		}
		changes, raw := s.last("updateSubAccount")
		if !slices.Equal(changes, []string{"roles: [运营, 财务] → [运营 财务]"}) || raw[0]["before"] != both ||
			raw[0]["after"] != strings.Join(roles, " ") {
			t.Errorf("on record: %v %v", changes, raw)
		}
		s.must(s.A.Owner, "deleteRole", vars{"orgId": s.A.ID, "id": both})
		if changes, _ := s.last("updateSubAccount"); !slices.Equal(changes, []string{"roles: [运营, 财务] → [运营 财务]"}) {
			t.Errorf("after the role was deleted: %v", changes)
		}
	})
}

// TestZeroAndEmptyAreValues reads them from the record, before and after.
func TestZeroAndEmptyAreValues(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		creator := s.creator("X", vars{"shareBps": 2500, "followers": 100000, "category": "美妆"})
		task := s.must(s.A.Owner, "createTask", vars{
			"orgId": s.A.ID, "title": "题", "reward": 5,
			"brief": "说",
		}).Text("createTask.task.id")
		order := s.row("DYZ", vars{"commission": 500})
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{order}})
		for _, c := range []struct {
			mutation string
			in       vars
			want     []string
		}{
			{
				"updateCreator",
				vars{"id": creator, "shareBps": 0, "followers": 0, "category": ""},
				[]string{"category: 美妆 → ", "followers: 100000 → 0", "shareBps: 2500 → 0"},
			},
			{
				"updateCreator",
				vars{"id": creator, "shareBps": 1, "followers": 1, "category": "x"},
				[]string{"category:  → x", "followers: 0 → 1", "shareBps: 0 → 1"},
			},
			{"updateCreator", vars{"id": creator, "contractTo": "2026-12-31"}, []string{"contractTo: ∅ → 2026-12-31"}},
			{"updateCreator", vars{"id": creator, "contractTo": nil}, []string{"contractTo: 2026-12-31 → ∅"}},
			{"updateTask", vars{"id": task, "reward": 0, "brief": nil}, []string{"brief: 说 → ", "reward: 5 → 0"}},
			{"updateTask", vars{"id": task, "reward": 7, "brief": "又"}, []string{"brief:  → 又", "reward: 0 → 7"}},
		} {
			in := c.in
			in["orgId"] = s.A.ID
			s.must(s.A.Owner, c.mutation, in)
			if got, _ := s.last(c.mutation); !slices.Equal(got, c.want) {
				t.Errorf("%s %v: on record %q, want %q", c.mutation, c.in, got, c.want)
			}
		}
		for _, c := range []struct {
			commission int
			want       string
		}{{0, "commission: 500 → 0"}, {9, "commission: 0 → 9"}} {
			order["commission"] = c.commission
			s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{order}})
			a := s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{"operations": []string{"importOrders"}}}).OK()
			if got := change(a.Get("org.auditEvents.nodes.0.targets.nodes.1.changes.0").(map[string]any)); got != c.want {
				t.Errorf("on record %q, want %q", got, c.want)
			}
		}
	})
}

// TestWhatWasRefusedIsNamed: the objects of refused calls stand on record, each call's own.
func TestWhatWasRefusedIsNamed(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		o := newOwn(s)
		var rows, theirs []vars
		for i := range 40 {
			theirs = append(theirs, s.row(fmt.Sprintf("F%02d", i), vars{"creatorPlatformId": "theirs"}))
			rows = append(rows, s.row(fmt.Sprintf("F%02d", i), vars{"creatorPlatformId": "mine"}))
		}
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": theirs})
		foreign := make([]string, 40)
		all := s.A.Owner.Do(
			`query($id: ID!) { org(id: $id) { orders(first: 100, filter: {search: "F"}) { nodes { id number } } } }`,
			vars{"id": s.A.ID}).OK()
		for i, number := range all.Texts("org.orders.nodes", "number") {
			var place int
			if _, err := fmt.Sscanf(number, "F%d", &place); err != nil {
				t.Fatal(err)
			}
			foreign[place] = all.Text(fmt.Sprintf("org.orders.nodes.%d.id", i))
		}
		targets := func(operation string) (ids, labels []string, total float64) {
			a := s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{
				"operations": []string{operation},
				"outcomes":   []string{"REFUSED"},
			}}).OK()
			for i := range a.List("org.auditEvents.nodes") {
				at := fmt.Sprintf("org.auditEvents.nodes.%d.targets.", i)
				ids = append(ids, a.Texts(at+"nodes", "targetId")...)
				labels = append(labels, a.Texts(at+"nodes", "label")...)
				total += a.Get(at + "totalCount").(float64)
			}
			return ids, labels, total
		}
		try := func(mutation string, in vars) {
			t.Helper()
			in["orgId"] = s.A.ID
			if a := o.manager.Do(documentOf(mutation), vars{"in": in}); userErrorsOf(a, mutation) == "" && len(a.Errors) == 0 {
				t.Errorf("%s is done: %s", mutation, a.Body)
			}
		}

		try("settleOrders", vars{"ids": foreign})
		if ids, _, _ := targets("settleOrders"); !slices.Equal(ids, foreign) {
			t.Errorf("settleOrders: %v", ids)
		}
		try("importOrders", vars{"orders": rows})
		if ids, labels, _ := targets("importOrders"); !slices.Equal(ids, foreign) || labels[39] != "F39" {
			t.Errorf("importOrders: %v %v", ids, labels)
		}
		var unknown []string
		for range 30 {
			creator := s.creator("别人的", vars{"managerId": o.other.ID})
			unknown = append(unknown, creator)
			try("updateCreator", vars{"id": creator, "name": "新"})
			try("updateCreator", vars{"id": creator, "name": "新"})
		}
		if ids, _, _ := targets("updateCreator"); !slices.Equal(slices.Sorted(slices.Values(ids)), unknown) {
			t.Errorf("updateCreator: %d of 30: %v", len(ids), ids)
		}
		// What a role does not open at all is refused before the mutation begins; what was asked for is known all the same.
		try("disableSubAccounts", vars{"ids": []string{o.other.ID}})
		if ids, _, _ := targets("disableSubAccounts"); !slices.Equal(ids, []string{o.other.ID}) {
			t.Errorf("disableSubAccounts: %v", ids)
		}
		// An import that was done in part.
		try("importOrders", vars{"orders": append(rows, s.row("NEW", vars{"creatorPlatformId": "mine"}))})
		a := s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{
			"operations": []string{"importOrders"},
			"outcomes":   []string{"DONE"},
		}}).OK()
		if got := a.Texts("org.auditEvents.nodes.0.targets.nodes", "targetId"); !slices.Equal(got[1:], foreign) {
			t.Errorf("on record: %v", got)
		}
		if got := a.Texts("org.auditEvents.nodes.0.targets.nodes.0.changes", "after"); !slices.Equal(got,
			[]string{"1", "0", "0", "40"}) {
			t.Errorf("summed up as %v", got)
		}

		// Of more than a hundred their number is kept.
		var many []vars
		for i := range 150 {
			many = append(many, s.row(fmt.Sprintf("M%03d", i), vars{"creatorPlatformId": "theirs"}))
		}
		s.Clock.Add(61e9)
		try("importOrders", vars{"orders": many})
		a = s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{
			"operations": []string{"importOrders"},
			"outcomes":   []string{"REFUSED"},
		}}).OK()
		if a.Get("org.auditEvents.nodes.0.targets.totalCount") != 101.0 ||
			a.Get("org.auditEvents.nodes.0.targets.nodes.0.changes.0.after") != "150" {
			t.Errorf("%v", a.Get("org.auditEvents.nodes.0.targets"))
		}
		// Refusals about ever other objects don't fill the trail without end.
		s.Clock.Add(61e9)
		before := s.onTrail("endCreators")
		for range 70 {
			try("endCreators", vars{"ids": []string{fmt.Sprintf("cre_%020d", s.Clock.Now().UnixMicro()%1e15)}})
		}
		var events int
		if err := s.Store.DB().QueryRowContext(t.Context(),
			`SELECT count(*) FROM audit_events WHERE operation = 'endCreators'`).Scan(&events); err != nil || before != 0 ||
			events > 62 {
			t.Errorf("70 refusals made %d events, %v", events, err)
		}
	})
}

// TestWhatCannotBeSeenIsNotKept: what a client says of itself is cleaned like a name, in the trail and in the list of
// sessions.
func TestWhatCannotBeSeenIsNotKept(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		owner := *s.A.Owner
		owner.Header = http.Header{"User-Agent": {"a\u202eb\u200bc\u2066d\ufeff \u00a0 e\tf " + strings.Repeat("字", 100)}}
		s.must(&owner, "createRole", vars{"orgId": s.A.ID, "name": "新", "grants": []any{}})
		a := s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{"operations": []string{"createRole"}}}).OK()
		if got := a.Text("org.auditEvents.nodes.0.userAgent"); !strings.HasPrefix(got, "abcd e f 字字") || len(got) > 200 {
			t.Errorf("%q", got)
		}
		someone, email := s.person()
		s.must(someone, "signOut", nil)
		someone = s.Nobody(t)
		someone.Header = owner.Header
		someone.Token = s.must(someone, "signIn", vars{"password": vars{
			"email":    email,
			"password": goodPassword,
		}}).Text("signIn.token")
		if got := someone.Do(`{ viewer { sessions { userAgent } } }`,
			nil).OK().Text("viewer.sessions.0.userAgent"); !strings.HasPrefix(got, "abcd e f 字字") {
			t.Errorf("%q", got)
		}
		// A filter of an export is given back as it is, and shows what it holds.
		s.must(s.A.Owner, "exportOrders", vars{"orgId": s.A.ID, "filter": vars{"search": "x\u202ey\U000E0041"}})
		if changes, _ := s.last("exportOrders"); changes[1] != `filter: ∅ → {"search":"x\u202ey\udb40\udc41"}` {
			t.Errorf("%q", changes)
		}
	})
}

// TestAFilterIsOnRecordWhole: sixty invented ids hide no real ones, and a filter without end is kept as its hash.
func TestAFilterIsOnRecordWhole(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		var creators []string
		for i := range 100 {
			creators = append(creators, fmt.Sprintf("cre_%020d", i))
		}
		s.must(s.A.Owner, "exportOrders", vars{"orgId": s.A.ID, "filter": vars{"creatorIds": creators}})
		changes, _ := s.last("exportOrders")
		for _, creator := range creators {
			if !strings.Contains(changes[1], creator) {
				t.Errorf("%s is not on record: %q", creator, changes)
			}
		}
		s.must(s.A.Owner, "exportOrders", vars{"orgId": s.A.ID, "filter": vars{"search": strings.Repeat("x", 9_000)}})
		if changes, _ := s.last("exportOrders"); !strings.HasPrefix(changes[1], "filter: ∅ → SHA-256 ") ||
			!strings.HasSuffix(changes[1], " of 9013 bytes") {
			t.Errorf("%q", changes)
		}
	})
}
