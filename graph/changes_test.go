package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"deputy/internal/apitest"
)

// numbered imports orders with these numbers at the present moment, a second each, and returns the moments.
func (s *fixture) numbered(platformID string, numbers ...string) (moments []string) {
	s.Helper()
	for _, number := range numbers {
		s.Clock.Add(time.Second)
		moments = append(moments, s.Clock.Now().Format(time.RFC3339Nano))
		s.must(s.A.Owner, "importOrders", vars{
			"orgId":  s.A.ID,
			"orders": []vars{s.row(number, vars{"creatorPlatformId": platformID})},
		})
	}
	return moments
}

// numbersOf reads the numbers of a list, page by page.
func (s *fixture) numbersOf(who *client, filter, by vars, size int) (numbers []string) {
	s.Helper()
	for after := any(nil); ; {
		a := who.Do(`query($org: ID!, $filter: OrderFilter, $by: OrderOrder, $size: Int, $after: String) { org(id: $org) {
			orders(first: $size, after: $after, filter: $filter, orderBy: $by) { totalCount nodes { number } pageInfo { hasNextPage endCursor } } } }`,
			vars{"org": s.A.ID, "filter": filter, "by": by, "size": size, "after": after}).OK()
		numbers = append(numbers, a.Texts("org.orders.nodes", "number")...)
		if after = a.Get("org.orders.pageInfo.endCursor"); a.Get("org.orders.pageInfo.hasNextPage") != true {
			if total := a.Get("org.orders.totalCount"); total != float64(len(numbers)) {
				s.Errorf("%v counts %v, and has %v", filter, total, numbers)
			}
			return numbers
		}
	}
}

