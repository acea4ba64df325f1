package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/apitest"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// idsOf are the types that have an id, with its kind: each has one that no other has, so that a cache keeps what has an
// id under it alone.
var idsOf = map[string]id.Kind{
	"Account": id.Account, "ApiToken": id.APIToken, "App": id.App, "AuditEvent": id.AuditEvent, "Creator": id.Creator,
	"Order": id.Order, "Org": id.Org,
	"Role":    id.Role,
	"Session": id.Session, "SubAccount": id.SubAccount, "Task": id.Task, "TaskAssignment": id.TaskAssignment,
	"Viewer": id.Viewer,
}

// named are the exceptions from the rules of names, with the reason of each.
var named = map[string]string{
	"Query.modules": "it is @public, and nothing refuses it",
	"Mutation.signIn(session:)": "how the client keeps what it gets, whichever way it signs in; its input is " +
		"one of two",
	"AuditEventFilter.targetId": "the history of one object: it is asked for from that object, not from a " +
		"column",
	"TaskFilter.dueFrom":                   "of the deadline",
	"TaskFilter.dueTo":                     "of the deadline",
	"Subscription.creatorsChanged(after:)": "where a stream goes on, not a range",
	"Subscription.tasksChanged(after:)":    "where a stream goes on, not a range",
	"Subscription.ordersChanged(after:)":   "where a stream goes on, not a range",
	"Subscription.auditEvents(after:)":     "where a stream goes on: an event that the client has",
	"DeleteSubAccountsInput.handOverTo":    "who takes over, as the sentence says it",
	"CodeInput.flow":                       "what goes with a code is no object of the schema",
	"SendCodePayload.flow":                 "the same",
	"SendBindCodePayload.flow":             "the same",
}

// misnamed returns what is wrong with the names of a schema, by coordinate, but for exceptions:
//   - A mutation takes input: <Mutation>Input! and answers <Mutation>Payload; no other field does.
//   - Every field of a root may be null, so that one that is refused leaves its siblings.
//   - A range of moments or days is <field>From and <field>To, as a pair.
//   - Of values of an enum, of ids and of texts, a filter takes lists; a search is one text.
//   - A field id is ID! and of a type in idsOf. Whatever else is an ID is called after what it names: orgId,
//     creatorIds.
func misnamed(schema *ast.Schema, except map[string]string) map[string]string {
	n := naming{schema, map[string]string{}}
	for _, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		switch def.Kind {
		case ast.Object, ast.Interface:
			n.object(def)
		case ast.InputObject:
			n.input(def)
		}
	}
	n.mutations()
	maps.DeleteFunc(n.wrong, func(at, _ string) bool { return except[at] != "" })
	return n.wrong
}

type naming struct {
	schema *ast.Schema
	wrong  map[string]string
}

func (n naming) object(def *ast.Definition) {
	root := def == n.schema.Query || def == n.schema.Mutation || def == n.schema.Subscription
	for _, f := range def.Fields {
		at := def.Name + "." + f.Name
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		if root && f.Type.NonNull {
			n.wrong[at] = "is not null: a refusal takes its siblings along"
		}
		switch {
		case f.Type.Name() != "ID":
		case f.Name == "id":
			if f.Type.String() != "ID!" || idsOf[def.Name] == "" && def.Kind == ast.Object {
				n.wrong[at] = "is the id of no object of this type alone"
			}
		default:
			n.id(at, f.Name, f.Type)
		}
		for _, a := range f.Arguments {
			at := fmt.Sprintf("%s(%s:)", at, a.Name)
			if a.Type.Name() == "ID" {
				n.id(at, a.Name, a.Type)
			}
			n.ranges(at, a.Name, a.Type, func(name string) bool { return sameType(f.Arguments.ForName(name), a.Type) })
		}
	}
}

