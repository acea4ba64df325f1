package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// aliased repeats a field under so many names.
func aliased(n int, name, field string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " %s%d: %s", name, i, field)
	}
	return b.String()
}

// TestWhatIsAskedWithIsNotEchoedWhole: an id of 0.9 MB in 150 fields once came back 20 times.
func TestWhatIsAskedWithIsNotEchoedWhole(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		long := strings.Repeat("x", 900_000)
		for name, query := range map[string]string{
			"an org": `query($v: ID!) {` + aliased(150, "a",
				`explainAccess(orgId: $v, module: ORDERS, action: VIEW) { reason }`) + `}`,
			"orders": `query($v: ID!) {` + aliased(100, "a", `org(id: $v) { orders { totalCount } }`) + `}`,
			"long aliases": `query($v: ID!) {` + aliased(20, strings.Repeat("a", 250),
				`explainAccess(orgId: $v, module: ORDERS, action: VIEW) { reason }`) + `}`,
			"a longer alias": `query($v: ID!) {` + aliased(20, strings.Repeat("a", 10_000), `org(id: $v) { name }`) + `}`,
			"a mutation": `mutation($v: ID!) {` + aliased(50, "a",
				`updateOrg(input: {orgId: $v, name: "x"}) { userErrors { message } }`) + `}`,
			"names in errors": `mutation($v: ID!) {` + aliased(50, "a",
				`deleteRole(input: {orgId: "x", id: $v}) { userErrors { message } }`) + `}`,
			"no operation": `query Q($v: ID!) { org(id: $v) { ` + strings.Repeat("y", 200) + `: nothing } }`,
			"a value":      `query($v: [ID!]!) { nodes(ids: [$v]) { id } }`,
		} {
			for _, c := range []*apitest.Client{w.A.Owner, w.Stranger, w.Nobody(t)} {
				before := len(w.Log.String())
				a := c.Do(query, apitest.Vars{"v": long})
				if grown := len(w.Log.String()) - before; len(a.Body) > 64<<10 || grown > 4<<10 {
					t.Errorf("%s: %d bytes, %d of log: %.300s", name, len(a.Body), grown, a.Body)
				}
			}
		}
		s := w.A.Owner.Socket()
		s.Ack()
		s.Subscribe("1", `subscription($v: ID!) { ordersChanged(orgId: $v) { number } }`, apitest.Vars{"v": long[:200_000]})
		if m := s.Next(); m.Type != "error" || len(m.Payload) > 4<<10 {
			t.Errorf("over a WebSocket: %s of %d bytes", m.Type, len(m.Payload))
		}
	})
}

// TestARequestLogsLittle, however often it breaks something: one line with its id, and the stack once a minute and
// place.
func TestARequestLogsLittle(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.Resolver.Cursors = nil
		defer func() { s.Resolver.Cursors = nil }()
		query := `query($id: ID!) { org(id: $id) {` + aliased(80, "a", `roles(first: 1) { pageInfo { endCursor } }`) + `} }`
		for i := range 3 {
			before := s.Server.Log.String()
			a := s.A.Owner.Do(query, vars{"id": s.A.ID})
			eventually(s.T, "the request is logged", func() bool {
				return s.Server.Log.Has("msg=request", "request_id="+a.Header.Get("X-Request-Id"))
			})
			grown := strings.TrimPrefix(s.Server.Log.String(), before)
			if a.Code() != "INTERNAL" || len(a.Errors) != 20 {
				s.Fatalf("%d errors: %.300s", len(a.Errors), a.Body)
			}
			if stacks := strings.Count(grown, "stack="); strings.Count(grown, "internal error") != 1 || len(grown) > 4<<10 ||
				stacks > 1 || stacks == 1 && i > 0 {
				s.Errorf("request %d logs %d bytes:\n%.2000s", i, len(grown), grown)
			}
			if !strings.Contains(grown, "omitted_lines=79") {
				s.Errorf("request %d does not say how much it left out:\n%.2000s", i, grown)
			}
		}
	})
}

// TestARefusedKeyIsAnErrorOfTheRequest: there is no data beside it.
func TestARefusedKeyIsAnErrorOfTheRequest(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		owner := *w.A.Owner
		for key, query := range map[string]string{
			"":  `mutation { signOut { endedId } }`,
			"1": `mutation { a: signOut { endedId } b: signOut { endedId } }`,
			"2": `mutation { a: sendCode(input: {to: {phone: "13900000001"}, purpose: SIGN_IN}) { flow } b: signOut { endedId }
				}`,
		} {
			owner.Header = http.Header{"Idempotency-Key": {key}}
			if a := owner.Do(query, nil); a.Code() != "BAD_REQUEST" || strings.Contains(a.Body, `"data"`) {
				t.Errorf("key %q: %s", key, a.Body)
			}
		}
	})
}

// TestAMutationThatWasCommittedSaysSo: one whose object could not be read is not taken for a refusal.
func TestAMutationThatWasCommittedSaysSo(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		creator := s.A.Owner.Do(documentOf("createCreator"), vars{"in": vars{
			"orgId": s.A.ID, "name": "达人",
			"platformId": "p1",
		}}).OK().Text("createCreator.creator.id")
		in := vars{"orgId": s.A.ID, "title": "新任务", "creatorIds": []any{creator}}
		const create = `mutation($in: CreateTaskInput!) { createTask(input: $in) { task { title assignments(first: 1) {
			pageInfo { endCursor } } } userErrors { code } } }`
		cursors := s.Resolver.Cursors
		s.Resolver.Cursors = nil
		a := s.A.Owner.Do(create, vars{"in": in})
		s.Resolver.Cursors = cursors
		if a.Code() != "INTERNAL" || a.Get("createTask.task") != nil || a.Get("createTask.userErrors") == nil ||
			len(a.UserErrors("createTask")) != 0 ||
			len(a.Errors[0].Path) < 2 || a.Errors[0].Extensions["committed"] != true {
			s.Errorf("committed: %s", a.Body)
		}
		if found := s.A.Owner.Do(`query($id: ID!) { org(id: $id) { tasks(filter: {search: "新任务"}) { totalCount } } }`,
			vars{"id": s.A.ID}); found.Get("org.tasks.totalCount") != 1.0 {
			s.Errorf("it was not committed: %s", found.Body)
		}
		in["title"] = ""
		if a := s.A.Owner.Do(create, vars{"in": in}); len(a.Errors) != 0 || len(a.UserErrors("createTask")) != 1 {
			s.Errorf("refused: %s", a.Body)
		}
		if a := s.A.Seats["客服"].Do(create, vars{"in": in}); a.Code() != "FORBIDDEN" ||
			a.Errors[0].Extensions["committed"] != nil || a.Get("createTask") != nil {
			s.Errorf("forbidden: %s", a.Body)
		}
	})
}

// TestEveryPayloadSaysHowARefusalIsTold from what was done and could not be read.
func TestEveryPayloadSaysHowARefusalIsTold(t *testing.T) {
	t.Parallel()
	schema, objects := schemaOfServer(), 0
	for _, mutation := range schema.Mutation.Fields {
		for _, field := range schema.Types[mutation.Type.Name()].Fields {
			of := schema.Types[field.Type.Name()]
			if !of.IsCompositeType() || of.Name == "UserError" || strings.HasPrefix(field.Name, "__") {
				continue
			}
			objects++
			if !strings.Contains(field.Description, "extensions.committed") {
				t.Errorf("%s.%s: %s", mutation.Type.Name(), field.Name, field.Description)
			}
		}
	}
	if objects < 20 {
		t.Errorf("%d objects", objects)
	}
}
