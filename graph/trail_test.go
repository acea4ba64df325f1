package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/id"
)

const trail = `query($id: ID!, $first: Int, $after: String, $filter: AuditEventFilter) { org(id: $id) { auditEvents(first: $first, after: $after, filter: $filter) {
	totalCount pageInfo { hasNextPage endCursor } nodes { id at operation outcome code count ip userAgent requestId org { id } actor { kind actorId name }
	targets { totalCount nodes { targetId type label outcome code changes { field before after } } } } } } }`

const events = "org.auditEvents.nodes"

// guarded returns the mutations that @hasModule guards.
func guarded() (names []string) {
	for _, field := range schemaOfServer().Mutation.Fields {
		if field.Directives.ForName("hasModule") != nil {
			names = append(names, field.Name)
		}
	}
	return names
}

// plain returns an input of the mutation that the schema takes, and that changes nothing.
func plain(mutation, orgID string) vars {
	in := vars{"orgId": orgID}
	input := schemaOfServer().Mutation.Fields.ForName(mutation).Arguments.ForName("input")
	for _, field := range schemaOfServer().Types[input.Type.Name()].Fields {
		if !field.Type.NonNull || field.DefaultValue != nil || field.Name == "orgId" {
			continue
		}
		in[field.Name] = blank(field.Type)
	}
	if of := schemaOfServer().Types[input.Type.Name()]; of.Directives.ForName("oneOf") != nil {
		in[of.Fields[0].Name] = blank(of.Fields[0].Type)
	}
	return in
}

func blank(t *ast.Type) any {
	switch {
	case t.Elem != nil:
		return []any{}
	case t.NamedType == "CodeInput":
		return vars{"flow": id.New(id.Flow), "code": "000000"}
	case t.NamedType == "ContactInput":
		return vars{"phone": "0"}
	case t.NamedType == "Int64":
		return 0
	case t.NamedType == "Date":
		return "2026-03-01"
	}
	if def := schemaOfServer().Types[t.NamedType]; def.Kind == ast.Enum {
		return def.EnumValues[0].Name
	}
	return "-"
}

// TestRefusalsOfAMinuteAreOneEvent: one row per actor, operation, code and minute, whoever refused it.
func TestRefusalsOfAMinuteAreOneEvent(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		minute := s.Clock.Now().Truncate(time.Minute).Add(time.Hour)
		s.Clock.Set(minute)
		seats := map[string]*client{"客服员": s.A.Seats["客服"].Client, "停用员": s.A.Disabled.Client}
		ask := func(who *client, mutation string) {
			a := who.Do(documentOf(mutation), vars{"in": plain(mutation, s.A.ID)})
			if a.Code() != "FORBIDDEN" {
				s.Fatalf("%s: %s", mutation, a.Body)
			}
		}
		for _, mutation := range guarded() {
			for _, who := range seats {
				for range 10 {
					ask(who, mutation)
				}
			}
			ask(s.Stranger, mutation)
			ask(s.B.Owner, mutation)
			ask(s.B.Seats["审计"].Client, mutation)
		}
		s.Clock.Set(minute.Add(time.Minute))
		for _, who := range seats {
			ask(who, "createRole")
		}
		got := map[string]int{}
		a := s.A.Owner.Do(trail, vars{"id": s.A.ID, "first": 100, "filter": vars{"atFrom": minute.Format(time.RFC3339)}}).OK()
		for i := range a.List(events) {
			at := fmt.Sprintf("%s.%d.", events, i)
			if a.Text(at+"actor.kind") != "SUB_ACCOUNT" || a.Text(at+"outcome") != "REFUSED" ||
				a.Text(at+"code") != "FORBIDDEN" || a.Text(at+"ip") != "127.0.0.1" || a.Text(at+"org.id") != s.A.ID {
				s.Errorf("%v", a.Get(events+fmt.Sprint(".", i)))
			}
			got[a.Text(at+"actor.name")+" "+a.Text(at+"operation")+" "+a.Text(at + "at")[:16]] += int(a.Get(at +
				"count").(float64))
		}
		want := map[string]int{}
		for name := range seats {
			for _, mutation := range guarded() {
				want[name+" "+mutation+" "+minute.Format("2006-01-02T15:04")] = 10
			}
			want[name+" createRole "+minute.Add(time.Minute).Format("2006-01-02T15:04")] = 1
		}
		if len(guarded()) < 29 || fmt.Sprint(got) != fmt.Sprint(want) || len(a.List(events)) != len(want) {
			s.Errorf("%d events:\n%v\nwant:\n%v", len(a.List(events)), got, want)
		}
		if b := s.B.Owner.Do(trail,
			vars{"id": s.B.ID, "filter": vars{"atFrom": minute.Format(time.RFC3339)}}).OK(); len(b.List(events)) != 0 {
			s.Errorf("in the other org: %s", b.Body)
		}
	})
}

