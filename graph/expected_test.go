package graph_test

import (
	"maps"
	"sync"
	"testing"
	"time"

	"deputy/internal/apitest"
)

const (
	changedZh = "在您查看之后，内容已被修改，本次未做任何更改。请查看最新内容后再试。"
	changedEn = "This has changed since you read it, so nothing was done. Look at what it is now, and try again."
)

// edited is a row of A that can be changed by whoever says when it was changed last.
type edited struct {
	mutation, object string
	// made returns the id of a new row; nil for the org itself.
	made func(*fixture) string
	// field that is changed, and a query that reads it with updatedAt as row.
	field, read string
}

var editedRows = []edited{
	{"updateOrg", "org", nil, "name", `query($id: ID!) { row: org(id: $id) { updatedAt name } }`},
	{"updateRole", "role", func(s *fixture) string {
		in := vars{"orgId": s.A.ID, "name": "岗" + s.number(), "grants": []vars{}}
		return s.must(s.A.Owner, "createRole", in).Text("createRole.role.id")
	}, "name", readNode + `Role { updatedAt name } } }`},
	{
		"updateSubAccount", "subAccount", func(s *fixture) string { return s.seat("旧名").ID }, "name",
		readNode + `SubAccount { updatedAt name } } }`,
	},
	{
		"updateCreator", "creator", func(s *fixture) string { return s.creator("旧名", nil) }, "name",
		readNode + `Creator { updatedAt name } } }`,
	},
	{
		"updateTask", "task", func(s *fixture) string { return s.task("旧名") }, "title",
		readNode + `Task { updatedAt title } } }`,
	},
}

const readNode = `query($id: ID!) { row: node(id: $id) { ... on `

// input returns what changes the row of the id to a value, whatever it was before.
func (e edited) input(s *fixture, id, value string) vars {
	in := vars{"orgId": s.A.ID, e.field: value}
	if e.made != nil {
		in["id"] = id
	}
	return in
}

// row returns the id of a new row.
func (e edited) row(s *fixture) string {
	if e.made == nil {
		return s.A.ID
	}
	return e.made(s)
}

// now returns when the row was changed last, and the value of its field.
func (e edited) now(s *fixture, id string) (updatedAt, value string) {
	s.Helper()
	a := s.A.Owner.Do(e.read, vars{"id": id}).OK()
	return a.Text("row.updatedAt"), a.Text("row." + e.field)
}

// expectedDeeds are changes of rows that have changed since they were read.
func expectedDeeds() (cases []mutationCase) {
	for _, e := range editedRows {
		cases = append(cases, mutationCase{
			mutation: e.mutation, name: "of what has changed since", ask: asOwner(func(s *fixture) vars {
				id := e.row(s)
				seen, _ := e.now(s, id)
				s.must(s.A.Owner, e.mutation, e.input(s, id, "别人"+s.number()[7:]))
				in := e.input(s, id, "我改的")
				in["expectedUpdatedAt"] = seen
				return in
			}), want: "CHANGED_MEANWHILE input.expectedUpdatedAt", zh: changedZh, en: changedEn,
			event: "OWNER 主帐号 @甲 " + e.mutation + " REFUSED CHANGED_MEANWHILE",
		})
	}
	return cases
}

// TestWhatOneHasSeenIsChanged: a change that says what it has seen is done as long as that is so, also by the payload
// of the change before, and never afterwards. Who says null has seen nothing.
func TestWhatOneHasSeenIsChanged(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		for _, e := range editedRows {
			id := e.row(s)
			seen, _ := e.now(s, id)
			with := func(value string, expected any) (got, kept string) {
				in := e.input(s, id, value)
				in["expectedUpdatedAt"] = expected
				a := s.A.Owner.Do(documentOf(e.mutation), vars{"in": in}).OK()
				if got = userErrorsOf(a, e.mutation); got != "" && a.Get(e.mutation+"."+e.object) != nil {
					s.Errorf("%s: refused, and answered: %s", e.mutation, a.Body)
				}
				_, kept = e.now(s, id)
				return got, kept
			}
			check := func(step, got, kept, wantGot, wantKept string) {
				if got != wantGot || kept != wantKept {
					s.Errorf("%s, %s: %q, and the value is %q; want %q and %q", e.mutation, step, got, kept, wantGot, wantKept)
				}
			}
			const old, null = "CHANGED_MEANWHILE input.expectedUpdatedAt", "INVALID input.expectedUpdatedAt"
			got, kept := with("甲改", seen)
			check("as seen", got, kept, "", "甲改")
			got, kept = with("乙改", seen)
			check("seen before", got, kept, old, "甲改")
			got, kept = with("甲改", seen)
			check("seen before, to what it is", got, kept, old, "甲改")
			got, kept = with("乙改", nil)
			check("null", got, kept, null, "甲改")
			seen, _ = e.now(s, id)
			got, kept = with("甲改", seen)
			check("as seen, to what it is", got, kept, "", "甲改")
			if still, _ := e.now(s, id); still != seen {
				s.Errorf("%s: nothing was changed, at %s instead of %s", e.mutation, still, seen)
			}
			got, kept = with("丙改", seen)
			check("as seen again", got, kept, "", "丙改")
		}
	})
}

