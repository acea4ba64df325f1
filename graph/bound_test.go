package graph_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// What one row of a cost may come to. A level takes a statement, and the least that it is charged is one; an answer takes what its texts do,
// which are longest for a task's brief.
const (
	statementsForARow = 2
	statementsBeside  = 12 // for the session, the access and the transaction
	bytesForARow      = 16 << 10
	bytesBeside       = 64 << 10 // for errors, each of which is short, and for the answer's frame
)

// TestTheCostIsAnUpperBound draws documents, and holds the statements that they run and the bytes that they are sent below a fixed factor of
// what was charged.
func TestTheCostIsAnUpperBound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		n := newTenants(t, db)
		furnish(t, n.World, 3)
		walk := newWalk(t)
		rapid.Check(t, func(rt *rapid.T) {
			d := &drawing{T: rt, walk: walk, room: 60}
			query, vars := d.document()
			for name := range vars {
				if id := n.ids[name]; id != "" {
					vars[name] = id
				}
			}
			var body string
			statements := n.Statements(func() {
				body = n.A.Owner.Do(query, vars).Body
			})
			cost := charged(rt, body)
			if most := cost*statementsForARow + statementsBeside; len(statements) > most {
				rt.Fatalf("%d statements for a cost of %d: %s", len(statements), cost, query)
			}
			if most := cost*bytesForARow + bytesBeside; len(body) > most {
				rt.Fatalf("%d bytes for a cost of %d: %s", len(body), cost, query)
			}
		})
	})
}

// charged returns what a response says that was charged; nothing for a request that was refused before.
func charged(t interface{ Fatalf(string, ...any) }, body string) int {
	var said struct {
		Extensions struct{ Cost struct{ Requested int } }
	}
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return said.Extensions.Cost.Requested
}