// sameType reports whether there is an argument, of the type.
func sameType(a *ast.ArgumentDefinition, of *ast.Type) bool {
	return a != nil && a.Type.String() == of.String()
}

func (n naming) input(def *ast.Definition) {
	filtered, filter := strings.CutSuffix(def.Name, "Filter")
	for _, f := range def.Fields {
		at := def.Name + "." + f.Name
		if f.Type.Name() == "ID" {
			n.id(at, f.Name, f.Type)
		}
		if !filter {
			continue
		}
		other := func(name string) bool {
			o := def.Fields.ForName(name)
			return o != nil && o.Type.String() == f.Type.String()
		}
		if field := n.ranges(at, f.Name, f.Type, other); field != "" {
			of := n.schema.Types[filtered].Fields
			if of.ForName(field) == nil && of.ForName(field+"At") == nil {
				n.wrong[at] = "is of no field of " + filtered
			}
		}
		kind := n.schema.Types[f.Type.Name()]
		several := kind.Kind == ast.Enum || kind.Name == "ID" || kind.Name == "String" && f.Name != "search"
		if several && (f.Type.Elem == nil || !f.Type.Elem.NonNull || f.Type.NonNull || !strings.HasSuffix(f.Name, "s")) {
			n.wrong[at] = "is no list of values, or not named as one"
		}
	}
}

// id holds an ID that is not the object's own to a name after what it names.
func (n naming) id(at, name string, of *ast.Type) {
	last, list := "id", of.Elem != nil
	if list {
		last = "ids"
	}
	if name != last && !strings.HasSuffix(name, strings.ToUpper(last[:1])+last[1:]) {
		n.wrong[at] = "is not called after what it names"
	}
}

// ranges returns the field that a range is of, if it is one, and holds it to its form; other tells whether there is
// another end of the name.
func (n naming) ranges(at, name string, of *ast.Type, other func(name string) bool) string {
	moment := slices.Contains([]string{"Time", "Date"}, of.Name())
	ordered := moment || slices.Contains([]string{"Int", "Int64"}, of.Name())
	for _, words := range []string{"since", "until", "from", "to", "before", "after", "min", "max"} {
		if ordered && (name == words || strings.HasSuffix(name, strings.ToUpper(words[:1])+words[1:]) && words != "from" &&
			words != "to") {
			n.wrong[at] = "is no <field>From or <field>To"
			return ""
		}
	}
	for end, beside := range map[string]string{"From": "To", "To": "From"} {
		if field, is := strings.CutSuffix(name, end); is && ordered {
			if moment && !other(field+beside) {
				n.wrong[at] = "has no " + field + beside + " beside it"
			}
			return field
		}
	}
	if moment {
		n.wrong[at] = "is no <field>From or <field>To"
	}
	return ""
}

func (n naming) mutations() {
	users := map[string][]string{}
	for _, def := range n.schema.Types {
		for _, f := range def.Fields {
			users[f.Type.Name()] = append(users[f.Type.Name()], def.Name+"."+f.Name)
			for _, a := range f.Arguments {
				users[a.Type.Name()] = append(users[a.Type.Name()], def.Name+"."+f.Name)
			}
		}
	}
	for _, f := range n.schema.Mutation.Fields {
		at, name := "Mutation."+f.Name, strings.ToUpper(f.Name[:1])+f.Name[1:]
		if of := name + "Payload"; f.Type.Name() != of || len(users[of]) != 1 {
			n.wrong[at] = "does not answer a " + of + " of its own"
		}
		for _, a := range f.Arguments {
			if of := name + "Input"; a.Name != "input" {
				n.wrong[fmt.Sprintf("%s(%s:)", at, a.Name)] = "is not its input"
			} else if a.Type.String() != of+"!" || len(users[of]) != 1 {
				n.wrong[fmt.Sprintf("%s(input:)", at)] = "is no " + of + "! of its own"
			}
		}
	}
	for _, def := range n.schema.Types {
		if payload, is := strings.CutSuffix(def.Name, "Payload"); is &&
			n.schema.Mutation.Fields.ForName(strings.ToLower(payload[:1])+payload[1:]) == nil {
			n.wrong[def.Name] = "is the payload of no mutation"
		}
	}
}

