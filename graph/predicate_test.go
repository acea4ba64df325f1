package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/rule"
)

// asking draws every way to ask about rows from the schema: each list and figure of an org and of what hangs on it, by
// each field of its filter and each order. What it does not know how to fill in fails the test, so that a new one has
// to be put into values.
type asking struct {
	*own
	schema *ast.Schema
	// values are what filters and arguments are given, by coordinate.
	values map[string][]string
	// told are fields that are not asked for, by coordinate.
	told []string
}

// opened are the modules whose rows have a scope.
var opened = []string{"CREATORS", "TASKS", "ORDERS", "DATA"}

func newAsking(o *own, third string) *asking {
	both := []string{
		fmt.Sprintf("[%q]", o.mine), fmt.Sprintf("[%q]", o.theirs), fmt.Sprintf("[%q, %q]", o.mine, o.theirs),
		fmt.Sprintf("[%q]", third),
	}
	moments := []string{`"2026-01-01T00:00:00Z"`, `"2026-02-28T00:00:00Z"`, `"2027-01-01T00:00:00Z"`}
	days := []string{`"2026-02-01"`}
	return &asking{own: o, schema: schemaOfServer(), values: map[string][]string{
		"AuditActorFilter.search":  {`"经纪"`, `"没有"`},
		"ColleagueFilter.search":   {`"经纪"`, `"没有"`},
		"CreatorFilter.search":     {`"的"`, `"theirs"`, `"别人的"`},
		"CreatorFilter.categories": {`[""]`, `["美妆", "美食"]`, `["美食"]`},
		"CreatorFilter.managerIds": {fmt.Sprintf("[%q]", o.manager.ID), fmt.Sprintf("[%q, %q]", o.other.ID, third)},
		"TaskFilter.search":        {`"任务"`, `"别人"`, `"改了"`}, "TaskFilter.creatorIds": both, "TaskFilter.dueFrom": moments,
		"TaskFilter.dueTo":   moments,
		"OrderFilter.search": {`"DY"`, `"口红"`, `"新的"`, `"别人"`, `"我的"`, `"人"`}, "OrderFilter.creatorIds": both,
		"OrderFilter.paidFrom": moments, "OrderFilter.paidTo": moments,
		"OrderFilter.categories": {`["", "美妆"]`, `["美食"]`},
		"OrderFilter.managerIds": {fmt.Sprintf("[%q]", o.manager.ID), fmt.Sprintf("[%q, %q]", o.other.ID, third)},
		"OrderFilter.amountFrom": {"700", "5000"}, "OrderFilter.amountTo": {"777", "4999"},
		"OrderFilter.settledFrom": moments, "OrderFilter.settledTo": moments,
		"CreatorFilter.withoutManager": {"true", "false"}, "CreatorFilter.followersFrom": {"0", "5"},
		"CreatorFilter.contractEndsWithinDays": {"0", "3650"},
		"OrderFilter.numbers":                  {`["DY2", "NEW"]`}, "OrderFilter.updatedFrom": moments,
		"OrderFilter.updatedTo": moments,
		"Org.data.dateFrom":     days, "Creator.data.dateFrom": days, "Org.data.dateTo": {`"2026-03-31"`},
		"Creator.data.dateTo": {`"2026-03-31"`}, "Org.data.creatorIds": both,
		"DataReport.topCreators.first": {"1", "100"}, "DataReport.topProducts.first": {"1", "100"},
		"DataReport.topManagers.first": {"1", "100"}, "DataReport.topCategories.first": {"1", "100"},
		"DataReport.periods.period": {"DAY", "WEEK", "MONTH"},
	}}
}

