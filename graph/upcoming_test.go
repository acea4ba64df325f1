package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/feed"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestWhatWasNotToldIsFound: changes that never arrived, because the server did not hear or there were too many of
// them, are looked for as soon as it is known.
func TestWhatWasNotToldIsFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		for name, told := range map[string]store.Change{
			"deaf": {Everybody: true, Disconnected: time.Minute},
			"many": {Updated: []string{w.A.ID}, Many: true},
		} {
			deaf := &feed.Feed{} // nobody tells it anything
			w.Resolver.Feed = deaf
			w.Clock.Add(time.Hour) // what was changed before is out of the question
			in := apitest.Vars{"org": w.A.ID}
			events, people, orders := w.A.Owner.Subscribe(watchEvents, in), w.A.Owner.Subscribe(watchSubAccounts, in),
				w.A.Owner.Subscribe(watchOrders, in)
			creators, tasks := w.A.Owner.Subscribe(watchCreators, in), w.A.Owner.Subscribe(watchTasks, in)
			eventually(t, "the subscriptions run", func() bool { return deaf.Len() == 5 })
			var numbers []string
			var rows []apitest.Vars
			for i := range 3 {
				numbers = append(numbers, fmt.Sprint(name, i))
				rows = append(rows, apitest.Vars{
					"number": numbers[i], "creatorPlatformId": name, "productName": "口红",
					"amount": 100, "commission": 1, "status": "PAID", "paidAt": "2026-02-28T00:00:00Z",
				})
			}
			w.A.Owner.Do(`mutation($in: CreateCreatorInput!) { createCreator(input: $in) { userErrors { message } } }`,
				apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "name": name, "platformId": name}}).OK()
			w.A.Owner.Do(`mutation($in: CreateTaskInput!) { createTask(input: $in) { userErrors { code } } }`,
				apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "title": name}}).OK()
			w.A.Owner.Do(`mutation($in: ImportOrdersInput!) { importOrders(input: $in) { userErrors { message } } }`,
				apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "orders": rows}}).OK()
			renamed(w, w.A.Seats["运营"], name)
			deaf.Notify(told)

			var operations, brought []string
			for len(operations) == 0 || operations[len(operations)-1] != "updateSubAccount" {
				operations = append(operations, events.Event().Text("auditEvents.operation"))
			}
			if !slices.Contains(operations, "importOrders") {
				t.Errorf("%s: events of %v", name, operations)
			}
			if a := people.Event(); a.Text("subAccountsChanged.name") != name {
				t.Errorf("%s: sub-account: %s", name, a.Body)
			}
			if a := tasks.Event(); a.Text("tasksChanged.title") != name {
				t.Errorf("%s: task: %s", name, a.Body)
			}
			if a := creators.Event(); a.Text("creatorsChanged.name") != name {
				t.Errorf("%s: creator: %s", name, a.Body)
			}
			for range numbers {
				brought = append(brought, orders.Event().Text("ordersChanged.number"))
			}
			if slices.Sort(brought); !slices.Equal(brought, numbers) {
				t.Errorf("%s: orders %v, want %v", name, brought, numbers)
			}
			for _, socket := range []*apitest.Socket{events, people, orders, creators, tasks} {
				socket.Leave()
			}
			eventually(t, "nobody waits", func() bool { return deaf.Len() == 0 })
		}
	})
}