// schemaWith reads the schema, with what is planted in it.
func schemaWith(t *testing.T, planted string) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("schema/*.graphqls")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	sources := []*ast.Source{{Name: "planted.graphqls", Input: planted}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestNamesFollowTheRules, but for the exceptions, each of which is one.
func TestNamesFollowTheRules(t *testing.T) {
	t.Parallel()
	schema := schemaOfServer()
	for at, why := range misnamed(schema, named) {
		t.Errorf("%s %s", at, why)
	}
	kinds := map[id.Kind]bool{}
	for name, kind := range idsOf {
		if def := schema.Types[name]; def == nil || def.Fields.ForName("id") == nil || kinds[kind] {
			t.Errorf("%s has no id, or not one of its own kind", name)
		}
		kinds[kind] = true
	}
	wrong := misnamed(schema, nil)
	for at, why := range named {
		if wrong[at] == "" {
			t.Errorf("%s is no exception: %s", at, why)
		}
	}
}

// TestNamesThatBreakARuleAreSeen plants one of each.
func TestNamesThatBreakARuleAreSeen(t *testing.T) {
	t.Parallel()
	const module = " @hasModule(module: TASKS, action: EDIT)"
	for at, planted := range map[string]string{
		"Mutation.tidy":              `type TidiedPayload @open { done: Boolean } input TidyInput { orgId: ID! } extend type Mutation { tidy(input: TidyInput!): TidiedPayload` + module + ` }`,
		"Mutation.reopen":            `extend type Mutation { reopen: OpenTaskPayload` + module + ` }`,
		"Mutation.tidy(input:)":      `type TidyPayload @open { done: Boolean } extend type Mutation { tidy(input: OpenTaskInput!): TidyPayload` + module + ` }`,
		"Mutation.tidy(orgId:)":      `type TidyPayload @open { done: Boolean } extend type Mutation { tidy(orgId: ID!): TidyPayload` + module + ` }`,
		"TidyPayload":                `type TidyPayload @open { done: Boolean }`,
		"Query.weather":              `extend type Query { weather: String! @signedIn }`,
		"OrderFilter.paidSince":      `extend input OrderFilter { paidSince: Time }`,
		"OrderFilter.soldFrom":       `extend input OrderFilter { soldFrom: Time }`,
		"OrderFilter.soldTo":         `extend input OrderFilter { soldFrom: Time soldTo: Time }`,
		"OrderFilter.paidOn":         `extend input OrderFilter { paidOn: Date }`,
		"OrderFilter.amountMin":      `extend input OrderFilter { amountMin: Int64 }`,
		"Org.weather(from:)":         `extend type Org { weather(from: Date!, to: Date!): String @signedIn }`,
		"Org.weather(dateFrom:)":     `extend type Org { weather(dateFrom: Date!): String @signedIn }`,
		"OrderFilter.status":         `extend input OrderFilter { status: OrderStatus }`,
		"OrderFilter.ownStatuses":    `extend input OrderFilter { ownStatuses: [OrderStatus] }`,
		"OrderFilter.managerId":      `extend input OrderFilter { managerId: ID }`,
		"OrderFilter.category":       `extend input OrderFilter { category: String }`,
		"Weather.id":                 `type Weather @open { id: ID! } extend type Query { weather: Weather @signedIn }`,
		"Colleague.id":               `extend type Colleague { id: ID! }`,
		"Order.made":                 `extend type Order { made: ID }`,
		"Order.creators":             `extend type Order { creators: [ID!]! }`,
		"SettleOrdersInput.creator":  `extend input SettleOrdersInput { creator: ID }`,
		"Query.weather(ofCreators:)": `extend type Query { weather(ofCreators: [ID!]): String @signedIn }`,
	} {
		if wrong := misnamed(schemaWith(t, planted), named); wrong[at] == "" {
			t.Errorf("%s is not seen, but %v", at, wrong)
		}
	}
}

// TestNoTwoObjectsShareAnID asks for every field of the schema, and looks at each object that has an id: what it is the
// id of is one object, of the kind that the id says.
func TestNoTwoObjectsShareAnID(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.Dialects()[0])
	n, w := newTenants(t, db), newWalk(t)
	types := map[string]string{} // by id
	met := map[string]bool{}
	for _, d := range w.queries() {
		for _, who := range []*apitest.Client{n.A.Owner, n.byEmail} {
			eachObject(w.ask(who, d, n.ids).Body, func(object map[string]any) {
				name, typed := object["__typename"].(string)
				of, has := object["id"].(string)
				if !typed || !has {
					return
				}
				met[name] = true
				if types[of] == "" {
					types[of] = name
				}
				if kind, _ := id.KindOf(of); types[of] != name || kind != idsOf[name] {
					t.Errorf("%s is the id of a %s and of a %s", of, types[of], name)
				}
			})
		}
	}
	if want := sortedKeys(idsOf); !slices.Equal(sortedKeys(met), want) {
		t.Errorf("met %v, want %v", sortedKeys(met), want)
	}
	viewer := n.A.Owner.Do("{ viewer { id } again: viewer { id } }", nil).OK()
	own := viewer.Text("viewer.id")
	if own != viewer.Text("again.id") || own == n.B.Owner.Do("{ viewer { id } }", nil).OK().Text("viewer.id") {
		t.Errorf("%s", viewer.Body)
	}
	if a := n.A.Owner.Do("query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }",
		apitest.Vars{"id": own}).OK(); a.Body == "" || a.Get("node") != nil || a.Get("nodes.0") != nil {
		t.Errorf("by its id: %s", a.Body)
	}
}

