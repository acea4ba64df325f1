package demo_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/demo"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

func filler(s *store.Store) *demo.Demo {
	now := func() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }
	return &demo.Demo{
		Store: s, Agency: &agency.Agency{Now: now}, Office: &backoffice.Office{Now: now}, Now: now,
		Identity: &signin.Service{
			Store: s, Cache: &viewer.Cache{Now: now, Trusted: func() bool { return true }}, Secret: []byte("a secret of the tests, 32 bytes+"), Now: now,
			Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Hasher: signin.NewHasher(signin.Work{KiB: 64, Passes: 1, Lanes: 1}, 0, rand.Reader),
		},
	}
}

// TestDemoIsAnAgencyAtWork holds what a newcomer sees to what the documents say, and that it is the same every time.
func TestDemoIsAnAgencyAtWork(t *testing.T) {
	t.Parallel()
	var before string
	for range 2 {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			orgID, err := filler(s).Fill(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, c := t.Context(), s.Client
			if n := c.Creator.Query().Where(creator.OrgID(orgID)).CountX(ctx); n != 40 {
				t.Errorf("%d creators", n)
			}
			if n := c.Task.Query().CountX(ctx); n != 15 {
				t.Errorf("%d tasks", n)
			}
			rows := c.Order.Query().Where(order.OrgID(orgID)).Order(order.ByNumber()).AllX(ctx)
			if len(rows) != 5000 {
				t.Fatalf("%d orders", len(rows))
			}
			var told strings.Builder
			refunds, weekend := 0, 0
			for _, o := range rows {
				told.WriteString(o.Number + o.ProductName + string(o.Status) + o.PaidAt.UTC().String())
				if o.Status == order.StatusREFUNDED {
					refunds++
				}
				if d := o.PaidAt.Add(8 * time.Hour).UTC().Weekday(); d == time.Saturday || d == time.Sunday {
					weekend++
				}
			}
			if refunds < 100 || refunds > 400 || weekend < 1500 {
				t.Errorf("%d refunds, %d on weekends", refunds, weekend)
			}
			if before != "" && told.String() != before {
				t.Error("the demo is not the same every time")
			}
			before = told.String()
		})
	}
}

func TestLoadFillsOrgs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var out bytes.Buffer
		if err := filler(s).Load(t.Context(), &out, demo.Size{Orgs: 3, Orders: 2500}); err != nil {
			t.Fatal(err)
		}
		if err := filler(s).Load(t.Context(), &out, demo.Size{Orgs: 1}); !errors.Is(err, demo.ErrNotEmpty) {
			t.Errorf("added to a database that has orgs: %v", err)
		}
		if n := s.Client.Order.Query().CountX(t.Context()); n != 2900 || !strings.Contains(out.String(), "2500 orders") {
			t.Errorf("%d orders: %s", n, out.String())
		}
		if n := s.Client.Org.Query().CountX(t.Context()); n != 3 {
			t.Errorf("%d orgs", n)
		}
	})
}
