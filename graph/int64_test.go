package graph_test

import (
	"slices"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
)

// TestANumberThatDoesNotFitIsCarriedUp: where a number must be that no client can hold, its parent is null, and so on,
// as of any field that must be and is not; by plans, and by the generated executor, which runs mutations and streams.
func TestANumberThatDoesNotFitIsCarriedUp(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		large, other := s.creator("很多", nil), s.creator("其他", nil)
		let := map[string]string{
			dialect.SQLite:   "PRAGMA ignore_check_constraints = ON",
			dialect.Postgres: "ALTER TABLE creators DROP CONSTRAINT creators_followers",
		}
		db := s.Store.DB()
		db.SetMaxOpenConns(1) // on which SQLite ignores constraints
		for _, statement := range []string{
			let[s.Store.Dialect()],
			"UPDATE creators SET followers = 9007199254740992 WHERE id = '" + large + "'",
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		db.SetMaxOpenConns(4)
		beyond := func(a *apitest.Answer, path ...any) {
			t.Helper()
			if len(a.Errors) != 1 || a.Code() != "LIMIT_EXCEEDED" || a.Errors[0].Extensions["limit"] != "int64" ||
				!slices.Equal(a.Errors[0].Path, path) {
				t.Errorf("%s", a.Body)
			}
		}
		const list = `query($org: ID!) { org(id: $org) { name creators { nodes { name followers } } } }`
		const one = `query($id: ID!, $other: ID!) { node(id: $id) { id ... on Creator { org { id } followers } }
			other: node(id: $other) { ... on Creator { followers } } }`
		a := s.A.Owner.Do(list, vars{"org": s.A.ID})
		if beyond(a, "org", "creators", "nodes", 0.0, "followers"); a.Get("org.name") == nil || a.Get("org.creators") != nil {
			t.Errorf("%s", a.Body)
		}
		a = s.A.Owner.Do(one, vars{"id": large, "other": other})
		if beyond(a, "node", "followers"); a.Get("node") != nil || a.Get("other.followers") != 0.0 {
			t.Errorf("%s", a.Body)
		}
		a = s.A.Owner.Do(
			`mutation($in: CreateTaskInput!) { createTask(input: $in) { task { title assignments { nodes { creatorName creator {
				name followers } } } } userErrors { code } } }`,
			vars{"in": vars{"orgId": s.A.ID, "title": "任务", "creatorIds": []string{large}}})
		const at = "createTask.task.assignments.nodes.0."
		if beyond(a, "createTask", "task", "assignments", "nodes", 0.0, "creator",
			"followers"); a.Get(at+"creatorName") == nil || a.Get(at+"creator") != nil {
			t.Fatalf("%s", a.Body)
		}
		if a.Errors[0].Extensions["committed"] != true {
			t.Errorf("%s", a.Body)
		}
	})
}