// TestOrdersAreReadOutByTheirChange, a page at a time, from a moment on and before another.
func TestOrdersAreReadOutByTheirChange(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		at := s.numbered("mine", "A1", "A2", "A3")
		at = append(at, s.numbered("theirs", "B1")...)
		s.Clock.Add(time.Second)
		first := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { orders(filter: {numbers: ["A1"]}) { nodes { id } } } }`,
			vars{"org": s.A.ID}).OK()
		s.must(s.A.Owner, "settleOrders", vars{"orgId": s.A.ID, "ids": []string{first.Text("org.orders.nodes.0.id")}})
		up, down := vars{"field": "UPDATED_AT", "direction": "ASC"}, vars{"field": "UPDATED_AT"}
		for _, c := range []struct {
			who    *client
			filter vars
			by     vars
			want   []string
		}{
			{s.A.Owner, vars{"updatedFrom": at[0]}, up, []string{"A2", "A3", "B1", "A1"}},
			{s.A.Owner, vars{"updatedFrom": at[0]}, down, []string{"A1", "B1", "A3", "A2"}},
			{s.A.Owner, vars{"updatedFrom": at[2]}, up, []string{"A3", "B1", "A1"}},
			{s.A.Owner, vars{"updatedFrom": at[1], "updatedTo": at[3]}, up, []string{"A2", "A3"}},
			{s.A.Owner, vars{"updatedFrom": at[0], "statuses": []string{"SETTLED"}}, up, []string{"A1"}},
			{s.A.Owner, vars{"updatedFrom": at[0], "creatorIds": []string{o.mine}}, up, []string{"A2", "A3", "A1"}},
			{o.manager.Client, vars{"updatedFrom": at[0]}, up, []string{"A2", "A3", "A1"}},
			{s.B.Owner, vars{"updatedFrom": at[0]}, up, nil},
		} {
			if c.who == s.B.Owner {
				if a := s.B.Owner.Do(`query($org: ID!, $f: OrderFilter) { org(id: $org) { orders(filter: $f) { totalCount } } }`,
					vars{"org": s.B.ID, "f": c.filter}).OK(); a.Get("org.orders.totalCount") != 0.0 {
					t.Errorf("the other org has %s", a.Body)
				}
				continue
			}
			for _, size := range []int{1, 2, 100} {
				if got := s.numbersOf(c.who, c.filter, c.by, size); !slices.Equal(got, c.want) {
					t.Errorf("%v by %v, %d a page: %v, want %v", c.filter, c.by, size, got, c.want)
				}
			}
		}
	})
}

// TestAnOrderIsFoundByItsNumber, and by nothing that its number only holds.
func TestAnOrderIsFoundByItsNumber(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		s.numbered("mine", "NO-1", "NO-10", "a b")
		s.numbered("theirs", "NO-2")
		by := vars{"field": "UPDATED_AT", "direction": "ASC"}
		for _, c := range []struct {
			who            *client
			numbers, found []string
		}{
			{s.A.Owner, []string{"NO-1"}, []string{"NO-1"}},
			{s.A.Owner, []string{"NO-2", "NO-10", "NO-2", "NO-3"}, []string{"NO-10", "NO-2"}},
			{s.A.Owner, []string{" a  b "}, []string{"a b"}}, // as an import reads it
			{s.A.Owner, []string{"no-1", "NO", "", "\x00"}, nil},
			{s.A.Owner, []string{}, nil},
			{o.manager.Client, []string{"NO-1", "NO-2"}, []string{"NO-1"}},
		} {
			if got := s.numbersOf(c.who, vars{"numbers": c.numbers}, by, 100); !slices.Equal(got, c.found) {
				t.Errorf("%q finds %q, want %q", c.numbers, got, c.found)
			}
		}
		many := make([]string, 101)
		if a := s.A.Owner.Do(`query($org: ID!, $f: OrderFilter) { org(id: $org) { orders(filter: $f) { totalCount } } }`,
			vars{"org": s.A.ID, "f": vars{"numbers": many}}); a.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("101 numbers: %s", a.Body)
		}
	})
}

// TestChangesOfOrdersAreResumed: first what changed since a minute before the moment, oldest first and as it is by now,
// then what changes.
func TestChangesOfOrdersAreResumed(t *testing.T) {
	t.Parallel()
	const resumed = `subscription($org: ID!, $after: Time) { ordersChanged(orgId: $org, after: $after) {
		number status updatedAt } }`
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		s.numbered("mine", "OLD")
		s.Clock.Add(time.Hour)
		var early []string
		for i := range 60 { // more than are read at once
			early = append(early, fmt.Sprintf("E%02d", i))
		}
		moments := s.numbered("mine", early...)
		s.numbered("theirs", "T1")
		last := s.numbered("mine", "M1")[0]
		next := func(socket *apitest.Socket, numbers ...string) {
			t.Helper()
			for _, number := range numbers {
				if a := socket.Event(); a.Text("ordersChanged.number") != number {
					t.Fatalf("%s, want %s", a.Body, number)
				}
			}
		}
		begin := func(who *client, after any) *apitest.Socket {
			return who.Subscribe(resumed, vars{"org": s.A.ID, "after": after})
		}
		eventually(t, "the server hears", s.Store.Listening)
		all, own, none := begin(s.A.Owner, moments[59]), begin(o.manager.Client, moments[59]), begin(s.A.Owner, nil)
		next(all, append(slices.Clone(early), "T1", "M1")...)
		next(own, append(slices.Clone(early), "M1")...)
		ended := begin(s.A.Owner, last)
		next(ended, append(slices.Clone(early[2:]), "T1", "M1")...)
		ahead := begin(s.A.Owner, "2099-01-01T00:00:00Z")
		following(t, s.Server, 10) // two of each subscription
		s.numbered("theirs", "T2")
		s.numbered("mine", "M2")
		for _, socket := range []*apitest.Socket{all, none, ended, ahead} {
			next(socket, "T2", "M2")
		}
		next(own, "M2")
		for _, socket := range []*apitest.Socket{all, own, none, ended, ahead} {
			socket.Leave()
		}
		first := begin(s.A.Owner, "0001-01-01T00:00:00Z")
		for found := false; !found; {
			found = first.Event().Text("ordersChanged.number") == "OLD"
		}
		if a := s.B.Owner.Stream(resumed, vars{"org": s.A.ID, "after": last}).Event(); a.Code() != "FORBIDDEN" {
			t.Errorf("the other org's owner reads %s", a.Body)
		}
	})
}
