package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	entorder "deputy/ent/order"
	"deputy/internal/apitest"
	"deputy/internal/backoffice"
	"deputy/internal/store/storetest"
)

// held are the shares of a creator, each from a moment on.
type held []struct {
	since time.Time
	bps   int
}

// heldBy reads the shares that a creator had.
func (s *fixture) heldBy(creatorID string) (all held) {
	s.Helper()
	rows, err := s.Store.DB().QueryContext(s.Context(),
		"SELECT since, share_bps FROM creator_shares WHERE creator_id = $1 ORDER BY since", creatorID)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		all = append(all, held{{}}[0])
		if err := rows.Scan(&all[len(all)-1].since, &all[len(all)-1].bps); err != nil {
			s.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
	return all
}

// at returns the share that held at a moment; before the first of them, the first.
func (h held) at(moment time.Time) int {
	bps := h[0].bps
	for _, one := range h {
		if !one.since.After(moment) {
			bps = one.bps
		}
	}
	return bps
}

// TestAChangeOfShareMeetsImports: on two servers, at the same instant, the share of a creator changes and orders of
// that creator come in, which were paid before, in the same moment and later. Each order has the share that held when
// it was paid, whoever came first, and the figures are those of the orders.
func TestAChangeOfShareMeetsImports(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, d)
			first := storetest.Connect(t, url)
			s, beside := newFixture(t, first), first
			if first.LocksRows() { // one process has a SQLite file
				beside = storetest.Connect(t, url)
			}
			second := apitest.NewWith(t, beside, apitest.Options{Clock: s.Clock}).As(t, s.A.Owner)
			creator := s.creator("分成", vars{"platformId": "分成", "shareBps": 1})
			const rounds, calls, rows = 8, 4, 12
			for round := range rounds {
				s.Clock.Add(time.Minute)
				now := s.Clock.Now()
				imported := func(call int) []vars {
					all := make([]vars, rows)
					for i := range all {
						ahead := []time.Duration{-time.Hour, -time.Second, 0, time.Microsecond, time.Second, time.Minute}[i%6]
						all[i] = s.row(fmt.Sprint("R", round, "-", call, "-", i), vars{
							"creatorPlatformId": "分成", "amount": 10_007, "commission": 1_009,
							"paidAt": now.Add(ahead).Format(time.RFC3339Nano),
						})
					}
					return all
				}
				var all sync.WaitGroup
				start := make(chan struct{})
				ask := func(who *client, mutation string, in vars) {
					in["orgId"] = s.A.ID
					all.Go(func() {
						<-start
						a := who.Do(documentOf(mutation), vars{"in": in})
						for a.Code() == "RATE_LIMITED" { // on a busy machine an account waits for its own requests
							a = who.Do(documentOf(mutation), vars{"in": in})
						}
						if got := userErrorsOf(a, mutation); a.Code() != "" || got != "" {
							t.Errorf("%s: %s", mutation, a.Body)
						}
					})
				}
				for call := range calls {
					who := []*client{second, s.A.Owner}[call%2]
					ask(who, "importOrders", vars{"orders": imported(call)})
				}
				ask(s.A.Owner, "updateCreator", vars{"id": creator, "shareBps": 1000 + 517*round})
				close(start)
				all.Wait()
			}
			shares := s.heldBy(creator)
			if len(shares) != rounds+1 {
				t.Errorf("%d shares are kept of %d changes", len(shares), rounds)
			}
			orders := s.Store.Client.Order.Query().Where(entorder.CreatorID(creator)).AllX(t.Context())
			if len(orders) != rounds*calls*rows {
				t.Errorf("%d orders", len(orders))
			}
			for _, o := range orders {
				bps := shares.at(o.PaidAt)
				if share := o.NetCommission * int64(bps) / 10_000; o.ShareBps == nil || *o.ShareBps != bps || o.OrgShare != share ||
					o.CreatorShare != o.NetCommission-share {
					t.Errorf("%s, paid at %s, has %v of %d: %d held then, of %v", o.Number, o.PaidAt, *o.ShareBps, o.OrgShare, bps,
						shares)
				}
			}
			s.figuresAreRight()
		})
	}
}

// figuresAreRight compares the figures of the org with its orders.
func (s *fixture) figuresAreRight() {
	s.Helper()
	var out strings.Builder
	m := backoffice.Mending{Store: s.Store, OrgID: s.A.ID, Now: s.Clock.Now, Out: &out}
	if err := m.Run(s.Context()); err != nil || !strings.Contains(out.String(), " 0 of them differed") {
		s.Errorf("%s %v", out.String(), err)
	}
}
