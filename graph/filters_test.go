package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/internal/access"
	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const searched = `query($org: ID!, $roles: RoleFilter, $seats: SubAccountFilter) { org(id: $org) {
	roles(first: 100, filter: $roles, orderBy: {field: NAME}) { totalCount nodes { name } }
	subAccounts(first: 100, filter: $seats, orderBy: {field: NAME}) { totalCount nodes { name } } } }`

func TestSearchTakesTextAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w, r := apitest.NewWorld(t, db), &rows{t: t, db: db}
		var roles []insertRole
		var seats []newSeat
		for _, name := range []string{
			"100%", "100x", "a_b", "axb", `c:\d`, "c:d", "Alice", "ALICE", "É", "É2", "B宽", "王小明",
			"O'Neil",
		} {
			roles = append(roles, insertRole{name: name, createdAt: noon})
			seats = append(seats, newSeat{name: name, roles: []string{w.A.Roles["运营"]}, createdAt: noon})
		}
		r.roles(w.A.ID, roles...)
		r.seats(w.A.ID, seats...)
		for text, want := range map[string][]string{
			"%": {"100%"}, "_": {"a_b"}, `\`: {`c:\d`}, "a_b": {"a_b"}, `:\`: {`c:\d`}, "0%": {"100%"}, "%%": {}, `\%`: {},
			"alice": {"Alice", "ALICE"}, "LIC": {"Alice", "ALICE"}, "É": {"É", "É2"}, "Ｂ宽": {"B宽"},
			"小": {"王小明"}, "王小明": {"王小明"}, "小王": {}, "'": {"O'Neil"}, "\x00": {}, "a\x00": {},
			strings.Repeat("%", 60_000): {}, strings.Repeat("王", 300): {},
		} {
			answer := w.A.Owner.Do(searched, apitest.Vars{
				"org": w.A.ID, "roles": apitest.Vars{"search": text},
				"seats": apitest.Vars{"search": text},
			})
			for _, field := range []string{"org.roles", "org.subAccounts"} {
				got := answer.Texts(field+".nodes", "name")
				if !slices.Equal(got, want) || answer.Get(field+".totalCount") != float64(len(want)) || len(answer.Errors) > 0 {
					t.Errorf("%.20q in %s finds %q, want %q: %.300s", text, field, got, want, answer.Body)
				}
			}
		}
		everything := w.A.Owner.Do(searched, apitest.Vars{"org": w.A.ID, "roles": apitest.Vars{"search": ""}}).OK()
		if n := len(everything.List("org.roles.nodes")); n != len(roles)+5 {
			t.Errorf("an empty search finds %d roles", n)
		}
	})
}

// TestNamesSortAsReadersExpect, the same on both databases, from either end, in pages, and as they are renamed.
func TestNamesSortAsReadersExpect(t *testing.T) {
	t.Parallel()
	want := []string{
		"(x)", "😀", "1号", "2号", "10号", "alice", "Alice", "bob", "Zoe", "한국", "𠮷野家", "阿宝", "曾国", "查良镛", "陈", "陳",
		"达人2", "达人10", "单雄", "李四", "吕布", "绿", "努尔", "女", "欧阳小美", "台北", "臺北", "王 五", "王五", "王五五", "尉迟恭",
		"小美", "小美👍", "张三", "重庆",
	}
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s, r := newFixture(t, db), &rows{t: t, db: db}
		shuffled := slices.Clone(want)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		var roles []insertRole
		for _, name := range shuffled {
			roles = append(roles, insertRole{name: name, createdAt: noon})
		}
		ids := r.roles(s.B.ID, roles...)
		var seats []newSeat
		for i, name := range shuffled {
			seats = append(seats, newSeat{name: name, roles: ids[i : i+1], createdAt: noon})
			in := vars{"orgId": s.B.ID, "name": name, "platformId": fmt.Sprint(i), "category": name}
			s.must(s.B.Owner, "createCreator", in)
		}
		r.seats(s.B.ID, seats...)
		known := map[string]bool{}
		for _, name := range want {
			known[name] = true
		}
		for list, by := range map[string]string{
			"roles": "orderBy: {field: NAME}", "subAccounts": "orderBy: {field: NAME}",
			"creators": "orderBy: {field: NAME, direction: ASC}", "colleagues": "",
		} {
			page := "query($org: ID!, $after: String, $before: String, $first: Int, $last: Int) { org(id: $org) { list: " +
				list + "(after: $after, before: $before, first: $first, last: $last, " + by + ") { nodes { name } " +
				"pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }"
			read := func(size, from, cursor, more string) (names []string) {
				for at, goes := any(nil), true; goes; {
					a := s.B.Owner.Do(page, vars{"org": s.B.ID, size: 7, from: at}).OK()
					part := a.Texts("org.list.nodes", "name")
					if size == "last" {
						slices.Reverse(part)
					}
					names = append(names, part...)
					at, goes = a.Get("org.list.pageInfo."+cursor), a.Get("org.list.pageInfo."+more) == true
				}
				return slices.DeleteFunc(names, func(name string) bool { return !known[name] }) // there are others
			}
			if got := read("first", "after", "endCursor", "hasNextPage"); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want\n%q", list, got, want)
			}
			got := read("last", "before", "startCursor", "hasPreviousPage")
			if slices.Reverse(got); !slices.Equal(got, want) {
				t.Errorf("%s from the end: %q, want\n%q", list, got, want)
			}
		}

		// A name that is changed stands in its new place.
		s.must(s.B.Owner, "updateRole", vars{"orgId": s.B.ID, "id": ids[slices.Index(shuffled, "阿宝")], "name": "最后"})
		a := s.B.Owner.Do(`query($org: ID!) { org(id: $org) {
			creatorCategories roles(last: 1, orderBy: {field: NAME}) { nodes { name } }
		} }`, vars{"org": s.B.ID}).OK()
		if got := a.Texts("org.roles.nodes", "name"); !slices.Equal(got, []string{"最后"}) {
			t.Errorf("the last is %q", got)
		}
		if got := a.Get("org.creatorCategories"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("categories %v, want\n%v", got, want)
		}
	})
}

func TestFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w, r := apitest.NewWorld(t, db), &rows{t: t, db: db}
		both := r.seats(w.A.ID, newSeat{
			name: "双岗", roles: []string{w.A.Roles["运营"], w.A.Roles["财务"]}, createdAt: noon,
			email: "Both_1@example.org",
		})[0]
		r.roles(w.A.ID, insertRole{name: "查单", grants: mustSet(t,
			access.Grant{Module: access.Orders, Actions: []access.Action{access.View}, Scope: access.Own}), createdAt: noon})
		for _, q := range []struct {
			name  string
			seats apitest.Vars
			want  []string
		}{
			{"disabled", apitest.Vars{"statuses": []string{"DISABLED"}}, []string{"停用员"}},
			{"of no status", apitest.Vars{"statuses": []string{}}, []string{}},
			{
				"of either status",
				apitest.Vars{"roleIds": []string{w.A.Roles["审计"]}, "statuses": []string{"ENABLED", "DISABLED"}},
				[]string{"审计员", "停用员"},
			},
			{"a role", apitest.Vars{"roleIds": []string{w.A.Roles["审计"]}}, []string{"审计员", "停用员"}},
			{
				"a role and a status",
				apitest.Vars{"roleIds": []string{w.A.Roles["审计"]}, "statuses": []string{"ENABLED"}},
				[]string{"审计员"},
			},
			{
				"two roles of one seat count once",
				apitest.Vars{"roleIds": []string{w.A.Roles["运营"], w.A.Roles["财务"]}},
				[]string{"财务员", "双岗", "运营员"},
			},
			{"no role at all", apitest.Vars{"roleIds": []string{}}, []string{}},
			{"a role of another org", apitest.Vars{"roleIds": []string{w.B.Roles["运营"]}}, []string{}},
			{"no id", apitest.Vars{"roleIds": []string{"", "\x00", "%", both}}, []string{}},
			{"part of an address", apitest.Vars{"search": "both_1@"}, []string{"双岗"}},
			{"part of a phone number", apitest.Vars{"search": "139010000" + "05"}, []string{"审计员"}},
		} {
			answer := w.A.Owner.Do(searched, apitest.Vars{"org": w.A.ID, "seats": q.seats}).OK()
			if got := answer.Texts("org.subAccounts.nodes", "name"); !slices.Equal(got, q.want) ||
				answer.Get("org.subAccounts.totalCount") != float64(len(q.want)) {
				t.Errorf("%s: %q, want %q: %s", q.name, got, q.want, answer.Body)
			}
		}
		for modules, want := range map[string][]string{
			"CREATORS": {"商务", "运营"}, "ORDERS": {"财务", "查单", "客服"}, "AUDIT_LOG": {"审计"}, "SUB_ACCOUNTS": {}, "INTEGRATIONS": {},
			"CREATORS AUDIT_LOG": {"商务", "审计", "运营"}, "": {},
		} {
			answer := w.A.Owner.Do(searched, apitest.Vars{
				"org":   w.A.ID,
				"roles": apitest.Vars{"modules": strings.Fields(modules)},
			}).OK()
			if got := answer.Texts("org.roles.nodes", "name"); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", modules, got, want)
			}
		}
		many := w.A.Owner.Do(searched, apitest.Vars{
			"org":   w.A.ID,
			"seats": apitest.Vars{"roleIds": slices.Repeat([]string{"x"}, 101)},
		})
		if many.Code() != "LIMIT_EXCEEDED" || many.Get("org.roles") == nil {
			t.Errorf("101 roles: %s", many.Body)
		}
	})
}

// TestFiltersOfLists: of a list of values one must hold, of none of them no row is left; a range has its first moment
// and not its last.
func TestFiltersOfLists(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.creator("一", vars{"category": "美妆"})
		s.creator("二", vars{"category": "美食"})
		ended := s.creator("三", vars{"category": ""})
		s.must(s.A.Owner, "endCreators", vars{"orgId": s.A.ID, "ids": []string{ended}})
		for _, day := range []string{"01", "02", "03"} {
			made := s.must(s.A.Owner, "createTask", vars{"orgId": s.A.ID, "title": "任务" + day, "deadline": "2026-03-" + day +
				"T00:00:00Z"}).Text("createTask.task.id")
			if day != "01" {
				s.must(s.A.Owner, "openTask", vars{"orgId": s.A.ID, "id": made})
			}
			if day == "03" {
				s.must(s.A.Owner, "closeTask", vars{"orgId": s.A.ID, "id": made})
			}
		}
		s.task("没有期限")
		s.orderNumbered("N1", vars{"status": "PAID"})
		s.orderNumbered("N2", vars{"status": "SETTLED", "settledAt": "2026-02-28T00:00:00Z"})
		s.orderNumbered("N3", vars{"status": "REFUNDED"})
		for _, c := range []struct{ list, name, filter, want string }{
			{"creators", "name", `{categories: ["美妆"]}`, "一"},
			{"creators", "name", `{categories: ["美妆", ""]}`, "一 三 带货"},
			{"creators", "name", `{categories: []}`, ""},
			{"creators", "name", `{categories: ["\u0000"]}`, ""},
			{"creators", "name", `{categories: null, statuses: null}`, "一 二 三 带货"},
			{"creators", "name", `{statuses: [ENDED]}`, "三"},
			{"creators", "name", `{statuses: [ENDED, SIGNED], categories: ["美食", ""]}`, "二 三 带货"},
			{"tasks", "title", `{statuses: [OPEN, CLOSED]}`, "任务02 任务03"},
			{"tasks", "title", `{statuses: [CLOSED]}`, "任务03"},
			{"tasks", "title", `{statuses: []}`, ""},
			{"tasks", "title", `{dueFrom: "2026-03-02T00:00:00Z"}`, "任务02 任务03"},
			{"tasks", "title", `{dueTo: "2026-03-02T00:00:00Z"}`, "任务01"},
			{"tasks", "title", `{dueFrom: "2026-03-01T00:00:00Z", dueTo: "2026-03-03T00:00:00Z", statuses: OPEN}`, "任务02"},
			{"orders", "number", `{statuses: [PAID, REFUNDED]}`, "N1 N3"},
			{"orders", "number", `{statuses: [SETTLED, SETTLED]}`, "N2"},
			{"orders", "number", `{statuses: []}`, ""},
		} {
			a := s.A.Owner.Do(fmt.Sprintf(`{ org(id: %q) { %s(filter: %s) { totalCount nodes { %s } } } }`, s.A.ID, c.list,
				c.filter, c.name), nil).OK()
			at := "org." + c.list
			got, want := a.Texts(at+".nodes", c.name), strings.Fields(c.want)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) || a.Get(at+".totalCount") != float64(len(want)) {
				t.Errorf("%s %s: %q, want %q", c.list, c.filter, got, want)
			}
		}
		many := fmt.Sprintf(`{ org(id: %q) { orders(filter: {statuses: [%s]}) { totalCount } } }`, s.A.ID,
			strings.Repeat("PAID ", 101))
		if a := s.A.Owner.Do(many, nil); a.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("101 statuses: %s", a.Body)
		}
	})
}

func TestFiltersOfEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w, r := apitest.NewWorld(t, db), &rows{t: t, db: db}
		made := r.roles(w.A.ID, insertRole{name: "甲", createdAt: noon}, insertRole{name: "乙", createdAt: noon})
		target, second := made[0], made[1]
		at := noon.Add(1500 * time.Microsecond)
		older, same := r.event(w.A.ID, noon, "", target), r.event(w.A.ID, at, "FORBIDDEN", target, second)
		other := r.event(w.A.ID, at, "")
		r.event(w.B.ID, at, "", target)
		const query = `query($org: ID!, $f: AuditEventFilter) { org(id: $org) { auditEvents(first: 100, filter: $f) {
			totalCount nodes { id } } } }`
		for _, q := range []struct {
			filter apitest.Vars
			want   []string
		}{
			{apitest.Vars{"operations": []string{"test"}}, []string{other, same, older}},
			{apitest.Vars{"targetId": target}, []string{same, older}},
			{apitest.Vars{"targetId": second, "operations": []string{"test"}}, []string{same}},
			{apitest.Vars{"targetId": "\x00"}, []string{}},
			{apitest.Vars{"operations": []string{"\x00", "'"}}, []string{}},
			{apitest.Vars{"operations": []string{}}, []string{}},
			{apitest.Vars{"actorIds": []string{w.B.Seats["运营"].ID}}, []string{}},
			{apitest.Vars{"outcomes": []string{"REFUSED"}}, []string{same}},
			{apitest.Vars{"atTo": "2026-01-02T12:00:00.0015Z"}, []string{older}},
			{
				apitest.Vars{"atFrom": "2026-01-02T12:00:00.0015Z", "atTo": "2026-01-02T20:00:00.002+08:00"},
				[]string{other, same},
			},
			{apitest.Vars{"atFrom": "2026-01-02T12:00:00.001501Z", "operations": []string{"test"}}, []string{}},
		} {
			answer := w.A.Owner.Do(query, apitest.Vars{"org": w.A.ID, "f": q.filter}).OK()
			if got := answer.Texts("org.auditEvents.nodes", "id"); !slices.Equal(got, q.want) ||
				answer.Get("org.auditEvents.totalCount") != float64(len(q.want)) {
				t.Errorf("%v: %v, want %v", q.filter, got, q.want)
			}
		}
	})
}

func mustSet(t testing.TB, grants ...access.Grant) access.Set {
	t.Helper()
	set, err := access.SetOf(grants)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
