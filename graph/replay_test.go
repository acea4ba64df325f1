package graph_test

import (
	"testing"

	"deputy/internal/apitest"
)

// TestAReplayShowsWhatIsInReachNow repeats mutations with their key after what they were done to was taken out of the
// caller's reach: the response says that it was done, and shows nothing of it.
func TestAReplayShowsWhatIsInReachNow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mutation string
		// one is the path of the payload's object or list, and in the input about own rows.
		path string
		in   func(o *own) vars
	}{
		{"updateCreator", "creator", func(o *own) vars { return vars{"id": o.mine, "category": "美食"} }},
		{"endCreators", "creators", func(o *own) vars { return vars{"ids": []string{o.mine}} }},
		{"settleOrders", "orders", func(o *own) vars { return vars{"ids": []string{o.myOrder}} }},
		{"updateTask", "task", func(o *own) vars { return vars{"id": o.myTask, "brief": "新"} }},
		{"closeTask", "task", func(o *own) vars { return vars{"id": o.myTask} }},
		{"setAssignmentStatus", "assignment", func(o *own) vars { return vars{"id": o.myAssignment, "status": "ACCEPTED"} }},
		{"createTask", "task", func(o *own) vars { return vars{"title": "新", "creatorIds": []string{o.mine}} }},
	} {
		t.Run(c.mutation, func(t *testing.T) {
			t.Parallel()
			eachRule(t, func(s *fixture) {
				o := newOwn(s)
				asker := *o.manager.Client
				asker.Header = map[string][]string{"Idempotency-Key": {"once"}}
				in := c.in(o)
				in["orgId"] = s.A.ID
				ask := func() *apitest.Answer { return asker.Do(documentOf(c.mutation), vars{"in": in}) }
				shown := func(a *apitest.Answer) bool {
					list, isList := a.Get(c.mutation + "." + c.path).([]any)
					return len(list) > 0 || !isList && a.Get(c.mutation+"."+c.path) != nil
				}
				if first, again := ask().OK(), ask().OK(); !shown(first) || first.Body != again.Body {
					t.Fatalf("%s\n%s", first.Body, again.Body)
				}
				events := s.onTrail(c.mutation)
				s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": o.other.ID})
				a := ask()
				if shown(a) || len(a.Errors) != 1 || a.Code() != "FORBIDDEN" || len(a.Errors[0].Path) != 2 ||
					a.Errors[0].Path[1] != c.path || userErrorsOf(a, c.mutation) != "" {
					t.Errorf("%s", a.Body)
				}
				s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": o.manager.ID})
				if a := ask().OK(); !shown(a) {
					t.Errorf("%s", a.Body)
				}
				if n := s.onTrail(c.mutation); n != events {
					t.Errorf("it was done again: %d events, and %d before", n, events)
				}
			})
		})
	}
}