// eachObject calls f with each object of a response.
func eachObject(body string, f func(map[string]any)) {
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, one := range value {
				walk(one)
			}
		case map[string]any:
			f(value)
			for _, one := range value {
				walk(one)
			}
		}
	}
	var answer any
	_ = json.Unmarshal([]byte(body), &answer) // what is no JSON has no objects
	walk(answer)
}

// TestARefusedRootFieldLeavesItsSiblings, whichever it is.
func TestARefusedRootFieldLeavesItsSiblings(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		world, w := apitest.NewWorld(t, db), newWalk(t)
		seen := 0
		for _, root := range []struct {
			of      *ast.Definition
			kind    string
			sibling string
			public  []string
		}{
			{w.schema.Query, "query", "beside: modules { module }", []string{"modules", "viewer"}},
			{
				w.schema.Mutation, "mutation",
				`beside: sendCode(input: {to: {phone: "1"}, purpose: SIGN_IN}) { userErrors { code } }`,
				[]string{"sendCode", "signIn", "setPassword"},
			},
		} {
			for _, f := range root.of.Fields {
				if strings.HasPrefix(f.Name, "__") || slices.Contains(root.public, f.Name) {
					continue
				}
				seen++
				body := w.call(root.of, f) + " { __typename }"
				for _, text := range []string{body + " " + root.sibling, root.sibling + " " + body} {
					a := w.ask(world.Nobody(t), w.document(root.kind, f.Name, text), nowhere())
					if a.Get("beside") == nil || a.Get(f.Name) != nil || a.Code() != "UNAUTHENTICATED" ||
						fmt.Sprint(a.Errors[0].Path) != fmt.Sprintf("[%s]", f.Name) {
						t.Errorf("%s: %s", f.Name, a.Body)
					}
				}
			}
		}
		if seen < 30 {
			t.Errorf("only %d fields", seen)
		}
	})
}
