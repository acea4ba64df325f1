package graph_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph"
	"deputy/internal/access"
	"deputy/internal/apitest"
	"deputy/internal/gqlserve"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

const wholeSchema = `{ __schema { queryType { name } mutationType { name } directives { name args { type { ...T } } }
	types { kind name fields(includeDeprecated: true) { name type { ...T } args(includeDeprecated: true) { type { ...T } } }
		inputFields { name type { ...T } } interfaces { name } possibleTypes { name } enumValues { name } } } }
	fragment T on __Type { name ofType { name ofType { name ofType { name } } } }`

// sentFields is a schema as introspection tells it: coordinates of fields, and names of types.
type sentFields struct {
	fields, types map[string]bool
	// named are the types that something in the schema names.
	named map[string]bool
}

func introspect(c *apitest.Client) sentFields {
	s := sentFields{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	answer := c.Do(wholeSchema, nil).OK()
	s.name(answer.Get("__schema"))
	for _, item := range answer.List("__schema.types") {
		def := item.(map[string]any)
		name := def["name"].(string)
		if strings.HasPrefix(name, "__") {
			continue
		}
		s.types[name] = true
		fields, _ := def["fields"].([]any)
		for _, f := range fields {
			s.fields[name+"."+f.(map[string]any)["name"].(string)] = true
		}
	}
	return s
}

// name notes every type that is named anywhere below.
func (s sentFields) name(at any) {
	switch v := at.(type) {
	case []any:
		for _, item := range v {
			s.name(item)
		}
	case map[string]any:
		for key, value := range v {
			if named, ok := value.(map[string]any); ok && (key == "type" || key == "ofType") || key == "queryType" {
				if name, ok := named["name"].(string); ok {
					s.named[name] = true
				}
			}
			if key == "interfaces" || key == "possibleTypes" {
				for _, one := range listOf(value) {
					s.named[one.(map[string]any)["name"].(string)] = true
				}
			}
			s.name(value)
		}
	}
}

func listOf(value any) []any {
	list, _ := value.([]any)
	return list
}

// TestIntrospectionFollowsTheViewer asks the schema for itself as each kind of caller.
func TestIntrospectionFollowsTheViewer(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		both := w.Seat(t, w.B, w.A.Seats["客服"].Phone, "两边", w.B.Roles["审计"])
		const (
			public = "Query.viewer Query.modules Mutation.signIn Mutation.sendCode Viewer.account Account.phone Org.name " +
				"ModuleInfo.name SignInInput Node"
			signedIn = " Query.orgs Query.node Viewer.auditEvents AuditEvent.operation Mutation.createOrg CreateOrgInput " +
				"OrgConnection PageInfo"
			creators = " Org.creators Org.colleagues Org.creatorCategories ColleagueFilter Creator.name Creator.manager " +
				"Colleague.name CreatorFilter CreatorOrderField CreatorStatus"
			editing  = " Mutation.createCreator CreateCreatorInput CreateCreatorPayload.creator"
			tasks    = " Org.tasks Task.title TaskFilter Task.assignments"
			running  = " Mutation.createTask CreateTaskInput BatchPolicy"
			listing  = " Mutation.importCreators CreatorInput"
			taking   = " Mutation.exportCreators ExportCreatorsPayload.url Mutation.exportTasks ExportTasksInput"
			figures  = " Org.data DataReport.total DataReport.topManagers DataPoint.orders"
			adding   = " Mutation.exportFigures ExportFiguresInput ExportFiguresPayload.url DataDimension"
			orders   = " Org.orders Order.commission Order.orgShare OrderFilter OrderOrderField"
			export   = " Mutation.exportOrders ExportOrdersInput ExportOrdersPayload"
			importer = " Mutation.importOrders ImportOrdersInput Mutation.settleOrders " +
				"Mutation.refundOrder Mutation.voidOrders " +
				"VoidOrdersPayload.voidedIds"
			trail  = " Org.auditEvents Org.auditActors AuditEventFilter AuditActorFilter AuditActor.name"
			files  = " Mutation.exportAuditEvents ExportAuditEventsInput"
			people = " Org.roles Org.subAccounts Org.owner Role.name SubAccount.phone RoleFilter Mutation.createRole " +
				"CreateRoleInput GrantInput Role.auditEvents"
		)
		everything := public + signedIn + creators + editing + tasks + running + listing + taking + figures + adding +
			orders +
			export + importer +
			trail + files + people
		for name, test := range map[string]struct {
			caller *apitest.Client
			sees   string
		}{
			"nobody":         {w.Nobody(t), public},
			"without an org": {w.Stranger, public + signedIn},
			"disabled":       {w.A.Disabled.Client, public + signedIn},
			"运营": {w.A.Seats["运营"].Client, public + signedIn + creators + editing + listing + tasks + running + figures +
				" Creator.tasks Creator.data"},
			"商务":                {w.A.Seats["商务"].Client, public + signedIn + creators + tasks + running + " Creator.tasks"},
			"财务":                {w.A.Seats["财务"].Client, public + signedIn + orders + export + figures},
			"客服 here, 审计 there": {both.Client, public + signedIn + orders + trail + files},
			"审计":                {w.A.Seats["审计"].Client, public + signedIn + trail + files},
			"the owner":         {w.A.Owner, everything},
		} {
			s := introspect(test.caller)
			for _, one := range strings.Fields(everything + " Creator.tasks Creator.data Creator.orders Order.creator") {
				got := s.fields[one] || s.types[one]
				want := slices.Contains(strings.Fields(test.sees), one) || name == "the owner"
				if got != want {
					t.Errorf("%s: %s is shown: %v", name, one, got)
				}
			}
			for named := range s.named {
				if !s.types[named] && !strings.HasPrefix(named, "__") {
					t.Errorf("%s: %s is named and not told", name, named)
				}
			}
		}
	})
}

