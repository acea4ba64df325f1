package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"deputy/internal/apitest"
)

// own is an org in which one manager of several has all modules of OWN rows alone.
type own struct {
	*fixture
	manager, other            *apitest.Seat
	mine, theirs              string // creators
	myTask, theirTask         string
	myOrder, theirOrder       string
	myAssignment, theirInMine string // assignments; the other one is in the own task
}

func newOwn(s *fixture) *own {
	s.Helper()
	role := s.role4(
		grant("CREATORS", "EDIT", "OWN"), grant("TASKS", "EDIT", "OWN"), grant("ORDERS", "EDIT", "OWN"),
		grant("ORDERS", "EXPORT", "OWN"), grant("DATA", "VIEW", "OWN"),
	)
	o := &own{fixture: s, manager: s.seat("经纪甲", role), other: s.seat("经纪乙", role)}
	o.mine = s.creator("我的", vars{"platformId": "mine", "managerId": o.manager.ID})
	o.theirs = s.creator("别人的", vars{"platformId": "theirs", "managerId": o.other.ID})
	o.myTask, o.theirTask = s.task("我的任务", o.mine, o.theirs), s.task("别人的任务", o.theirs)
	o.myOrder = s.order(vars{"creatorPlatformId": "mine", "amount": 1000, "commission": 0})
	o.theirOrder = s.order(vars{"creatorPlatformId": "theirs", "amount": 5000, "commission": 0})
	both := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Task { assignments { nodes { id creatorName } } } } }`,
		vars{"id": o.myTask}).OK()
	for i, name := range both.Texts("node.assignments.nodes", "creatorName") {
		if id := both.Text(fmt.Sprintf("node.assignments.nodes.%d.id", i)); name == "我的" {
			o.myAssignment = id
		} else {
			o.theirInMine = id
		}
	}
	return o
}

// TestOwnRowsAlone: what a list shows, node shows, and counts and figures count, and nothing else does.
func TestOwnRowsAlone(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		a := o.manager.Do(`query($org: ID!) { org(id: $org) {
			creators { totalCount nodes { name tasks { totalCount nodes { title } } orders { totalCount nodes { amount } } data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { total { amount } } } }
			tasks { totalCount nodes { title assignments { totalCount nodes { creatorName creator { name } } } } }
			orders { totalCount nodes { amount creatorName creator { name } } }
			data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { total { orders amount creators } topCreators { creatorName creator { name } } topProducts { point { amount } }
				topManagers { managerName manager { name } point { amount } } topCategories { point { amount } }
				periods(period: DAY) { point { orders } } } } }`, vars{"org": s.A.ID}).OK()
		for path, want := range map[string]any{
			"org.creators.totalCount": 1.0, "org.creators.nodes.0.name": "我的", "org.creators.nodes.0.tasks.totalCount": 1.0,
			"org.creators.nodes.0.orders.totalCount": 1.0, "org.creators.nodes.0.data.total.amount": 1000.0,
			"org.tasks.totalCount": 1.0, "org.tasks.nodes.0.title": "我的任务", "org.tasks.nodes.0.assignments.totalCount": 1.0,
			"org.tasks.nodes.0.assignments.nodes.0.creatorName":  "我的",
			"org.tasks.nodes.0.assignments.nodes.0.creator.name": "我的",
			"org.orders.totalCount":                              1.0, "org.orders.nodes.0.amount": 1000.0,
			"org.orders.nodes.0.creator.name": "我的",
			"org.data.total.orders":           1.0, "org.data.total.amount": 1000.0, "org.data.total.creators": 1.0,
			"org.data.topCreators.0.creatorName": "我的", "org.data.topProducts.0.point.amount": 1000.0,
			"org.data.topManagers.0.managerName": "经纪甲", "org.data.topManagers.0.manager.name": "经纪甲",
			"org.data.topManagers.0.point.amount": 1000.0, "org.data.topCategories.0.point.amount": 1000.0,
		} {
			if got := a.Get(path); got != want {
				t.Errorf("%s: %v, want %v", path, got, want)
			}
		}
		if len(a.List("org.data.topCreators")) != 1 || len(a.List("org.data.topManagers")) != 1 {
			t.Errorf("%s", a.Body)
		}
		for id, visible := range map[string]bool{
			o.mine: true, o.theirs: false, o.myTask: true, o.theirTask: false,
			o.myOrder: true, o.theirOrder: false,
		} {
			if got := o.manager.Do(`query($id: ID!) { node(id: $id) { id } }`,
				vars{"id": id}).OK().Get("node") != nil; got != visible {
				t.Errorf("node(%s): %v", id, got)
			}
		}
		// A filter tells nothing of what is out of reach either.
		if a := o.manager.Do(`query($org: ID!, $id: [ID!]) { org(id: $org) { orders(filter: {creatorIds: $id}) { totalCount } tasks(filter: {creatorIds: $id}) { totalCount }
			data(dateFrom: "2026-02-01", dateTo: "2026-03-31", creatorIds: $id) { total { orders } } } }`, vars{"org": s.A.ID, "id": []string{o.theirs}}).OK(); a.Get("org.orders.totalCount") != 0.0 || a.Get("org.data.total.orders") != 0.0 {
			t.Errorf("%s", a.Body)
		}
	})
}

// TestWritesBeginAndEndInsideTheScope: what is out of reach looks like what does not exist, and nobody widens their
// own.
func TestWritesBeginAndEndInsideTheScope(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		number := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Order { number } } }`,
			vars{"id": o.theirOrder}).OK().Text("node.number")
		for _, c := range []struct {
			name, mutation string
			in             vars
			want           string
		}{
			{"a creator of another", "updateCreator", vars{"id": o.theirs, "name": "新"}, "NOT_FOUND input.id"},
			{"one's own creator", "updateCreator", vars{"id": o.mine, "category": "美食"}, ""},
			{"ends another's contract", "endCreators", vars{"ids": []string{o.theirs}}, "NOT_FOUND input.ids.0"},
			{"another's task", "updateTask", vars{"id": o.theirTask, "title": "新"}, "NOT_FOUND input.id"},
			{"one's own task", "updateTask", vars{"id": o.myTask, "brief": "新"}, ""},
			{"a task of nobody", "createTask", vars{"title": "新"}, "INVALID input.creatorIds"},
			{
				"a task of another's creator", "createTask",
				vars{"title": "新", "creatorIds": []string{o.theirs}},
				"NOT_FOUND input.creatorIds.0",
			},
			{"a task of one's own", "createTask", vars{"title": "新", "creatorIds": []string{o.mine}}, ""},
			{
				"another's creator into one's own task", "assignTask",
				vars{"id": o.myTask, "creatorIds": []string{o.theirs}},
				"NOT_FOUND input.creatorIds.0",
			},
			{
				"another's assignment in one's own task", "setAssignmentStatus",
				vars{"id": o.theirInMine, "status": "ACCEPTED"},
				"NOT_FOUND input.id",
			},
			{"one's own assignment", "setAssignmentStatus", vars{"id": o.myAssignment, "status": "ACCEPTED"}, ""},
			{"settles another's order", "settleOrders", vars{"ids": []string{o.theirOrder}}, "NOT_FOUND input.ids.0"},
			{"settles one's own", "settleOrders", vars{"ids": []string{o.myOrder}}, ""},
			{
				"refunds another's order", "refundOrder",
				vars{"id": o.theirOrder, "refundAmount": 1, "reason": "退差价"},
				"NOT_FOUND input.id",
			},
			{"refunds one's own", "refundOrder", vars{"id": o.myOrder, "refundAmount": 1, "reason": "退差价"}, ""},
			{
				"a new order of another", "importOrders",
				vars{"orders": []vars{s.row("DYX", vars{"creatorPlatformId": "theirs"})}},
				"NOT_FOUND input.orders.0.creatorPlatformId",
			},
			{"takes another's order over", "importOrders", vars{"orders": []vars{s.row(number,
				vars{"creatorPlatformId": "mine"})}}, "NOT_FOUND input.orders.0.number"},
			{
				"a new order of one's own", "importOrders",
				vars{"orders": []vars{s.row("DYX", vars{"creatorPlatformId": "mine"})}},
				"",
			},
		} {
			in := c.in
			in["orgId"] = s.A.ID
			a := o.manager.Do(documentOf(c.mutation), vars{"in": in}).OK()
			if got := userErrorsOf(a, c.mutation); got != c.want {
				t.Errorf("%s: %q, want %q: %s", c.name, got, c.want, a.Body)
			}
		}
		for mutation, in := range map[string]vars{
			"assignCreators": {"ids": []string{o.theirs}, "managerId": o.manager.ID},
			"createCreator":  {"name": "新", "platformId": "new", "managerId": o.manager.ID},
			"voidOrders":     {"ids": []string{o.myOrder}, "reason": "误录"},
		} {
			in["orgId"] = s.A.ID
			a := o.manager.Do(documentOf(mutation), vars{"in": in})
			module := "CREATORS"
			if mutation == "voidOrders" {
				module = "ORDERS"
			}
			if a.Code() != "FORBIDDEN" || a.Errors[0].Extensions["scope"] != "ALL" ||
				a.Errors[0].Extensions["module"] != module {
				t.Errorf("%s: %s", mutation, a.Body)
			}
		}
		if got := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { creators(filter: {search: "新"}) { totalCount } } }`,
			vars{"org": s.A.ID}).OK(); got.Get("org.creators.totalCount") != 0.0 {
			t.Errorf("%s", got.Body)
		}
	})
}

// TestLevels: each action of the table of modules opens what it says and nothing else.
func TestLevels(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		order := s.order(nil)
		creator := s.creator("一", nil)
		asks := map[string]vars{
			"importOrders": {"orders": []vars{s.row("DYL", nil)}}, "settleOrders": {"ids": []string{order}}, "exportOrders": {},
			"voidOrders":    {"ids": []string{"x"}, "reason": "误录"},
			"refundOrder":   {"id": order, "refundAmount": 1, "reason": "退差价"},
			"updateCreator": {"id": creator, "category": "新"}, "createTask": {"title": "新"}, "exportAuditEvents": {},
			"importCreators": {"creators": []vars{{"platformId": "new", "name": "新"}}}, "exportCreators": {}, "exportTasks": {},
			"exportFigures": {"by": "DAY", "dateFrom": "2026-02-01", "dateTo": "2026-02-28"},
		}
		for name, c := range map[string]struct {
			grant vars
			may   []string
		}{
			"ORDERS VIEW": {grant("ORDERS", "VIEW", "ALL"), nil},
			"ORDERS EDIT": {
				grant("ORDERS", "EDIT", "ALL"),
				[]string{"importOrders", "settleOrders", "refundOrder", "voidOrders"},
			},
			"ORDERS EXPORT":    {grant("ORDERS", "EXPORT", "ALL"), []string{"exportOrders"}},
			"CREATORS VIEW":    {grant("CREATORS", "VIEW", "ALL"), nil},
			"CREATORS EDIT":    {grant("CREATORS", "EDIT", "ALL"), []string{"updateCreator", "importCreators"}},
			"CREATORS EXPORT":  {grant("CREATORS", "EXPORT", "ALL"), []string{"exportCreators"}},
			"TASKS EXPORT":     {grant("TASKS", "EXPORT", "ALL"), []string{"exportTasks"}},
			"TASKS EDIT":       {grant("TASKS", "EDIT", "ALL"), []string{"createTask"}},
			"DATA VIEW":        {grant("DATA", "VIEW", "ALL"), nil},
			"DATA EXPORT":      {grant("DATA", "EXPORT", "ALL"), []string{"exportFigures"}},
			"AUDIT_LOG VIEW":   {grant("AUDIT_LOG", "VIEW", "ALL"), nil},
			"AUDIT_LOG EXPORT": {grant("AUDIT_LOG", "EXPORT", "ALL"), []string{"exportAuditEvents"}},
		} {
			who := s.seat("级别员", s.role4(c.grant))
			for mutation, in := range asks {
				in["orgId"] = s.A.ID
				a := who.Do(documentOf(mutation), vars{"in": in})
				if got := a.Get(mutation) != nil; got != slices.Contains(c.may, mutation) {
					t.Errorf("%s: %s: %s", name, mutation, a.Body)
				}
			}
		}
	})
}

// TestDataOfAllDoesNotWidenOrders: what one module opens, no other borrows.
func TestDataOfAllDoesNotWidenOrders(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		who := s.seat("两岗", s.role4(grant("DATA", "VIEW", "ALL")), s.role4(grant("ORDERS", "VIEW", "OWN")))
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": who.ID})
		a := who.Do(
			`query($org: ID!) { org(id: $org) { orders { totalCount } data(dateFrom: "2026-02-01", dateTo: "2026-03-31") { total
				{ orders } topCreators { creatorName } } } }`, vars{"org": s.A.ID}).OK()
		if a.Get("org.orders.totalCount") != 1.0 || a.Get("org.data.total.orders") != 2.0 ||
			len(a.List("org.data.topCreators")) != 2 {
			t.Errorf("%s", a.Body)
		}
	})
}

// TestTrailShowsTheChangesOfWhatIsWithinReach: before and after of own rows, and of no other.
func TestTrailShowsTheChangesOfWhatIsWithinReach(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		reader := s.seat("看日志", s.A.Roles["审计"], s.role4(grant("CREATORS", "VIEW", "OWN"), grant("ORDERS", "VIEW", "OWN")))
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": reader.ID})
		s.must(s.A.Owner, "settleOrders", vars{"orgId": s.A.ID, "ids": []string{o.myOrder, o.theirOrder}})
		s.must(s.A.Owner, "endCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine, o.theirs}})
		for _, operation := range []string{"settleOrders", "endCreators"} {
			a := reader.Do(trail, vars{"id": s.A.ID, "filter": vars{"operations": []string{operation}}}).OK()
			for i, shown := range []bool{true, false} {
				if got := a.Get(fmt.Sprintf("%s.0.targets.nodes.%d.changes.0.after", events, i)) != nil; got != shown {
					t.Errorf("%s: %s", operation, a.Body)
				}
			}
		}
	})
}