// fields returns what an object of the type is asked for: its values, and lists and objects of the modules down to a
// depth, in every way.
func (k *asking) fields(def *ast.Definition, depth int) string {
	var all []string
	for _, field := range rule.Fields(def) {
		of := k.schema.Types[field.Type.Name()]
		if of.Kind == ast.Scalar || of.Kind == ast.Enum {
			if field.Name != "cursor" && def.Name != "Org" {
				all = append(all, field.Name)
			}
			continue
		}
		module := rule.Of(def, field).Module
		if slices.Contains(k.told, def.Name+"."+field.Name) {
			continue
		}
		if depth == 0 || def.Name == "Org" && !slices.Contains(opened, module) || of.Name == "Org" ||
			field.Name == "edges" || field.Name == "pageInfo" || of.Name == "AuditEventConnection" {
			continue
		}
		below := depth - 1
		if strings.HasSuffix(of.Name, "Connection") || of.Name == "DataReport" && def.Name != "DataReport" {
			below = depth
		}
		for i, args := range k.ways(def, field) {
			all = append(all, fmt.Sprintf("%s_%d: %s%s { __typename %s }", field.Name, i, field.Name, args, k.fields(of, below)))
		}
	}
	return strings.Join(all, " ")
}

// ways returns the arguments that a field is asked with, one filter or order at a time.
func (k *asking) ways(def *ast.Definition, field *ast.FieldDefinition) []string {
	var fixed, varied []string
	for _, arg := range field.Arguments {
		at := def.Name + "." + field.Name + "." + arg.Name
		in := k.schema.Types[arg.Type.Name()]
		switch {
		case slices.Contains([]string{"after", "last", "before"}, arg.Name) || arg.Name == "first" && k.values[at] == nil:
		case arg.Name == "offset":
			varied = append(varied, "offset: 1")
		case in.Kind == ast.InputObject && strings.HasSuffix(in.Name, "Filter"):
			for _, one := range in.Fields {
				for _, value := range k.filling(in.Name+"."+one.Name, one.Type) {
					varied = append(varied, fmt.Sprintf("%s: {%s: %s}", arg.Name, one.Name, value))
				}
			}
		case in.Kind == ast.InputObject && strings.HasSuffix(in.Name, "Order"):
			for _, by := range k.schema.Types[in.Fields.ForName("field").Type.Name()].EnumValues {
				for _, direction := range []string{"ASC", "DESC"} {
					varied = append(varied, fmt.Sprintf("%s: {field: %s, direction: %s}", arg.Name, by.Name, direction))
				}
			}
		default:
			values := k.filling(at, arg.Type)
			if arg.Type.NonNull {
				fixed = append(fixed, arg.Name+": "+values[0])
				values = values[1:]
			}
			for _, value := range values {
				varied = append(varied, arg.Name+": "+value)
			}
		}
	}
	ways := []string{""}
	if len(fixed) > 0 {
		ways[0] = "(" + strings.Join(fixed, ", ") + ")"
	}
	for _, one := range varied {
		name, _, _ := strings.Cut(one, ":")
		kept := slices.DeleteFunc(slices.Clone(fixed), func(f string) bool { return strings.HasPrefix(f, name+":") })
		ways = append(ways, "("+strings.Join(append(kept, one), ", ")+")")
	}
	return ways
}

func (k *asking) filling(at string, of *ast.Type) (values []string) {
	if def := k.schema.Types[of.Name()]; def.Kind == ast.Enum {
		for _, value := range def.EnumValues {
			values = append(values, value.Name)
			if of.Elem != nil {
				values[len(values)-1] = "[" + value.Name + "]"
			}
		}
		if of.Elem != nil {
			values = append(values, "["+def.EnumValues[0].Name+", "+def.EnumValues[1].Name+"]", "[]")
		}
		return values
	}
	if values = k.values[at]; len(values) == 0 {
		k.Fatalf("nobody knows how to fill in %s: put it into values, with one that names what is out of reach", at)
	}
	return values
}

// answers asks everything as somebody, one list in one way at a time.
func (k *asking) answers(who *client) map[string]string {
	k.Helper()
	org, all := k.schema.Types["Org"], map[string]string{}
	for _, field := range rule.Fields(org) {
		of := k.schema.Types[field.Type.Name()]
		if !slices.Contains(opened, rule.Of(org, field).Module) {
			continue
		}
		if of.IsLeafType() {
			all[field.Name] = who.Do("query($id: ID!) { org(id: $id) { "+field.Name+" } }", vars{"id": k.A.ID}).Body
			continue
		}
		for i, args := range k.ways(org, field) {
			depth := 1
			if i == 0 {
				depth = 2
			}
			text := field.Name + args
			all[text] = who.Do(fmt.Sprintf("query($id: ID!) { org(id: $id) { %s { %s } } }", text, k.fields(of, depth)),
				vars{"id": k.A.ID}).Body
		}
	}
	return all
}

