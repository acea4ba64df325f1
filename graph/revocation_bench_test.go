package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/store/pgproxy"
)

// BenchmarkRevocation measures, with two servers on one PostgreSQL, how long a disabled sub-account goes on being
// answered by the server that did not disable it: from the response of disableSubAccounts to the last success. It
// reports the distribution in milliseconds.
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
							owner.Do(
								`query($id: ID!) { org(id: $id) { roles { nodes { name subAccounts { nodes { name roles { name } } } } } } }`,
								apitest.Vars{"id": w.A.ID})
						}
					}
				})
			}
			set := func(mutation string) {
				w.A.Owner.Do(
					`mutation($org: ID!, $ids: [ID!]!) { `+mutation+`(input: {orgId: $org, ids: $ids}) { userErrors { code } } }`,
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
			report(b, took)
		})
	}
}

// BenchmarkRevocationOfTokens is BenchmarkRevocation of a token of an app, at rest and while the app imports orders at
// the other server without pause.
//
//	go test ./graph -run '^$' -bench RevocationOfTokens -benchtime 100x
func BenchmarkRevocationOfTokens(b *testing.B) {
	for name, importing := range map[string]int{"at rest": 0, "while it imports": 6} {
		b.Run(name, func(b *testing.B) {
			w, second := twoServers(b)
			soldBy(w.A)
			p := w.App(b, w.A, "应用", "ORDERS EDIT, AUDIT_LOG VIEW", nil)
			var took []float64
			for round := 0; b.Loop(); round++ {
				tokenID, secret := w.A.NewToken(b, p.ID, "又一个")
				there := second.Nobody(b)
				there.Token = secret
				eventually(b, "the token works", func() bool { return sees(there, w.A.ID) })
				var work sync.WaitGroup
				stop := make(chan struct{})
				for worker := range importing {
					work.Go(func() {
						for n := 0; ; n++ {
							select {
							case <-stop:
								return
							default:
								there.Do(importOne, oneOrder(w.A.ID, fmt.Sprint(round, "-", worker, "-", n)))
							}
						}
					})
				}
				w.A.Owner.Do(`mutation($in: RevokeApiTokensInput!) { revokeApiTokens(input: $in) { userErrors { code } } }`,
					apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "ids": []string{tokenID}}}).OK()
				done, last := time.Now(), time.Now()
				for sees(there, w.A.ID) {
					last = time.Now()
				}
				took = append(took, float64(last.Sub(done).Microseconds())/1000)
				close(stop)
				work.Wait()
			}
			report(b, took)
		})
	}
}

// report says how long it took, in milliseconds.
func report(b *testing.B, took []float64) {
	b.Helper()
	slices.Sort(took)
	for name, at := range map[string]int{
		"p50-ms": len(took) / 2, "p90-ms": len(took) * 9 / 10,
		"p99-ms": len(took) * 99 / 100, "max-ms": len(took) - 1,
	} {
		b.ReportMetric(took[at], name)
	}
}

// BenchmarkRevocationWhateverListens is BenchmarkRevocation with a fault of the connection over which the other server
// listens: of a seat that reads, and of one that imports orders there side by side, whose last import that was done
// counts.
//
//	go test ./graph -run '^$' -bench RevocationWhateverListens -benchtime 100x
func BenchmarkRevocationWhateverListens(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		for _, importing := range []int{0, 6} {
			b.Run(fmt.Sprintf("%s, %d imports", name, importing), func(b *testing.B) { revoke(b, faults[name], importing) })
		}
	}
}

func revoke(b *testing.B, fault func(*pgproxy.Proxy), importing int) {
	w, second, p := disconnectedServer(b)
	role := w.A.Owner.Do(documentOf("createRole"), vars{"in": vars{
		"orgId": w.A.ID, "name": "两样",
		"grants": []vars{grant("ORDERS", "EDIT", "ALL"), grant("AUDIT_LOG", "VIEW", "ALL")},
	}}).OK().Text("createRole.role.id")
	w.A.Owner.Do(documentOf("createCreator"), vars{"in": vars{
		"orgId": w.A.ID, "name": "某", "platformId": "flood0",
		"managerId": nil,
	}}).OK()
	who := w.Seat(b, w.A, "13800007777", "进口", role)
	seat := second.As(b, who.Client)
	set := func(mutation string) {
		w.A.Owner.Do(documentOf(mutation), vars{"in": vars{"orgId": w.A.ID, "ids": []string{who.ID}}}).OK()
	}
	eventually(b, "the seat works", func() bool { return sees(seat, w.A.ID) })
	fault(p)
	var (
		stop   = make(chan struct{})
		served atomic.Int64 // when the last import began that was done, in nanoseconds
		work   sync.WaitGroup
	)
	for worker := range importing {
		work.Go(func() {
			who := second.As(b, who.Client)
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				begun := time.Now().UnixNano()
				a := who.Do(documentOf("importOrders"), vars{"in": vars{"orgId": w.A.ID, "orders": []vars{{
					"number": fmt.Sprint("B", worker, "-", round), "creatorPlatformId": "flood0", "productName": "某", "amount": 1,
					"commission": 0, "status": "PAID",
					"paidAt": "2026-02-28T00:00:00Z",
				}}}})
				if len(a.Errors) == 0 {
					served.Store(max(served.Load(), begun))
				}
			}
		})
	}
	var took []float64
	for b.Loop() {
		eventually(b, "the seat works", func() bool { return sees(seat, w.A.ID) && (importing == 0 || served.Load() > 0) })
		begun := time.Now()
		set("disableSubAccounts")
		done, last := time.Now(), time.Now()
		for time.Since(done) < promptly {
			if begun := time.Now(); sees(seat, w.A.ID) {
				last = begun
			}
		}
		if at := time.Unix(0, served.Load()); at.After(last) {
			last = at
		}
		took = append(took, float64(last.Sub(begun).Microseconds())/1000) // committing it counts
		set("enableSubAccounts")
		served.Store(0)
	}
	close(stop)
	work.Wait()
	report(b, took)
}
