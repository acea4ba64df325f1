package graph_test

import (
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/pgproxy"
	"deputy/internal/store/storetest"
)

// TestReadsAreParsedOnce counts what PostgreSQL parses for reads that it has answered before: nothing, whatever the
// rows.
func TestReadsAreParsedOnce(t *testing.T) {
	t.Parallel()
	p, through := pgproxy.Through(t, storetest.URL(t, "postgres"))
	w := apitest.NewWorld(t, storetest.ConnectWith(t, through, store.Options{Conns: 1}))
	populate(t, w, w.Store)
	tw := newDifferential(w)
	round := func() {
		for _, load := range workloads {
			ask(t, tw.planned, w.A.Owner.Token, load.query, apitest.Vars{"org": w.A.ID})
			ask(t, tw.planned, w.A.Owner.Token, load.query, apitest.Vars{"org": w.A.ID})
		}
	}
	round()
	round()
	p.Reset()
	round()
	if unnamed, named, opened := p.Unnamed.Load(), p.Named.Load(), p.Opened.Load(); unnamed+named+opened != 0 ||
		p.Executed.Load() == 0 {
		t.Errorf("%d unnamed and %d named statements, %d connections, %d executed", unnamed, named, opened, p.Executed.Load())
	}
}
