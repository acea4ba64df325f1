package graph_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"deputy/internal/apitest"
)

// BenchmarkRevocation measures, with two servers on one PostgreSQL, how long a disabled sub-account goes on being answered by
// the server that did not disable it: from the answer of disableSubAccounts to the last success. It reports the distribution
// in milliseconds.
//
//	go test ./graph -run '^$' -bench Revocation -benchtime 100x
func BenchmarkRevocation(b *testing.B) {
	for name, readers := range map[string]int{"at rest": 0, "under load": 8} {
		b.Run(name, func(b *testing.B) {
			w, second := twoServers(b)
			seat := w.A.Seats["审计"]
			there := second.Nobody(b)
			there.Token = seat.Token
			stop := make(chan struct{})
			var wg sync.WaitGroup
			for range readers {
				wg.Go(func() {
					owner := second.Nobody(b)
					owner.Token = w.A.Owner.Token
					for {
						select {
						case <-stop:
							return
						default:
							owner.Do(`query($id: ID!) { org(id: $id) { roles { nodes { name subAccounts { nodes { name roles { name } } } } } } }`, apitest.Vars{"id": w.A.ID})
						}
					}
				})
			}
			set := func(mutation string) {
				w.A.Owner.Do(`mutation($org: ID!, $ids: [ID!]!) { `+mutation+`(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
					apitest.Vars{"org": w.A.ID, "ids": []string{seat.ID}}).OK()
			}
			var took []float64
			for b.Loop() {
				eventually(b, "the seat works", func() bool { return sees(there, w.A.ID) })
				set("disableSubAccounts")
				done, last := time.Now(), time.Now()
				for sees(there, w.A.ID) {
					last = time.Now()
				}
				took = append(took, float64(last.Sub(done).Microseconds())/1000)
				set("enableSubAccounts")
			}
			close(stop)
			wg.Wait()
			slices.Sort(took)
			for name, at := range map[string]int{"p50-ms": len(took) / 2, "p90-ms": len(took) * 9 / 10, "max-ms": len(took) - 1} {
				b.ReportMetric(took[at], name)
			}
		})
	}
}

// BenchmarkRevocationWhateverListens is BenchmarkRevocation with a fault of the connection over which the other server listens, at rest.
//
//	go test ./graph -run '^$' -bench RevocationWhateverListens -benchtime 30x
func BenchmarkRevocationWhateverListens(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		b.Run(name, func(b *testing.B) {
			w, second, p := deafened(b)
			seat := second.As(b, w.A.Seats["审计"].Client)
			eventually(b, "the seat works", func() bool { return sees(seat, w.A.ID) })
			faults[name](p)
			var took []float64
			for b.Loop() {
				eventually(b, "the seat works", func() bool { return sees(seat, w.A.ID) })
				disable(w, "disableSubAccounts")
				done, last := time.Now(), time.Now()
				for time.Since(done) < promptly {
					if begun := time.Now(); sees(seat, w.A.ID) {
						last = begun
					}
				}
				took = append(took, float64(last.Sub(done).Microseconds())/1000)
				disable(w, "enableSubAccounts")
			}
			slices.Sort(took)
			for name, at := range map[string]int{"p50-ms": len(took) / 2, "p90-ms": len(took) * 9 / 10, "max-ms": len(took) - 1} {
				b.ReportMetric(took[at], name)
			}
		})
	}
}