// TestBatchesAreSeenToo: what a batch does to a row is a change of it, at a time of its own.
func TestBatchesAreSeenToo(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		seat, creator := s.seat("旧名"), s.creator("旧名", vars{"platformId": "batches"})
		heir := s.seat("接手")
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{creator}, "managerId": seat.ID})
		for _, test := range []struct {
			of    edited
			id    string
			batch string
			in    vars
		}{
			{editedRows[2], seat.ID, "disableSubAccounts", vars{"ids": []string{seat.ID}}},
			{editedRows[2], seat.ID, "enableSubAccounts", vars{"ids": []string{seat.ID}}},
			{editedRows[3], creator, "endCreators", vars{"ids": []string{creator}}},
			{editedRows[3], creator, "assignCreators", vars{"ids": []string{creator}, "managerId": heir.ID}},
			{editedRows[3], creator, "deleteSubAccounts", vars{"ids": []string{heir.ID}}},
			{editedRows[3], creator, "importCreators", vars{"creators": []vars{{"platformId": "batches", "name": "导入"}}}},
		} {
			seen, _ := test.of.now(s, test.id)
			s.Clock.Add(-time.Second) // another server's clock may be behind
			in := maps.Clone(test.in)
			in["orgId"] = s.A.ID
			s.must(s.A.Owner, test.batch, in)
			if changed, _ := test.of.now(s, test.id); !s.parsed(changed).After(s.parsed(seen)) {
				s.Errorf("%s: changed at %s, and seen at %s before", test.batch, changed, seen)
			}
			change := test.of.input(s, test.id, "我改的")
			change["expectedUpdatedAt"] = seen
			a := s.A.Owner.Do(documentOf(test.of.mutation), vars{"in": change}).OK()
			if got := userErrorsOf(a, test.of.mutation); got != "CHANGED_MEANWHILE input.expectedUpdatedAt" {
				s.Errorf("%s after %s: %s", test.of.mutation, test.batch, a.Body)
			}
		}
	})
}

// parsed returns the time of a text of the API.
func (s *fixture) parsed(text string) time.Time {
	s.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		s.Fatal(err)
	}
	return at
}

// TestOneOfManyChangesWhatAllHaveSeen: of changes at the same instant, on two servers of one database, by people who
// have seen the same, one is done; the others are told, and change nothing.
func TestOneOfManyChangesWhatAllHaveSeen(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		second := apitest.NewWith(s.T, s.Store, apitest.Options{Clock: s.Clock})
		for _, e := range editedRows {
			id := e.row(s)
			seen, _ := e.now(s, id)
			var (
				mu    sync.Mutex
				names = map[string]vars{}
			)
			others := second.As(s.T, s.A.Owner)
			got := s.atOnce(func(i int) (*client, string, vars) {
				value := "名" + s.number()[7:]
				in := e.input(s, id, value)
				in["expectedUpdatedAt"] = seen
				mu.Lock()
				names[value] = in
				mu.Unlock()
				return []*client{s.A.Owner, others}[i%2], e.mutation, in
			})
			s.ends(got, map[string]int{e.mutation + " ": 1, e.mutation + " CHANGED_MEANWHILE": crowd - 1})
			if updatedAt, value := e.now(s, id); names[value] == nil || updatedAt <= seen {
				s.Errorf("%s: it is %q at %s, seen at %s", e.mutation, value, updatedAt, seen)
			}
		}
	})
}
