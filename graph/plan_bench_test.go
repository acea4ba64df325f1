package graph_test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// workloads are the reads that plans are for.
var workloads = []struct{ name, query string }{
	{"nested20x10", `query($org: ID!) { org(id: $org) { id name roles(first: 20) { nodes { id name description createdAt
		subAccounts(first: 10) { nodes { id name status createdAt roles { id name } } } } } } }`},
	{"nested5x5", `query($org: ID!) { org(id: $org) { id name roles(first: 5) { nodes { id name description createdAt
		subAccounts(first: 5) { nodes { id name status createdAt roles { id name } } } } } } }`},
	{
		"flat100",
		`query($org: ID!) { org(id: $org) { subAccounts(first: 100) { nodes {
			id name status phone email createdAt updatedAt lastActiveAt } } } }`,
	},
	{
		"edges100",
		`query($org: ID!) { org(id: $org) { subAccounts(first: 100) { totalCount edges { cursor node { id name } } pageInfo {
			hasNextPage endCursor } } } }`,
	},
	{
		"audit100",
		`query($org: ID!) { org(id: $org) { auditEvents(first: 100) { nodes { id at operation outcome actor {
			kind actorId name } targets(first: 5) { nodes { type targetId label changes { field before after } } } } } } }`,
	},
	{
		"orders100",
		`query($org: ID!) { org(id: $org) { orders(first: 100) { nodes {
			id number productName amount commission status paidAt creatorName creator { id name } } } } }`,
	},
	{
		"viewer",
		`{ viewer { account { id phone } ownedOrg { id name viewerGrants { module actions scope } navigation { module name } }
			seats { subAccountId orgName } mayOpenOrg } }`,
	},
}

// populate fills the world's first org with 20 roles that 200 sub-accounts hold, two each, and 100 orders.
func populate(t testing.TB, w *apitest.World, db *store.Store) {
	t.Helper()
	r := &rows{t: t, db: db}
	var roles []insertRole
	for i := range 20 {
		roles = append(roles, insertRole{
			name: fmt.Sprint("岗位", i), description: "负责这一项工作的人",
			createdAt: noon.Add(-time.Hour),
		})
	}
	ids := r.roles(w.A.ID, roles...)
	var seats []newSeat
	for i := range 200 {
		seats = append(seats, newSeat{
			name: fmt.Sprint("员工", i), roles: []string{ids[i%20], ids[(i+7)%20]},
			createdAt: noon.Add(time.Duration(i) * time.Minute),
		})
	}
	people := r.seats(w.A.ID, seats...)
	for i := range 100 {
		r.event(w.A.ID, w.Clock.Now().Truncate(time.Microsecond), "", people[i], ids[i%20])
	}
	furnish(t, w, 100)
}

// processor returns the time that this process has computed for so far; PostgreSQL is another one.
func processor(t testing.TB) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkPlan measures reads with plans and with the generated executor alone, on PostgreSQL.
//
//	go test ./graph -run '^$' -bench Plan
func BenchmarkPlan(b *testing.B) {
	db := storetest.Open(b, "postgres")
	w := apitest.NewWorld(b, db)
	populate(b, w, db)
	tw := newDifferential(w)
	for _, load := range workloads {
		vars := apitest.Vars{"org": w.A.ID}
		if wrong := tw.differ(b, w.A.Owner.Token, load.query, vars); wrong != "" {
			b.Fatal(load.name, ": ", wrong)
		}
		spent := map[string]time.Duration{}
		for _, way := range []struct {
			name string
			http.Handler
		}{{"generated", tw.plain}, {"plan", tw.planned}} {
			b.Run(load.name+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				b.ResetTimer()
				before := processor(b)
				b.SetParallelism(4) // a processor that waits for one request alone spends time on looking for work
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						ask(b, way, w.A.Owner.Token, load.query, vars)
					}
				})
				spent[way.name] = (processor(b) - before) / time.Duration(b.N)
				b.ReportMetric(float64(spent[way.name].Microseconds()), "cpu-us/op")
				if way.name == "plan" && spent["generated"] > 0 {
					b.ReportMetric(float64(spent["generated"])/float64(spent["plan"]), "times-less-cpu")
				}
			})
		}
	}
}
