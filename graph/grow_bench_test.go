package graph_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

// BenchmarkGrow measures what a row costs the server in nested lists of 1×1 to 100×100, on PostgreSQL, and how much
// that is of what it costs among 10×10.
//
//	go test ./graph -run '^$' -bench Grow -benchtime 200x
func BenchmarkGrow(b *testing.B) {
	const most = 100
	db := storetest.Open(b, "postgres")
	w := apitest.NewWorld(b, db)
	r := &rows{t: b, db: db}
	roles := make([]insertRole, most)
	for i := range roles {
		roles[i] = insertRole{name: fmt.Sprint("岗位", i), createdAt: noon.Add(-24 * time.Hour)}
	}
	ids := r.roles(w.A.ID, roles...)
	for lot := range 10 {
		seats := make([]newSeat, most)
		for i := range seats {
			seats[i] = newSeat{
				name: fmt.Sprint("员工", i), roles: ids[10*lot : 10*lot+10],
				createdAt: noon.Add(time.Duration(i) * time.Minute),
			}
		}
		r.seats(w.A.ID, seats...)
	}
	if _, err := db.DB().ExecContext(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
	tw := newDifferential(w)
	way := struct {
		name string
		http.Handler
	}{"plan", tw.planned}
	perRow := map[int]float64{}
	for _, n := range []int{10, 1, 3, 30, 100} {
		query := fmt.Sprintf(
			`query($org: ID!) { org(id: $org) { roles(first: %d) { nodes { id name subAccounts(first: %d) { nodes {
				id name status createdAt } } } } } }`, n, n)
		vars := apitest.Vars{"org": w.A.ID}
		b.Run(fmt.Sprintf("%dx%d", n, n), func(b *testing.B) {
			b.ReportAllocs()
			before := processor(b)
			for b.Loop() {
				ask(b, way, w.A.Owner.Token, query, vars)
			}
			perRow[n] = float64((processor(b) - before).Nanoseconds()) / float64(b.N) / float64(n+n*n)
			b.ReportMetric(perRow[n], "cpu-ns/row")
			b.ReportMetric(perRow[n]/perRow[10], "to-10x10")
		})
	}
}