// TestOneTypeFollowsTheViewer: __type answers null for a type that is not shown, as for one that does not exist.
func TestOneTypeFollowsTheViewer(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, dialect.SQLite))
	const query = `query($name: String!) { again: __typename ...A } fragment A on Query { ... { it: __type(name: $name) {
		name fields { name } possibleTypes { name } } } }`
	for _, test := range []struct {
		caller *apitest.Client
		name   string
		shown  bool
	}{
		{w.Nobody(t), "Order", false},
		{w.Nobody(t), "Viewer", true},
		{w.A.Seats["客服"].Client, "Order", true},
		{w.A.Seats["客服"].Client, "Creator", false},
		{w.A.Seats["客服"].Client, "RoleOrder", false},
		{w.A.Owner, "RoleOrder", true},
		{w.A.Owner, "NoSuchType", false},
		{w.A.Owner, "String", true},
	} {
		if a := test.caller.Do(query, apitest.Vars{"name": test.name}).OK(); (a.Get("it") != nil) != test.shown {
			t.Errorf("%s: %s", test.name, a.Body)
		}
	}
	nodes := w.A.Seats["客服"].Do(query, apitest.Vars{"name": "Node"}).Texts("it.possibleTypes", "name")
	if want := []string{"Account", "AuditEvent", "Order", "Org"}; !slices.Equal(nodes, want) {
		t.Errorf("a node may be %v, want %v", nodes, want)
	}
	// An app sees itself and its token, and no person sees an app without the module.
	p := w.App(t, w.A, "应用", "", nil)
	nodes = p.Do(query, apitest.Vars{"name": "Node"}).Texts("it.possibleTypes", "name")
	if want := []string{"Account", "ApiToken", "App", "Org"}; !slices.Equal(nodes, want) {
		t.Errorf("a node may be %v for an app, want %v", nodes, want)
	}
	for _, name := range []string{"App", "ApiToken"} {
		if got := w.A.Seats["客服"].Do(query, apitest.Vars{"name": name}); got.Get("it") != nil {
			t.Errorf("%s is shown: %s", name, got.Body)
		}
		if got := w.A.Owner.Do(query, apitest.Vars{"name": name}); got.Get("it") == nil {
			t.Errorf("%s is hidden from the owner: %s", name, got.Body)
		}
	}
}

// TestHiddenFieldInASharedDocumentIsNull: what introspection does not tell is a field all the same.
func TestHiddenFieldInASharedDocumentIsNull(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, dialect.SQLite))
	a := w.A.Seats["客服"].Do(
		`query($org: ID!) { __type(name: "Creator") { name } org(id: $org) { name creators { totalCount } orders {
			totalCount } } }`, apitest.Vars{"org": w.A.ID})
	if len(a.Errors) != 1 || a.Code() != "FORBIDDEN" || a.Get("org.creators") != nil || a.Get("org.orders") == nil ||
		a.Text("org.name") != "甲机构" || a.Get("__type") != nil {
		t.Error(a.Body)
	}
}

// TestNoNameIsSuggestedToWhoMayNotSeeIt misspells every field and every type of the schema.
func TestNoNameIsSuggestedToWhoMayNotSeeIt(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, dialect.SQLite))
	c := w.Nobody(t)
	wrong := func(query string) {
		t.Helper()
		a := c.Do(query, nil)
		if len(a.Errors) == 0 {
			t.Errorf("%s is right", query)
		}
		for _, e := range a.Errors {
			if strings.Contains(e.Message, "Did you mean") || strings.Contains(e.Message, " or ") {
				t.Errorf("%s: %s", query, e.Message)
			}
		}
	}
	for name, def := range served().Types {
		if strings.HasPrefix(name, "__") {
			continue
		}
		wrong("query($a: " + name + "s) { viewer { seatLimit } }")
		wrong("{ node(id: 1) { ... on " + name + "s { id } } }")
		if def.Kind != ast.Object || def.Name == "Mutation" {
			continue
		}
		for _, f := range def.Fields {
			if name == "Query" {
				wrong("{ " + f.Name + "s }")
			} else {
				wrong("fragment A on " + name + " { " + f.Name + "s } { viewer { ...A } }")
			}
		}
	}
}

