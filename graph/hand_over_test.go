package graph_test

import (
	"context"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/ent/creator"
	"deputy/internal/apitest"
	"deputy/internal/audit"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// ofOwn is a write that begins with something of an own creator.
type ofOwn struct {
	mutation string
	in       vars
	// at is the field that is refused when the creator is not one's own any more.
	at string
	// table is what the write waits for between its look at the creator and what it does, when others lock it; nothing
	// where the write locks the creator, or comes before or after a hand-over as a whole.
	table string
}

func (o *own) writes() []ofOwn {
	const tasks, assignments, orders = "tasks", "task_assignments", "orders"
	fresh := o.creator("新来的", vars{"platformId": "fresh", "managerId": o.manager.ID})
	return []ofOwn{
		{"updateCreator", vars{"id": o.mine, "category": "新"}, "id", ""},
		{"endCreators", vars{"ids": []string{o.mine}}, "ids.0", ""},
		{"createTask", vars{"title": "新", "creatorIds": []string{o.mine}}, "creatorIds.0", ""},
		{"updateTask", vars{"id": o.myTask, "brief": "新"}, "id", tasks},
		{"openTask", vars{"id": o.myTask}, "id", tasks},
		{"assignTask", vars{"id": o.myTask, "creatorIds": []string{fresh}}, "id", assignments},
		{"closeTask", vars{"id": o.myTask}, "id", tasks},
		{"setAssignmentStatus", vars{"id": o.myAssignment, "status": "ACCEPTED"}, "id", assignments},
		{"settleOrders", vars{"ids": []string{o.myOrder}}, "ids.0", orders},
		{
			"importOrders",
			vars{"orders": []vars{o.row("DYH", vars{"creatorPlatformId": "mine"})}},
			"orders.0.creatorPlatformId", orders,
		},
	}
}

// asks asks for a mutation in the background.
func (o *own) asks(who *client, mutation string, in vars) chan *apitest.Answer {
	in["orgId"] = o.A.ID
	ended := make(chan *apitest.Answer, 1)
	go func() { ended <- who.Do(documentOf(mutation), vars{"in": in}) }()
	return ended
}

// waits reports whether one more transaction waits for another, or else that it has ended without waiting.
func (o *own) waits(others int, ended chan *apitest.Answer) bool {
	o.Helper()
	for len(ended) == 0 {
		var n int
		err := o.Store.DB().QueryRowContext(o.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = "+
			"current_database() AND wait_event_type = 'Lock'").Scan(&n)
		if err != nil {
			o.Fatal(err)
		}
		if n > others {
			return true
		}
	}
	return false
}

// eachOwn runs f for each write of own rows where transactions run beside each other; SQLite has one writer at a time.
func eachOwn(t *testing.T, f func(o *own, c ofOwn)) {
	t.Helper()
	s := newFixture(t, storetest.Open(t, dialect.Postgres))
	o := newOwn(s)
	for _, c := range o.writes() {
		t.Run(c.mutation, func(t *testing.T) {
			s.on(t)
			f(o, c)
		})
	}
	s.on(t)
}

// TestWritesWaitForAHandOver: who loses a creator while they write about it is refused, as if they had come later.
func TestWritesWaitForAHandOver(t *testing.T) {
	t.Parallel()
	eachOwn(t, func(o *own, c ofOwn) {
		var ended chan *apitest.Answer
		hand := func(to string, meanwhile func()) {
			err := o.Store.Write(o.Context(), func(ctx context.Context, tx *store.Tx) error {
				if err := tx.Creator.Update().Where(creator.ID(o.mine)).SetManagerID(to).Exec(ctx); err != nil {
					return err
				}
				if err := (audit.Entry{OrgID: o.A.ID, Operation: "assignCreators", At: o.Clock.Now()}).Record(ctx, tx); err != nil {
					return err
				}
				meanwhile()
				return nil
			})
			if err != nil {
				o.Fatal(err)
			}
		}
		hand(o.other.ID, func() {
			if ended = o.asks(o.manager.Client, c.mutation, c.in); !o.waits(0, ended) {
				o.Errorf("it does not wait")
			}
		})
		if a := (<-ended).OK(); userErrorsOf(a, c.mutation) != "NOT_FOUND input."+c.at {
			o.Errorf("%s", a.Body)
		}
		hand(o.manager.ID, func() {})
	})
}

// TestAHandOverOvertakesWrites: who takes creators away waits for nobody who writes for their sake, and what they write
// afterwards is refused. It holds a hole that was closed: a creator was handed over while somebody waited to write
// about it, and they wrote although it was not theirs any more.
func TestAHandOverOvertakesWrites(t *testing.T) {
	t.Parallel()
	eachOwn(t, func(o *own, c ofOwn) {
		if c.table == "" {
			return
		}
		var written chan *apitest.Answer
		err := o.Store.Write(o.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.Recorded()
			if _, err := tx.ExecContext(ctx, "LOCK TABLE "+c.table+" IN SHARE MODE"); err != nil {
				return err
			}
			if written = o.asks(o.manager.Client, c.mutation, c.in); !o.waits(0, written) {
				o.Errorf("it does not wait")
			}
			o.must(o.A.Owner, "assignCreators", vars{"orgId": o.A.ID, "ids": []string{o.mine}, "managerId": o.other.ID})
			return nil
		})
		if err != nil {
			o.Fatal(err)
		}
		if a := (<-written).OK(); userErrorsOf(a, c.mutation) != "NOT_FOUND input."+c.at {
			o.Errorf("%s", a.Body)
		}
		o.must(o.A.Owner, "assignCreators", vars{"orgId": o.A.ID, "ids": []string{o.mine}, "managerId": o.manager.ID})
	})
}
