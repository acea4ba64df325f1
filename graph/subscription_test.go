package graph_test

import (
	"fmt"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const (
	watchEvents = `subscription($org: ID!, $after: ID) { auditEvents(orgId: $org, after: $after) { id operation actor
		{ name } targets { nodes { label } } } }`
	watchSubAccounts = `subscription($org: ID!) { subAccountsChanged(orgId: $org) { id name status roles { name } } }`
	watchCreators    = `subscription($org: ID!, $after: Time) { creatorsChanged(orgId: $org, after: $after) {
		id name status updatedAt manager { name } } }`
	watchTasks = `subscription($org: ID!, $after: Time) { tasksChanged(orgId: $org, after: $after) {
		id title status updatedAt assignments { nodes { creatorName status updatedAt } } } }`
	watchOrders = `subscription($org: ID!) { ordersChanged(orgId: $org) { id number status creatorName } }`
)

// renamed renames the seat as the owner does.
func renamed(w *apitest.World, seat *apitest.Seat, name string) {
	w.A.Owner.Do(`mutation($in: UpdateSubAccountInput!) { updateSubAccount(input: $in) { userErrors { code } } }`,
		apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "id": seat.ID, "name": name}}).OK()
}

// disabled stops the seat.
func disabled(w *apitest.World, seat *apitest.Seat) {
	w.A.Owner.Do(
		`mutation($org: ID!, $ids: [ID!]!) { disableSubAccounts(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
		apitest.Vars{"org": w.A.ID, "ids": []string{seat.ID}}).OK()
}

// following waits until a subscription follows what happens: the one that opened the socket has been let in before.
func following(t testing.TB, s *apitest.Server, n int) {
	eventually(t, "the subscriptions run", func() bool { return s.Resolver.Feed.Len() >= n })
}

func TestEventsAreSentAsTheyHappen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		eventually(t, "the server hears", db.Listening) // else what is found is sent beside what is told
		in := apitest.Vars{"org": w.A.ID}
		events := w.A.Seats["审计"].Subscribe(watchEvents, in)
		people := w.A.Owner.Subscribe(watchSubAccounts, in)
		stream := w.A.Seats["审计"].Stream(watchEvents, in)
		following(t, w.Server, 6)
		for i := range 3 {
			name := fmt.Sprint("新名", i)
			renamed(w, w.A.Seats["运营"], name)
			for _, a := range []*apitest.Answer{events.Event(), stream.Event()} {
				if a.Text("auditEvents.operation") != "updateSubAccount" || a.Text("auditEvents.targets.nodes.0.label") != name ||
					a.Text("auditEvents.actor.name") != "主帐号" {
					t.Errorf("event: %s", a.Body)
				}
			}
			if a := people.Event(); a.Text("subAccountsChanged.name") != name ||
				a.Text("subAccountsChanged.roles.0.name") != "运营" {
				t.Errorf("sub-account: %s", a.Body)
			}
		}
	})
}

func TestALostSeatEndsItsStreams(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		seat := w.A.Seats["审计"]
		socket := seat.Subscribe(watchEvents, apitest.Vars{"org": w.A.ID})
		stream := seat.Stream(watchEvents, apitest.Vars{"org": w.A.ID})
		following(t, w.Server, 4)
		begun := time.Now()
		disabled(w, seat)
		if code := socket.Refused(); code != "FORBIDDEN" {
			t.Errorf("ended with %s", code)
		}
		t.Logf("ended %s after the mutation began", time.Since(begun))
		if a := stream.Event(); a.Code() != "FORBIDDEN" || a.Data != nil {
			t.Errorf("the stream ends with %s", a.Body)
		}
		if event, _ := stream.Next(); event != "complete" {
			t.Errorf("the stream ends with %q", event)
		}
	})
}
