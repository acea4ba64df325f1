package graph_test

import (
	"testing"

	"entgo.io/ent/dialect"
	"pgregory.net/rapid"

	"deputy/graph"
	"deputy/internal/bounds"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestScannedRowsMakeTheSameResponses draws queries over the whole schema and runs each twice: with rows read as
// PostgreSQL sent them, and with rows that database/sql scans, as where lib/pq's are not understood.
func TestScannedRowsMakeTheSameResponses(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.Postgres)
	n := newTenants(t, storetest.Connect(t, url))
	furnish(t, n.World, 3)
	resolver := *n.Resolver
	resolver.Store = storetest.ConnectWith(t, url,
		store.Options{ScanRows: true}).Confined(graph.Tenant).Shared(bounds.Asks)
	sent, scanned, walk := newDifferential(n.World), differentialOf(n.World, &resolver), newWalk(t)
	callers := []string{n.A.Owner.Token, n.A.Seats["商务"].Token, n.A.Seats["审计"].Token, n.B.Owner.Token}
	rapid.Check(t, func(rt *rapid.T) {
		token := rapid.SampledFrom(callers).Draw(rt, "caller")
		query, vars := (&drawing{T: rt, walk: walk, room: 40}).document()
		for name := range vars {
			if ids := n.ids[name]; ids != "" {
				vars[name] = ids
			}
		}
		got, _ := ask(t, sent.planned, token, query, vars)
		want, _ := ask(t, scanned.planned, token, query, vars)
		if !same(got, want) {
			rt.Fatalf("%s\nwith %v\nas sent %s\nscanned %s", query, vars, got, want)
		}
	})
}