// TestWhatIsOutOfReachChangesNoAnswer: whatever somebody does to rows beyond a manager's reach, no list, count, filter,
// order, nested edge or figure that the manager can ask for answers anything else than before. The manager sees all
// rows of the other modules.
func TestWhatIsOutOfReachChangesNoAnswer(t *testing.T) {
	t.Parallel()
	tasks := func(k *asking, third string) {
		k.must(k.A.Owner, "assignTask", vars{"orgId": k.A.ID, "id": k.myTask, "creatorIds": []string{third}})
		k.must(k.A.Owner, "setAssignmentStatus", vars{"orgId": k.A.ID, "id": k.theirInMine, "status": "SUBMITTED"})
		k.task("改了的任务", k.theirs, third)
		k.must(k.A.Owner, "updateTask", vars{
			"orgId": k.A.ID, "id": k.theirTask, "title": "改了", "reward": 9,
			"deadline": "2026-02-01T00:00:00Z",
		})
	}
	orders := func(k *asking, _ string) {
		k.must(k.A.Owner, "settleOrders", vars{"orgId": k.A.ID, "ids": []string{k.theirOrder}})
		k.order(vars{
			"creatorPlatformId": "theirs", "amount": 777, "commission": 7, "productName": "新的",
			"paidAt": "2026-02-20T00:00:00Z",
		})
	}
	creators := func(k *asking, third string) {
		k.must(k.A.Owner, "updateCreator", vars{
			"orgId": k.A.ID, "id": k.theirs, "category": "美食", "followers": 5,
			"shareBps": 3,
		})
		k.must(k.A.Owner, "endCreators", vars{"orgId": k.A.ID, "ids": []string{third}})
		k.must(k.A.Owner, "assignCreators", vars{"orgId": k.A.ID, "ids": []string{k.theirs}, "managerId": nil})
		k.creator("别人的新人", vars{"managerId": k.other.ID})
	}
	for name, c := range map[string]struct {
		own     []string
		changes []func(k *asking, third string)
		// told are what other modules tell of the changes: figures tell the managers and the categories of the creators that
		// they are of, as they tell their names.
		told []string
	}{
		"tasks":  {[]string{"TASKS"}, []func(*asking, string){tasks}, nil},
		"orders": {[]string{"ORDERS", "DATA"}, []func(*asking, string){orders}, nil},
		"creators": {
			[]string{"CREATORS"},
			[]func(*asking, string){creators},
			[]string{"DataReport.topManagers", "DataReport.topCategories"},
		},
		"all":              {opened, []func(*asking, string){tasks, orders, creators}, nil},
		"tasks and orders": {[]string{"TASKS", "ORDERS", "DATA"}, []func(*asking, string){tasks, orders}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachFixture(t, func(s *fixture) {
				o := newOwn(s)
				third := s.creator("第三", vars{"platformId": "third", "managerId": o.other.ID})
				var grants []vars
				for _, module := range opened {
					scope := "ALL"
					if slices.Contains(c.own, module) {
						scope = "OWN"
					}
					grants = append(grants, grant(module, "VIEW", scope))
				}
				who := s.seat("看的人", s.role4(grants...))
				s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": who.ID})
				o.manager = who
				k := newAsking(o, third)
				k.told = c.told
				before, seen := k.answers(who.Client), k.answers(s.A.Owner)
				for _, change := range c.changes {
					change(k, third)
				}
				after := k.answers(who.Client)
				for text, answer := range before {
					if strings.Contains(answer, `"code"`) && !strings.Contains(answer, `"FORBIDDEN"`) {
						t.Errorf("%s: %.300s", text, answer)
					}
					if after[text] != answer {
						t.Errorf("%s answered\n%s\nand then\n%s", text, answer, after[text])
					}
				}
				for text, answer := range k.answers(s.A.Owner) {
					if seen[text] != answer {
						return
					}
				}
				t.Error("the owner sees no difference either")
			})
		})
	}
}
