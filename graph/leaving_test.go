package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/internal/apitest"
	"deputy/internal/store"
)

// managers returns who looks after the creators of A, as "name: manager", sorted.
func (s *fixture) managers() string {
	s.Helper()
	a := s.A.Owner.Do(
		`query($org: ID!) { org(id: $org) { creators(first: 100, orderBy: {field: NAME}) { nodes { name manager { name } } } }
			}`, vars{"org": s.A.ID}).OK()
	var all []string
	for i, name := range a.Texts("org.creators.nodes", "name") {
		all = append(all, name+": "+a.Text(fmt.Sprintf("org.creators.nodes.%d.manager.name", i)))
	}
	return strings.Join(all, ", ")
}

// TestWhoLeavesHandsOver: creators of who is deleted go to who takes over, all with the delete or none, and it is on
// record.
func TestWhoLeavesHandsOver(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		own := s.role4(grant("CREATORS", "VIEW", "OWN"))
		first, second, heir := s.seat("甲员", own), s.seat("乙员", own), s.seat("丙员", own)
		for name, manager := range map[string]*apitest.Seat{"a": first, "b": first, "c": second, "d": heir} {
			s.creator(name, vars{"managerId": manager.ID})
		}
		s.creator("e", nil)
		const before = "a: 甲员, b: 甲员, c: 乙员, d: 丙员, e: "
		in := vars{
			"orgId": s.A.ID, "ids": []string{first.ID, second.ID, "x"}, "handOverTo": heir.ID,
			"policy": "ALL_OR_NOTHING",
		}
		if a := s.A.Owner.Do(documentOf("deleteSubAccounts"), vars{"in": in}).OK(); userErrorsOf(a,
			"deleteSubAccounts") != "NOT_FOUND input.ids.2" || a.Get("deleteSubAccounts.handedOverCreators") != 0.0 {
			t.Errorf("%s", a.Body)
		}
		if got := s.managers(); got != before {
			t.Errorf("%s", got)
		}

		known := s.knownEvents()
		a := s.must(s.A.Owner, "deleteSubAccounts", vars{
			"orgId": s.A.ID, "ids": []string{first.ID, second.ID},
			"handOverTo": heir.ID,
		})
		if a.Get("deleteSubAccounts.handedOverCreators") != 3.0 || a.Get("deleteSubAccounts.unmanagedCreators") != 0.0 {
			t.Errorf("%s", a.Body)
		}
		if got, want := s.managers(), "a: 丙员, b: 丙员, c: 丙员, d: 丙员, e: "; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		s.handed(known, "creators:2→, creators:1→",
			`Creator "a" manager:甲员→丙员 | Creator "b" manager:甲员→丙员 | Creator "c" manager:乙员→丙员`)
		if a := heir.Do(`query($org: ID!) { org(id: $org) { creators { totalCount } } }`,
			vars{"org": s.A.ID}).OK(); a.Get("org.creators.totalCount") != 4.0 {
			t.Errorf("%s", a.Body)
		}

		known = s.knownEvents()
		if a := s.must(heir.Client, "releaseSeat", vars{"orgId": s.A.ID}); a.Get("releaseSeat.unmanagedCreators") != 4.0 {
			t.Errorf("%s", a.Body)
		}
		if got, want := s.managers(), "a: , b: , c: , d: , e: "; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		s.handed(known, "creators:4→",
			`Creator "a" manager:丙员→ | Creator "b" manager:丙员→ | Creator "c" manager:丙员→ | Creator "d" manager:丙员→`)
	})
}

// handed looks at the one event since: how many creators each who left had, in their order, and what became of which.
func (s *fixture) handed(known map[string]bool, counts, creators string) {
	s.Helper()
	fresh := s.events(known)
	if len(fresh) != 1 {
		s.Fatalf("%d events", len(fresh))
	}
	var had, moved []string
	for part := range strings.SplitSeq(s.event(fresh[0]), " | ") {
		if strings.HasPrefix(part, "Creator ") {
			moved = append(moved, part)
		} else if _, count, found := strings.Cut(part, "creators:"); found {
			had = append(had, "creators:"+count)
		}
	}
	slices.Sort(moved)
	if got := strings.Join(had, ", "); got != counts {
		s.Errorf("they had %q, want %q", got, counts)
	}
	if got := strings.Join(moved, " | "); got != creators {
		s.Errorf("moved %s, want %s", got, creators)
	}
}

// TestWhoLeavesMayHaveManyCreators: more than fit into one statement of the trail.
func TestWhoLeavesMayHaveManyCreators(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		const many = 2_500
		gone, now := s.seat("离职员"), s.Clock.Now()
		s.fill(func(ctx context.Context, tx *store.Tx) error {
			rows := make([]*ent.CreatorCreate, many)
			for i := range rows {
				rows[i] = tx.Creator.Create().SetOrgID(
					s.A.ID).SetName(
					"达人").SetPlatformID(fmt.Sprint(i)).SetManagerID(gone.ID).SetGrams(nil).SetCreatedAt(now).SetUpdatedAt(now)
			}
			for part := range slices.Chunk(rows, 1_000) {
				if err := tx.Creator.CreateBulk(part...).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		a := s.must(s.A.Owner, "deleteSubAccounts", vars{
			"orgId": s.A.ID, "ids": []string{gone.ID},
			"handOverTo": s.A.Seats["商务"].ID,
		})
		if a.Get("deleteSubAccounts.handedOverCreators") != float64(many) {
			t.Errorf("%s", a.Body)
		}
		a = s.A.Owner.Do(
			`query($org: ID!) { org(id: $org) { auditEvents(first: 1) { nodes { operation targets { totalCount } } } } }`,
			vars{"org": s.A.ID}).OK()
		if a.Text("org.auditEvents.nodes.0.operation") != "deleteSubAccounts" ||
			a.Get("org.auditEvents.nodes.0.targets.totalCount") != float64(many+1) {
			t.Errorf("%s", a.Body)
		}
	})
}

// TestCreatorsAreAssignedToWhoIsLeaving: whoever was given creators in time hands them over, and nobody else is given
// any.
func TestCreatorsAreAssignedToWhoIsLeaving(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		gone, heir := s.seat("离职员"), s.seat("接手员")
		ids := make([]string, crowd)
		for i := range ids {
			ids[i] = s.creator(fmt.Sprint("达人", i), nil)
		}
		got := s.atOnce(func(i int) (*client, string, vars) {
			switch i {
			case crowd / 3:
				return s.A.Owner, "deleteSubAccounts", vars{"orgId": s.A.ID, "ids": []string{gone.ID}, "handOverTo": heir.ID}
			case crowd / 2:
				return s.A.Owner, "deleteSubAccounts", vars{"orgId": s.A.ID, "ids": []string{heir.ID}, "handOverTo": gone.ID}
			}
			return s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{ids[i]}, "managerId": gone.ID}
		})
		if got["deleteSubAccounts "] != 1 || got["deleteSubAccounts NOT_FOUND"] != 1 ||
			got["assignCreators "]+got["assignCreators NOT_FOUND"] != crowd-2 {
			s.Errorf("%v", got)
		}
		managed, err := s.Store.Client.Creator.Query().Where(creator.OrgID(s.A.ID),
			creator.ManagerIDNotNil()).Count(context.Background())
		if err != nil || managed != got["assignCreators "] {
			s.Errorf("%d creators have a manager, %v; %v", managed, err, got)
		}
	})
}
