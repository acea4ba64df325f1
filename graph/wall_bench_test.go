package graph_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/internal/apitest"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// BenchmarkWall measures what row level security costs on the nested query (20 roles, 10 sub-accounts of each, their
// roles), with two servers on one PostgreSQL that answer in turns, one behind row level security and one not. It
// reports the medians, in microseconds, and their ratio.
//
//	go test ./graph -run '^$' -bench Wall -benchtime 1000x
func BenchmarkWall(b *testing.B) {
	const nested = `query($id: ID!) { org(id: $id) { name roles(first: 20, orderBy: {field: CREATED_AT, direction: DESC}) { totalCount nodes { name modules
		subAccounts(first: 10) { totalCount nodes { name status roles { name } } } } } } }`
	const flat = `query($id: ID!) { org(id: $id) { name } }`
	url := storetest.URL(b, dialect.Postgres)
	w := apitest.NewWorld(b, storetest.Connect(b, url))
	fillOrg(b, w)
	if _, err := w.Store.DB().ExecContext(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
	walled := w.A.Owner
	open := apitest.New(b, storetest.ConnectWith(b, url, store.Options{NoRowSecurity: true})).Nobody(b)
	open.Token = walled.Token
	for name, query := range map[string]string{"nested": nested, "one row": flat} {
		b.Run(name, func(b *testing.B) {
			var took [2][]float64
			ask := func(i int, c *apitest.Client) {
				begun := time.Now()
				c.Do(query, apitest.Vars{"id": w.A.ID}).OK()
				took[i] = append(took[i], float64(time.Since(begun).Nanoseconds())/1000)
			}
			for range 30 {
				ask(0, open)
				ask(1, walled)
			}
			took = [2][]float64{}
			for b.Loop() {
				ask(0, open)
				ask(1, walled)
			}
			slices.Sort(took[0])
			slices.Sort(took[1])
			n := len(took[0])
			b.ReportMetric(took[0][n/2], "open-µs")
			b.ReportMetric(took[1][n/2], "walled-µs")
			b.ReportMetric(took[1][n/2]/took[0][n/2], "ratio")
			b.ReportMetric(took[1][n/10]/took[0][n/10], "ratio-p10")
		})
	}
}

// fillOrg gives the org 20 more roles, each of which 10 sub-accounts have beside another.
func fillOrg(b *testing.B, w *apitest.World) {
	b.Helper()
	at := w.Clock.Now()
	err := w.Store.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		var roles []*ent.Role
		for i := range 20 {
			roles = append(roles, tx.Role.Create().SetOrgID(w.A.ID).SetName(fmt.Sprint("role ", i)).SetGrants(1).
				SetCreatedAt(at.Add(time.Duration(i))).SetUpdatedAt(at).SaveX(ctx))
		}
		for i := range 200 {
			phone := fmt.Sprintf("+86137%08d", i)
			person := tx.Account.Create().SetCreatedAt(at).SetPhone(phone).SetSide(account.SideSEATED).SaveX(ctx)
			sub := id.New(id.SubAccount)
			for _, r := range []*ent.Role{roles[i%20], roles[(i+i/20+1)%20]} {
				err := tx.SubAccountRole.Create().SetOrgID(w.A.ID).SetSubAccountID(sub).SetRoleID(r.ID).
					OnConflictColumns("sub_account_id", "role_id").Ignore().Exec(ctx)
				if err != nil {
					return err
				}
			}
			tx.SubAccount.Create().SetID(sub).SetOrgID(w.A.ID).SetAccountID(person.ID).SetSlot(1).SetName(fmt.Sprint("sub ", i)).
				SetPhone(phone).SetCreatedAt(at.Add(time.Duration(i))).SetUpdatedAt(at).ExecX(ctx)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