// TestQueriesThatAreRefusedAreNotOnRecord: the trail is about changes.
func TestQueriesThatAreRefusedAreNotOnRecord(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		known := s.knownEvents()
		a := s.A.Seats["客服"].Do(`query($id: ID!) { org(id: $id) { name roles { totalCount } auditEvents { totalCount } } }`,
			vars{"id": s.A.ID})
		if len(a.Errors) != 2 || len(s.events(known)) != 0 {
			s.Errorf("%d events, %s", len(s.events(known)), a.Body)
		}
	})
}

// TestWhoReadsTheTrail: events with the module, before and after with the object's.
func TestWhoReadsTheTrail(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.must(s.A.Owner, "updateOrg", vars{"orgId": s.A.ID, "ownerName": "老甲"})
		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": s.A.Roles["客服"], "description": "新"})
		s.must(s.A.Owner, "updateSubAccount", vars{"orgId": s.A.ID, "id": s.A.Seats["客服"].ID, "name": "新名"})
		for name, who := range map[string]*client{"owner": s.A.Owner, "auditor": s.A.Seats["审计"].Client} {
			a := who.Do(trail, vars{"id": s.A.ID, "first": 3}).OK()
			if got := a.Texts(events, "operation"); !slices.Equal(got, []string{"updateSubAccount", "updateRole", "updateOrg"}) {
				s.Fatalf("%s: %s", name, a.Body)
			}
			for i, field := range []string{"name", "description", "ownerName"} {
				at := fmt.Sprintf("%s.%d.", events, i)
				change := at + "targets.nodes.0.changes.0."
				before, after := a.Get(change+"before"), a.Get(change+"after")
				if a.Text(change+"field") != field || a.Text(at+"ip") == "" || a.Text(at+"actor.actorId") == "" {
					s.Errorf("%s: %s", name, a.Body)
				}
				if shown := before != nil && after != nil; shown != (name == "owner") || !shown && (before != nil || after != nil) {
					s.Errorf("%s reads %v → %v of %s", name, before, after, field)
				}
			}
			// The name is the one that the owner had when it happened.
			if a.Text(events+".0.actor.name") != "老甲" || a.Text(events+".2.actor.name") != "主帐号" {
				s.Errorf("%s: %s", name, a.Body)
			}
		}
		for _, who := range []*client{s.A.Seats["运营"].Client, s.A.Seats["客服"].Client} {
			a := who.Do(trail, vars{"id": s.A.ID})
			if a.Code() != "FORBIDDEN" || fmt.Sprint(a.Errors[0].Path) != "[org auditEvents]" ||
				a.Errors[0].Extensions["module"] != "AUDIT_LOG" {
				s.Errorf("%s", a.Body)
			}
		}
		for _, who := range []*client{s.Stranger, s.B.Owner, s.A.Disabled.Client} {
			if a := who.Do(trail, vars{"id": s.A.ID}).OK(); a.Get("org") != nil {
				s.Errorf("%s", a.Body)
			}
		}
	})
}

const ownTrail = `{ viewer { auditEvents(first: 100) { nodes { operation ip userAgent actor { kind actorId name } org {
	id } targets { totalCount nodes { targetId label changes { field before after } } } } } } }`

// TestViewerReadsItsOwnTrail: what it did with where it did it from, and what was done to it without the others it was
// done to.
func TestViewerReadsItsOwnTrail(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		me, other := s.A.Seats["客服"], s.A.Seats["运营"]
		ids := []string{other.ID, me.ID}
		s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": ids})
		for _, working := range []bool{false, true} {
			if working {
				s.must(s.A.Owner, "enableSubAccounts", vars{"orgId": s.A.ID, "ids": ids})
			}
			a := me.Do(ownTrail, nil).OK()
			const nodes = "viewer.auditEvents.nodes"
			want := []string{"disableSubAccounts", "signIn", "createSubAccount"}
			if working {
				want = append([]string{"enableSubAccounts"}, want...)
			}
			if got := a.Texts(nodes, "operation"); !slices.Equal(got, want) {
				s.Fatalf("%v: %s", got, a.Body)
			}
			for i, operation := range want {
				at := fmt.Sprintf("%s.%d.", nodes, i)
				own := operation == "signIn"
				if own != (a.Get(at+"ip") != nil) || own != (a.Get(at+"userAgent") != nil) ||
					own != (a.Get(at+"actor.actorId") != nil) {
					s.Errorf("%s tells where others were: %s", operation, a.Body)
				}
				if a.Get(at+"targets.totalCount") != 1.0 || len(a.List(at+"targets.nodes")) != 1 {
					s.Errorf("%s tells of others: %s", operation, a.Body)
				}
				if !own && (a.Text(at+"targets.nodes.0.targetId") != me.ID || a.Get(at+"targets.nodes.0.changes.0.after") == nil ||
					(a.Get(at+"org") != nil) != working) {
					s.Errorf("%s: %s", operation, a.Body)
				}
			}
		}
	})
}

