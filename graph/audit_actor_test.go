package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/internal/store"
)

const actors = `query($org: ID!, $first: Int, $last: Int, $after: String, $offset: Int, $search: String) {
	org(id: $org) {
		auditActors(first: $first, last: $last, after: $after, offset: $offset, filter: {search: $search}) {
			totalCount nodes { actorId name } pageInfo { hasNextPage endCursor }
		}
	}
}`

// TestActorsOfTheTrail: whoever stands in the log of the one org, once, by the latest name, the latest first; also who
// has left. Whoever may read the log may name them, and nobody else.
func TestActorsOfTheTrail(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		editor := s.role4(grant("TASKS", "EDIT", "ALL"))
		left, renames, idle := s.seat("走了的", editor), s.seat("旧名", editor), s.seat("没动过的", editor)
		act := func(who *client) { s.must(who, "createTask", vars{"orgId": s.A.ID, "title": "任务" + s.number()}) }
		act(left.Client)
		act(renames.Client)
		s.must(s.A.Owner, "deleteSubAccounts", vars{"orgId": s.A.ID, "ids": []string{left.ID}})
		s.must(s.A.Owner, "updateSubAccount", vars{"orgId": s.A.ID, "id": renames.ID, "name": "新名"})
		act(renames.Client)
		act(s.A.Owner)
		act(renames.Client)
		s.must(s.B.Owner, "createTask", vars{"orgId": s.B.ID, "title": "乙的"})
		ask := func(who *client, given vars) *answer {
			given["org"] = s.A.ID
			return who.Do(actors, given).OK()
		}
		named := func(a *answer) string {
			return fmt.Sprint(a.Get("org.auditActors.totalCount"), " ", a.Texts("org.auditActors.nodes", "name"))
		}
		reader := s.A.Seats["审计"].Client
		for name, who := range map[string]*client{"the owner": s.A.Owner, "who reads the log": reader} {
			if got, want := named(ask(who, vars{})), "3 [新名 主帐号 走了的]"; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		ids := ask(reader, vars{}).Texts("org.auditActors.nodes", "actorId")
		if len(ids) != 3 || ids[0] != renames.ID || ids[2] != left.ID || slices.Contains(ids, idle.ID) {
			t.Errorf("%v", ids)
		}
		for search, want := range map[string]string{
			"新": "1 [新名]", "旧": "0 []", "走了": "1 [走了的]", "帐号": "1 [主帐号]", "": "3 [新名 主帐号 走了的]", "%": "0 []",
			"\u0000": "0 []", "没动过": "0 []",
		} {
			if got := named(ask(reader, vars{"search": search})); got != want {
				t.Errorf("%q: %s, want %s", search, got, want)
			}
		}
		// What is chosen is what the filter takes.
		for _, id := range ids {
			a := reader.Do(`query($org: ID!, $ids: [ID!]) { org(id: $org) { auditEvents(filter: {actorIds: $ids}) { nodes { actor {
				actorId } } } } }`, vars{"org": s.A.ID, "ids": []string{id}}).OK()
			found := a.List("org.auditEvents.nodes")
			if len(found) == 0 || strings.Count(a.Body, id) != len(found) {
				t.Errorf("%s: %s", id, a.Body)
			}
		}
		if a := s.A.Seats["运营"].Do(actors, vars{"org": s.A.ID}); a.Code() != "FORBIDDEN" || a.Get("org.auditActors") != nil {
			t.Errorf("without the log: %s", a.Body)
		}
		other := s.B.Owner.Do(actors, vars{"org": s.B.ID}).OK()
		if got := named(other); got != "1 [主帐号]" || other.Texts("org.auditActors.nodes", "actorId")[0] == ids[1] {
			t.Errorf("the other org: %s", other.Body)
		}
	})
}

// TestActorsComeInPages from either end and by number, of both orgs of somebody at once, with one statement a level.
func TestActorsComeInPages(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		var want []string
		s.fill(func(ctx context.Context, tx *store.Tx) error {
			rows := make([]*ent.AuditEventCreate, 0, 90)
			for i := range 90 { // the second and third event of an actor have other names
				n := i % 30
				rows = append(rows, tx.AuditEvent.Create().SetOrgID(s.A.ID).SetAt(s.Clock.Now().Add(time.Duration(i)*time.Second)).
					SetActorKind(auditevent.ActorKindSUB_ACCOUNT).SetActorID(fmt.Sprintf("sub_%020d", n)).
					SetActorName(fmt.Sprintf("人%d-%d", n, i/30)).SetOperation("x").SetOutcome("DONE").SetRequestID("x"))
			}
			return tx.AuditEvent.CreateBulk(rows...).Exec(ctx)
		})
		for n := 29; n >= 0; n-- {
			want = append(want, fmt.Sprintf("人%d-2", n))
		}
		ask := func(given vars) *answer {
			given["org"], given["search"] = s.A.ID, "人"
			return s.A.Owner.Do(actors, given).OK()
		}
		var got []string
		for after, more := any(nil), true; more; {
			a := ask(vars{"first": 7, "after": after})
			got = append(got, a.Texts("org.auditActors.nodes", "name")...)
			after = a.Get("org.auditActors.pageInfo.endCursor")
			more = a.Get("org.auditActors.pageInfo.hasNextPage") == true
		}
		if !slices.Equal(got, want) {
			t.Errorf("by cursor %v, want %v", got, want)
		}
		numbered := ask(vars{"first": 4, "offset": 20}).Texts("org.auditActors.nodes", "name")
		if !slices.Equal(numbered, want[20:24]) {
			t.Errorf("by number %v", numbered)
		}
		if got := ask(vars{"last": 3}).Texts("org.auditActors.nodes", "name"); !slices.Equal(got, want[27:]) {
			t.Errorf("from the end %v", got)
		}
		both := s.Seat(s.T, s.B, s.A.Seats["审计"].Phone, "两边", s.B.Roles["审计"])
		var a *answer
		ran := s.Statements(func() {
			a = both.Do(`{ orgs { nodes { name auditActors(first: 2) { totalCount nodes { name } } } } }`, nil).OK()
		})
		if a.Get("orgs.nodes.0.auditActors.totalCount") != 31.0 || a.Get("orgs.nodes.1.auditActors.totalCount") != 1.0 ||
			a.Text("orgs.nodes.0.auditActors.nodes.1.name") != want[1] || len(ran) != 3 {
			t.Errorf("%d statements: %s", len(ran), a.Body)
		}
	})
}