// TestPartsAreKeptByWhatTheyShow: viewers with the same actions share a part, whatever their orgs and scopes.
func TestPartsAreKeptByWhatTheyShow(t *testing.T) {
	t.Parallel()
	schema := graph.NewSchema(&graph.Resolver{})
	set := func(scope access.Scope, m access.Module, actions ...access.Action) access.Set {
		return mustSet(t, access.Grant{Module: m, Actions: actions, Scope: scope})
	}
	all, own := set(access.All, access.Orders, access.View), set(access.Own, access.Orders, access.View)
	one := schema.Part(gqlserve.AskerOf(who(all)))
	for name, v := range map[string]*viewer.Viewer{
		"again": who(all), "own rows": who(own), "both": who(all, own),
		"twice": who(own, own),
	} {
		if part := schema.Part(gqlserve.AskerOf(v)); part != one {
			t.Errorf("%s: another part", name)
		}
	}
	for _, v := range []*viewer.Viewer{{}, who(), who(set(access.All, access.Orders, access.Edit)), who(access.Owner)} {
		if part := schema.Part(gqlserve.AskerOf(v)); part == one {
			t.Errorf("%v sees the same part", v.AllGrants())
		}
	}
	for bits := range access.Set(1 << 10) {
		schema.Part(gqlserve.AskerOf(who(bits)))
		if kept := schema.Cached(); kept > 128 {
			t.Fatalf("%d parts are kept", kept)
		}
	}
	if again := schema.Part(gqlserve.AskerOf(who(all))); again == one {
		t.Error("a part that nobody used is kept forever")
	}
}

// who is a viewer with an org for each of the sets.
func who(sets ...access.Set) *viewer.Viewer {
	v := &viewer.Viewer{AccountID: "somebody", Memberships: map[string]viewer.Membership{}}
	for i, set := range sets {
		v.Memberships[string(rune('a'+i))] = viewer.Membership{Grants: set}
	}
	return v
}

// TestGraphQLJSBuildsEveryPart gives the introspection of each caller to graphql-js, as the playground and code
// generators do.
func TestGraphQLJSBuildsEveryPart(t *testing.T) {
	t.Parallel()
	dir := packages(t, "audit")
	w := apitest.NewWorld(t, storetest.Open(t, dialect.SQLite))
	callers := map[string]*apitest.Client{"nobody": w.Nobody(t), "stranger": w.Stranger, "owner": w.A.Owner}
	for role, seat := range w.A.Seats {
		callers[role] = seat.Client
	}
	query, err := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e",
		`import { getIntrospectionQuery } from "`+dir+`/node_modules/graphql/index.mjs"; process.stdout.write(getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, oneOf: true }))`).Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, caller := range callers {
		build := exec.CommandContext(t.Context(), "node", "build.mjs")
		build.Dir = dir
		build.Stdin = strings.NewReader(caller.Do(string(query), nil).OK().Body)
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestIntrospectionIsOfTheEdition names the places of directives that GraphQL of September 2025 has, and no more:
// clients read them into an enum.
func TestIntrospectionIsOfTheEdition(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, dialect.SQLite))
	answer := w.A.Owner.Do(
		`{ __type(name: "__DirectiveLocation") { enumValues { name } } __schema { directives { name isRepeatable locations } }
			}`, nil).OK()
	want := strings.Fields(`QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT
		FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION`)
	if got := answer.Texts("__type.enumValues", "name"); !slices.Equal(got, want) {
		t.Errorf("places: %q, want %q", got, want)
	}
	directives := strings.Fields("deprecated hasModule inModule include oneOf open public signedIn skip specifiedBy")
	if got := answer.Texts("__schema.directives", "name"); !slices.Equal(slices.Sorted(slices.Values(got)), directives) {
		t.Errorf("directives: %q, want %q", got, directives)
	}
	if strings.Contains(answer.Body, "DIRECTIVE_DEFINITION") {
		t.Error("a directive stands in a place of a draft")
	}
}

func BenchmarkSchemaShown(b *testing.B) {
	actions := mustSet(b, access.Grant{Module: access.Orders, Actions: []access.Action{access.View}, Scope: access.All})
	b.Run("cut", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			graph.NewSchema(&graph.Resolver{}).Part(gqlserve.AskerOf(who(actions)))
		}
	})
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		schema := graph.NewSchema(&graph.Resolver{})
		for b.Loop() {
			schema.Part(gqlserve.AskerOf(who(actions)))
		}
	})
}