// TestNamesAreThoseOfThen: whoever is renamed or deleted stays on record under the name they had.
func TestNamesAreThoseOfThen(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		me := s.seat("旧名", s.A.Roles["运营"])
		act := func() {
			s.Clock.Add(time.Minute)
			me.Do(documentOf("createRole"), vars{"in": vars{"orgId": s.A.ID, "name": "x", "grants": []any{}}})
		}
		act()
		s.must(s.A.Owner, "updateSubAccount", vars{"orgId": s.A.ID, "id": me.ID, "name": "新名"})
		act()
		about := s.A.Owner.Do(
			`query($id: ID!) { node(id: $id) { ... on SubAccount { auditEvents(first: 10) { totalCount nodes { operation targets
				{ nodes { label } } } } } } }`, vars{"id": me.ID}).OK()
		if got := about.Texts("node.auditEvents.nodes", "operation"); !slices.Equal(got,
			[]string{"updateSubAccount", "createSubAccount"}) ||
			about.Text("node.auditEvents.nodes.1.targets.nodes.0.label") != "旧名" {
			s.Errorf("%s", about.Body)
		}
		s.must(s.A.Owner, "deleteSubAccounts", vars{"orgId": s.A.ID, "ids": []string{me.ID}})
		did := s.A.Owner.Do(trail, vars{"id": s.A.ID, "filter": vars{"actorIds": []string{me.ID}}}).OK()
		if did.Text(events+".0.actor.name") != "新名" || did.Text(events+".1.actor.name") != "旧名" ||
			did.Get("org.auditEvents.totalCount") != 2.0 {
			s.Errorf("%s", did.Body)
		}
		done := s.A.Owner.Do(trail, vars{"id": s.A.ID, "filter": vars{"targetId": me.ID}}).OK()
		var labels []string
		for i := range done.List(events) {
			labels = append(labels, done.Text(fmt.Sprintf("%s.%d.targets.nodes.0.label", events, i)))
		}
		if got := strings.Join(labels, " "); got != "新名 新名 旧名" {
			s.Errorf("%s: %s", got, done.Body)
		}
	})
}

// TestTrailIsFilteredAndPaged: pages meet every event once, also when more come meanwhile, and filters keep what they
// say.
func TestTrailIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		all := s.A.Owner.Do(trail, vars{"id": s.A.ID, "first": 100}).OK()
		whole := all.Texts(events, "id")
		var paged []string
		for after := any(nil); ; {
			a := s.A.Owner.Do(trail, vars{"id": s.A.ID, "first": 3, "after": after}).OK()
			paged = append(paged, a.Texts(events, "id")...)
			if after = a.Get("org.auditEvents.pageInfo.endCursor"); a.Get("org.auditEvents.pageInfo.hasNextPage") != true {
				break
			}
			// comes before the page
			s.must(s.A.Owner, "createRole", vars{"orgId": s.A.ID, "name": fmt.Sprint("页", len(paged)), "grants": []any{}})
		}
		if !slices.Equal(paged, whole) || all.Get("org.auditEvents.totalCount") != float64(len(whole)) {
			s.Errorf("pages:\n%v\nwant:\n%v", paged, whole)
		}
		audit := s.A.Roles["审计"]
		for name, c := range map[string]struct {
			filter vars
			want   string
		}{
			"by operation":    {vars{"operations": []string{"disableSubAccounts", "createOrg"}}, "disableSubAccounts createOrg"},
			"by no operation": {vars{"operations": []string{}}, ""},
			"about a role":    {vars{"targetId": audit}, "createRole"},
			"refused":         {vars{"outcomes": []string{"REFUSED"}}, ""},
			"since": {
				vars{"atFrom": all.Text(events + ".0.at")},
				"createRole createRole createRole disableSubAccounts",
			},
			"until":     {vars{"atTo": all.Text(events + ".10.at")}, ""},
			"of nobody": {vars{"actorIds": []string{"sub_"}}, ""},
		} {
			a := s.A.Owner.Do(trail, vars{"id": s.A.ID, "filter": c.filter})
			if len(a.Errors) > 0 || name != "until" && name != "since" &&
				strings.Join(a.Texts(events, "operation"), " ") != c.want {
				s.Errorf("%s: %s, want %s", name, a.Body, c.want)
			}
			for _, at := range a.Texts(events, "at") {
				if name == "until" && at >= all.Text(events+".10.at") || name == "since" && at < all.Text(events+".0.at") {
					s.Errorf("%s: %s", name, at)
				}
			}
		}
		a := s.A.Owner.Do(
			`query($id: ID!) { node(id: $id) { ... on Role { auditEvents { totalCount nodes { operation } } } } }`,
			vars{"id": audit}).OK()
		if a.Get("node.auditEvents.totalCount") != 1.0 || a.Text("node.auditEvents.nodes.0.operation") != "createRole" {
			s.Errorf("%s", a.Body)
		}
	})
}
